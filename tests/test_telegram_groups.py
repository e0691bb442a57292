"""Groups, topics, and who is served."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApiServer, Chat
from bot_api.refusals import bad_request
from running_bot import MET, WHEN, RunningBot, answer_to, nth_answer

NAME = "@footnote_test_bot"


@pytest.fixture(scope="module")
def server() -> Iterator[BotApiServer]:
    with BotApiServer() as running:
        yield running
        assert running.invalid_requests == []


@pytest.fixture(scope="module", autouse=True)
def bot(
    server: BotApiServer, samples: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningBot]:
    with RunningBot(server, samples, tmp_path_factory.mktemp("bot")) as running:
        yield running


def said_meanwhile(server: BotApiServer, chat: Chat) -> list[str]:
    """What was said in the chat by the time that somebody else has been answered."""
    answer_to(server, server.private_chat(), "/help")
    return [message.text for message in chat.answers()]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
def test_commands_mentions_and_replies_are_answered_as_replies(server: BotApiServer, kind: str) -> None:
    """/ask, the bot's name and a reply to it; the answer quotes the question."""
    chat = getattr(server, kind)()
    asked = answer_to(server, chat, f"/ask{NAME} {WHEN}")
    assert asked.text.startswith(MET) and asked.quote == WHEN
    assert asked.reply_to and chat.message(asked.reply_to).text.startswith("/ask")
    mentioned = answer_to(server, chat, f"{NAME} {WHEN}")
    assert mentioned.text.startswith(MET) and mentioned.quote == WHEN
    replied = answer_to(server, chat, "How long did they speak alone?", reply_to=asked)
    assert chat.message(replied.reply_to or 0).text == "How long did they speak alone?"


def test_what_is_not_meant_for_the_bot_is_left_alone(server: BotApiServer) -> None:
    """Talk among people, commands of other bots, other bots, channels, edits, inline results."""
    server.world.reads_all = True
    chat = server.supergroup()
    chat.says("When did smallpox end?")
    chat.says("/ask@some_other_bot When did smallpox end?")
    chat.says(f"{NAME} {WHEN}", server.user("Robot", is_bot=True))
    chat.says(f"{NAME} {WHEN}", sender_chat={"id": -1009, "type": "channel", "title": "News"})
    chat.says(f"{WHEN} {NAME}", via_bot=server.world.bot.payload())
    server.channel().says(f"/ask {WHEN}")
    assert said_meanwhile(server, chat) == []
    chat.says("hello")
    chat.says(f"/ask {WHEN}", edit=chat.last_message_id())
    assert said_meanwhile(server, chat) == []
    server.world.reads_all = False


def test_an_anonymous_administrator_is_a_person(server: BotApiServer) -> None:
    """Telegram shows who writes in the group's name as a bot of its own."""
    chat = server.supergroup()
    anonymous = server.user("Group", username="GroupAnonymousBot", is_bot=True)
    title = {"id": chat.id, "type": "supergroup", "title": "Readers"}
    assert answer_to(server, chat, f"/ask {WHEN}", anonymous, sender_chat=title).text.startswith(MET)


def test_what_an_anonymous_administrator_began_administrators_can_press(server: BotApiServer) -> None:
    """Who writes in the group's name presses buttons in their own; to other members it is somebody else's."""
    owner, member = server.user("Owner"), server.user("Member")
    chat = server.supergroup("Readers", owner, member)
    anonymous = server.user("Group", username="GroupAnonymousBot", is_bot=True)
    title = {"id": chat.id, "type": "supergroup", "title": "Readers"}
    settings = answer_to(server, chat, f"/settings{NAME}", anonymous, sender_chat=title)
    refused = chat.presses("Short", member)
    assert server.wait_for(lambda: server.callback_answer(refused)).show_alert
    taken = chat.presses("Short", owner)
    assert not server.wait_for(lambda: server.callback_answer(taken)).show_alert
    assert chat.message(settings.message_id).button("✓ Short")


def test_a_command_below_a_file_may_be_another_bots(server: BotApiServer) -> None:
    """And one that is meant for this bot is for administrators."""
    chat = server.supergroup(bot_is_administrator=True)
    chat.sends_document(b"x", "x.md", caption="/ingest@some_other_bot")
    chat.sends_document(b"x", "x.md", caption=f"/ingest{NAME}")
    assert nth_answer(server, chat, 0).text == "This is for administrators."
    assert said_meanwhile(server, chat) == ["This is for administrators."]


