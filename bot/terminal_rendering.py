"""Answers, passages, articles and scores as styled text for a terminal; plain text where it has no styles.

What articles say is text and nothing else: no markup is read in it, and control characters do nothing.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from types import MappingProxyType

import click
from rich.console import Console
from rich.style import Style
from rich.text import Text

from bot.conversation import MARKER
from bot.rendering import byline
from bot.verbs import Explained, Listed, Opened, Verb
from corpus.article import Article
from corpus.shown import shown
from retrieval.answer import Answer, Citation, Hit

NUMBER_COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "red")
MARKED = Style(bold=True, color="black", bgcolor="yellow")
FAINT = Style(dim=True)
NO_LINKS = ("dumb", "linux", "screen", "vt100", "vt220", "cons25", "emacs", "eterm")


def terminal(stderr: bool = False) -> Console:
    """A console on stdout whose styles come from here alone: no markup, no emoji codes, no highlighting."""
    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def shows_links(console: Console, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal can be trusted with OSC 8 hyperlinks: a few old ones print them instead."""
    forced = environment.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    kind = environment.get("TERM", "dumb")
    return console.is_terminal and not kind.startswith(NO_LINKS)


def styled_markers(text: str, citations: Mapping[int, Citation], links: bool) -> Text:
    """A piece of an answer, each [n] in its colour and leading to its article."""
    styled = Text(shown(text))
    for marker in MARKER.finditer(styled.plain):
        citation = citations.get(int(marker[1]))
        if citation:
            styled.stylize(_number_style(citation, links), marker.start(), marker.end())
    return styled


def _number_style(citation: Citation, links: bool) -> Style:
    colour = NUMBER_COLOURS[(citation.n - 1) % len(NUMBER_COLOURS)]
    return Style(bold=True, color=colour, link=link(citation.article) if links else None)


def link(article: Article) -> str | None:
    """The article's address if it is one, safe inside an escape sequence."""
    if not article.url.startswith(("http://", "https://")) or not article.url.isprintable():
        return None
    return article.url if article.url.isascii() and " " not in article.url else None


