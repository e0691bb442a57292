"""What administrators may do: put articles in, take them out, see how the bot is doing, make the indexes anew."""

import asyncio
import re
import resource
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path, PurePath

from telegram import Document, Message
from telegram.constants import FileSizeLimit, MessageEntityType

from bot.telegram_app.answer_messages import in_a_line
from bot.telegram_app.commands import find_article
from bot.telegram_app.incoming import Handler, Incoming, Parts, addressed, marked
from bot.telegram_app.outgoing import Button, plain
from corpus.errors import FootnoteError
from corpus.ingestion import Outcome
from corpus.sources import Sources
from retrieval import upkeep

RECEIVED = "received"  # the folder in the collection's that keeps the files which came by Telegram
PROGRESS = 3.0  # seconds between two words on progress
TOLD = 15  # outcomes that are named
STATUSES = ("added", "updated", "moved", "unchanged", "removed", "failed")
MOST_NAME = 120  # characters of a file's name

_LINKS = (MessageEntityType.URL, MessageEntityType.TEXT_LINK)
_writing = asyncio.Lock()


def for_administrators(handler: Handler) -> Handler:
    async def guarded(parts: Parts, got: Incoming) -> None:
        if got.user in parts.access.administrators:
            await handler(parts, got)
        else:
            await got.say(got.texts("access.administrators"))

    return guarded


async def ingest(parts: Parts, got: Incoming) -> None:
    """A link after the command; or the file or link of this message, or of the one it replies to."""
    document, link = _given(got.message)
    if not document and not link and isinstance(got.message.reply_to_message, Message):
        document, link = _given(got.message.reply_to_message)
    if document:
        given = await _received(parts, got, document)
    elif link:
        given = link
    else:
        raise FootnoteError(got.texts("ingest.what"))
    status = await got.say(got.texts("ingest.working"))
    try:
        done = told(await _listed(parts, got, given, status), got)
    except FootnoteError as error:
        done = str(error)
    await parts.sender.edit(got.talk.chat, status, plain(done))


async def ingest_captioned(parts: Parts, got: Incoming) -> None:
    """A file with the command below it; in a group the command may be another bot's."""
    if got.private or addressed(got.message, parts.sender.bot.username):
        await for_administrators(ingest)(parts, got)


def _given(message: Message) -> tuple[Document | None, str]:
    """The file and the first link of a message. What Telegram takes for a link is one, and never a file here."""
    links = [entity.url or words for entity, words in marked(message).items() if entity.type in _LINKS]
    link = next(iter(links), "")
    return message.document, link if "://" in link or not link else f"https://{link}"


