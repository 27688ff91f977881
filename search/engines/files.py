"""What engines that live in a folder share: durable files, the writer's lock, and one-step switching.

A folder of an engine holds numbered builds (`build-1`, `build-2`, …) and the file `current`, which names
the one in use. A rebuild fills the next build and replaces `current` by an atomic rename.
"""

import fcntl
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Self

from search.errors import IndexBusy

CURRENT = "current"
_FIRST = "build-1"


def sync(path: Path) -> None:
    """Make what was written to a file, or which files a folder names, outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file's content in one step; it outlives a power cut when this returns."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    sync(fresh)
    fresh.replace(path)
    sync(path.parent)


def current_build(folder: Path) -> Path:
    """The build that readers use; before the first switch it is the first one."""
    try:
        name = (folder / CURRENT).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        name = _FIRST
    return folder / name


def next_build(folder: Path) -> Path:
    """A build that does not exist yet; what an unfinished rebuild left is removed.

    Raises IndexBusy while another process is filling it.
    """
    current = current_build(folder)
    number = int(current.name.rpartition("-")[2]) + 1
    build = folder / f"build-{number}"
    if build.exists():
        Lock(build / "lock").close()
    shutil.rmtree(build, ignore_errors=True)
    return build


def switch(folder: Path, build: Path) -> None:
    """Make a build the current one, and remove the builds before the one that was current."""
    old = current_build(folder)
    sync(build)
    write_durably(folder / CURRENT, build.name.encode())
    for other in folder.glob("build-*"):
        if other not in (old, build):  # the old one stays for readers that are still in it
            shutil.rmtree(other, ignore_errors=True)


class Lock(AbstractContextManager["Lock"]):
    """The right to write in a folder, held by at most one process; the system frees it with the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise IndexBusy(
                f"В индекс {path.parent} уже пишет другой процесс: подождите, пока он закончит."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def close(self) -> None:
        """Give the right back."""
        self._file.close()
