"""Private chats with the bot: the real program, real HTTP, a Bot API server on the other side."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApiServer, Chat, ShownMessage
from running_bot import MET, NOBODY, TREATY, WHEN, RunningBot, answer_to, nth_answer

ADMINISTRATOR = 10_001  # the number of the first user whom the server makes


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
        assert running.invalid_requests == []


@pytest.fixture(scope="module")
def administrator(server: BotApiServer) -> Chat:
    user = server.user("Root")
    assert user.id == ADMINISTRATOR
    return server.private_chat(user)


@pytest.fixture(scope="module", autouse=True)
def bot(
    server: BotApiServer, administrator: Chat, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningBot]:
    folder = tmp_path_factory.mktemp("bot")
    with RunningBot(server, samples, folder, telegram_administrators=str(ADMINISTRATOR)) as running:
        yield running


@pytest.fixture
def chat(server: BotApiServer) -> Chat:
    return server.private_chat(server.user("Ada"))


def sources_of(message: ShownMessage) -> list[str]:
    return message.marks("expandable_blockquote")


def test_an_answer_has_linked_markers_folded_sources_and_buttons(server: BotApiServer, chat: Chat) -> None:
    """The answer's markers are links to the cited sentence, its sources stand in an expandable quotation."""
    answer = answer_to(server, chat, WHEN)
    assert answer.text.startswith(MET)
    links = answer.marks_with_entities("text_link")
    assert links[0][0] == "[1]" and "#:~:text=Vladimir%20Putin%20and%20Kim" in str(links[0][1].url)
    (sources,) = sources_of(answer)
    assert sources.startswith("[1] Putin and Kim Jong Un meet for the first time in Vladivostok")
    assert "26 April 2019" in sources and f"“{MET}" in sources
    assert [button.text for button in answer.buttons[0]] == ["[1]"]
    assert [button.text for button in answer.buttons[1]] == ["👍", "👎"]
    assert 1 <= len(answer.buttons[2:]) <= 3
    assert not answer.link_preview and answer.reply_to is None
    assert "parse_mode" not in str(server.sent(chat=chat))


def test_a_button_opens_the_passage_with_the_cited_words_marked(
    server: BotApiServer, chat: Chat, bot: RunningBot
) -> None:
    """The passage is a reply to the answer; what is marked is the article's text to the letter."""
    answer = answer_to(server, chat, WHEN)
    press = chat.presses("[1]", message=answer)
    passage = nth_answer(server, chat, 1)
    assert passage.reply_to == answer.message_id
    (cited,) = passage.marks("underline")
    article = Path(__file__).parents[1] / "corpus/samples/putin-kim-vladivostok-2019.md"
    assert cited.startswith(MET) and cited in article.read_text(encoding="utf-8")
    assert "#:~:text=" in str(passage.button("Open the article").url)
    server.wait_for(lambda: server.callback_answer(press))


def test_what_is_not_in_the_collection_is_said_to_be(server: BotApiServer, chat: Chat) -> None:
    """A refusal names what comes nearest, cites nothing and still takes votes."""
    answer = answer_to(server, chat, NOBODY)
    assert answer.text.startswith("The collection does not answer this question.")
    assert "Nearest in the collection:" in answer.text and not sources_of(answer)
    assert [button.text for row in answer.buttons for button in row] == ["👍", "👎"]


def test_votes_are_thanked_for_and_counted(server: BotApiServer, chat: Chat, administrator: Chat) -> None:
    """A vote is kept once for each user, the last one counts."""
    answer_to(server, chat, WHEN)
    first, second = chat.presses("👍"), chat.presses("👎")
    assert server.wait_for(lambda: server.callback_answer(first)).text == "Thank you: noted."
    server.wait_for(lambda: server.callback_answer(second))
    assert "👍 0, 👎 1" in answer_to(server, administrator, "/stats").text


