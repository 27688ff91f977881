"""What engines that live in a folder share: the writer's lock, one-step switching, and how faults are told.

A folder of an engine holds numbered builds (`build-1`, `build-2`, …) and the file `current`, which names
the one in use. A rebuild fills the next build and replaces `current` by an atomic rename. The build that was
in use before is kept for those who are still reading it. Marks tell that there was a switch, and which build
is a former one: should `current` be lost or changed, nobody takes another build for the present one.
"""

import errno
import fcntl
import re
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Self

from search.durable import sync, write_durably
from search.errors import IndexBusy, IndexDamaged, IndexUnavailable

CURRENT = "current"
_FIRST = "build-1"
_BUILD = re.compile(r"build-(\d+)")
_SWITCHED, _SUPERSEDED = "switched", "superseded"  # there must be `current`; this build is not it
# What a process lacks, or may not do: no sign of damage, and no rebuild helps.
_LACKS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)


def unreadable(path: Path, error: Exception) -> IndexUnavailable:
    """What a fault over a file of the index is told as: as damage, unless the process lacks something."""
    if isinstance(error, OSError) and error.errno in _LACKS:
        return IndexUnavailable(f"{path} сейчас не читается: {error.strerror}")
    what = f"{type(error).__name__}: {error}"
    return IndexDamaged(f"{path} не читается ({what}). Поможет svodka rebuild.")


def current_build(folder: Path) -> Path:
    """The build that readers use; before the first switch it is the first one.

    Raises IndexDamaged where `current` is lost or names what it cannot have named.
    """
    path = folder / CURRENT
    try:
        name = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        name = None
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    build = folder / (_FIRST if name is None else name)
    if name is None:
        sound = not (folder / _SWITCHED).exists()
    else:
        sound = bool(_BUILD.fullmatch(name)) and build.is_dir()
    if not sound or (build / _SUPERSEDED).exists():
        raise IndexDamaged(f"{path}: не тот или пропал. Поможет svodka rebuild.")
    return build


def next_build(folder: Path) -> Path:
    """A build that does not exist yet; what an unfinished rebuild left is removed.

    Raises IndexBusy while another process is filling it.
    """
    known = _current_or_none(folder)
    numbers = [int(match[1]) for path in folder.glob("build-*") if (match := _BUILD.fullmatch(path.name))]
    number = int(known.name.rpartition("-")[2]) if known else max(numbers, default=0)
    build = folder / f"build-{number + 1}"
    if build.exists():
        Lock(build / "lock").close()
    shutil.rmtree(build, ignore_errors=True)
    return build


def switch(folder: Path, build: Path) -> None:
    """Make a build the current one, and remove the builds before the one that was current."""
    old = _current_or_none(folder)
    sync(build)
    write_durably(folder / CURRENT, build.name.encode())
    write_durably(folder / _SWITCHED, b"")
    if old and old.is_dir():
        write_durably(old / _SUPERSEDED, b"")
    for other in folder.glob("build-*"):
        if other not in (old, build):  # the old one stays for readers that are still in it
            shutil.rmtree(other, ignore_errors=True)


def _current_or_none(folder: Path) -> Path | None:
    try:
        return current_build(folder)
    except IndexDamaged:  # a rebuild mends it
        return None


class Lock(AbstractContextManager["Lock"]):
    """The right to write in a folder, held by at most one process; the system frees it with the process.

    Raises IndexBusy while another holds it, and IndexUnavailable where the file system has no locks.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("ab")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            if isinstance(error, BlockingIOError):
                raise IndexBusy(
                    f"В индекс {path.parent} уже пишет другой процесс: подождите, пока он закончит."
                ) from error
            raise IndexUnavailable(f"{path} не запирается: {error.strerror}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def close(self) -> None:
        """Give the right back."""
        self._file.close()
