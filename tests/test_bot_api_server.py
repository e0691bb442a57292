"""The Bot API server that the Telegram tests stand on, spoken to by python-telegram-bot over HTTP."""

import asyncio
import socket
import time

import pytest
from bot_api import BotApiServer, marked
from bot_api.clients import call, keyboard, talk
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    Conflict,
)
from telegram.ext import Application, ApplicationBuilder, CommandHandler, MessageHandler, filters


@pytest.fixture
def server():
    with BotApiServer() as running:
        yield running


def application(server: BotApiServer) -> Application:
    """An application that repeats what it hears."""
    builder = ApplicationBuilder().token(server.token).base_url(f"{server.url}/bot")
    made = builder.base_file_url(f"{server.url}/file/bot").concurrent_updates(True).build()

    async def repeat(update: Update, _) -> None:
        await update.effective_message.reply_text(f"You said {update.effective_message.text}")

    made.add_handler(CommandHandler("start", repeat))
    made.add_handler(MessageHandler(filters.TEXT & filters.UpdateType.MESSAGE, repeat))
    return made


def test_polling_confirms_updates_by_offset(server):
    """An update comes again until an offset beyond it is asked for, and never after that."""
    chat = server.private_chat()
    first, second = chat.says("one"), chat.says("two")

    async def speak(bot: Bot) -> None:
        assert [u.update_id for u in await bot.get_updates()] == [first, second]
        assert [u.update_id for u in await bot.get_updates(limit=1)] == [first]
        assert [u.update_id for u in await bot.get_updates(offset=second)] == [second]
        assert server.confirmed(first) and not server.confirmed(second)
        assert await bot.get_updates(offset=second + 1) == ()
        assert server.confirmed(second) and server.times_given(second) == 2
        chat.says("three")
        assert [u.message.text for u in await bot.get_updates(offset=-1)] == ["three"]

    talk(server, speak)
    assert server.invalid_requests == []


def test_long_polling_waits_for_news(server):
    """A poll without news hangs until somebody writes, and only as long as it asked for."""
    chat = server.private_chat()

    async def speak(bot: Bot) -> None:
        began = time.monotonic()
        assert await bot.get_updates(timeout=1) == ()
        assert 0.9 < time.monotonic() - began < 3
        poll = asyncio.ensure_future(bot.get_updates(timeout=10))
        await asyncio.sleep(0.1)
        update_id = await asyncio.to_thread(chat.says, "hello")
        assert [u.update_id for u in await poll] == [update_id]

    talk(server, speak)


