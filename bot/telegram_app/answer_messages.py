"""An answer, a passage, an article as messages. What they say stands in the text, what it means in entities."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from telegram import InlineKeyboardMarkup
from telegram.constants import MessageEntityType

from bot.conversation import marker_spans
from bot.telegram_app.outgoing import Button, Outgoing, is_link, keyboard, outgoings
from bot.telegram_app.styled import Styled, displayable, sentence_ends, split, units
from bot.telegram_app.texts import Texts
from bot.verbs import Opened
from corpus.article import Article
from retrieval.answer import Answer, Citation
from retrieval.links import sentence_link
from retrieval.streaming import Sentence, events

BOLD, ITALIC, UNDERLINE = MessageEntityType.BOLD, MessageEntityType.ITALIC, MessageEntityType.UNDERLINE
MOST_PASSAGE_BUTTONS = 80  # of the 100 buttons of a keyboard
CONTEXT = 900  # characters before and after a citation whose surroundings do not fit
MOST_TITLE = 200  # characters
PAGE = 3500  # UTF-16 units of an article shown at once
SHORT, NORMAL, FULL = "short", "normal", "full"
SENTENCES = {SHORT: 2, NORMAL: 6}


def answer_messages(
    answer: Answer,
    answer_id: str,
    texts: Texts,
    username: str,
    follow_ups: Sequence[tuple[str, str]] = (),
    first_line: str = "",
) -> list[Outgoing]:
    """The messages of an answer: its text with linked markers, its sources folded up, the buttons on the last.

    `follow_ups` are questions and the data of their buttons; `first_line` comes before everything.
    """
    styled, ends = Styled(), []
    for line in filter(None, (first_line, answer.notice)):
        styled.write(line, ITALIC).write("\n\n")
        ends.append(len(styled.text))
    start = len(styled.text)
    styled.append(answer_text(answer, answer_id, username))
    ends += [start + end for end in sentence_ends(styled.text[start:], language_of(answer))]
    if answer.citations:
        styled.write("\n\n")
        ends.append(len(styled.text))
        ends += _write_sources(styled, answer.citations, answer_id, texts, username)
    elif answer.nearest:
        _write_nearest(styled, answer.nearest, texts, username)
    return outgoings(styled, ends, _keyboard(answer, answer_id, follow_ups))


def answer_text(answer: Answer, answer_id: str, username: str) -> Styled:
    """The text of an answer, each of its markers a link to the sentence that it cites."""
    styled, position = Styled(), 0
    for start, end, citation in marker_spans(answer):
        styled.write(answer.text[position:start])
        styled.write(answer.text[start:end], url=citation_link(citation, answer_id, username))
        position = end
    return styled.write(answer.text[position:])


def citation_link(citation: Citation, answer_id: str, username: str) -> str:
    """To the sentence on the web, or to the passage in the private chat with the bot."""
    url = sentence_link(citation.article.url, citation.quote) if is_link(citation.article.url) else ""
    return url if is_link(url) else f"https://t.me/{username}?start=p_{answer_id}_{citation.n}"


def language_of(answer: Answer) -> str:
    return answer.citations[0].article.language if answer.citations else "und"


def shortened(answer: Answer, length: str) -> Answer:
    """The answer's first sentences, as many as the reader wants, with what they cite."""
    most = SENTENCES.get(length)
    sentences = [event for event in events(answer) if isinstance(event, Sentence)]
    if most is None or len(sentences) <= most or not answer.answered:
        return answer
    text = sentences[0].text
    for sentence in sentences[1:most]:
        text += sentence.text if sentence.text.startswith("\n") else f" {sentence.text}"
    cited = {citation.n for sentence in sentences[:most] for citation in sentence.citations}
    return replace(answer, text=text, citations=tuple(c for c in answer.citations if c.n in cited))


def _write_sources(
    styled: Styled, citations: Sequence[Citation], answer_id: str, texts: Texts, username: str
) -> list[int]:
    """Writes the sources; returns where each ends."""
    start, ends = len(styled.text), []
    for citation in citations:
        styled.write("\n" if len(styled.text) > start else "")
        styled.write(f"[{citation.n}]", url=citation_link(citation, answer_id, username)).write(" ")
        styled.write(byline(citation.article, texts), BOLD).write(f"\n“{citation.quote}”")
        ends.append(len(styled.text))
    styled.mark(MessageEntityType.EXPANDABLE_BLOCKQUOTE, start)
    return ends


