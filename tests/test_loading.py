"""Text and Markdown files, their encodings, titles, dates and languages, and the walk through a folder."""

import codecs
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import LoadedArticle
from corpus.errors import UnreadableArticle
from corpus.formats.draft import Limits, as_date
from corpus.loading import article_files, load_file
from corpus.shown import shown
from corpus.titles import dateline, readable_name, title_of

PROSE = {
    "de": "Die Brücke über den Fluß wurde 1878 von den Fischern gebaut. Sie trägt höchstens vierzig Wagen täglich.",
    "es": "El puente sobre el río fue construido por los pescadores en 1878. Mañana pasarán más niños por él.",
    "ru": "Мост через реку построили рыбаки в 1878 году. Сегодня по нему проходят дети из соседней деревни.",
    "zh": "这座桥由渔民于一八七八年建造，全长一百二十米。每天都有许多孩子从桥上走过，到对岸的学校去上学。",
    "ar": "بنى الصيادون الجسر فوق النهر في عام ١٨٧٨ ويبلغ طوله مئة وعشرين مترا ويعبره الأطفال كل يوم.",
}


def load(path: Path, **options: object) -> LoadedArticle:
    (loaded,) = load_file(path, path.name, str(path), **options)  # type: ignore[arg-type]
    return loaded


def refusal(path: Path, **options: object) -> str:
    with pytest.raises(UnreadableArticle) as raised:
        list(load_file(path, path.name, str(path), **options))  # type: ignore[arg-type]
    assert str(raised.value).count("\n") == 0
    return str(raised.value)


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    text=st.text(
        st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\ufeff-: "), min_size=1
    )
)
def test_utf8_to_the_letter(tmp_path: Path, text: str) -> None:
    """The text of a UTF-8 file is what `Path.read_text` gives, so that offsets count in it."""
    path = write(tmp_path / "article.txt", text)
    expected = path.read_text(encoding="utf-8")
    try:
        loaded = load(path)
    except UnreadableArticle:
        assert (
            not expected.strip("\ufeff \n\t\r\f\v")
            or not expected.strip()
            or not expected[1:].strip()
            or "---" in text
        )
        return
    assert loaded.text == expected
    assert loaded.article.length == len(expected)
    assert 0 <= loaded.body <= len(expected)


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("de", "cp1252"),
        ("de", "cp850"),
        ("es", "latin-1"),
        ("ru", "cp1251"),
        ("ru", "koi8-r"),
        ("ru", "utf-16-le"),
        ("zh", "gb18030"),
        ("zh", "big5"),
        ("ar", "cp1256"),
        ("de", "utf-16"),
        ("zh", "utf-32"),
    ],
)
def test_encodings(tmp_path: Path, language: str, encoding: str) -> None:
    """Old encodings are told apart by what the text then says, and its language with them."""
    text = "\n\n".join([PROSE[language]] * 3)
    loaded = load(write(tmp_path / "article.txt", text.encode(encoding, "ignore")))
    assert loaded.text == text.encode(encoding, "ignore").decode(encoding)
    assert loaded.article.language == language


def test_byte_order_mark_stays_before_the_body(tmp_path: Path) -> None:
    """The mark of a UTF-8 file counts in the offsets, and is no part of what is cited."""
    loaded = load(write(tmp_path / "a.txt", codecs.BOM_UTF8 + b"The bridge was built in 1878.\r\nIt stands."))
    assert loaded.text == "\ufeffThe bridge was built in 1878.\nIt stands."
    assert loaded.body == 1
    assert load(write(tmp_path / "b.txt", "Gebaut 1878.".encode("utf-16"))).text == "Gebaut 1878."


def test_a_few_damaged_bytes_do_not_change_the_encoding(tmp_path: Path) -> None:
    """UTF-8 with a broken byte is still read as UTF-8."""
    data = (PROSE["ru"] * 20).encode()
    loaded = load(write(tmp_path / "a.txt", data[:201] + b"\xff" + data[201:]))
    assert "рыбаки в 1878 году" in loaded.text and "\ufffd" in loaded.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t\n", "no text"),
        (b"---\ntitle: Nothing else\n---\n\n", "no text"),
        (b"\x7fELF\x02\x01\x01" + bytes(500), "a program"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (bytes(range(256)) * 40, "not text"),
        (bytes(4000), "not text"),
    ],
)
def test_files_that_hold_no_text(tmp_path: Path, content: bytes, reason: str) -> None:
    """Empty and binary files are refused in one sentence that names the file."""
    message = refusal(write(tmp_path / "thing.txt", content))
    assert reason in message and message.startswith("thing.txt ")


