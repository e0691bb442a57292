"""The commands that everybody may use. What they find out comes from the registry that the terminal has too."""

import asyncio
import base64
import binascii
from difflib import get_close_matches

from bot.conversation import Conversation
from bot.telegram_app.answer_messages import PAGE, article_page, in_a_line, opened_messages
from bot.telegram_app.asking import ask
from bot.telegram_app.incoming import Incoming, Parts
from bot.telegram_app.outgoing import Button, Outgoing, outgoing, plain
from bot.telegram_app.pages import explained_page, listed_page, settings_page
from bot.telegram_app.registration import register_administrator
from bot.telegram_app.styled import Styled
from bot.telegram_app.texts import Texts
from bot.verbs import Explained, FrontEnd, Listed, Opened, Transcript, find_verb, verbs_of
from bot.verbs import Reply as FoundByVerb
from corpus.errors import FootnoteError

EXAMPLES = 3
RECENT = 50  # articles that examples are taken from
MOST_TITLE = 60  # characters of an example


async def run_verb(
    parts: Parts, name: str, argument: str = "", conversation: Conversation | None = None
) -> FoundByVerb:
    """What a verb of the registry finds. FootnoteError: nothing."""
    verb = find_verb(name, FrontEnd.TELEGRAM)
    assert verb.run
    return await asyncio.to_thread(
        verb.run, parts.collection.catalogue, conversation or Conversation(), argument
    )


def conversation_of(parts: Parts, got: Incoming, most: int | None = 10) -> Conversation:
    """What was asked and answered. FootnoteError: nothing yet."""
    head = parts.memory.head(got.talk)
    conversation = parts.memory.conversation(head, parts.collection.catalogue, most)
    if not conversation.answers:
        raise FootnoteError(got.texts("open.nothing_asked"))
    return conversation


async def start(parts: Parts, got: Incoming) -> None:
    """/start, and the deep links that lead to a passage, an article or a question."""
    kind, _, rest = got.argument.partition("_")
    if kind == "p" and rest.rpartition("_")[0]:
        answer_id, _, n = rest.rpartition("_")
        await open_citation(parts, got, answer_id, n)
    elif kind == "a" and rest.isascii() and rest.isdigit():
        await open_article(parts, got, int(rest[:18]))
    elif kind in ("q", "b"):
        question = decoded(rest) if kind == "b" else parts.memory.value_of(rest)
        if not question:
            raise FootnoteError(got.texts("open.not_kept"))
        await ask(parts, got, question)
    else:
        await got.say(_greeting(parts, got))
        if got.user in parts.access.administrators:
            await register_administrator(parts, got.user)


def encoded(parts: Parts, question: str, user: int) -> str:
    """The question as the payload of a deep link."""
    payload = "b_" + base64.urlsafe_b64encode(question.encode("utf-8", "replace")).decode().rstrip("=")
    return payload if len(payload) <= 64 else f"q_{parts.memory.target(question, user)}"


def decoded(payload: str) -> str:
    try:
        return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


def _greeting(parts: Parts, got: Incoming) -> Outgoing:
    articles = parts.collection.catalogue.all_articles()[:RECENT]
    titles = dict.fromkeys(" ".join(article.title.split()) for article in articles)
    examples = [title for title in titles if len(title) <= MOST_TITLE][:EXAMPLES]
    rows = [[Button(f"🔎 {title}", f"q:{parts.memory.target(title)}")] for title in examples]
    examples_follow = f"\n\n{got.texts('start.examples')}" if rows else ""
    return plain(got.texts("start.greeting") + examples_follow, *rows)


async def help_(parts: Parts, got: Incoming) -> None:
    administrator = got.user in parts.access.administrators
    styled = Styled().write(got.texts("help.heading"), "bold")
    for verb in verbs_of(FrontEnd.TELEGRAM):
        if administrator or not verb.administrators:
            styled.write(f"\n/{verb.name} — {got.texts(f'commands.{verb.name}')}")
    await got.say(outgoing(styled.write(f"\n\n{got.texts('help.more', name=parts.sender.bot.username)}")))


async def open_(parts: Parts, got: Incoming) -> None:
    """/open 2, /open [2] and /open WORDS of a title."""
    wanted = got.argument.strip("[] ")
    if not wanted:
        raise FootnoteError(got.texts("open.what"))
    if wanted.isascii() and wanted.isdigit():
        await _open_cited(parts, got, wanted, conversation_of(parts, got))
    else:
        await _show(got, await find_article(parts, got, got.argument))


async def open_citation(parts: Parts, got: Incoming, answer_id: str, n: str) -> None:
    if parts.memory.answer(answer_id) is None or not n.isdigit():
        raise FootnoteError(got.texts("open.not_kept"))
    await _open_cited(parts, got, n, parts.memory.conversation(answer_id, parts.collection.catalogue, 1))


async def _open_cited(parts: Parts, got: Incoming, n: str, conversation: Conversation) -> None:
    """What has changed since the answer is no longer among its citations."""
    number = int(n[:9])
    cited = conversation.answers[-1].text if conversation.answers else ""
    if conversation.citation(number) is None:
        raise FootnoteError(
            got.texts("open.changed" if f"[{number}]" in cited else "open.no_citation", n=number)
        )
    try:
        opened = await run_verb(parts, "open", str(number), conversation)
    except FootnoteError:
        raise FootnoteError(got.texts("open.changed")) from None
    assert isinstance(opened, Opened)
    await _show(got, opened)


