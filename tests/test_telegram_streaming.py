"""Answers that a language model writes slowly: seen as they grow, stopped on request, whole at the end."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApiServer, Chat
from bot_api.refusals import Refusal
from chat_server import ChatServer
from running_bot import FIRST, MET, SECOND, THIRD, WHEN, RunningBot, answer_to, answers, nth_answer, slowly


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
        assert running.invalid_requests == []


@pytest.fixture(scope="module")
def model() -> Iterator[ChatServer]:
    with ChatServer() as running:
        running.replies = [slowly(FIRST, SECOND, THIRD)]
        yield running


@pytest.fixture(scope="module", autouse=True)
def bot(
    server: BotApiServer, model: ChatServer, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningBot]:
    settings = {"llm": "openai:scripted", "llm_url": model.url, "llm_api_key": "none"}
    with RunningBot(server, samples, tmp_path_factory.mktemp("bot"), **settings) as running:
        answer_to(server, server.private_chat(), WHEN)
        yield running


def test_a_private_chat_sees_drafts_then_one_message(server: BotApiServer) -> None:
    """Typing until the first words, drafts that only grow, their markers linked; the message at the end."""
    chat = server.private_chat()
    answer = answer_to(server, chat, WHEN)
    assert answer.text.startswith(f"{MET}") and "No agreement was signed" in answer.text
    texts = [draft.text.removesuffix(" …") for draft in chat.drafts]
    assert texts and all(later.startswith(earlier) for earlier, later in itertools.pairwise(texts))
    assert chat.drafts[0].text.startswith(MET) and chat.drafts[0].entities[0].type == "text_link"
    assert chat.drafts[-1].time < answer.time
    assert chat.actions and chat.actions[0][0] < chat.drafts[0].time
    server.wait_for(lambda: len(chat.answers()) == 1)


def test_a_group_sees_a_message_that_is_edited(server: BotApiServer) -> None:
    """One message from the first words on, with a button that stops it until it is whole."""
    chat = server.supergroup()
    answer = answer_to(server, chat, f"/ask {WHEN}")
    assert answer.edited and "No agreement was signed" in answer.text
    assert answer.versions[0].text.endswith("…") and len(answer.versions) <= 4
    assert len(chat.answers()) == 1 and not chat.drafts


@pytest.mark.parametrize("private", [True, False])
def test_whatever_is_refused_meanwhile_the_answer_comes_whole(server: BotApiServer, private: bool) -> None:
    """Where Telegram takes no drafts, a message is edited; edits that it does not take cost nothing."""
    chat = server.private_chat() if private else server.supergroup()
    server.fail("sendMessageDraft", chat, Refusal(400, "Bad Request: TEXTDRAFT_PEER_INVALID"), seconds=30)
    server.fail("editMessageText", chat, "429", times=1, retry_after=1)
    answer = answer_to(server, chat, f"/ask {WHEN}")
    assert "No agreement was signed" in answer.text and len(answers(chat)) == 1
    assert answer.edited and len(server.sent("sendMessageDraft", chat)) <= 1
    server.stop_failing()


def test_a_group_that_grows_while_an_answer_is_written_gets_it(server: BotApiServer) -> None:
    """The message that had begun stays behind; the supergroup has the whole answer, and goes on from it."""
    user = server.user("One")
    group = server.group("Friends", user)
    group.says(f"/ask {WHEN}", user)
    server.wait_for(lambda: group.answers())
    supergroup = group.migrates()
    answer = nth_answer(server, supergroup, 0)
    assert "No agreement was signed" in answer.text
    assert WHEN in answer_to(server, supergroup, "/why@footnote_test_bot", user).text
    supergroup.presses("[1]", user, message=answer)
    assert nth_answer(server, supergroup, 2).reply_to == answer.message_id


def test_a_short_answer_is_short_while_it_is_written(server: BotApiServer) -> None:
    """Drafts show no sentence that the answer leaves out."""
    chat = server.private_chat()
    answer_to(server, chat, "/settings")
    press = chat.presses("Short")
    server.wait_for(lambda: server.callback_answer(press))
    answer = answer_to(server, chat, WHEN)
    assert "about five hours" in answer.text and "No agreement" not in answer.text
    assert chat.drafts and not any("No agreement" in draft.text for draft in chat.drafts)


def test_forget_in_the_middle_of_an_answer_leaves_nothing(server: BotApiServer, bot: RunningBot) -> None:
    """The answer is stopped, and not kept."""
    chat = server.private_chat()
    chat.says(f"{WHEN} zyxomma")
    server.wait_for(lambda: chat.drafts)
    chat.says("/forget")
    server.wait_for(lambda: chat.answers()[0].buttons)
    press = chat.presses("Delete everything")
    server.wait_for(lambda: server.callback_answer(press))
    assert "Nothing has been asked here yet" in answer_to(server, chat, "/why").text
    time.sleep(2 * 1.2)  # by now the model has written the next sentence
    for file in bot.data.glob("telegram.sqlite*"):
        assert b"zyxomma" not in file.read_bytes()


def test_cancel_ends_an_answer_with_what_is_proved_so_far(server: BotApiServer) -> None:
    """/cancel keeps the sentences that were there, and says that it stopped."""
    chat = server.private_chat()
    chat.says(WHEN)
    server.wait_for(lambda: chat.drafts)
    chat.says("/cancel")
    server.wait_for(lambda: len(answers(chat)) == 2)
    texts = sorted(message.text for message in answers(chat))
    assert texts[0] == "Stopped." and texts[1].startswith(f"Stopped.\n\n{MET}")
    assert "No agreement" not in texts[1]
    assert answer_to(server, chat, "/cancel").text == "Nothing is being answered."


def test_the_stop_button_ends_an_answer(server: BotApiServer) -> None:
    """In a group it is for who asked."""
    one, other = server.user("One"), server.user("Other")
    chat = server.supergroup("Readers", one, other)
    chat.says(f"/ask {WHEN}", one)
    server.wait_for(lambda: chat.answers())
    refused = chat.presses("⏹", other)
    assert server.wait_for(lambda: server.callback_answer(refused)).text == "Nothing is being answered."
    chat.presses("⏹", one)
    assert nth_answer(server, chat, 0).text.startswith("Stopped.")


def test_a_new_question_supersedes_the_one_being_answered(server: BotApiServer) -> None:
    """The newer one is answered; the older one ends with what there was."""
    chat = server.private_chat()
    chat.says(WHEN)
    server.wait_for(lambda: chat.drafts)
    chat.says("How long did the summit in Vladivostok last?")
    server.wait_for(lambda: len(answers(chat)) == 2, 20)
    first, second = answers(chat)
    assert first.text.startswith("Stopped.") and "No agreement was signed" in second.text


def test_without_streaming_nothing_is_shown_before_the_end(server: BotApiServer) -> None:
    """As the user has chosen."""
    chat: Chat = server.private_chat()
    answer_to(server, chat, "/settings")
    press = chat.presses("Streaming off")
    server.wait_for(lambda: server.callback_answer(press))
    assert "No agreement was signed" in answer_to(server, chat, WHEN).text
    assert not chat.drafts


def test_a_bot_that_is_killed_while_writing_goes_on_in_the_same_message(
    server: BotApiServer, bot: RunningBot
) -> None:
    """In a group the message that had begun becomes the answer; in private the draft gives way to it."""
    group, private = server.supergroup(), server.private_chat()
    group.says(f"/ask {WHEN}")
    private.says(WHEN)
    server.wait_for(lambda: group.answers() and private.drafts)
    begun = group.answers()[0]
    time.sleep(0.3)  # by now the bot has noted that the message was sent
    assert "No agreement" not in begun.text
    bot.kill()
    bot.start()
    for chat in (group, private):
        assert "No agreement was signed" in nth_answer(server, chat, 0).text
    assert [message.message_id for message in group.answers()] == [begun.message_id]
    server.wait_for(lambda: len(private.answers()) == 1)
