"""Files in: which files of a folder are articles, and the articles that a file holds."""

import os
import re
import stat
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import yaml

from corpus.article import Article, LoadedArticle, content_hash
from corpus.errors import UnreadableArticle
from corpus.formats import CONTAINERS, READERS
from corpus.formats.draft import Draft, Limits, Metadata, Source, metadata_from
from corpus.language import detect_language
from corpus.titles import dateline, readable_name, title_of

SUFFIXES = frozenset(READERS)
SIDE_SUFFIXES = (".meta.yaml", ".meta.yml")
MAX_SIDE_FILE = 2**20  # bytes
LIMITS = Limits()

Failed = Callable[[UnreadableArticle], None]


def fail(failure: UnreadableArticle) -> None:
    raise failure


def article_files(
    root: Path, failed: Failed = fail, skipped: Callable[[Path], None] = lambda path: None
) -> Iterator[Path]:
    """The files under `root` that may hold articles, in order; `root` itself where it is a file.

    Hidden files, side files, links that lead out of the folder and what is no file are passed over; `skipped`
    is told of files of other kinds, `failed` of folders that cannot be read.
    """
    if not root.is_dir():
        if not os.path.lexists(root):
            failed(UnreadableArticle(str(root), "does not exist; check the path"))
        else:
            yield root
        return
    inside = root.resolve()

    def refused(error: OSError) -> None:
        failed(UnreadableArticle(str(error.filename), f"{_reason(error)}; the files in it were left out"))

    for folder, folders, names in os.walk(root, onerror=refused):
        folders[:] = sorted(name for name in folders if not _is_hidden(name))
        for path in (Path(folder, name) for name in sorted(names) if not _is_hidden(name)):
            if path.name.lower().endswith(SIDE_SUFFIXES) or not _lies_inside(path, inside):
                continue
            if path.suffix.lower() in SUFFIXES:
                yield path
            else:
                skipped(path)


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "~$")) or name == "__MACOSX"


def _lies_inside(path: Path, root: Path) -> bool:
    """Whether this is a file of the folder, and not a link that leads out of it, a pipe or a device."""
    try:
        mode = path.lstat().st_mode
        return stat.S_ISREG(mode) or (
            stat.S_ISLNK(mode) and path.is_file() and path.resolve().is_relative_to(root)
        )
    except (OSError, RuntimeError):  # a loop of links
        return False


def load_file(
    path: Path,
    name: str,
    origin: str,
    limits: Limits = LIMITS,
    fields: Mapping[str, str] | None = None,
    failed: Failed = fail,
) -> Iterator[LoadedArticle]:
    """The articles in one file; where it may hold many, their names and origins end in `#` and their part.

    `fields` maps Metadata's names, "text" and "id" to the columns or keys of a JSON or CSV file. `failed` is
    told of the articles in a file of many that cannot be taken in: the others go in all the same.
    UnreadableArticle: the file as a whole cannot.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kinds = ", ".join(sorted(SUFFIXES))
        raise UnreadableArticle(name, f"is of a kind that is not read; read are {kinds}")
    try:
        with _opened(path, name, limits) as file:
            source = Source(name, limits, fields or {})
            yield from loaded(reader(file, source), source, origin, side_metadata(path, name), failed)
    except OSError as error:
        raise UnreadableArticle(name, f"cannot be read ({_reason(error)})") from error


def is_utf8(name: str) -> bool:
    """Whether a path can be stored: bytes that are not UTF-8 are lone surrogates in it."""
    return not re.search(r"[\ud800-\udfff]", name)


def _opened(path: Path, name: str, limits: Limits) -> BinaryIO:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableArticle(name, "is not a file; give a file or a folder")
    most = limits.container_bytes if path.suffix.lower() in CONTAINERS else limits.article_bytes
    if status.st_size > most:
        size = f"{status.st_size / 2**20:,.0f} MB, and {most / 2**20:,.0f} MB are taken in"
        raise UnreadableArticle(name, f"is too large ({size}); cut it into smaller files")
    if status.st_size == 0:
        raise UnreadableArticle(name, "is empty; there is nothing to take in")
    return path.open("rb")


def _reason(error: OSError) -> str:
    return {
        "PermissionError": "you have no permission to read it",
        "FileNotFoundError": "it has vanished",
    }.get(type(error).__name__, (error.strerror or "an input error").lower())


def loaded(
    drafts: Iterator[Draft | UnreadableArticle],
    source: Source,
    origin: str,
    side: Metadata = Metadata(),  # noqa: B008 - frozen
    failed: Failed = fail,
) -> Iterator[LoadedArticle]:
    """Drafts made whole: what the file does not say of itself is found out or left open."""
    parts: dict[str, int] = {}
    for draft in drafts:
        if isinstance(draft, UnreadableArticle):
            failed(draft)
            continue
        part = draft.part
        if part:
            parts[part] = parts.get(part, 0) + 1
            part = f"#{part}" if parts[part] == 1 else f"#{part}~{parts[part]}"
        elif not draft.text[draft.body :].strip():
            raise UnreadableArticle(source.name, "holds no text; there is nothing to take in")
        if not draft.text[draft.body :].strip():
            failed(UnreadableArticle(source.name + part, "holds no text; there is nothing to take in"))
            continue
        known = draft.metadata.over(side) if part else side.over(draft.metadata)
        yield _article(draft, known, source.name + part, origin + part)


def _article(draft: Draft, known: Metadata, name: str, origin: str) -> LoadedArticle:
    article = Article(
        name=name,
        origin=origin,
        title=known.title or title_of(draft.text, draft.body) or _file_title(draft, name) or _opening(draft),
        language=known.language or detect_language(draft.text[draft.body :]),
        content_hash=content_hash(draft.text),
        length=len(draft.text),
        published=known.published or dateline(draft.text, draft.body),
        updated=known.updated,
        author=known.author,
        publisher=known.publisher,
        url=known.url or (origin if re.match(r"https?://", origin) else ""),
    )
    return LoadedArticle(article, draft.text, draft.body)


def side_metadata(path: Path, name: str) -> Metadata:
    """What `article.txt.meta.yaml` says of `article.txt`. UnreadableArticle: it is not YAML."""
    for suffix in SIDE_SUFFIXES:
        side = path.with_name(path.name + suffix)
        if not side.is_file():
            continue
        if side.stat().st_size > MAX_SIDE_FILE:
            raise UnreadableArticle(name + suffix, "is too large for a side file; shorten or remove it")
        try:
            values = yaml.safe_load(side.read_bytes())
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise UnreadableArticle(name + suffix, "is not valid YAML; mend or remove it") from error
        if isinstance(values, dict):
            return metadata_from(values)
        raise UnreadableArticle(name + suffix, "has no `key: value` lines; mend or remove it")
    return Metadata()


def _file_title(draft: Draft, name: str) -> str:
    """What the file is called, or the file in an archive: the number of a record says nothing."""
    suffix = PurePosixPath(draft.part).suffix.lower()
    return readable_name(name) if not draft.part or suffix in SUFFIXES else ""


def _opening(draft: Draft) -> str:
    return textwrap.shorten(draft.text[draft.body : draft.body + 500].strip(), 60, placeholder=" …")
