"""Zip archives, and the formats that are one underneath: opened with a limit on all that they could do."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any, BinaryIO
from zipfile import ZipFile, ZipInfo

from corpus.errors import UnreadableArticle
from corpus.formats.draft import Draft, Source, parsing

SMALL = 10 * 2**20  # bytes unpacked that need no defence


@contextmanager
def opened_zip(file: BinaryIO, source: Source, kind: str) -> Iterator[ZipFile]:
    """The archive, once its table of contents is found harmless.

    What `ZipFile.read` gives is never longer than that table says, so the table can be trusted for sizes.
    """
    with parsing(source.name, kind, NotImplementedError), ZipFile(file) as archive:
        members, limits = archive.infolist(), source.limits
        unpacked = sum(member.file_size for member in members)
        packed = max(1, file.seek(0, 2))
        if len(members) > limits.entries:
            raise _refused(source, f"holds {len(members):,} files, and {limits.entries:,} are taken in")
        if unpacked > limits.expanded_bytes:
            raise _refused(source, f"unpacks to more than {limits.expanded_bytes / 2**20:,.0f} MB")
        if unpacked > SMALL and unpacked > limits.ratio * packed:
            raise _refused(source, f"unpacks to {unpacked // packed:,} times its size, as a zip bomb does")
        yield archive


def _refused(source: Source, reason: str) -> UnreadableArticle:
    return UnreadableArticle(source.name, f"{reason}; unpack it yourself and ingest the folder")


def read_zip(
    file: BinaryIO, source: Source, readers: Mapping[str, Callable[[BinaryIO, Source], Iterator[Any]]]
) -> Iterator[Draft | UnreadableArticle]:
    """The articles of every file in the archive that `readers` knows, each in its own part."""
    if source.depth >= source.limits.nesting:
        raise UnreadableArticle(source.name, "lies too deep, an archive in archives; unpack it yourself")
    with opened_zip(file, source, "zip archive") as archive:
        for member in sorted(archive.infolist(), key=lambda member: member.filename):
            path = inner_path(member.filename)
            reader = readers.get(path.suffix.lower())
            if (
                reader is None
                or member.is_dir()
                or any(part.startswith((".", "__MACOSX")) for part in path.parts)
            ):
                continue
            yield from _member(archive, member, str(path), reader, source)


def _member(
    archive: ZipFile,
    member: ZipInfo,
    path: str,
    reader: Callable[[BinaryIO, Source], Iterator[Draft | UnreadableArticle]],
    source: Source,
) -> Iterator[Draft | UnreadableArticle]:
    inner = replace(source, name=f"{source.name}#{path}", depth=source.depth + 1)
    try:
        for draft in reader(BytesIO(_unpacked(archive, member, inner)), inner):
            if isinstance(draft, Draft):
                draft = replace(draft, part=f"{path}#{draft.part}" if draft.part else path)
            yield draft
    except UnreadableArticle as failure:
        yield failure


def _unpacked(archive: ZipFile, member: ZipInfo, source: Source) -> bytes:
    if member.flag_bits & 1:
        raise UnreadableArticle(source.name, "is encrypted; unpack it yourself and ingest the folder")
    if member.file_size > source.limits.article_bytes:
        raise UnreadableArticle(source.name, f"is too large ({member.file_size / 2**20:,.0f} MB); cut it up")
    with parsing(source.name, "member of its archive", NotImplementedError):
        return archive.read(member)


def inner_path(name: str) -> PurePosixPath:
    """A name from an archive as a path that stays inside it."""
    parts = name.replace("\\", "/").encode("utf-8", "replace").decode().split("/")
    kept = [part for part in parts if part not in ("", ".", "..") and not part.endswith(":")]
    return PurePosixPath(*kept) if kept else PurePosixPath("unnamed")
