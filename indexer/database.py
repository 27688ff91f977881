"""A SQLite file of ours: how it is opened, asked and changed, and how its faults are told."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Self

from indexer.space import space
from search.errors import ArchiveUnavailable, SvodkaError

_BUSY_SECONDS = 60.0  # how long to wait for another process that is writing
_FAULTS = (sqlite3.Error, OSError, UnicodeDecodeError)  # the last where damage is told in its own bytes
_KINDS = {"INTEGER": int, "REAL": float, "TEXT": str, "BLOB": bytes}

Ask = Callable[[str], Iterable[tuple[Any, ...]]]


class Database(ABC):
    """A SQLite file, made if it is not there. Faults are raised as `_unavailable` tells, and as DiskFull."""

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self.path = path
        self._open("rwc" if make else "rw")

    def _open(self, mode: str) -> None:
        with self._faults():
            self._connection = connected(self.path, mode)
        try:
            with self._faults():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    @abstractmethod
    def _prepare(self) -> None:
        """See to it that the file just opened has what is needed."""

    @abstractmethod
    def _unavailable(self, error: Exception) -> SvodkaError:
        """How a fault of the file is told."""

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Everything done inside becomes lasting together when the block ends, or not at all."""
        with self._faults():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _state(self) -> tuple[int, int]:
        """What is another when another process has written, or put another file in the place of this one."""
        with self._faults():
            return self.path.stat().st_ino, int(self._one("PRAGMA data_version")[0])

    def _one(self, sql: str, *values: object) -> Any:
        with self._faults():
            return self._connection.execute(sql, values).fetchone()

    def _all(self, sql: str, *values: object) -> list[Any]:
        with self._faults():
            return self._connection.execute(sql, values).fetchall()

    def _each(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        with self._faults():
            self._connection.executemany(sql, rows)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            with space(self.path):
                yield
        except _FAULTS as error:
            raise self._unavailable(error) from error

    def _copied(self) -> bytes:
        """What a file of all there is now would hold."""
        with self._faults(), closing(sqlite3.connect(":memory:")) as replica:
            self._connection.backup(replica)
            return replica.serialize()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def discard(path: Path, *, itself: bool = True) -> None:
    """Take away a file of ours with what SQLite has left beside it, or only the latter."""
    for part in (*([""] if itself else ()), "-wal", "-shm", "-journal"):
        path.with_name(path.name + part).unlink(missing_ok=True)


def check(
    path: Path,
    version: int,
    agrees: Callable[[Ask], bool] = lambda _: True,
    belongs: Callable[[Ask], bool] = lambda _: True,
) -> str | None:
    """What is wrong with a file of ours, if it is there and anything is; changes nothing.

    That is its build, a value that is not of its column's kind, values that do not agree, as `agrees` is to
    find out, or that it is no part of what is here, as `belongs` is to. A file of another version is not
    looked into farther. Raises DiskFull, and ArchiveUnavailable where another process keeps it to itself.
    """
    if not path.exists():
        return None
    try:
        # Not read-only: what a killed writer left undone is undone first, as whoever opens the file does it.
        with space(path), closing(connected(path, "rw")) as connection:
            connection.execute("BEGIN")  # all of it as of one moment, others may write
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                return " ".join(found.replace("*** in database main ***", "").split())
            (kept,) = connection.execute("PRAGMA user_version").fetchone()
            if kept != version:
                return None if kept else "файл пуст"
            if wrong := next(_wrong_values(connection), None):
                return wrong
            if not agrees(connection.execute):
                return "значения расходятся"
            return None if belongs(connection.execute) else "записано по другому архиву"
    except (*_FAULTS, ValueError) as error:
        if getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise ArchiveUnavailable(f"{path}: {error}") from error
        return str(error)


def connected(path: Path, mode: str) -> sqlite3.Connection:
    """A connection to a file, which is made only where the mode is `rwc`."""
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, timeout=_BUSY_SECONDS, isolation_level=None, uri=True)


def _wrong_values(connection: sqlite3.Connection) -> Iterator[str]:
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        columns = connection.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall()
        quoted = table.replace('"', '""')
        rows = connection.execute(f'SELECT * FROM "{quoted}"')  # noqa: S608 # nosec B608 # quoted
        for row in rows:
            for (name, kind), value in zip(columns, row, strict=True):
                if value is not None and not isinstance(value, _KINDS.get(kind, object)):
                    yield f"{table}.{name}: не то значение"
