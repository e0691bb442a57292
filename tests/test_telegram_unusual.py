"""What people and their programs send that no button offers and no manual names."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApiServer, Chat
from running_bot import MET, WHEN, RunningBot, answer_to, nth_answer

ADMINISTRATOR = 10_001  # the number of the first user whom the server makes
PICTURE = {"photo": [{"file_id": "a", "file_unique_id": "b", "width": 9, "height": 9}]}


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
        assert running.invalid_requests == []


@pytest.fixture(scope="module")
def administrator(server: BotApiServer) -> Chat:
    return server.private_chat(server.user("Root"))


@pytest.fixture(scope="module", autouse=True)
def bot(
    server: BotApiServer, administrator: Chat, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningBot]:
    folder = tmp_path_factory.mktemp("bot")
    with RunningBot(server, samples, folder, telegram_administrators=str(ADMINISTRATOR)) as running:
        yield running
        assert "Traceback" not in running.logged()


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat(server.user("Ada"))


@pytest.mark.parametrize(
    "data",
    ["p", "p::", "p:x:y", "o:99999999999999999999:1", "o:1:-1:2", "v:x", "c:x", "s:²:", "g", "f", "zzz", ":"],
)
def test_data_that_no_button_has_is_answered_and_does_nothing(
    server: BotApiServer, chat: Chat, data: str
) -> None:
    """A changed program can send anything as a button's data."""
    answer_to(server, chat, "/help")
    press = chat.sends_data(chat.records[chat.last_message_id()], data)
    assert server.wait_for(lambda: server.callback_answer(press)).text == ""
    assert len(chat.answers()) == 1


def test_the_buttons_of_a_message_that_telegram_no_longer_shows_work(
    server: BotApiServer, chat: Chat
) -> None:
    """Of an old message only its number comes with the press."""
    answer = answer_to(server, chat, WHEN)
    record, data = chat.pressed("[1]", answer)
    chat.sends_data(record, data, lost=True)
    assert nth_answer(server, chat, 1).reply_to == answer.message_id


def test_a_finger_that_taps_twice_asks_once(server: BotApiServer, chat: Chat) -> None:
    """A second press while the first is in work does nothing."""
    suggestion = answer_to(server, chat, WHEN).buttons[2][0]
    presses = [chat.presses(suggestion) for _ in range(3)]
    for press in presses:
        server.wait_for(lambda press=press: server.callback_answer(press))
    nth_answer(server, chat, 2)
    answer_to(server, chat, "/help")
    assert len(chat.answers()) == 4


@pytest.mark.parametrize("link", ["a_99999999999999999999999", "p_abc_1", "p_abc_x", "q_abc", "b_%%%"])
def test_a_link_that_leads_nowhere_says_so(server: BotApiServer, chat: Chat, link: str) -> None:
    """Links may be old, cut off or made up."""
    chat.starts(link)
    assert "no longer" in nth_answer(server, chat, 0).text


def test_hints_are_in_the_users_language(server: BotApiServer) -> None:
    """Whatever cannot be done, the reason is not in English."""
    chat = server.private_chat(server.user("Uwe", "de"))
    for command in ("/open 9", "/why", "/export"):
        assert answer_to(server, chat, command).text.startswith("Hier wurde noch nichts gefragt")
    assert answer_to(server, chat, "/open").text.startswith("Sag, was ich öffnen soll")
    assert answer_to(server, chat, "/open Zorblax").text.startswith("Kein Artikel heißt „Zorblax“")
    assert answer_to(server, chat, "/open Kim").text.startswith("Zu „Kim“ passen mehrere Artikel")
    answer_to(server, chat, WHEN)
    assert answer_to(server, chat, "/open 77").text.startswith("Die letzte Antwort hat kein [77]")