def test_a_follow_up_is_shown_as_a_question_and_answered(server: BotApiServer, chat: Chat) -> None:
    """The suggestion that was tapped stands in the chat, then its answer."""
    answer = answer_to(server, chat, WHEN)
    suggestion = answer.buttons[2][0]
    chat.presses(suggestion, message=answer)
    assert nth_answer(server, chat, 1).text.startswith("❓ ")
    assert sources_of(nth_answer(server, chat, 2))


def test_a_question_is_understood_from_the_conversation(server: BotApiServer, chat: Chat) -> None:
    """A follow-up goes on from the newest answer, a reply from the one replied to, /new from nothing."""
    first = answer_to(server, chat, TREATY)
    answer_to(server, chat, "When did smallpox end?")
    assert "smallpox" in answer_to(server, chat, "/why").text
    answer_to(server, chat, "How long did it last?", reply_to=first)
    understood = answer_to(server, chat, "/why").text
    assert TREATY in understood and "When did smallpox end?" not in understood
    assert answer_to(server, chat, "/new").text.startswith("A new conversation")
    assert "Nothing has been asked here yet" in answer_to(server, chat, "/why").text


def test_an_edited_question_is_not_answered_again(server: BotApiServer, chat: Chat) -> None:
    """Edits do not even come: the bot does not ask Telegram for them."""
    answer_to(server, chat, WHEN)
    question = next(message for message in chat.messages(from_bot=False))
    assert chat.says("When did smallpox end?", edit=question.message_id) is None


def test_an_update_that_comes_again_does_nothing(server: BotApiServer, chat: Chat) -> None:
    """Telegram may deliver an update twice."""
    update = chat.says(WHEN)
    nth_answer(server, chat, 0)
    server.redeliver(update)
    server.wait_for(lambda: server.times_given(update) == 2)
    answer_to(server, chat, "/help")
    assert len(chat.answers()) == 2


@pytest.mark.parametrize(
    ("language", "opening", "months"),
    [
        ("en", "I answer questions", "April"),
        ("ru", "Я отвечаю на вопросы", "апреля"),
        ("de-AT", "Ich beantworte Fragen", "April"),
        ("es", "Respondo preguntas", "de abril de"),
        ("ja", "I answer questions", "April"),
    ],
)
def test_the_bot_speaks_its_users_language(
    server: BotApiServer, language: str, opening: str, months: str
) -> None:
    """Greeting, commands and dates are in the language of the user's Telegram, English where there is no other."""
    user = server.user("Ada", language)
    chat = server.private_chat(user)
    chat.starts()
    greeting = nth_answer(server, chat, 0)
    assert greeting.text.startswith(opening) and 1 <= len(greeting.buttons) <= 3
    assert months in answer_to(server, chat, WHEN).text


def test_the_commands_are_registered_for_each_scope_and_language(
    server: BotApiServer, chat: Chat, administrator: Chat
) -> None:
    """Telegram lists the commands in the user's language, those of administrators to them alone."""
    answer_to(server, administrator, "/start")
    server.wait_for(lambda: "ingest" in {command["command"] for command in server.commands(administrator)})
    listed = {command["command"]: command["description"] for command in server.commands(chat)}
    assert "ask" in listed and "ingest" not in listed
    german = server.commands(server.private_chat(server.user("Uwe", "de")))
    assert {"command": "new", "description": "Ein neues Gespräch beginnen"} in german
    group = {command["command"] for command in server.commands(server.group("Friends", chat.user))}
    assert "ask" in group and "start" not in group


def test_examples_and_deep_links_lead_to_answers(server: BotApiServer, chat: Chat) -> None:
    """An example of the greeting is asked with a tap; the link behind a nearest article opens it."""
    chat.starts()
    chat.presses(nth_answer(server, chat, 0).buttons[0][0])
    assert sources_of(nth_answer(server, chat, 2))
    refusal = answer_to(server, chat, NOBODY)
    link = next(entity.url for entity in refusal.entities if entity.type == "text_link")
    before = len(chat.answers())
    chat.starts(str(link).partition("start=")[2])
    assert nth_answer(server, chat, before).text