def test_a_killed_process_takes_no_updates_with_it(server):
    """A poll whose client is gone neither gets what comes next nor keeps it from the client after it."""
    chat = server.private_chat()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(f"GET /bot{server.token}/getUpdates?timeout=30 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        server.wait_for(lambda: server.world.updates.poll)
    time.sleep(0.1)
    update_id = chat.says("hello")
    assert [update["update_id"] for update in call(server, "getUpdates", timeout=5)["result"]] == [update_id]
    assert server.times_given(update_id) == 1


def test_application_answers_by_polling(server):
    """A whole application polls, answers in every kind of chat, and nobody finds fault with its requests."""
    private, group = server.private_chat(server.user("Ада", "ru")), server.group("Friends")
    forum = server.forum()
    topic = forum.topic("Rivers")

    async def run() -> None:
        app = application(server)
        async with app:
            await app.start()
            await app.updater.start_polling(poll_interval=0)
            try:
                await asyncio.to_thread(converse)
            finally:
                await app.updater.stop()
                await app.stop()

    def converse() -> None:
        private.says("привет 👋")
        assert server.wait_for(lambda: private.answers()[0]).text == "You said привет 👋"
        assert group.says("nobody hears this") is None
        group.says("@footnote_test_bot hello")
        answer = server.wait_for(lambda: group.answers()[0])
        group.says("more", reply_to=answer)
        assert server.wait_for(lambda: group.answers()[1]).text == "You said more"
        forum.says("/start@footnote_test_bot", topic=topic)
        assert server.wait_for(lambda: forum.messages(from_bot=True, topic=topic))
        assert forum.answers()[0].reply_to == forum.last_message_id() - 1

    asyncio.run(run())
    assert server.invalid_requests == [] and server.refusals == []


def test_application_answers_by_webhook(server):
    """Behind a reverse proxy updates are posted with the secret token, and again until they are accepted."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server.reverse_proxy("https://bot.example/hook", f"http://127.0.0.1:{port}/hook")
    chat = server.private_chat()

    async def run() -> None:
        app = application(server)
        async with app:
            await app.start()
            await app.updater.start_webhook(
                "127.0.0.1", port, "/hook", webhook_url="https://bot.example/hook", secret_token="s3cret"
            )
            update_id = await asyncio.to_thread(converse)
            assert (await app.bot.get_webhook_info()).pending_update_count == 0
            with pytest.raises(Conflict, match=r"(?i)while webhook is active"):
                await app.bot.get_updates()
            server.webhook.secret_token = "wrong"
            refused = await asyncio.to_thread(chat.says, "not with this token")
            await asyncio.to_thread(server.wait_for, lambda: server.webhook.posts[-1][1:] == (refused, 403))
            server.webhook.secret_token = "s3cret"
            await asyncio.to_thread(server.wait_for, lambda: server.confirmed(refused))
            server.redeliver(update_id)
            await asyncio.to_thread(server.wait_for, lambda: server.times_given(update_id) == 2)
            await app.updater.stop()
            await app.stop()

    def converse() -> int:
        update_id = chat.says("hello")
        assert server.wait_for(lambda: chat.answers()[0]).text == "You said hello"
        server.wait_for(lambda: server.confirmed(update_id))
        return update_id

    asyncio.run(run())
    assert server.invalid_requests == []


def test_messages_stand_as_the_user_sees_them(server):
    """Entities mark by UTF-16 units, edits and deletions are seen, keyboards and replies stay."""
    chat = server.private_chat()
    asked = server.message_id(chat.says("What is 🏔?"))
    text = "👩‍🔬 wrote «é̄ שלום» [1] https://example.org"
    start = len("👩‍🔬 wrote «".encode("utf-16-le")) // 2
    entities = [
        MessageEntity("bold", start, 7),
        MessageEntity("text_link", start + 9, 3, url="https://a.org/x"),
    ]

    async def speak(bot: Bot) -> None:
        reply = ReplyParameters(asked, quote="🏔")
        sent = await bot.send_message(
            chat.id,
            text,
            entities=entities,
            reply_parameters=reply,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            reply_markup=keyboard("more"),
        )
        shown = chat.answers()[0]
        assert (shown.reply_to, shown.quote, shown.link_preview) == (asked, "🏔", False)
        assert shown.marks("bold") == ["é̄ שלום"] and shown.marks("url") == ["https://example.org"]
        assert [(mark, entity.url) for mark, entity in shown.marks_with_entities("text_link")] == [
            ("[1]", "https://a.org/x")
        ]
        assert shown.button("More").callback_data == "more"
        await bot.edit_message_text("shorter", chat.id, sent.message_id)
        shown = chat.answers()[0]
        assert (shown.text, shown.entities, shown.buttons, shown.edited) == ("shorter", (), (), True)
        assert [version.text for version in shown.versions] == [text, "shorter"]
        await bot.set_message_reaction(chat.id, asked, "👍")
        assert chat.message(asked).reactions == ("👍",)
        await bot.delete_message(chat.id, sent.message_id)
        assert chat.answers() == []

    talk(server, speak)
    assert server.invalid_requests == [] and server.refusals == []
    assert marked("a🏔b", {"offset": 1, "length": 2}) == "🏔"
    with pytest.raises(UnicodeDecodeError):
        marked("a🏔b", {"offset": 1, "length": 1})


def test_drafts_stream_in_private_chats_only(server):
    """A draft shows until the message comes; a group refuses it, and so does a draft numbered zero."""
    chat, group = server.private_chat(), server.group()

    async def speak(bot: Bot) -> None:
        await bot.send_message_draft(chat.id, 7, "Part")
        await bot.send_message_draft(chat.id, 7, "Partly said")
        assert chat.draft().text == "Partly said" and len(chat.drafts) == 2
        await bot.send_message(chat.id, "Partly said, then whole")
        assert chat.draft() is None
        assert server.invalid_requests == []
        for place, number in ((group, 7), (chat, 0)):
            with pytest.raises(BadRequest):
                await bot.send_message_draft(place.id, number, "x")

    talk(server, speak)
    assert len(server.invalid_requests) == 1


def test_buttons_and_their_answers(server):
    """A pressed button comes with its message, and what the bot answers is what the user sees."""
    chat = server.group()

    async def speak(bot: Bot) -> None:
        await bot.send_message(chat.id, "Choose", reply_markup=keyboard("yes", "no"))
        update_id = chat.presses("No")
        [update] = await bot.get_updates()
        assert (update.update_id, update.callback_query.data) == (update_id, "no")
        assert server.callback_answer(update_id) is None
        await update.callback_query.answer("Noted", show_alert=True)
        assert server.callback_answer(update_id).text == "Noted"
        await update.callback_query.edit_message_reply_markup(keyboard("done"))
        assert chat.answers()[0].button("Done")
        chat.presses("done", stale=True)
        update = (await bot.get_updates(update_id + 1))[0]
        with pytest.raises(BadRequest, match=r"(?i)query is too old"):
            await update.callback_query.answer()

    talk(server, speak)
    assert server.invalid_requests == []
    with pytest.raises(AssertionError, match="no message with a button"):
        chat.presses("never there")


def test_inline_queries(server):
    """Results are shown to who asked; one that is chosen stands in a chat and can be edited from afar."""
    user = server.user("Boris", "ru")
    chat = server.private_chat(server.user("Friend"))

    def articles(count: int) -> list[InlineQueryResultArticle]:
        content = InputTextMessageContent("A 🏔 passage", entities=[MessageEntity("bold", 2, 2)])
        return [
            InlineQueryResultArticle(str(i), f"Title {i}", content, keyboard("open")) for i in range(count)
        ]

    async def speak(bot: Bot) -> None:
        update_id = server.inline_query(user, "rivers")
        [update] = await bot.get_updates()
        assert update.inline_query.query == "rivers" and update.inline_query.from_user.language_code == "ru"
        with pytest.raises(BadRequest, match="Results_too_much"):
            await bot.answer_inline_query(update.inline_query.id, articles(51))
        await update.inline_query.answer(articles(2), cache_time=5, is_personal=True)
        assert [card["title"] for card in server.inline_answer(update_id).results] == [
            "Title 0",
            "Title 1",
        ]
        assert server.choose_inline(update_id, "1", chat).marks("bold") == ["🏔"]
        chosen = (await bot.get_updates(update_id + 1))[0].chosen_inline_result
        await bot.edit_message_text("Changed", inline_message_id=chosen.inline_message_id)
        assert chat.messages()[-1].text == "Changed"

    talk(server, speak)
    assert [len(request.params["results"]) for request in server.invalid_requests] == [51]


def test_files_go_both_ways(server):
    """A sent document can be fetched, one that is too big cannot, and an upload arrives whole."""
    chat = server.private_chat()
    chat.sends_document(b"# Title\n\nText.\n", "note.md", caption="/ingest")
    chat.sends_document(b"", "huge.zip", size=21 << 20)

    async def speak(bot: Bot) -> None:
        small, huge = await bot.get_updates()
        assert small.message.caption_entities[0].type == "bot_command"
        file = await small.message.document.get_file()
        assert bytes(await file.download_as_bytearray()) == b"# Title\n\nText.\n"
        with pytest.raises(BadRequest, match=r"(?i)file is too big"):
            await huge.message.document.get_file()
        await bot.send_document(chat.id, b"all of it", filename="export.json", caption="Yours")
        document = chat.answers()[0].document
        assert (document.name, document.content, chat.answers()[0].text) == (
            "export.json",
            b"all of it",
            "Yours",
        )
        with pytest.raises(BadRequest, match=r"(?i)non-empty"):
            await bot.send_document(chat.id, b"", filename="empty.txt")

    talk(server, speak)
    assert server.invalid_requests == []


def test_commands_are_shown_by_scope_and_language(server):
    """A user's app lists the commands of the narrowest scope, in the user's language where there are some."""
    russian, group = server.private_chat(server.user("Ада", "ru")), server.group()

    async def speak(bot: Bot) -> None:
        await bot.set_my_commands([BotCommand("ask", "Ask")])
        scope = BotCommandScopeAllPrivateChats()
        await bot.set_my_commands([BotCommand("help", "Help")], scope)
        await bot.set_my_commands([BotCommand("help", "Помощь")], scope, "ru")
        with pytest.raises(BadRequest, match="Bot_command_invalid"):
            await bot.set_my_commands([BotCommand("Not-one", "x")])
        assert (await bot.get_me()).username == "footnote_test_bot"

    talk(server, speak)
    assert server.commands(russian) == [{"command": "help", "description": "Помощь"}]
    assert server.commands(server.private_chat()) == [{"command": "help", "description": "Help"}]
    assert server.commands(group) == [{"command": "ask", "description": "Ask"}]


def test_waiting_says_what_was_seen(server):
    """A wait that ends in vain tells the last requests."""
    call(server, "sendMessage", chat_id=server.private_chat().id, text="the only one")
    with pytest.raises(AssertionError, match="the only one"):
        server.wait_for(lambda: False, timeout=0.1)
