"""Every format but plain text: what is kept of it, and what is said where it cannot be read."""

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import docx
import fpdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.article import LoadedArticle
from corpus.errors import UnreadableArticle
from corpus.formats import READERS
from corpus.formats.archive import inner_path
from corpus.formats.draft import Limits
from corpus.formats.markup import html_text
from corpus.formats.pdf import page_of
from corpus.loading import load_file

BODY = (
    "The fishermen of Kelva built the bridge over the river in 1878, when the ferry had sunk for the third time. "
    "It is 120 metres long and carries forty waggons a day, as the toll book in the town hall says."
)


def take(path: Path, **options: object) -> tuple[list[LoadedArticle], list[str]]:
    """The articles of a file, and what is said of those that could not be taken in."""
    failures: list[UnreadableArticle] = []
    try:
        articles = list(load_file(path, path.name, str(path), failed=failures.append, **options))  # type: ignore[arg-type]
    except UnreadableArticle as failure:
        articles, failures = [], [*failures, failure]
    said = [str(failure) for failure in failures]
    assert all(sentence.startswith(path.name) and "\n" not in sentence for sentence in said)
    return articles, said


def zipped(path: Path, members: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


# Web pages

PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>The old bridge of Kelva | The Example Times</title>
<meta property="og:site_name" content="The Example Times"><meta name="author" content="Ada Lind">
<meta property="article:published_time" content="2024-03-05T10:00:00Z">
<meta property="article:modified_time" content="2024-03-07T10:00:00Z">
<link rel="canonical" href="https://example.org/bridge"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/sport">Sport and leisure</a></li></ul></nav>
<article><h1>The old bridge of Kelva</h1><p>{BODY}</p><p>A café stands beside it — open since “1901”.</p></article>
<script>document.write("injected by a script")</script><footer>Imprint and cookies</footer></body></html>"""


def test_a_web_page(tmp_path: Path) -> None:
    """A page gives its main text without menus and scripts, and its metadata without the site's name."""
    (tmp_path / "page.html").write_text(PAGE)
    ((loaded,), said) = take(tmp_path / "page.html")
    article = loaded.article
    assert not said
    assert BODY in loaded.text
    assert not any(word in loaded.text for word in ("Sport and leisure", "injected", "Imprint"))
    assert (article.title, article.author, article.publisher) == (
        "The old bridge of Kelva",
        "Ada Lind",
        "The Example Times",
    )
    assert (article.published, article.updated) == (date(2024, 3, 5), date(2024, 3, 7))
    assert (article.url, article.language) == ("https://example.org/bridge", "en")


@pytest.mark.parametrize(
    ("encoding", "claimed"),
    [
        ("utf-8", "iso-8859-1"),
        ("cp1252", "iso-8859-1"),
        ("cp1252", "utf-8"),
        ("cp1252", "no-such"),
        ("utf-16", "utf-8"),
    ],
)
def test_a_page_with_a_wrong_charset(tmp_path: Path, encoding: str, claimed: str) -> None:
    """What a page claims its encoding to be is believed only where the bytes bear it out."""
    page = PAGE.replace("<head>", f'<head><meta charset="{claimed}">')
    (tmp_path / "page.html").write_bytes(page.encode(encoding))
    ((loaded,), _) = take(tmp_path / "page.html")
    assert "A café stands beside it — open since “1901”." in loaded.text


@pytest.mark.parametrize(
    "page",
    [
        "",
        "<html></html>",
        "<html><body><script>render()</script></body></html>",
        "<div>" * 20_000,
        "\0\1\2" * 100,
        "<!ENTITY a 'b'>" * 10,
        "not html",
    ],
)
def test_pages_without_an_article(tmp_path: Path, page: str) -> None:
    """A page without text, or a broken one, is an article or a sentence: never a crash."""
    (tmp_path / "page.html").write_text(page)
    articles, said = take(tmp_path / "page.html")
    assert len(articles) + len(said) == 1


def test_html_as_text() -> None:
    """All of a piece of HTML as text: blocks apart, no scripts, no hidden parts."""
    page = (
        "<p>One <b>bold</b><br>line</p><ul><li>a</li><li>b</li></ul><table><tr><td>x</td><td>y</td></tr></table>"
        "<style>p {}</style><div style='display:none'>preview</div>&lt;tag&gt;"
    )
    assert html_text(page) == "One bold\nline\n\na\nb\n\nx | y\n\n<tag>"


# PDF


def pdf(path: Path, pages: list[list[str]], title: str = "", password: str = "") -> Path:
    document = fpdf.FPDF()
    document.set_font("Helvetica", size=12)
    document.set_title(title)
    document.set_author("Ada Lind")
    if password:
        document.set_encryption(owner_password="owner", user_password=password)
    for number, paragraphs in enumerate(pages, 1):
        document.add_page()
        document.cell(text=f"The Kelva Gazette {number}", new_x="LMARGIN", new_y="NEXT")
        for paragraph in paragraphs:
            document.multi_cell(w=0, text=paragraph, new_x="LMARGIN", new_y="NEXT", align="L")
    document.output(str(path))
    return path


def test_pdf(tmp_path: Path) -> None:
    """Lines become paragraphs, running titles go, sentences run on over pages, and each offset knows its page."""
    pages = [
        [
            "A history of the bridge",
            BODY + " " + BODY,
            "It was closed only once, in the spring of 1953, because the",
        ],
        ["flood had carried away two of its piers.", "A new pier was cast that autumn."],
        ["The bells were rung all night.", "The end is well-known."],
    ]
    ((loaded,), said) = take(pdf(tmp_path / "a.pdf", pages, title="The old bridge"))
    text = loaded.text
    assert not said
    assert (loaded.article.title, loaded.article.author) == ("The old bridge", "Ada Lind")
    assert loaded.article.published is not None
    assert "Gazette" not in text
    assert BODY + " " + BODY in text
    assert "because the\fflood had carried away" in text
    assert [page_of(text, text.index(word)) for word in ("history", "flood", "well-known")] == [1, 2, 3]


def test_pdf_that_cannot_be_read(tmp_path: Path) -> None:
    """Encrypted, scanned, damaged and overlong PDFs: each said so, with what to do about it."""
    good = pdf(tmp_path / "good.pdf", [[BODY]] * 3).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(good[: len(good) // 8])
    (tmp_path / "junk.pdf").write_bytes(b"%PDF-1.7\n" + random.Random(1).randbytes(5000))
    (tmp_path / "text.pdf").write_text(BODY)
    scan = fpdf.FPDF()
    scan.add_page()
    scan.rect(10, 10, 100, 100, style="F")
    scan.output(str(tmp_path / "scan.pdf"))
    assert "encrypted" in take(pdf(tmp_path / "secret.pdf", [[BODY]], password="word"))[1][0]
    assert "text recognition" in take(tmp_path / "scan.pdf")[1][0]
    assert "3 pages" in take(tmp_path / "good.pdf", limits=Limits(pages=2))[1][0]
    for name in ("cut.pdf", "junk.pdf", "text.pdf"):
        assert "damaged" in take(tmp_path / name)[1][0]


# Documents of word processors, books


def word_document(path: Path) -> Path:
    document = docx.Document()
    document.add_heading("The old bridge", 0)
    document.add_paragraph(BODY)
    table = document.add_table(2, 2)
    for cell, text in zip(
        (cell for row in table.rows for cell in row.cells), ("Year", "Length", "1878", "120 m"), strict=True
    ):
        cell.text = text
    document.core_properties.title = "Kelva bridge"
    document.core_properties.author = "Ada Lind"
    document.save(str(path))
    return path


def test_docx(tmp_path: Path) -> None:
    """Paragraphs and the rows of tables, with title and author; the template's date is no date."""
    ((loaded,), said) = take(word_document(tmp_path / "a.docx"))
    assert not said
    assert loaded.text == f"The old bridge\n\n{BODY}\n\nYear | Length\n\n1878 | 120 m"
    assert (loaded.article.title, loaded.article.author) == ("Kelva bridge", "Ada Lind")
    assert loaded.article.published is None


def test_docx_keeps_what_was_inserted_and_drops_what_was_deleted(tmp_path: Path) -> None:
    """Tracked changes are read as if accepted; text in content controls is read too."""
    path = word_document(tmp_path / "a.docx")
    members = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            members[name] = archive.read(name)
    marked = (
        b"<w:sdt><w:sdtContent><w:p><w:r><w:t>In a </w:t></w:r><w:ins><w:r><w:t>new </w:t></w:r></w:ins>"
        b"<w:del><w:r><w:delText>old </w:delText></w:r></w:del><w:r><w:t>frame.</w:t></w:r></w:p>"
        b"</w:sdtContent></w:sdt>"
    )
    document = members["word/document.xml"]
    members["word/document.xml"] = document.replace(b"<w:sectPr", marked + b"<w:sectPr", 1)
    ((loaded,), _) = take(zipped(tmp_path / "b.docx", members))
    assert "In a new frame." in loaded.text


OPEN_DOCUMENT = {
    "META-INF/manifest.xml": "<manifest/>",
    "content.xml": (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>'
        "<text:h>The old bridge</text:h><text:p>Built<text:s/>in <text:span>1878</text:span>.</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Year</text:p></table:table-cell>"
        "<table:table-cell><text:p>1878</text:p></table:table-cell></table:table-row></table:table>"
        "</office:text></office:body></office:document-content>"
    ),
    "meta.xml": (
        '<m xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:m"><dc:title>Kelva bridge</dc:title>'
        "<meta:initial-creator>Ada Lind</meta:initial-creator>"
        "<meta:creation-date>2024-03-05T10:00:00</meta:creation-date></m>"
    ),
}
BOOK = {
    "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/p.opf"/></rootfiles></container>',
    "OEBPS/p.opf": (
        '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>The Bridge Book</dc:title>'
        "<dc:creator>Ada Lind</dc:creator><dc:date>2020-01-02</dc:date><dc:language>en-GB</dc:language></metadata>"
        '<manifest><item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="a" href="chapter%201.xhtml" media-type="application/xhtml+xml"/>'
        '<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/><itemref idref="gone"/><itemref idref="b"/></spine></package>'
    ),
    "OEBPS/chapter 1.xhtml": "<html><head><title>x</title></head><body><h1>One</h1><p>Built in 1878.</p></body></html>",
    "OEBPS/two.xhtml": "<html><body><h1>Two</h1><p>Closed in <i>1953</i>.</p></body></html>",
}


def test_odt(tmp_path: Path) -> None:
    """OpenDocument text: headings, paragraphs, rows, and its own metadata."""
    ((loaded,), _) = take(zipped(tmp_path / "a.odt", dict(OPEN_DOCUMENT)))
    assert loaded.text == "The old bridge\n\nBuilt in 1878.\n\nYear | 1878"
    article = loaded.article
    assert (article.title, article.author, article.published) == (
        "Kelva bridge",
        "Ada Lind",
        date(2024, 3, 5),
    )


def test_epub(tmp_path: Path) -> None:
    """A book's chapters in reading order; one that is missing does not keep the others out."""
    ((loaded,), _) = take(zipped(tmp_path / "a.epub", dict(BOOK)))
    assert loaded.text == "One\n\nBuilt in 1878.\n\nTwo\n\nClosed in 1953."
    article = loaded.article
    assert (article.title, article.author, article.published) == (
        "The Bridge Book",
        "Ada Lind",
        date(2020, 1, 2),
    )
    assert article.language == "en"


def test_rtf(tmp_path: Path) -> None:
    """RTF: its paragraphs, its accents, its metadata."""
    (tmp_path / "a.rtf").write_bytes(
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl\f0\fswiss Helvetica;}{\info{\title The caf\'e9}{\author Ada Lind}"
        rb"{\creatim\yr2024\mo3\dy5}}\f0\pard Caf\'e9 by the bridge\par Built in {\b 1878}.\par \u8212? Closed.\par}"
    )
    ((loaded,), _) = take(tmp_path / "a.rtf")
    assert loaded.text == "Café by the bridge\n\nBuilt in 1878.\n\n— Closed."
    article = loaded.article
    assert (article.title, article.author, article.published) == ("The café", "Ada Lind", date(2024, 3, 5))


def test_protected_documents(tmp_path: Path) -> None:
    """Documents behind a password or a publisher's lock are said to be that."""
    (tmp_path / "a.docx").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    locked = OPEN_DOCUMENT | {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    rights = BOOK | {
        "META-INF/encryption.xml": '<e Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/>'
    }
    assert "encrypted" in take(tmp_path / "a.docx")[1][0]
    assert "encrypted" in take(zipped(tmp_path / "a.odt", dict(locked)))[1][0]
    assert "protected" in take(zipped(tmp_path / "a.epub", dict(rights)))[1][0]


# Records, letters


def test_json_of_articles(tmp_path: Path) -> None:
    """A list of articles under its usual name and usual fields; HTML in it becomes text."""
    articles = [
        {
            "id": 7,
            "headline": "A",
            "content": "<p>One two.</p><p>Three <b>four</b>.</p>",
            "publishedAt": "2024-03-05",
        },
        {"title": "B", "text": ""},
        5,
        {"title": "C", "body": "Five six.", "source": {"name": "The Example Times"}},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"status": "ok", "articles": articles}))
    (first, last), said = take(tmp_path / "a.json")
    assert (first.article.name, first.article.title, first.text) == (
        "a.json#7",
        "A",
        "One two.\n\nThree four.",
    )
    assert first.article.origin == str(tmp_path / "a.json#7")
    assert first.article.published == date(2024, 3, 5)
    assert (last.article.name, last.article.publisher) == ("a.json#4", "The Example Times")
    assert [sentence.split()[0] for sentence in said] == ["a.json#2", "a.json#3"]


def test_one_article_as_json(tmp_path: Path) -> None:
    """A single object with a text is one article, named like its file."""
    (tmp_path / "a.json").write_text(json.dumps({"title": "A", "text": "One two.", "items": []}))
    ((loaded,), _) = take(tmp_path / "a.json")
    assert (loaded.article.name, loaded.article.title) == ("a.json", "A")


def test_json_lines(tmp_path: Path) -> None:
    """One article a line; a broken line is told of, and an id that comes twice names two articles."""
    (tmp_path / "a.jsonl").write_text(
        '\ufeff{"text": "One two.", "id": "x"}\nbroken\n\n{"text": "Three.", "id": "x"}\n'
    )
    articles, said = take(tmp_path / "a.jsonl")
    assert [loaded.article.name for loaded in articles] == ["a.jsonl#x", "a.jsonl#x~2"]
    assert len(said) == 1


def test_csv_with_named_fields(tmp_path: Path) -> None:
    """Columns of other names are mapped; separator and encoding are found out."""
    rows = 'Titel;Inhalt;Tag;Nr\nÄpfel;"Die Äpfel sind ""rot"".\nGanz rot.";2024-03-05;a1\nBirnen;Sie sind grün.;;a2\n'
    (tmp_path / "a.csv").write_bytes(rows.encode("cp1252"))
    fields = {"title": "Titel", "text": "Inhalt", "published": "Tag", "id": "Nr"}
    (apples, pears), said = take(tmp_path / "a.csv", fields=fields)
    assert not said
    assert (apples.article.name, apples.article.title) == ("a.csv#a1", "Äpfel")
    assert (apples.text, apples.article.published) == ('Die Äpfel sind "rot".\nGanz rot.', date(2024, 3, 5))
    assert pears.text == "Sie sind grün."


MESSAGE = (
    b'From: "The Weekly" <weekly@example.org>\r\nSubject: =?utf-8?q?Die_Br=C3=BCcke?=\r\n'
    b"Date: Tue, 5 Mar 2024 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nSee the HTML.\r\n"
    b"--x\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
    b"<html><body><p>Die Br\xfccke wurde 1878 gebaut.</p></body></html>\r\n--x--\r\n"
)


def test_letters(tmp_path: Path) -> None:
    """A newsletter gives the part that says most, its subject, sender and date; an mbox gives each of its letters."""
    (tmp_path / "a.eml").write_bytes(MESSAGE)
    ((loaded,), _) = take(tmp_path / "a.eml")
    article = loaded.article
    assert loaded.text == "Die Brücke wurde 1878 gebaut."
    assert (article.title, article.author, article.published) == (
        "Die Brücke",
        "The Weekly",
        date(2024, 3, 5),
    )
    start = b"From weekly@example.org Tue Mar  5 10:00:00 2024\n"
    head = b"Subject: Two\nMessage-ID: <2@example.org>\nContent-Type: text/plain; charset=no-such\n\n"
    second = head + b"Two.\n>From here.\n"
    empty = b"Subject: Empty\n\n\n"
    box = b"\n".join([start + MESSAGE.replace(b"\r\n", b"\n"), start + second, start + empty])
    (tmp_path / "a.mbox").write_bytes(box)
    (one, two), said = take(tmp_path / "a.mbox")
    assert (one.article.name, two.article.name) == ("a.mbox#1@example.org", "a.mbox#2@example.org")
    assert two.text == "Two.\nFrom here."
    assert len(said) == 1


# Archives


def test_zip_of_everything(tmp_path: Path) -> None:
    """Every file of an archive that can be read goes in under a name of its own; the others are told of."""
    inner = zipped(
        tmp_path / "inner.zip", {"deep.txt": "Deep down.", "deeper.zip": b"PK\x05\x06" + bytes(18)}
    )
    members: dict[str, str | bytes] = {
        "b/old-bridge.txt": "Built in 1878.",
        "a.docx": word_document(tmp_path / "a.docx").read_bytes(),
        "list.jsonl": '{"id": 1, "text": "One."}\n{"id": 2, "text": "Two."}\n',
        "letters.mbox": b"From a@b Tue Mar  5 10:00:00 2024\nSubject: s\n\nA letter.\n",
        "page.html": PAGE,
        "broken.pdf": b"%PDF-",
        "empty.txt": "",
        "program.exe": b"MZ",
        "__MACOSX/b/._old-bridge.txt": b"\0\5",
        ".hidden/x.txt": "Hidden.",
        "inner.zip": inner.read_bytes(),
    }
    articles, said = take(zipped(tmp_path / "all.zip", members))
    names = [loaded.article.name.partition("#")[2] for loaded in articles]
    assert names == [
        *("a.docx", "b/old-bridge.txt", "inner.zip#deep.txt", "letters.mbox#1"),
        *("list.jsonl#1", "list.jsonl#2", "page.html"),
    ]
    assert (
        next(loaded for loaded in articles if "old-bridge" in loaded.article.name).article.title
        == "Old bridge"
    )
    assert {sentence.split()[0].partition("#")[2] for sentence in said} == {
        "broken.pdf",
        "empty.txt",
        "inner.zip#deeper.zip",
    }


@pytest.mark.parametrize(
    "name", ["../../etc/x.txt", "/etc/x.txt", "C:\\x.txt", "a/../../x.txt", "\ud800/x.txt", "..", ""]
)
def test_names_in_archives_stay_inside(name: str) -> None:
    """No name in an archive leads out of it."""
    path = inner_path(name)
    assert not path.is_absolute() and ".." not in path.parts and path.parts
    str(path).encode()


def test_zip_bombs(tmp_path: Path) -> None:
    """Archives that unpack to far more than they hold are refused before they are unpacked, in any disguise."""
    zeros = bytes(30 * 2**20)
    for name in ("a.zip", "a.docx", "a.epub", "a.odt"):
        bomb = zipped(tmp_path / name, {"x.txt": zeros})
        tracemalloc.start()
        said = take(bomb)[1]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "zip bomb" in said[0]
        assert peak < 5 * 2**20
    assert (
        "1 are taken in"
        in take(zipped(tmp_path / "m.zip", {"a.txt": "a", "b.txt": "b"}), limits=Limits(entries=1))[1][0]
    )
    limits = Limits(expanded_bytes=1000)
    assert (
        "unpacks to more" in take(zipped(tmp_path / "l.zip", {"a.txt": "abc " * 1000}), limits=limits)[1][0]
    )


def test_an_archive_that_lies_of_its_sizes(tmp_path: Path) -> None:
    """A member larger than its entry says is refused, not unpacked."""
    path = zipped(tmp_path / "a.zip", {"x.txt": "The bridge. " * 1000})
    data = path.read_bytes()
    true, false = (12_000).to_bytes(4, "little"), (12).to_bytes(4, "little")
    path.write_bytes(data.replace(true, false))
    articles, said = take(path)
    assert not articles and said


def test_nested_archives(tmp_path: Path) -> None:
    """Archives in archives are read two deep and no deeper."""
    path = zipped(tmp_path / "0.zip", {"x.txt": "Deep."})
    for level in range(1, 4):
        path = zipped(tmp_path / f"{level}.zip", {f"{level - 1}.zip": path.read_bytes()})
    assert "too deep" in take(path)[1][0]


def test_entity_bombs(tmp_path: Path) -> None:
    """XML entities are neither expanded nor fetched."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + level)} "{f"&{chr(97 + level)};" * 10}">' for level in range(9)
    )
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    outside = f'<!DOCTYPE x [<!ENTITY j SYSTEM "file://{secret}">'
    for start in (bomb, outside):
        content = OPEN_DOCUMENT["content.xml"].replace("1878", "&j;")
        path = zipped(tmp_path / "a.odt", OPEN_DOCUMENT | {"content.xml": f"{start}]>{content}"})
        articles, said = take(path)
        assert said or all(len(loaded.text) < 1000 and "SECRET" not in loaded.text for loaded in articles)


# Whatever comes


def samples(tmp_path: Path) -> dict[str, bytes]:
    word_document(tmp_path / "s.docx")
    pdf(tmp_path / "s.pdf", [[BODY], [BODY]])
    zipped(tmp_path / "s.odt", dict(OPEN_DOCUMENT))
    zipped(tmp_path / "s.epub", dict(BOOK))
    zipped(tmp_path / "s.zip", {"a.txt": BODY, "b.html": PAGE})
    made = {path.suffix: path.read_bytes() for path in tmp_path.glob("s.*")}
    rows = json.dumps({"id": 1, "title": "A", "text": BODY, "date": "2024-03-05"}).encode()
    return made | {
        ".html": PAGE.encode(),
        ".md": f"---\ntitle: A\ndate: 2024-03-05\n---\n# B\n\n{BODY}\n".encode(),
        ".rtf": b"{\\rtf1\\ansi{\\info{\\title A}} " + BODY.encode() + b"\\par}",
        ".json": rows,
        ".jsonl": rows + b"\n" + rows,
        ".csv": b"title,text\nA," + BODY.encode(),
        ".eml": MESSAGE,
        ".mbox": b"From a@b Tue Mar  5 10:00:00 2024\n" + MESSAGE,
    }


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return samples(tmp_path_factory.mktemp("originals"))


def test_all_formats_are_sampled(originals: dict[str, bytes]) -> None:
    """The damaged files below come from every reader."""
    reader: Callable[[str], object] = lambda suffix: getattr(READERS[suffix], "func", READERS[suffix])  # noqa: E731
    assert {reader(suffix) for suffix in originals} == {reader(suffix) for suffix in READERS}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_files(tmp_path: Path, originals: dict[str, bytes], data: st.DataObject) -> None:
    """A file of any format, cut, overwritten or under another's name, is read or refused: nothing else happens."""
    kind = data.draw(st.sampled_from(sorted(originals)))
    content = bytearray(originals[kind])
    for _ in range(data.draw(st.integers(0, 6))):
        start = data.draw(st.integers(0, len(content)))
        content[start : start + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=40))
    content = content[: data.draw(st.integers(1, 2 * len(content) + 1))] or bytearray(b"x")
    path = tmp_path / ("a" + data.draw(st.just(kind) | st.sampled_from(sorted(READERS))))
    path.write_bytes(content)
    articles, _ = take(path)
    for loaded in articles:
        assert loaded.text[loaded.body :].strip()
        assert loaded.article.length == len(loaded.text)
        loaded.text.encode()
        loaded.article.title.encode()


def test_readers_leave_files_open_for_their_owner(originals: dict[str, bytes]) -> None:
    """Reading from memory, as archives and links do, gives what reading from disk gives."""
    from corpus.formats.draft import Source

    for suffix, content in originals.items():
        assert list(READERS[suffix](io.BytesIO(content), Source(f"a{suffix}")))