def _write_nearest(styled: Styled, articles: Sequence[Article], texts: Texts, username: str) -> None:
    styled.write(f"\n\n{texts('answer.nearest')}")
    for article in articles:
        styled.write("\n• ").write(title_of(article), url=article_link(article, username))
        styled.write(f" · {day(article.published, texts)}" if article.published else "")


def article_link(article: Article, username: str) -> str:
    return f"https://t.me/{username}?start=a_{article.key}"


def _keyboard(
    answer: Answer, answer_id: str, follow_ups: Sequence[tuple[str, str]]
) -> InlineKeyboardMarkup | None:
    passages = [Button(f"[{c.n}]", f"p:{answer_id}:{c.n}") for c in answer.citations[:MOST_PASSAGE_BUTTONS]]
    votes = [Button("👍", f"v:{answer_id}:1"), Button("👎", f"v:{answer_id}:0")]
    return keyboard(passages, votes, *([Button(f"❓ {question}", data)] for question, data in follow_ups))


def byline(article: Article, texts: Texts) -> str:
    """Title, publisher and date, as far as they are known."""
    known = (title_of(article), in_a_line(article.publisher), day(article.published, texts))
    return " · ".join(dict.fromkeys(filter(None, known)))


def title_of(article: Article) -> str:
    """In a line that leaves room for others; the name of an article that has none."""
    return in_a_line(article.title) or in_a_line(article.name)


def in_a_line(text: str) -> str:
    line = " ".join(displayable(text).split())
    return line if len(line) <= MOST_TITLE else line[: MOST_TITLE - 1].rstrip() + "…"


def day(published: date | None, texts: Texts) -> str:
    if published is None:
        return ""
    month = texts("dates.months").split()[published.month - 1]
    return texts("dates.day", day=published.day, month=month, year=published.year)


def opened_messages(opened: Opened, texts: Texts) -> list[Outgoing]:
    """A citation in its place, the cited words underlined; an article from its beginning, by pages."""
    if opened.cited is None:
        return [article_page(opened.article, opened.text, opened.start, texts)]
    start, end = opened.cited
    first, last = _window(opened, start - opened.start, end - opened.start)
    styled = Styled().write(byline(opened.article, texts), BOLD).write("\n\n")
    styled.write("… " if first else "").write(opened.text[first : start - opened.start])
    styled.write(opened.text[start - opened.start : end - opened.start], BOLD, UNDERLINE)
    styled.write(opened.text[end - opened.start : last]).write(" …" if last < len(opened.text) else "")
    quote = opened.text[start - opened.start : end - opened.start]
    return outgoings(
        styled, sentence_ends(styled.text, opened.article.language), _link(opened.article, quote, texts)
    )


def _window(opened: Opened, start: int, end: int) -> tuple[int, int]:
    text = opened.text
    if units(text) <= PAGE:
        return 0, len(text)
    first = text.find(" ", max(0, start - CONTEXT), start) + 1 if start > CONTEXT else 0
    last = text.rfind(" ", end, end + CONTEXT) if end + CONTEXT < len(text) else len(text)
    return first, last if last > end else end


def article_page(article: Article, text: str, start: int, texts: Texts) -> Outgoing:
    """A page of an article: `text` is what it holds from character `start` on."""
    ahead = displayable(text[: PAGE + CONTEXT])
    pages = split(Styled(ahead), sentence_ends(ahead, article.language), PAGE)
    shown = pages[0].text if pages else ""
    styled = Styled().write(byline(article, texts), BOLD).write("\n\n").write(shown)
    next_start = start + ahead.find(shown) + len(shown)
    more = (
        [Button(texts("open.more"), f"o:{article.key}:{next_start}")] if next_start < article.length else []
    )
    link = [Button(texts("open.link"), url=article.url)] if is_link(article.url) else []
    return outgoings(styled, [], keyboard(more, link))[0]


def _link(article: Article, quote: str, texts: Texts) -> InlineKeyboardMarkup | None:
    url = sentence_link(article.url, quote) if is_link(article.url) else ""
    return keyboard([Button(texts("open.link"), url=url if is_link(url) else article.url)]) if url else None