def test_sources_are_searched_and_turned_page_by_page(server: BotApiServer, chat: Chat) -> None:
    """/sources lists eight articles a page; its buttons turn the page in place and open an article."""
    first = answer_to(server, chat, "/sources")
    assert first.text.startswith("Articles: 22 of 22\n1. ")
    press = chat.presses("▶")
    server.wait_for(lambda: server.callback_answer(press))
    assert "\n9. " in chat.message(first.message_id).text
    found = answer_to(server, chat, "/sources pluto")
    assert found.text.startswith("Articles: 1 of 22")
    chat.presses("1", message=found)
    assert "eight planets" in nth_answer(server, chat, 2).text
    assert answer_to(server, chat, "/latest").text.startswith(
        "The newest articles\n1. Russia and North Korea"
    )


def test_settings_change_length_language_and_streaming(server: BotApiServer, chat: Chat) -> None:
    """The chosen values are ticked in place, and hold from then on."""
    message = answer_to(server, chat, "/settings")
    press = chat.presses("Short")
    server.wait_for(lambda: server.callback_answer(press))
    second = chat.presses("Deutsch")
    server.wait_for(lambda: server.callback_answer(second))
    shown = chat.message(message.message_id)
    assert shown.text.startswith("Einstellungen") and shown.button("✓ Kurz")
    assert answer_to(server, chat, "/new").text.startswith("Ein neues Gespräch")


def test_a_conversation_is_exported(server: BotApiServer, chat: Chat) -> None:
    """As Markdown with a footnote for each citation."""
    answer_to(server, chat, WHEN)
    document = answer_to(server, chat, "/export").document
    assert document and document.name == "conversation.md"
    assert document.content and document.content.decode().startswith(f"## {WHEN}\n\n{MET}")


def test_forget_deletes_everything_of_a_user(server: BotApiServer, chat: Chat, bot: RunningBot) -> None:
    """After a second thought: question, answer, settings and votes; buttons of old answers say so."""
    secret = "Did the zyxomma dragonfly meet Putin in Vladivostok?"
    answer_to(server, chat, secret)
    answer = answer_to(server, chat, WHEN)
    chat.presses("👍")
    assert "kept on the machine" in answer_to(server, chat, "/privacy").text
    answer_to(server, chat, "/forget")
    press = chat.presses("Delete everything")
    server.wait_for(lambda: server.callback_answer(press))
    assert chat.answers()[-1].text == "Deleted: nothing of you is kept any more."
    press = chat.presses("[1]", message=answer)
    assert "no longer kept" in server.wait_for(lambda: server.callback_answer(press)).text
    for file in bot.data.glob("telegram.sqlite*"):
        assert b"zyxomma" not in file.read_bytes()
    assert "zyxomma" not in bot.logged()
    server.wait_for(lambda: rows_about(bot, chat) == {})


def rows_about(bot: RunningBot, chat: Chat) -> dict[str, int]:
    """How many rows of each table name the user's chat, or belong to an update that is done."""
    with sqlite3.connect(f"file:{bot.data / 'telegram.sqlite'}?mode=ro", uri=True) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        held = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
        done = database.execute("SELECT s.* FROM sent s JOIN updates u USING (update_id) WHERE NOT u.open")
        counted = {table: sum(chat.id in row for row in rows) for table, rows in held.items()}
        counted["sent"] += len(done.fetchall())
    return {table: count for table, count in counted.items() if count}