def test_front_matter(tmp_path: Path) -> None:
    """Front matter gives the metadata, stays in the text and is not part of the body."""
    text = (
        "---\ntitle: The old bridge\nDate: 2024-03-05 10:00:00\nlast-modified: 6 March 2024\n"
        "author: [Ada Lind, Bo Ek]\nsource: The Example Times\nlink: https://example.org/bridge\nlang: en-GB\n---\n"
        "\n# Another heading\n\nThe bridge was built in 1878."
    )
    loaded = load(write(tmp_path / "bridge.md", text))
    article = loaded.article
    assert loaded.text == text
    assert loaded.text[loaded.body :].lstrip().startswith("# Another heading")
    assert (article.title, article.author, article.publisher) == (
        "The old bridge",
        "Ada Lind, Bo Ek",
        "The Example Times",
    )
    assert (article.published, article.updated) == (date(2024, 3, 5), date(2024, 3, 6))
    assert (article.url, article.language) == ("https://example.org/bridge", "en")


def test_front_matter_in_toml(tmp_path: Path) -> None:
    """TOML between plus signs counts like YAML between dashes."""
    loaded = load(write(tmp_path / "b.md", '+++\ntitle = "Bridge"\ndate = 2024-03-05\n+++\nBuilt in 1878.\n'))
    assert (loaded.article.title, loaded.article.published) == ("Bridge", date(2024, 3, 5))
    assert loaded.text[loaded.body :] == "Built in 1878.\n"


@pytest.mark.parametrize(
    "front",
    [
        "title: The bridge: a history\ndate: 2024-03-05",
        "title: [unclosed\ndate: 2024-99-99",
        "? " + "[" * 3000,
        "title: !!python/object/apply:os.system [echo]",
        "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\ntitle: [*c, *c]",
    ],
)
def test_broken_front_matter(tmp_path: Path, front: str) -> None:
    """An article whose front matter is broken or hostile goes in all the same."""
    loaded = load(write(tmp_path / "b.md", f"---\n{front}\n---\n\n# The heading\n\nBuilt in 1878.\n"))
    assert loaded.text.endswith("Built in 1878.\n")
    assert loaded.article.title


def test_broken_front_matter_keeps_its_whole_lines(tmp_path: Path) -> None:
    """A colon in a title, the usual mistake, loses neither the title nor the date."""
    loaded = load(
        write(tmp_path / "b.md", "---\ntitle: The bridge: a history\ndate: 2024-03-05\n---\nBuilt in 1878.\n")
    )
    assert (loaded.article.title, loaded.article.published) == ("The bridge: a history", date(2024, 3, 5))


def test_a_rule_is_no_front_matter(tmp_path: Path) -> None:
    """Dashes around prose are part of the article."""
    loaded = load(write(tmp_path / "b.md", "---\nBuilt in 1878.\n---\nStill here.\n"))
    assert loaded.body == 0


def test_side_file_overrides(tmp_path: Path) -> None:
    """`article.txt.meta.yaml` says what the article does not, or says wrong, and is no article itself."""
    path = write(tmp_path / "a.txt", "---\ntitle: Wrong\nauthor: Ada Lind\n---\nBuilt in 1878.")
    side = write(tmp_path / "a.txt.meta.yaml", "title: Right\ndate: 2024-03-05\n")
    article = load(path).article
    assert (article.title, article.author, article.published) == ("Right", "Ada Lind", date(2024, 3, 5))
    assert list(article_files(tmp_path)) == [path]
    side.write_text("title: [unclosed")
    assert "a.txt.meta.yaml is not valid YAML" in refusal(path)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *old* [bridge](https://example.org)\n\nText.", "The old bridge"),
        ("The old bridge\n==============\nText.", "The old bridge"),
        ("The old bridge\n\nIt was built in 1878.", "The old bridge"),
        ("The old bridge\n" + "It was built in 1878. " * 10, "The old bridge"),
        ("It was built in 1878.\n\nMore.", ""),
        ("The first words of a wrapped\nparagraph that goes on.", ""),
        ("Intro without a stop\nand more.\n\n## A heading\n\nText.", "A heading"),
        ("x" * 200 + "\n\nText.", ""),
        ("---\n\nText", ""),
        ("旧桥的历史\n\n这座桥建于一八七八年。", "旧桥的历史"),
    ],
)
def test_titles(text: str, title: str) -> None:
    """A title is the first heading, or a short first line that stands apart."""
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("news/old-stone_bridge.txt", "Old stone bridge"),
        ("38dd98b1ed34.txt", ""),
        ("2024-03-05.txt", ""),
        ("letters.zip#march/the-bridge.md", "The bridge"),
        ("https://example.org/2024/the-old-bridge.html?page=1", "The old bridge"),
    ],
)
def test_readable_names(name: str, title: str) -> None:
    """A file's name stands in for a title where it can be read."""
    assert readable_name(name) == title


