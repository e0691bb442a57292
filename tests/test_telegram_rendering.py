"""Answers as messages: entities by UTF-16, cuts at sentence ends, the longest answers whole; and the catalogues."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from string import Formatter

import pytest
from bot_api import BotApiServer, marked, utf16_length
from hypothesis import given
from hypothesis import strategies as st
from telegram import Chat as TelegramChat
from telegram import Message, Update
from telegram.ext import ExtBot

from bot.telegram_app.administration import file_name
from bot.telegram_app.answer_messages import answer_messages, shortened
from bot.telegram_app.database import Database
from bot.telegram_app.inbox import Inbox
from bot.telegram_app.outgoing import kept, outgoing, restored
from bot.telegram_app.pacing import Pacing
from bot.telegram_app.sending import Place, Reply, Sender
from bot.telegram_app.styled import Mark, Styled, sentence_ends, split, units
from bot.telegram_app.texts import LANGUAGES, Texts, catalogue
from bot.verbs import FrontEnd, verbs_of
from corpus.article import Article, Passage
from retrieval.answer import Answer, Citation

EMOJI = "👩‍👩‍👧‍👦 🇺🇳 e\u0301 שָׁלוֹם 𝔘𝔫𝔦𝔠𝔬𝔡𝔢"
PIECES = [*"ab .\n", "é", "e\u0301", "👩‍👩‍👧", "🇺🇳", "𝔘", "ש", "\u202e"]
LETTERS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def article(url: str = "") -> Article:
    return Article("a.md", "/a.md", f"On families {EMOJI}", "en", "hash", 100, url=url, key=7)


def long_answer(citations: int = 60, characters: int = 20_000) -> Answer:
    """Sentences with emoji, right-to-left and combining characters, each with its citation."""
    sentences, cited = [], []
    for n in range(1, citations + 1):
        filler = "and so it goes on " * 30
        quote = f"Sentence {n} {EMOJI} {filler}"[: characters // citations - 8].rstrip() + "."
        sentences.append(f"{quote} [{n}]")
        cited.append(Citation(n, article(), Passage(7, 0, 10, quote), 0, len(quote), quote))
    return Answer("Q?", "Q?", True, " ".join(sentences), tuple(cited), ())


@given(LETTERS)
def test_units_count_as_telegram_does(text: str) -> None:
    """UTF-16 code units."""
    assert units(text) == utf16_length(text)


@given(st.lists(LETTERS, max_size=12), st.integers(20, 60))
def test_pieces_fit_lose_nothing_and_keep_their_marks(parts: list[str], most: int) -> None:
    """Every piece is short enough; joined they are the text but for white space at cuts; marks mark what they did."""
    styled = Styled()
    for number, part in enumerate(parts):
        styled.write(part, "bold") if number % 2 else styled.write(part)
    pieces = split(styled, sentence_ends(styled.text, "en"), most)
    assert all(0 < units(piece.text) <= most for piece in pieces)
    squeezed = re.sub(r"\s+", "", "".join(piece.text for piece in pieces))
    assert squeezed == re.sub(r"\s+", "", styled.text)
    bold = "".join(piece.text[mark.start : mark.end] for piece in pieces for mark in piece.marks)
    assert re.sub(r"\s+", "", bold) == re.sub(r"\s+", "", "".join(parts[1::2]).replace("\u202e", "\ufffd"))


@given(LETTERS, LETTERS)
def test_entities_mark_the_same_characters_in_utf16(before: str, inside: str) -> None:
    """Whatever stands before, the entity marks what was written with it."""
    written = Styled().write(before).write(inside, "bold").write(" end")
    message = outgoing(written)
    marks = [marked(message.text, entity.to_dict()) for entity in message.entities]
    assert marks == ([inside.replace("\u202e", "\ufffd")] if inside else [])


def test_cuts_spare_links_and_fall_at_sentence_ends() -> None:
    """A marker goes with its sentence, and is never cut."""
    styled = Styled()
    for n in range(1, 30):
        styled.write(f"Sentence number {n} is here. ").write(f"[{n}]", url="https://example.org").write(" ")
    pieces = split(styled, sentence_ends(styled.text, "en"), 200)
    assert all(re.fullmatch(r"Sentence.*\[\d+\]", piece.text) for piece in pieces)
    assert all(re.fullmatch(r"\[\d+\]", p.text[m.start : m.end]) for p in pieces for m in p.marks)


def test_many_marks_are_spread_over_messages() -> None:
    """Telegram keeps a hundred entities of a message."""
    text = "word " * 300
    styled = Styled(text, [Mark("bold", 5 * n, 5 * n + 4) for n in range(300)])
    pieces = split(styled, [])
    assert len(pieces) == 4 and sum(len(piece.marks) for piece in pieces) == 300


@pytest.mark.parametrize("url", ["", "https://example.org/a", "http://localhost/a", "javascript:alert(1)"])
def test_every_marker_is_a_link(url: str) -> None:
    """To the sentence on the web where it is there, to the passage in the private chat otherwise."""
    answer = Answer(
        "Q?", "Q?", True, "Yes. [1]", (Citation(1, article(url), Passage(7, 0, 4, "Yes."), 0, 4, "Yes."),), ()
    )
    (message,) = answer_messages(answer, "abc", Texts("en"), "my_bot")
    link = message.entities[0].url
    assert link == (
        "https://example.org/a#:~:text=Yes" if "example" in url else "https://t.me/my_bot?start=p_abc_1"
    )


def test_what_articles_say_is_never_markup() -> None:
    """Commands, mentions and control characters of an article stay text."""
    evil = "<b>*x*</b> _y_ [1](http://evil) \x1b[31m \u202e"
    answer = Answer(
        "Q?", "Q?", True, f"{evil} [1]", (Citation(1, article(), Passage(7, 0, 3, evil), 0, 3, evil),), ()
    )
    (message,) = answer_messages(answer, "abc", Texts("en"), "my_bot")
    assert "\x1b" not in message.text and "\u202e" not in message.text
    assert message.text.startswith("<b>*x*</b> _y_ [1](http://evil) ␛[31m")
    assert kept(restored(kept([message]))) == kept([message])


def test_an_answer_of_twenty_thousand_characters_arrives_whole(tmp_path: Path) -> None:
    """With emoji and sixty citations, over real HTTP: every sentence, marker and quotation, buttons on the last."""
    answer = long_answer()
    assert len(answer.text) > 19_500

    async def deliver(server: BotApiServer, chat_id: int) -> None:
        question = Message(1, datetime.now(UTC), TelegramChat(chat_id, "private"), text="Q?")
        bot = ExtBot(server.token, f"{server.url}/bot", rate_limiter=Pacing())
        async with bot:
            database = Database(tmp_path)
            Inbox(database).add(Update(1, message=question))
            sender = Sender(bot, asyncio.Event(), lambda old, new: None)
            messages = answer_messages(answer, "abc", Texts("en"), "my_bot")
            await Reply(sender, Inbox(database), 1, Place(chat_id)).send_all(messages, "answer")
            database.close()

    with BotApiServer() as server:
        chat = server.private_chat()
        asyncio.run(deliver(server, chat.id))
        shown = chat.answers()
        assert server.invalid_requests == [] and server.refusals == []
    text = " ".join(message.text for message in shown)
    for citation in answer.citations:
        assert text.count(citation.quote) == 2 and f"{citation.quote} [{citation.n}]" in text
    links = [mark for message in shown for mark in message.marks("text_link")]
    assert links == [f"[{n}]" for n in range(1, 61)] * 2
    assert all(utf16_length(message.text) <= 4096 and len(message.entities) <= 100 for message in shown)
    assert all(not message.buttons for message in shown[:-1])
    assert [len(row) for row in shown[-1].buttons] == [8] * 7 + [4, 2]
    quoted = "".join(mark for message in shown for mark in message.marks("expandable_blockquote"))
    assert all(citation.quote in quoted for citation in answer.citations)


def test_a_short_answer_keeps_the_citations_of_its_sentences() -> None:
    """The first sentences, proved as before."""
    short = shortened(long_answer(5, 500), "short")
    assert short.text.endswith("[2]") and [citation.n for citation in short.citations] == [1, 2]


def test_catalogues_have_the_same_texts_and_placeholders() -> None:
    """In every language; and every command has its description."""

    def placeholders(text: str) -> set[str | None]:
        return {field for _, field, _, _ in Formatter().parse(text) if field is not None}

    english = catalogue("en")
    for language in LANGUAGES:
        other = catalogue(language)
        assert other.keys() == english.keys()
        assert {key: placeholders(text) for key, text in other.items()} == {
            key: placeholders(text) for key, text in english.items()
        }
        assert len(other["dates.months"].split()) == 12
    assert all(f"commands.{verb.name}" in english for verb in verbs_of(FrontEnd.TELEGRAM))


def test_every_text_that_the_code_names_is_in_the_catalogue() -> None:
    """And every text of the catalogue is named."""
    root = Path(__file__).parents[1] / "bot" / "telegram_app"
    code = "\n".join(path.read_text(encoding="utf-8") for path in root.glob("*.py"))
    sections = "|".join({key.partition(".")[0] for key in catalogue("en")})
    named = set(re.findall(rf"[\"']((?:{sections})\.\w+)[\"']", code))
    made = {key for key in catalogue("en") if key.startswith(("commands.", "settings.", "ingest."))}
    assert named - catalogue("en").keys() == set()
    assert catalogue("en").keys() - named - made == set()


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.md", "y.md"),
        ("..", "file"),
        (".env", "env"),
        ("a\x00b.md", "a_b.md"),
    ],
)
def test_a_files_name_stays_in_its_folder(given: str, name: str) -> None:
    """Whatever its sender called it."""
    assert file_name(given) == name
