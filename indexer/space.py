"""A disk without space is told as such, whoever met it first: SQLite, Whoosh or a file of ours."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import DiskFull

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LITTLE = 64 << 10  # bytes with which SQLite can do nothing, and does not say why


@contextmanager
def space(place: Path) -> Iterator[None]:
    """Inside, a fault for want of space under a place becomes DiskFull; other faults pass as they are."""
    try:
        yield
    except Exception as error:
        if isinstance(error, DiskFull) or not any(_is_want(each, place) for each in _chain(error)):
            raise
        raise DiskFull(
            f"{place}: на диске нет места (свободно {_free(place) >> 20} МиБ)."
            " Ничего не потеряно: освободите место и повторите."
        ) from error


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it came of: who tidies up on a full disk may fail in another way."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_want(error: BaseException, place: Path) -> bool:
    if isinstance(error, OSError):
        return error.errno in _FULL
    name: str = getattr(error, "sqlite_errorname", "")
    vague = name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN"))
    return name == "SQLITE_FULL" or (vague and _free(place) < _LITTLE)


def _free(place: Path) -> int:
    """The bytes that are free where a place is, or is to be."""
    there = next(path for path in (place, *place.absolute().parents) if path.exists())
    return shutil.disk_usage(there).free
