"""What the Bot API server of the tests refuses, and how it fails when it is told to."""

import asyncio

import pytest
from bot_api import BotApiServer, Refusal
from bot_api.clients import call, keyboard, talk
from telegram import (
    Bot,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")


@pytest.fixture
def server():
    with BotApiServer() as running:
        yield running


def test_refusals_of_wrong_messages(server):
    """What breaks a rule of texts, entities or buttons is refused in Telegram's words and kept as invalid."""
    chat = server.private_chat()
    refused = [
        ("message is too long", {"text": "🏔" * 2049}),
        ("message text is empty", {"text": " \n"}),
        ("begins after the end of the text", {"text": "ab", "entities": [MessageEntity("bold", 2, 1)]}),
        ("ends after the end of the text", {"text": "ab", "entities": [MessageEntity("bold", 1, 2)]}),
        ("in a middle of a UTF-16 symbol", {"text": "🏔", "entities": [MessageEntity("bold", 1, 1)]}),
        ("Wrong HTTP URL", {"text": "ab", "entities": [MessageEntity("text_link", 0, 1, url="file:///x")]}),
        ("Button_data_invalid", {"text": "ab", "reply_markup": keyboard("é" * 33)}),
        ("message to be replied not found", {"text": "ab", "reply_parameters": ReplyParameters(99)}),
        ("message thread not found", {"text": "ab", "message_thread_id": 5}),
        ("markup in texts", {"text": "ab", "parse_mode": "HTML"}),
    ]

    async def speak(bot: Bot) -> None:
        for words, fields in refused:
            with pytest.raises(BadRequest, match=f"(?i){words}"):
                await bot.send_message(chat.id, **fields)
        lenient = ReplyParameters(99, allow_sending_without_reply=True)
        await bot.send_message(chat.id, "  ab  ", reply_parameters=lenient)
        entities = [MessageEntity("bold", i, 1) for i in range(0, 300, 2)]
        sent = await bot.send_message(chat.id, "a b " * 100, entities=entities)
        assert len(sent.entities) == 100
        with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
            await bot.edit_message_text("ab", chat.id, chat.answers()[0].message_id)
        with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
            await bot.edit_message_text("ab", chat.id, 99)

    talk(server, speak)
    assert chat.answers()[0].text == "ab"
    assert len(server.refusals) == len(refused) + 2
    assert {str(request.params.get("text"))[:2] for request in server.invalid_requests} == {"🏔🏔", " \n", "ab"}
    assert len(server.invalid_requests) == 4


def test_both_readings_find_what_telegram_has_not(server):
    """Unknown methods, fields and values, wrong types and missing fields are found; nothing is sent."""
    chat = server.private_chat()
    assert call(server, "sendMessag", text="x")["error_code"] == 404
    assert call(server, "sendMessage", chat_id=chat.id, text=5)["error_code"] == 400
    assert call(server, "sendMessage", text="x")["description"] == "Bad Request: chat_id is empty"
    assert call(server, "sendMessage", chat_id=1, text="x")["description"] == "Bad Request: chat not found"
    bold = [{"type": "fat", "offset": 0, "length": 1}]
    assert (
        "Unsupported type"
        in call(server, "sendMessage", chat_id=chat.id, text="x", entities=bold)["description"]
    )
    markup = {"inline_keyboard": [[{"text": "x"}]]}
    assert not call(server, "sendMessage", chat_id=chat.id, text="x", reply_markup=markup)["ok"]
    assert chat.messages() == []
    assert call(server, "SENDMESSAGE", chat_id=str(chat.id), text="x", reply_to=1)["ok"]
    found = [" ".join(request.problems) for request in server.invalid_requests]
    assert len(found) == 6
    for words in (
        "no such method",
        "must be String, not int",
        "aiogram: chat_id: Field required",
        "'fat' is none of",
    ):
        assert any(words in problems for problems in found), words
    assert found[-1] == "reply_to: no such field aiogram knows no field reply_to"


def test_refusals_of_chats(server):
    """A bot that is blocked, kicked, unknown or in a group that moved is told so."""
    blocked, stranger, group = server.private_chat(), server.private_chat(started=False), server.group()
    kicked = server.supergroup()
    blocked.blocks_bot()
    kicked.removes_bot()
    moved = group.migrates()

    async def speak(bot: Bot) -> None:
        for chat, words in ((blocked, "blocked by the user"), (stranger, "initiate"), (kicked, "was kicked")):
            with pytest.raises(Forbidden, match=words):
                await bot.send_message(chat.id, "x")
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(group.id, "x")
        assert migrated.value.new_chat_id == moved.id
        await bot.send_message(moved.id, "x")
        updates = await bot.get_updates()
        assert [u.my_chat_member.new_chat_member.status for u in updates if u.my_chat_member] == [
            "kicked",
            "kicked",
        ]
        assert [u.message.migrate_to_chat_id for u in updates if u.message] == [moved.id, None]

    talk(server, speak)
    assert server.invalid_requests == []


def test_tokens_and_second_instances(server):
    """A wrong token is unauthorised; a second poll ends the first with a conflict."""

    async def wrong(bot: Bot) -> None:
        raise AssertionError("never gets here")

    with pytest.raises(InvalidToken):
        talk(server, wrong, token="1234567890:wrong")

    async def speak(bot: Bot) -> None:
        first = asyncio.ensure_future(bot.get_updates(timeout=10))
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(asyncio.to_thread(call, server, "getUpdates", timeout=1))
        with pytest.raises(Conflict, match=r"(?i)only one bot instance"):
            await first
        assert (await second)["result"] == []

    talk(server, speak)


def test_failures_on_demand(server):
    """One chat's storm leaves the others alone; errors, slow answers and cut connections come as asked."""
    stormy, calm = server.private_chat(), server.private_chat()
    storm = server.fail("sendMessage", stormy, "429", seconds=0.5, retry_after=3)

    async def speak(bot: Bot) -> None:
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(stormy.id, "x")
        assert refused.value._retry_after.total_seconds() == 3
        await bot.send_message(calm.id, "x")
        await asyncio.sleep(0.5)
        await bot.send_message(stormy.id, "after the storm")
        assert len(storm.hits) == 1
        for kind, error in (("500", NetworkError), ("502", NetworkError), ("drop", NetworkError)):
            server.fail("sendMessage", calm, kind)
            with pytest.raises(error):
                await bot.send_message(calm.id, "lost")
        server.fail(None, calm, "drop_after")
        with pytest.raises(NetworkError):
            await bot.send_message(calm.id, "arrived, but nobody said so")
        server.fail(None, calm, "slow", delay=0.5)
        with pytest.raises(TimedOut):
            await bot.send_message(calm.id, "late", read_timeout=0.1)
        server.fail("getChat", kind=Refusal(400, "Bad Request: of some kind"))
        with pytest.raises(BadRequest, match=r"(?i)of some kind"):
            await bot.get_chat(calm.id)
        server.fail("getUpdates", kind="409")
        with pytest.raises(Conflict):
            await bot.get_updates()

    talk(server, speak)
    server.wait_for(lambda: calm.answers()[2])
    assert [m.text for m in calm.answers()] == ["x", "arrived, but nobody said so", "late"]
    assert [m.text for m in stormy.answers()] == ["after the storm"]
    assert server.invalid_requests == []


def test_updates_come_twice_and_the_network_comes_back(server):
    """A confirmed update can be given again; a stopped server loses nothing and comes back on its port."""
    chat = server.private_chat()
    update_id = chat.says("once")

    async def speak(bot: Bot) -> None:
        await bot.get_updates()
        await bot.get_updates(update_id + 1)
        server.redeliver(update_id)
        assert [u.update_id for u in await bot.get_updates(update_id + 1)] == [update_id]
        server.stop()
        with pytest.raises(NetworkError):
            await bot.send_message(chat.id, "nobody there")
        chat.says("meanwhile")
        server.start()
        assert [u.message.text for u in await bot.get_updates(update_id + 1)] == ["meanwhile"]

    talk(server, speak)


def test_pace_of_groups(server):
    """With a pace set, a group refuses what is too much for a minute, edits included."""
    server.world.most_in_group = 2
    group, chat = server.group(), server.private_chat()

    async def speak(bot: Bot) -> None:
        sent = await bot.send_message(group.id, "one")
        await bot.edit_message_text("two", group.id, sent.message_id)
        with pytest.raises(RetryAfter):
            await bot.edit_message_text("three", group.id, sent.message_id)
        for text in ("one", "two", "three"):
            await bot.send_message(chat.id, text)

    talk(server, speak)