async def _received(parts: Parts, got: Incoming, document: Document) -> str:
    """The file's path in the collection's folder. FootnoteError: it is larger than Telegram gives to bots."""
    most = int(FileSizeLimit.FILESIZE_DOWNLOAD)
    if (document.file_size or 0) > most:
        raise FootnoteError(got.texts("ingest.too_large", most=most // 10**6))
    folder = parts.collection.data / RECEIVED
    folder.mkdir(exist_ok=True)
    path = folder / file_name(document.file_name or document.file_unique_id)
    file = await parts.sender.persist(partial(parts.sender.bot.get_file, document.file_id))
    content = await parts.sender.persist(file.download_as_bytearray)
    new = path.with_name(f".{path.name}.new")
    await asyncio.to_thread(new.write_bytes, content)
    new.replace(path)
    return str(path)


def file_name(given: str) -> str:
    """A name that stays in its folder, whatever the sender called the file."""
    name = re.sub(r"[^\w.() -]", "_", PurePath(given.replace("\\", "/")).name).strip(". ") or "file"
    path = PurePath(name)
    return path.stem[:MOST_NAME] + path.suffix[:20]


async def _listed(parts: Parts, got: Incoming, given: str, status: int) -> list[Outcome]:
    """What becomes of the articles, in a thread; one such work at a time. Meanwhile its progress is told."""
    outcomes: list[Outcome] = []

    def work() -> None:
        for outcome in upkeep.ingest(parts.collection, [given]):
            outcomes.append(outcome)

    async with _writing:
        working = asyncio.ensure_future(asyncio.to_thread(work))
        while not (await asyncio.wait([working], timeout=PROGRESS))[0]:
            if outcomes:
                progress = plain(got.texts("ingest.progress", count=len(outcomes)))
                await parts.sender.try_edit(got.talk.chat, status, progress)
        await working
    return outcomes


def told(outcomes: list[Outcome], got: Incoming) -> str:
    """How many of each status, and which."""
    counts = Counter(outcome.status for outcome in outcomes)
    numbers = [f"{got.texts(f'ingest.{status}')}: {counts[status]}" for status in STATUSES if counts[status]]
    lines = [", ".join(numbers) or got.texts("ingest.nothing")]
    for outcome in outcomes[:TOLD]:
        reason = outcome.reason if outcome.status == "failed" else outcome.name
        lines.append(f"• {in_a_line(reason)}")
    return "\n".join(lines)


async def remove(parts: Parts, got: Incoming) -> None:
    """Asks before it takes an article or source out."""
    name = got.argument
    if not name:
        raise FootnoteError(got.texts("remove.what"))
    name, title = await _named(parts, got, name)
    yes = Button(got.texts("remove.yes"), f"d:{parts.memory.target(name, got.user)}")
    await got.say(
        got.texts("remove.sure", name=in_a_line(title)), [yes, Button(got.texts("forget.no"), "d:")]
    )


async def _named(parts: Parts, got: Incoming, words: str) -> tuple[str, str]:
    """Name and title of the article that is meant; a source has its path or link for both."""
    sources = await asyncio.to_thread(Sources(parts.collection.catalogue).all)
    if any(source.location == words for source in sources):
        return words, words
    opened = await find_article(parts, got, words)
    return opened.article.name, opened.article.title


async def remove_now(parts: Parts, got: Incoming, name: str | None) -> None:
    if name is None:
        done = got.texts("remove.kept")
    else:
        article = parts.collection.catalogue.by_name(name)
        async with _writing:
            outcomes = await asyncio.to_thread(upkeep.remove, parts.collection, name)
        if article and Path(article.origin).parent == (parts.collection.data / RECEIVED).resolve():
            Path(article.origin).unlink(missing_ok=True)
        done = told(outcomes, got)
    await parts.sender.edit(got.talk.chat, got.message.message_id, plain(done))


async def reindex(parts: Parts, got: Incoming) -> None:
    status = await got.say(got.texts("reindex.working"))
    async with _writing:
        await asyncio.to_thread(upkeep.reindex, parts.collection)
    count = parts.collection.catalogue.passage_count()
    await parts.sender.edit(got.talk.chat, status, plain(got.texts("reindex.done", count=count)))


async def stats(parts: Parts, got: Incoming) -> None:
    numbers = parts.memory.statistics()
    catalogue = parts.collection.catalogue
    up = int(time.time() - parts.began)
    await got.say(
        got.texts(
            "stats.told",
            articles=len(await asyncio.to_thread(catalogue.all_articles)),
            passages=catalogue.passage_count(),
            waiting=parts.inbox.count_open() - 1,
            days=up // 86_400,
            hours=up % 86_400 // 3600,
            minutes=up % 3600 // 60,
            memory=memory_megabytes(),
            **{
                name: f"{value:.2f}" if isinstance(value, float) else value for name, value in numbers.items()
            },
        )
    )


def memory_megabytes() -> int:
    """What the process holds now; where the system does not say, the most that it has held."""
    status = Path("/proc/self/status")
    if status.exists():
        held = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
        if held:
            return int(held[1]) // 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (2**20 if sys.platform == "darwin" else 1024)
