"""The front door of the formats: a path, a stream or a rejected piece becomes items."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO

from indexer.formats import feed, html, jsonl, table, text, unknown
from indexer.formats.folders import files
from indexer.formats.items import RAW_BYTES, Item, Origin, Rejection
from indexer.formats.recognition import recognise
from indexer.formats.streams import Damaged, chunks, look, plain

_FILE = "file"  # the format of a file that could not be opened: another try opens it again
_READERS: dict[str, Callable[[Origin, Iterable[bytes]], Iterator[Item]]] = {
    "jsonl": jsonl.read,
    "json": jsonl.read_document,
    "csv": table.read,
    "feed": feed.read,
    "html": html.read,
    "text": text.read,
    "unknown": unknown.read,
}


def read(
    path: Path,
    timezone: tzinfo,
    *,
    only: str | None = None,
    without: Path | None = None,
    on_bytes: Callable[[int], object] | None = None,
) -> Iterator[Item]:
    """The items of a file, or of all files of a folder and its folders, in the order of their names.

    `only` is a glob on the names of a folder's files; hidden files and folders are left out, and so is the
    folder `without`. Dates without an offset are read in `timezone`. `on_bytes` is told the bytes taken from
    files as they are taken; they add up to `size(path, only, without)`. Raises FileNotFoundError for a
    missing path; whatever else is wrong with a file becomes a Rejection.
    """
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    return _all(path, files(path, only, without), timezone, on_bytes or (lambda _: None))


def size(path: Path, only: str | None = None, without: Path | None = None) -> int:
    """The bytes of all files that `read` would take."""
    return sum(_bytes(file) for file in files(path, only, without) if isinstance(file, Path))


def read_stream(stream: BinaryIO, name: str, timezone: tzinfo) -> Iterator[Item]:
    """The items of a binary stream of any known format; none if it is blank."""
    return _items(Origin(name, timezone), chunks(stream))


def retry(rejection: Rejection, timezone: tzinfo) -> Iterator[Item]:
    """The items of a rejected piece, tried again; what is rejected again keeps its place."""
    if rejection.format == _FILE and os.path.lexists(rejection.origin):
        yield from read(Path(rejection.origin), timezone)
    elif not rejection.raw:
        yield rejection
    elif len(rejection.raw) >= RAW_BYTES:
        yield replace(rejection, reason="хранится только первый МиБ записи; подайте её файл заново")
    else:
        yield from _again(rejection, timezone)


def _again(rejection: Rejection, timezone: tzinfo) -> Iterator[Item]:
    reader = _READERS.get(rejection.format, _items)
    for item in _guarded(
        reader, Origin(rejection.origin, timezone), iter((rejection.raw,)), rejection.format
    ):
        yield replace(item, place=rejection.place) if isinstance(item, Rejection) else item


def _all(
    path: Path, found: Iterable[Path | OSError], timezone: tzinfo, on_bytes: Callable[[int], object]
) -> Iterator[Item]:
    for file in found:
        if isinstance(file, OSError):
            yield _unreadable(Origin(_name(file.filename or path), timezone), file)
        else:
            yield from _file(file, timezone, on_bytes)


def _file(path: Path, timezone: tzinfo, on_bytes: Callable[[int], object]) -> Iterator[Item]:
    origin, left = Origin(_name(path), timezone), _bytes(path)

    def told(pieces: Iterator[bytes]) -> Iterator[bytes]:
        nonlocal left
        for piece in pieces:
            left -= len(piece)
            on_bytes(len(piece))
            yield piece

    found = False
    try:
        with path.open("rb") as stream:
            for item in _items(origin, told(chunks(stream))):
                found = True
                yield item
    except OSError as error:
        yield _unreadable(origin, error)
        return
    if not found:
        yield origin.rejection("файл пуст", b"", _FILE)
    if left > 0:  # a file refused at its beginning is done with too
        on_bytes(left)


def _items(origin: Origin, pieces: Iterator[bytes]) -> Iterator[Item]:
    head, pieces = look(plain(pieces))
    format = recognise(head) if head.strip() else "jsonl"
    yield from _guarded(_READERS[format], origin, pieces, format)


def _guarded(
    reader: Callable[[Origin, Iterator[bytes]], Iterator[Item]],
    origin: Origin,
    pieces: Iterator[bytes],
    format: str,
) -> Iterator[Item]:
    try:
        yield from reader(origin, pieces)
    except Damaged as error:
        yield origin.rejection(str(error), error.raw, format)


def _unreadable(origin: Origin, error: OSError) -> Rejection:
    return origin.rejection(f"не читается: {error.strerror or error}", b"", _FILE)


def _bytes(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _name(path: object) -> str:
    # A name that is not UTF-8 must not break what shows or stores it.
    return os.fsencode(str(path)).decode("utf-8", "replace")
