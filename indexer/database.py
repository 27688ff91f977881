"""A SQLite file of ours: how it is opened, asked and changed, and how its faults are told."""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from indexer.space import space
from search.errors import SvodkaError

_BUSY_SECONDS = 60.0  # how long to wait for another process that is writing


class Database(ABC):
    """A SQLite file, made if it is not there. Faults are raised as `_unavailable` tells, and as DiskFull."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
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
        except (sqlite3.Error, OSError) as error:
            raise self._unavailable(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
