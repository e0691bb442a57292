"""The commands of a conversation, for the terminal (`:open 2`) and for Telegram (`/open 2`) alike.

A verb's `run` finds out what is to be shown and returns it; a front end renders it. A verb without `run` is
about the front end itself, such as leaving it: that front end does it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.conversation import Conversation, transcript
from corpus.article import Article, Passage
from corpus.errors import FootnoteError
from retrieval.answer import Answer, Citation

if TYPE_CHECKING:
    from corpus.catalogue import Catalogue

LATEST = 10  # articles that `latest` lists
WHOLE = 200_000  # characters of an article that `open` shows when it is named


@dataclass(frozen=True, slots=True)
class Opened:
    """A stretch of an article: `text` begins at character `start` of it; `cited` is what is to be marked."""

    article: Article
    text: str
    start: int
    cited: tuple[int, int] | None = None
    n: int = 0  # the number of the citation that was opened, 0 where it was an article


@dataclass(frozen=True, slots=True)
class Listed:
    """Articles, newest first, out of `total` in the collection."""

    articles: tuple[Article, ...]
    passages: Mapping[int, int]  # how many each has, by the article's key
    total: int


@dataclass(frozen=True, slots=True)
class Explained:
    """The answer whose hits, scores and timings are to be shown."""

    answer: Answer


@dataclass(frozen=True, slots=True)
class Transcript:
    """The conversation as Markdown, and where it is to be written, if the reader said so."""

    markdown: str
    destination: str


Reply = Opened | Listed | Explained | Transcript
Handler = Callable[["Catalogue", Conversation, str], Reply]


class FrontEnd(StrEnum):
    TERMINAL = "terminal"
    TELEGRAM = "telegram"


BOTH = frozenset(FrontEnd)
TERMINAL = frozenset({FrontEnd.TERMINAL})
TELEGRAM = frozenset({FrontEnd.TELEGRAM})


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    help: str
    argument: str = ""  # what follows the name, in brackets where it may be left out
    run: Handler | None = None
    aliases: tuple[str, ...] = ()
    front_ends: frozenset[FrontEnd] = BOTH
    administrators: bool = False  # in Telegram, for administrators alone


def _open(catalogue: "Catalogue", conversation: Conversation, argument: str) -> Opened:
    wanted = argument.strip().strip("[]")
    if not wanted:
        raise FootnoteError("Say what to open: the number of a citation, or an article's name or title.")
    if wanted.isascii() and wanted.isdigit():
        return _open_citation(catalogue, conversation, int(wanted))
    article = _article(catalogue, argument.strip())
    passages = catalogue.passages_of(article.key)
    start = passages[0].start if passages else 0  # front matter stands before
    return Opened(article, catalogue.text(article.key, start, start + WHOLE), start)


def _open_citation(catalogue: "Catalogue", conversation: Conversation, n: int) -> Opened:
    citation = conversation.citation(n)
    if citation is None:
        cited = conversation.cited()
        there = ", ".join(f"[{known.n}]" for known in cited.citations) if cited else ""
        raise FootnoteError(
            f"There is no [{n}] to open: the last answer's citations are {there}."
            if there
            else f"There is no [{n}] to open: no answer has citations yet."
        )
    start, end = _neighbourhood(catalogue.passages_of(citation.article.key), citation)
    text = catalogue.text(citation.article.key, start, end)
    if text[citation.start - start : citation.end - start] != citation.quote:
        raise FootnoteError(f"{citation.article.name} has changed since the answer: ask the question again.")
    return Opened(citation.article, text, start, (citation.start, citation.end), n)


def _neighbourhood(passages: Sequence[Passage], citation: Citation) -> tuple[int, int]:
    """From the passage before the cited one to the passage after it."""
    before = [passage.start for passage in passages if passage.end <= citation.start]
    after = [passage.end for passage in passages if passage.start >= citation.end]
    within = [p for p in passages if p.start < citation.end and citation.start < p.end]
    start = min([*before[-1:], *(passage.start for passage in within), citation.start])
    return start, max([*(passage.end for passage in within), *after[:1], citation.end])


def _article(catalogue: "Catalogue", wanted: str) -> Article:
    """The article with this name or title, or the only one whose name or title has these words in it."""
    named = catalogue.by_name(wanted)
    if named:
        return named
    found = _matching(catalogue.all_articles(), wanted)
    exact = [article for article in found if article.title.casefold() == wanted.casefold()]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise FootnoteError(f"No article is called {wanted!r}: 'sources' lists what there is.")
    raise FootnoteError(f"{len(found)} articles match {wanted!r}: say more of the title, or the name.")


def _matching(articles: Sequence[Article], words: str) -> list[Article]:
    wanted = words.casefold().split()
    return [
        article
        for article in articles
        if all(word in f"{article.title}\n{article.name}\n{article.publisher}".casefold() for word in wanted)
    ]


def _sources(catalogue: "Catalogue", conversation: Conversation, argument: str) -> Listed:
    articles = catalogue.all_articles()
    return Listed(tuple(_matching(articles, argument)), catalogue.passage_counts(), len(articles))


def _latest(catalogue: "Catalogue", conversation: Conversation, argument: str) -> Listed:
    articles = catalogue.all_articles()
    return Listed(tuple(articles[:LATEST]), catalogue.passage_counts(), len(articles))


def _why(catalogue: "Catalogue", conversation: Conversation, argument: str) -> Explained:
    if not conversation.answers:
        raise FootnoteError("There is no answer to explain yet: ask a question first.")
    return Explained(conversation.answers[-1])


def _save(catalogue: "Catalogue", conversation: Conversation, argument: str) -> Transcript:
    if not conversation.answers:
        raise FootnoteError("There is nothing to save yet: ask a question first.")
    return Transcript(transcript(conversation.answers), argument.strip())


VERBS = (
    Verb("start", "What this bot does", front_ends=TELEGRAM),
    Verb("help", "The commands", aliases=("h", "?")),
    Verb("ask", "Ask a question", "QUESTION"),
    Verb("open", "Show a citation, or an article, in its place", "N|ARTICLE", _open, aliases=("o",)),
    Verb("sources", "The articles of the collection", "[WORDS]", _sources),
    Verb("latest", "The newest articles", "", _latest),
    Verb("why", "What was found for the last answer, with scores and timings", "", _why),
    Verb("new", "Begin a new conversation", aliases=("reset",)),
    Verb("cancel", "Stop the answer", aliases=("stop",), front_ends=TELEGRAM),
    Verb("save", "Save the conversation as Markdown", "FILE", _save, ("export", "w"), TERMINAL),
    Verb("export", "Send the conversation as a Markdown file", "", _save, ("save",), TELEGRAM),
    Verb("settings", "The settings"),
    Verb("privacy", "What is kept, and where"),
    Verb("forget", "Delete what is kept of you"),
    Verb("ingest", "Put an article in", "FILE|LINK", administrators=True, front_ends=TELEGRAM),
    Verb("remove", "Take an article out", "ARTICLE", administrators=True, front_ends=TELEGRAM),
    Verb("stats", "How the bot is doing", administrators=True, front_ends=TELEGRAM),
    Verb("reindex", "Make the indexes again", administrators=True, front_ends=TELEGRAM),
    Verb("quit", "Leave", aliases=("q", "exit", "bye"), front_ends=TERMINAL),
)


def verbs_of(front_end: FrontEnd) -> tuple[Verb, ...]:
    return tuple(verb for verb in VERBS if front_end in verb.front_ends)


def find_verb(name: str, front_end: FrontEnd) -> Verb:
    """The verb of this name or alias, or the only one that begins so. FootnoteError: there is none."""
    wanted = name.casefold()
    verbs = verbs_of(front_end)
    for verb in verbs:
        if wanted in (verb.name, *verb.aliases):
            return verb
    begun = [verb for verb in verbs if wanted and verb.name.startswith(wanted)]
    if len(begun) == 1:
        return begun[0]
    near = [verb.name for verb in begun] or get_close_matches(wanted, [verb.name for verb in verbs], 2)
    mend = f"did you mean {' or '.join(near)}?" if near else "'help' lists the commands."
    raise FootnoteError(f"There is no command {name!r}: {mend}")