@pytest.mark.parametrize(
    "words", ["TOPIC_CLOSED", "CHAT_WRITE_FORBIDDEN", "not enough rights to send text messages"]
)
def test_where_the_bot_may_not_write_nothing_is_left_open(
    server: BotApiServer, bot: RunningBot, words: str
) -> None:
    """The question is given up in a line of the log, and nothing is sent elsewhere in the group."""
    chat = server.forum()
    topic = chat.topic("News")
    refusal = server.fail("sendMessage", chat, bad_request(words), times=100)
    chat.says(f"/ask {WHEN}", topic=topic)
    server.wait_for(lambda: refusal.hits)
    assert said_meanwhile(server, chat) == [] and len(refusal.hits) == 1
    assert "Traceback" not in bot.logged()


def test_topics_are_kept_apart(server: BotApiServer) -> None:
    """The answer stays in its topic, and each topic has its own conversation."""
    chat = server.forum()
    first, second = chat.topic("News"), chat.topic("Sport")
    assert answer_to(server, chat, f"/ask {WHEN}", topic=first).thread_id == first
    told = answer_to(server, chat, f"/why{NAME}", topic=second)
    assert told.thread_id == second and "Nothing has been asked here yet" in told.text


def test_users_of_a_group_have_conversations_of_their_own(server: BotApiServer) -> None:
    """What one asks is no context for what another asks."""
    one, other = server.user("One"), server.user("Other")
    chat = server.supergroup("Readers", one, other)
    answer_to(server, chat, f"/ask {WHEN}", one)
    assert "Nothing has been asked here yet" in answer_to(server, chat, f"/why{NAME}", other).text


def test_on_joining_the_bot_says_what_it_hears(server: BotApiServer) -> None:
    """In the language of who added it."""
    german = server.user("Uwe", "de")
    chat = server.supergroup("Leser", german)
    chat.removes_bot(german)
    chat.adds_bot(german)
    assert "Antworten auf meine Nachrichten, sonst nichts" in nth_answer(server, chat, 0).text


def test_a_group_that_grows_keeps_its_conversations(server: BotApiServer) -> None:
    """The supergroup goes on where the group was."""
    user = server.user("One")
    chat = server.group("Friends", user)
    answer_to(server, chat, f"/ask {WHEN}", user)
    supergroup = chat.migrates()
    assert WHEN in answer_to(server, supergroup, f"/why{NAME}", user).text


def test_a_refused_quote_or_a_deleted_question_costs_no_answer(server: BotApiServer) -> None:
    """What Telegram does not take is left out; the answer comes whole."""
    chat = server.supergroup()
    bold = [
        {"type": "bot_command", "offset": 0, "length": 4},
        {"type": "bold", "offset": 5, "length": len(WHEN)},
    ]
    assert answer_to(server, chat, f"/ask {WHEN}", entities=bold).quote is None
    chat.says(f"/ask {WHEN}")
    chat.records[chat.last_message_id()].deleted = True
    assert nth_answer(server, chat, 1).text.startswith(MET)


def test_settings_of_another_cannot_be_changed(server: BotApiServer) -> None:
    """The buttons in a group are for who sent the command."""
    one, other = server.user("One"), server.user("Other")
    chat = server.supergroup("Readers", one, other)
    answer_to(server, chat, f"/settings{NAME}", one)
    press = chat.presses("Short", other)
    assert server.wait_for(lambda: server.callback_answer(press)).show_alert


@pytest.mark.parametrize("strangers", ["refuse", "ignore"])
def test_strangers_are_refused_or_ignored(samples: Path, tmp_path: Path, strangers: str) -> None:
    """Listed users and groups are served; the others are told their number, or nothing."""
    with BotApiServer() as server:
        friend, stranger = server.user("Friend"), server.user("Stranger")
        known, unknown = server.supergroup("Known", stranger), server.supergroup("Unknown", stranger)
        settings = {"telegram_users": str(friend.id), "telegram_groups": f"{known.id}, -5"}
        with RunningBot(server, samples, tmp_path, **settings, telegram_strangers=strangers):
            inside, outside = server.private_chat(friend), server.private_chat(stranger)
            outside.says(WHEN)
            unknown.says(f"/ask {WHEN}")
            unknown.says("talk among people")
            query = server.inline_query(stranger, "Putin")
            assert answer_to(server, known, f"/ask {WHEN}").text.startswith(MET)
            assert answer_to(server, inside, WHEN).text.startswith(MET)
            assert server.wait_for(lambda: server.inline_answer(query)).results == []
            told = [message.text for chat in (outside, unknown) for message in chat.answers()]
        if strangers == "ignore":
            assert told == []
        else:
            assert [str(stranger.id) in told[0], str(unknown.id) in told[1], len(told)] == [True, True, 2]
        assert server.invalid_requests == []
