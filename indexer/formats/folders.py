"""The files of a folder, found safely: sorted, no hidden ones, no loops by symbolic links."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path


def files(path: Path, only: str | None = None) -> Iterator[Path | OSError]:
    """The path itself if it is no folder, else the files below it.

    A folder that cannot be read gives its OSError instead. `only` is a glob on the names of its files.
    """
    if path.is_dir():
        yield from _below(path, only, frozenset())
    else:
        yield path


def _below(folder: Path, only: str | None, above: frozenset[tuple[int, int]]) -> Iterator[Path | OSError]:
    try:
        status = folder.stat()
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield error
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:  # a link to a folder we are in
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _below(Path(entry.path), only, above | {identity})
        elif _wanted(entry) and fnmatch(entry.name, only or "*"):
            yield Path(entry.path)


def _wanted(entry: os.DirEntry[str]) -> bool:
    # A pipe or a socket in a folder would block for ever; a broken link is shown as unreadable.
    return entry.is_file() or entry.is_symlink()
