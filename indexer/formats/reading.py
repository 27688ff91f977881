"""The front door of the formats: a path, a stream or a rejected piece becomes items."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import tzinfo
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

from indexer.formats import jsonl
from indexer.formats.items import RAW_BYTES, Item, Origin, Rejection
from indexer.formats.streams import Damaged, chunks, look, plain

_FILE = "file"  # the format of a file that could not be opened: another try opens it again
_READERS: dict[str, Callable[[Origin, Iterable[bytes]], Iterator[Item]]] = {
    "jsonl": jsonl.read,
    "json": jsonl.read_document,
}


def read(
    path: Path, timezone: tzinfo, *, only: str | None = None, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Item]:
    """The items of a file, or of all files of a folder and its folders, in the order of their names.

    `only` is a glob on the names of a folder's files. Hidden files and folders are left out. Dates without an
    offset are read in `timezone`. `on_bytes` is told the bytes taken from files as they are taken; they
    add up to `size(path, only)`. Raises FileNotFoundError for a missing path; whatever else is wrong
    with a file becomes a Rejection.
    """
    if not os.path.lexists(path):
        raise FileNotFoundError(path)
    return _files_items(path, timezone, only, on_bytes or (lambda _: None))


def size(path: Path, only: str | None = None) -> int:
    """The bytes of all files `read` would take."""
    return sum(_file_size(file) for file in _files(path, only) if isinstance(file, Path))


def read_stream(stream: BinaryIO, name: str, timezone: tzinfo) -> Iterator[Item]:
    """The items of a binary stream of any known format; none if it is blank."""
    return _items(Origin(name, timezone), chunks(stream))


def retry(rejection: Rejection, timezone: tzinfo) -> Iterator[Item]:
    """The items of a rejected piece, tried again; a Rejection keeps the place it had."""
    origin = Origin(rejection.origin, timezone)
    if rejection.format == _FILE and os.path.lexists(rejection.origin):
        yield from read(Path(rejection.origin), timezone)
    elif rejection.format == _FILE:
        yield rejection
    elif len(rejection.raw) >= RAW_BYTES:
        yield replace(rejection, reason="от записи хранится только первый МиБ; подайте её файл заново")
    else:
        for item in _READERS.get(rejection.format, _items)(origin, iter((rejection.raw,))):
            yield replace(item, place=rejection.place) if isinstance(item, Rejection) else item