def test_title_from_name_or_opening_words(tmp_path: Path) -> None:
    """Without a title the file's name is one, and without a name that says something the opening words are."""
    assert load(write(tmp_path / "old-bridge.txt", "It was built in 1878.")).article.title == "Old bridge"
    assert (
        load(write(tmp_path / "0f3a9c77d1e2.txt", "It was built in 1878.")).article.title
        == "It was built in 1878."
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("KELVA, Norland, Sept. 13, 2023 (AP) — The bridge opened.", date(2023, 9, 13)),
        ("Title\nPublished on 5 March 2024\n\nText", date(2024, 3, 5)),
        ("Заголовок\n5 марта 2024 г.\n\nТекст", date(2024, 3, 5)),
        ("标题\n2024年3月5日\n\n正文", date(2024, 3, 5)),
        ("Title\n3/4/2024\n\nText", None),
        ("September 11, 2001\n\nText", None),
        ("On October 6, 1973, the bridge opened.", None),
        ("Title\n\nThe bridge opened on 5 March 2024.", None),
    ],
)
def test_datelines(text: str, day: date | None) -> None:
    """A date at the head of a text counts only where it is plainly the text's own."""
    assert dateline(text) == day


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-03-05T23:59:00-08:00", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)),
        ("Tue, 05 Mar 2024 10:00:00 GMT", date(2024, 3, 5)),
        ("5. März 2024", date(2024, 3, 5)),
        ("5 de marzo de 2024", date(2024, 3, 5)),
        (1709632800, date(2024, 3, 5)),
        (1709632800000, date(2024, 3, 5)),
        ("13/4/2024", date(2024, 4, 13)),
        ("3/4/2024", None),
        ("March 2024", None),
        ("2024-13-45", None),
        ("yesterday", None),
        (7, None),
        (True, None),
        (float("nan"), None),
        (float("inf"), None),
        (None, None),
    ],
)
def test_dates(value: object, day: date | None) -> None:
    """A date is the day its writer meant; one that can be read two ways is none."""
    assert as_date(value) == day


def test_the_walk(tmp_path: Path) -> None:
    """A folder's articles come in order, without hidden, foreign and side files and what links lead out to."""
    outside = write(tmp_path / "outside" / "secret.txt", "Secret.")
    root = tmp_path / "root"
    for name in (
        "b.txt",
        "a/z.md",
        "a/B.TXT",
        ".hidden.txt",
        ".git/x.txt",
        "~$x.docx",
        "image.png",
        "b.txt.meta.yaml",
    ):
        write(root / name, "Text.")
    (root / "out.txt").symlink_to(outside)
    (root / "outfolder").symlink_to(outside.parent)
    (root / "inside.txt").symlink_to(root / "b.txt")
    (root / "loop.txt").symlink_to(root / "loop.txt")
    (root / "self").symlink_to(root)
    os.mkfifo(root / "pipe.txt")
    skipped: list[Path] = []
    found = [path.relative_to(root).as_posix() for path in article_files(root, skipped=skipped.append)]
    assert found == ["b.txt", "inside.txt", "a/B.TXT", "a/z.md"]
    assert [path.name for path in skipped] == ["image.png"]
    assert list(article_files(root / "b.txt")) == [root / "b.txt"]


def test_failures_of_the_walk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that may not be read is told of, and the others go in."""
    write(tmp_path / "open" / "a.txt", "Text.")
    write(tmp_path / "shut" / "b.txt", "Text.")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    failures: list[UnreadableArticle] = []
    assert [path.name for path in article_files(tmp_path, failed=failures.append)] == ["a.txt"]
    assert "shut you have no permission to read it" in str(failures[0])
    with pytest.raises(UnreadableArticle, match="does not exist"):
        list(article_files(tmp_path / "missing"))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Vanished, foreign, too large and special files are refused in a sentence."""
    assert "vanished" in refusal(tmp_path / "gone.txt")
    assert "kind that is not read" in refusal(write(tmp_path / "a.exe", "x"))
    assert "too large" in refusal(write(tmp_path / "b.txt", "x" * 101), limits=Limits(article_bytes=100))
    os.mkfifo(tmp_path / "pipe.txt")
    assert "not a file" in refusal(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    assert "not a file" in refusal(tmp_path / "folder.txt")


def test_two_gigabytes_are_refused_unread(tmp_path: Path) -> None:
    """A huge file is refused by its size."""
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(2 * 2**30)
    assert "2,048 MB" in refusal(tmp_path / "huge.txt")


def test_a_large_text_is_whole(tmp_path: Path) -> None:
    """Fifty megabytes are read to the last character."""
    text = PROSE["de"] + "\n\n"
    data = (text * (50_000_000 // len(text.encode()))).encode()
    loaded = load(write(tmp_path / "large.txt", data))
    assert loaded.text.encode() == data


@given(st.text())
def test_shown_neutralises(text: str) -> None:
    """What is shown has as many characters, no escape, no override, and is left alone where it is harmless."""
    safe = shown(text)
    assert len(safe) == len(text)
    assert not any(ord(character) < 32 and character not in "\n\t" for character in safe)
    assert not any(
        "\u202a" <= character <= "\u202e" or "\u2066" <= character <= "\u2069" for character in safe
    )
    assert not any("\x7f" <= character <= "\x9f" for character in safe)
    safe.encode()


def test_shown_keeps_languages() -> None:
    """Right-to-left text, emoji and their joiners are shown as they are."""
    text = "مرحبا\u200f بالعالم שלום 👩‍👩‍👧 é\u0301\n\tok"
    assert shown(text) == text
    assert shown("\x1b[31mred\x1b]8;;x\x07") == "␛[31mred␛]8;;x␇"