def test_a_question_below_a_picture_is_a_question(server: BotApiServer, chat: Chat) -> None:
    """In private, and in a group with the bot's name."""
    chat.sends(PICTURE | {"caption": WHEN})
    assert nth_answer(server, chat, 0).text.startswith(MET)
    group, caption = server.supergroup(), f"@footnote_test_bot {WHEN}"
    mention = [{"type": "mention", "offset": 0, "length": 18}]
    group.sends(PICTURE | {"caption": caption, "caption_entities": mention})
    assert nth_answer(server, group, 0).quote == WHEN
    chat.sends(PICTURE)
    assert nth_answer(server, chat, 1).text == "I read text only: write your question."


def test_the_longest_message_is_a_question_and_its_echo_fits(server: BotApiServer, chat: Chat) -> None:
    """4,096 units, be they emoji or right-to-left; a command that is as long is answered too."""
    for text in ("Ы" * 4096, "👩" * 2048, "שלום " * 800 + "e\u0301" * 40, "/open " + "x" * 4090):
        assert answer_to(server, chat, text).text
    assert answer_to(server, chat, f"/ask\n{WHEN}").text.startswith(MET)


def test_titles_with_control_characters_and_no_end_fit_every_list(
    server: BotApiServer, administrator: Chat, chat: Chat
) -> None:
    """Titles are shown in a line that leaves room for the others."""
    for n in range(8):
        title = f"Zorblax{n}\x07\x1b[31m\u202e " + "👩‍👩‍👧 and so on " * 300
        text = f"# {title}\n\nThe city of Zorblax{n} was founded by Queen Mirabel in 140{n}.\n"
        status = len(administrator.answers())
        administrator.sends_document(text.encode(), f"zorblax{n}.md", caption="/ingest")
        server.wait_for(lambda status=status: "added: 1" in administrator.answers()[status].text)
    listed = answer_to(server, chat, "/sources Zorblax")
    assert listed.text.count("\n") == 8 and "\x1b" not in listed.text and "\u202e" not in listed.text
    assert answer_to(server, chat, "Who founded Zorblax3?").text
    assert answer_to(server, chat, "/why").text
    query = server.inline_query(chat.user, "Zorblax")
    assert server.wait_for(lambda: server.inline_answer(query)).results
    for n in range(8):
        answer_to(server, administrator, f"/remove zorblax{n}.md")
        press = administrator.presses("Take it out")
        server.wait_for(lambda press=press: server.callback_answer(press))


def test_a_word_that_looks_like_a_link_is_never_a_file(server: BotApiServer, administrator: Chat) -> None:
    """Telegram takes notes.md for an address in Moldova; files of the machine are not for Telegram to name."""
    link = [
        {"type": "bot_command", "offset": 0, "length": 7},
        {"type": "url", "offset": 8, "length": 12},
    ]
    status = answer_to(server, administrator, "/ingest localhost.md", entities=link)
    server.wait_for(lambda: "https://localhost.md" in administrator.message(status.message_id).text, 30)


def test_questions_are_answered_while_articles_come_in(
    server: BotApiServer, administrator: Chat, chat: Chat
) -> None:
    """Whoever asks during an ingest is answered from a whole collection."""
    told = len(administrator.answers())
    for n in range(3):
        text = f"# Quuxford {n}\n\n" + f"Quuxford {n} has {n}7 bridges. " * 200
        administrator.sends_document(text.encode(), f"quuxford{n}.md", caption="/ingest")
        assert answer_to(server, chat, WHEN).text.startswith(MET)
    for n in range(3):
        server.wait_for(lambda n=n: "added: 1" in administrator.answers()[told + n].text, 30)


def test_who_floods_the_bot_holds_up_nobody(server: BotApiServer, chat: Chat) -> None:
    """Hundreds of commands of one person do not fill the places of others."""
    for _ in range(700):
        chat.says("/help")
    other = server.private_chat()
    began = time.monotonic()
    assert answer_to(server, other, WHEN).text.startswith(MET)
    assert time.monotonic() - began < 10
