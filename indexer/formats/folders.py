"""The files of a folder, found safely: sorted, no hidden ones, no loops by symbolic links."""

import os
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path


def files(path: Path, only: str | None = None, without: Path | None = None) -> Iterator[Path | OSError]:
    """The path itself if it is no folder, else the files below it.

    A folder that cannot be read gives its OSError instead. `only` is a glob on the names of its files,
    `without` a folder that is passed over.
    """
    if path.is_dir():
        left_out = (_identity(without.stat()),) if without and without.exists() else ()
        yield from _below(path, only, frozenset(left_out))
    else:
        yield path


def _below(folder: Path, only: str | None, barred: frozenset[tuple[int, int]]) -> Iterator[Path | OSError]:
    try:
        identity = _identity(folder.stat())
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield error
        return
    if identity in barred:  # to be left out, or a link to a folder we are in
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _below(Path(entry.path), only, barred | {identity})
        elif _wanted(entry) and fnmatch(entry.name, only or "*"):
            yield Path(entry.path)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _wanted(entry: os.DirEntry[str]) -> bool:
    # A pipe or a socket in a folder would block for ever; a broken link is shown as unreadable.
    return entry.is_file() or entry.is_symlink()