class Flow:
    """Sentences written one after the other as they come, wrapped at words to the console's width."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._line = Text()  # what stands on the line that is not full yet

    def write(self, sentence: Text) -> None:
        """Put a sentence behind what is there; one that begins with a line break begins a line."""
        written = len(self._line)
        fresh = not written or sentence.plain.startswith("\n")
        lines = Text.assemble(self._line, "" if fresh else " ", sentence).wrap(
            self._console, self._console.width
        )
        for i, line in enumerate(lines):
            line.rstrip()
            self._console.print(line[written:] if i == 0 else line, end="" if i == len(lines) - 1 else "\n")
            written = 0
        self._line = lines[-1] if lines else Text()
        self._console.file.flush()

    def finish(self) -> None:
        if self._line:
            self._console.print()
        self._line = Text()


def source_lines(answer: Answer, links: bool) -> Iterator[Text]:
    """A line for each citation: its number and where it comes from; without an answer, what comes nearest."""
    if answer.nearest:
        yield Text("Nearest in the collection:", FAINT)
    for article in answer.nearest:
        yield Text(f"  {shown(byline(article))}", FAINT)
    for citation in answer.citations:
        number = Text(f"[{citation.n}]", _number_style(citation, links))
        yield Text.assemble(number, " ", Text(shown(byline(citation.article)), FAINT))


def opened_text(opened: Opened, console: Console) -> Text:
    """A stretch of an article under its title, what was cited marked."""
    article, end = opened.article, opened.start + len(opened.text)
    heading = Text(shown(byline(article)), "bold")
    place = f"characters {opened.start}–{end} of {article.length}"
    lines = [heading, Text(place, FAINT)]
    if link(article):
        lines.append(Text(article.url, Style(dim=True, link=link(article) if shows_links(console) else None)))
    before, cited, after = _parts(opened)
    unstyled = console.color_system is None
    marked = Text(f"»{shown(cited)}«" if unstyled and cited else shown(cited), MARKED)
    body = Text.assemble(
        "… " if before and opened.start else "",
        shown(before),
        marked,
        shown(after),
        " …" if end < article.length else "",
    )
    return Text("\n").join([*lines, Text(), body])


def _parts(opened: Opened) -> tuple[str, str, str]:
    if not opened.cited:
        return opened.text, "", ""
    start, end = opened.cited[0] - opened.start, opened.cited[1] - opened.start
    return opened.text[:start], opened.text[start:end], opened.text[end:]


def listed_text(listed: Listed) -> Text:
    """A line for each article, newest first."""
    lines = []
    for article in listed.articles:
        day = article.published.isoformat() if article.published else "undated   "
        count = listed.passages.get(article.key, 0)
        detail = f"  {article.language} · {count} passage{'' if count == 1 else 's'} · {' '.join(article.name.split())}"
        lines.append(Text.assemble(Text(f"{day}  ", FAINT), shown(article.title), Text(shown(detail), FAINT)))
    lines.append(Text(f"{len(listed.articles)} of {listed.total} articles", FAINT))
    return Text("\n").join(lines)


def explained_text(explained: Explained) -> Text:
    """Why the answer is what it is: what was searched for, each hit with its scores, and the timings."""
    answer = explained.answer
    cited = {citation.passage.key: citation for citation in answer.citations}
    lines = [*hits_text(answer.standalone_question, answer.hits, answer.seconds, cited)]
    if not answer.hits:
        lines.append(Text("What was found is not kept with an earlier conversation: ask again to see it."))
    return Text("\n").join(lines)


def hits_text(
    searched: str,
    hits: Iterable[Hit],
    seconds: Mapping[str, float],
    cited: Mapping[int, Citation] = MappingProxyType({}),
) -> Iterator[Text]:
    """Lines: what was searched for, each hit with its scores, and the timings; `cited` by passage key."""
    yield Text.assemble(("searched for  ", FAINT), shown(searched))
    for rank, hit in enumerate(hits, start=1):
        yield from _hit_lines(rank, hit, cited)
    timings = "  ".join(f"{stage} {1000 * taken:.0f} ms" for stage, taken in seconds.items())
    if timings:
        yield Text.assemble(("timings  ", FAINT), timings)


def _hit_lines(rank: int, hit: Hit, cited: Mapping[int, Citation]) -> Iterator[Text]:
    scores = f"{rank}. {hit.score:.3f}  dense {hit.dense:.3f}  lexical {hit.lexical:.3f}"
    date = f"  date {hit.date_effect:+.3f}" if hit.date_effect else ""
    views = f"  by {', '.join(hit.views)}" if hit.views else ""
    number = f"  cited as [{cited[hit.passage.key].n}]" if hit.passage.key in cited else ""
    yield Text.assemble((scores, "bold"), date, views, number)
    yield Text.assemble("   ", shown(byline(hit.article)))
    yield Text(f"   {shown(' '.join(hit.passage.text.split())[:160])}", FAINT)
    if hit.also_in:
        same = "; ".join(byline(article) for article in hit.also_in)
        yield Text.assemble("   ", ("the same in  ", FAINT), shown(same))


def help_text(verbs: Iterable[Verb], keys: Mapping[str, str]) -> Text:
    """A line for each command and key."""
    commands = ((f":{verb.name} {verb.argument}".rstrip(), verb.help) for verb in verbs)
    return pairs_text(chain(commands, keys.items()))


def pairs_text(pairs: Iterable[tuple[str, str]]) -> Text:
    """Names and what they stand for, in two columns."""
    known = list(pairs)
    width = max((len(name) for name, _ in known), default=0)
    lines = [Text.assemble((name.ljust(width), "bold"), "  ", shown(value)) for name, value in known]
    return Text("\n").join(lines)


def show(console: Console, text: Text) -> None:
    """Print a text, through the reader's pager where it is longer than the terminal is high."""
    if not console.is_terminal:
        console.print(text, soft_wrap=True)
        return
    lines = text.wrap(console, console.width)
    if len(lines) < console.height or console.is_dumb_terminal:
        console.print(text)
        return
    with console.capture() as captured:
        console.print(text)
    click.echo_via_pager(captured.get())