def test_unknown_commands_and_pictures_get_a_hint(server: BotApiServer, chat: Chat) -> None:
    """One line that says what would work."""
    assert answer_to(server, chat, "/sorces").text == "There is no command /sorces: did you mean /sources?"
    assert answer_to(server, chat, "/ask").text.startswith("Write your question")
    before = len(chat.answers())
    chat.sends({"location": {"latitude": 1.0, "longitude": 2.0}})
    assert nth_answer(server, chat, before).text == "I read text only: write your question."
    assert answer_to(server, chat, "/ingest https://example.org").text == "This is for administrators."


def test_an_administrator_puts_a_file_in_and_takes_it_out(
    server: BotApiServer, administrator: Chat, bot: RunningBot
) -> None:
    """A file with /ingest as its caption, or replied to with it; a file that is too large is not downloaded."""
    news = b"# Zorblax founded\n\nThe city of Zorblax was founded by Queen Mirabel in 1402.\n"
    administrator.sends_document(news, "../../zorblax.md")
    number = administrator.last_message_id()
    server.wait_for(lambda: "reply to it with /ingest" in administrator.answers()[-1].text)
    status = answer_to(server, administrator, "/ingest", reply_to=number)
    server.wait_for(lambda: "added: 1" in administrator.message(status.message_id).text)
    answer = answer_to(server, administrator, "Who founded the city of Zorblax?")
    assert "Queen Mirabel" in answer.text
    sure = answer_to(server, administrator, "/remove zorblax.md")
    press = administrator.presses("Take it out")
    server.wait_for(lambda: server.callback_answer(press))
    assert "removed: 1" in administrator.message(sure.message_id).text
    assert list((bot.data / "received").iterdir()) == []
    downloads = len(server.sent("getFile"))
    before = len(administrator.answers())
    administrator.sends_document(b"x", "large.pdf", caption="/ingest", size=30 << 20)
    assert "20 MB" in nth_answer(server, administrator, before).text
    assert len(server.sent("getFile")) == downloads


def test_reindex_and_stats_report(server: BotApiServer, administrator: Chat) -> None:
    """Administrators see how the bot is doing, and can have the indexes made again."""
    status = answer_to(server, administrator, "/reindex")
    server.wait_for(lambda: administrator.message(status.message_id).text.startswith("Done. Passages: "))
    assert "Articles: 22" in answer_to(server, administrator, "/stats").text


def test_inline_cards_come_from_retrieval_and_lead_to_the_answer(server: BotApiServer, chat: Chat) -> None:
    """`@bot words` gives passages to send anywhere, and a button to the full answer in private."""
    query = server.inline_query(chat.user, "Putin Kim Vladivostok")
    answer = server.wait_for(lambda: server.inline_answer(query))
    assert any("Vladivostok" in result["title"] for result in answer.results[:3])
    sent = server.choose_inline(query, answer.results[0]["id"], server.group("Others", chat.user))
    assert sent.marks("blockquote") and sent.marks("bold")
    assert answer.button
    chat.starts(answer.button["start_parameter"])
    assert sources_of(nth_answer(server, chat, 0))


def test_inline_without_words_gives_the_newest_articles(server: BotApiServer, chat: Chat) -> None:
    """There is something to choose before anything is typed."""
    query = server.inline_query(chat.user, "")
    assert len(server.wait_for(lambda: server.inline_answer(query)).results) == 10


def test_a_press_that_comes_too_late_for_telegram_still_works(server: BotApiServer, chat: Chat) -> None:
    """The passage is sent although the press can no longer be answered."""
    answer = answer_to(server, chat, WHEN)
    chat.presses("[1]", message=answer, stale=True)
    assert nth_answer(server, chat, 1).reply_to == answer.message_id


def test_logs_hold_no_words_and_no_token(server: BotApiServer, chat: Chat, bot: RunningBot) -> None:
    """A line an answer: the chat hashed, how many citations, how long."""
    answer_to(server, chat, WHEN)
    log = server.wait_for(bot.logged)
    assert "answered chat=" in log and str(chat.id) not in log
    assert "Vladivostok" not in log and server.token.partition(":")[2] not in log