async def _show(got: Incoming, opened: Opened) -> None:
    await got.reply.send_all(opened_messages(opened, got.texts), "passage")


async def find_article(parts: Parts, got: Incoming, words: str) -> Opened:
    """The article of this name, or the only one whose title has these words. FootnoteError: none, or several."""
    try:
        opened = await run_verb(parts, "open", words)
    except FootnoteError:
        listed = await run_verb(parts, "sources", words)
        several = isinstance(listed, Listed) and len(listed.articles) > 1
        shown = in_a_line(words)
        raise FootnoteError(got.texts("open.several" if several else "open.no_article", name=shown)) from None
    assert isinstance(opened, Opened)
    return opened


async def open_article(parts: Parts, got: Incoming, key: int, start: int = -1) -> None:
    """A page of an article, from character `start` on; from its beginning where that is -1."""
    catalogue = parts.collection.catalogue
    article = catalogue.articles([key]).get(key)
    if article is None:
        raise FootnoteError(got.texts("open.gone"))
    if start < 0:
        passages = catalogue.passages_of(key)
        start = passages[0].start if passages else 0
    text = catalogue.text(key, start, start + 2 * PAGE)
    await got.say(article_page(article, text, start, got.texts))


async def sources(parts: Parts, got: Incoming) -> None:
    await got.say(await sources_page(parts, got, got.argument, 0))


async def sources_page(parts: Parts, got: Incoming, words: str, page: int) -> Outgoing:
    listed = await run_verb(parts, "sources", words)
    assert isinstance(listed, Listed)
    heading = got.texts("sources.heading", shown=len(listed.articles), total=listed.total)
    token = parts.memory.target(words, got.user) if words else ""
    return listed_page(listed, page, token, got.texts, parts.sender.bot.username, heading)


async def latest(parts: Parts, got: Incoming) -> None:
    listed = await run_verb(parts, "latest")
    assert isinstance(listed, Listed)
    newest = Listed(listed.articles[:8], listed.passages, listed.total)
    await got.say(
        listed_page(newest, 0, "", got.texts, parts.sender.bot.username, got.texts("sources.latest"))
    )


async def why(parts: Parts, got: Incoming) -> None:
    explained = await run_verb(parts, "why", "", conversation_of(parts, got))
    assert isinstance(explained, Explained)
    await got.say(explained_page(explained, got.texts))


async def new(parts: Parts, got: Incoming) -> None:
    parts.answering.cancel(got.talk)
    parts.memory.begin_anew(got.talk)
    await got.say(got.texts("new.done"))


async def cancel(parts: Parts, got: Incoming) -> None:
    stopped = parts.answering.cancel(got.talk)
    await got.say(got.texts("cancel.done" if stopped else "cancel.nothing"))


async def export(parts: Parts, got: Incoming) -> None:
    exported = await run_verb(parts, "export", "", conversation_of(parts, got, most=None))
    assert isinstance(exported, Transcript)
    if parts.inbox.sent(got.update.update_id, "file"):
        return
    content = exported.markdown.encode("utf-8", "replace")
    sent = await parts.sender.send_file(got.reply.place, content, "conversation.md")
    parts.inbox.note_sent(got.update.update_id, "file", sent.message_id)


async def settings(parts: Parts, got: Incoming) -> None:
    await got.say(settings_page(got.preferences, got.user, got.texts))


async def privacy(parts: Parts, got: Incoming) -> None:
    days = parts.retention_days
    kept = got.texts("privacy.days", days=f"{days:g}") if days else got.texts("privacy.for_ever")
    model = got.texts("privacy.model" if parts.language_model else "privacy.no_model")
    await got.say(f"{got.texts('privacy.kept')} {kept}\n\n{model}\n\n{got.texts('privacy.forget')}")


async def forget(parts: Parts, got: Incoming) -> None:
    yes = Button(got.texts("forget.yes"), f"f:{got.user}:1")
    await got.say(got.texts("forget.sure"), [yes, Button(got.texts("forget.no"), f"f:{got.user}:0")])


async def unknown(parts: Parts, got: Incoming) -> None:
    """A command that there is not: said in private, and in a group if it was meant for this bot alone."""
    name, _, whose = (got.message.text or "").split(maxsplit=1)[0].lstrip("/").partition("@")
    if got.private or whose.lower() == parts.sender.bot.username.lower():
        await got.say(_unknown(name, got.texts))


def _unknown(name: str, texts: Texts) -> str:
    names = [verb.name for verb in verbs_of(FrontEnd.TELEGRAM) if not verb.administrators]
    near = get_close_matches(name.casefold(), names, 1)
    return texts("unknown.near", name=name, near=near[0]) if near else texts("unknown.none", name=name)


async def unreadable(parts: Parts, got: Incoming) -> None:
    """Pictures, voices, stickers: said in private alone."""
    if got.private:
        can_ingest = got.message.document and got.user in parts.access.administrators
        await got.say(got.texts("ingest.reply_to_file" if can_ingest else "unreadable.text_only"))
