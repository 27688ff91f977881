"""The archive: every accepted article, durable before it is acknowledged. The index can be lost, this not.

SQLite with a write-ahead log and full syncing. Every change (an article accepted, updated or removed) takes
the next *position*; an article stands at the position of its latest change, a removed one as a tombstone. So
whoever has got as far as a position needs only what stands after it.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from indexer.database import Database, connected, discard
from indexer.formats import Rejection
from indexer.space import space
from search.article import Article, dated, fingerprint
from search.durable import put_in_place
from search.errors import ArchiveUnavailable, SvodkaError

_VERSION = 1
_PAGE = 500  # changes read at a time
_SCHEMA = """
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL UNIQUE,
    fingerprint TEXT,  -- NULL for a removed article
    record TEXT
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    digest TEXT NOT NULL UNIQUE,  -- the same piece refused again is the same row
    origin TEXT NOT NULL,
    place TEXT NOT NULL,
    reason TEXT NOT NULL,
    format TEXT NOT NULL,
    raw BLOB NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS counter (last INTEGER NOT NULL);
INSERT INTO counter SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM counter);
"""
_TABLES = {"articles", "rejects", "counter"}


@dataclass(frozen=True, slots=True)
class Change:
    """The latest change of an article: its position, and its record as JSON, or None if it was removed."""

    position: int
    id: str
    record: str | None


@dataclass(frozen=True, slots=True)
class Reject:
    """A refused piece that is kept: its number, when it was refused, and the piece."""

    number: int
    at: str
    rejection: Rejection


@dataclass(frozen=True, slots=True)
class Counts:
    """How much an archive holds; `position` is that of the latest change."""

    articles: int
    removed: int
    rejects: int
    position: int


class Archive(Database):
    """The archive in a file, made if it is not there and `make` is not False.

    Every method raises ArchiveUnavailable and DiskFull.
    """

    def __init__(self, path: Path, *, make: bool = True) -> None:
        self.path, self._make = path, make
        if make:
            with self._faults():
                path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, make=make)
        self._file, _ = self._state()

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version == 0 and not self._make:
            raise ArchiveUnavailable(f"{self.path}: это не архив, файл пуст")
        if version not in (0, _VERSION):
            raise ArchiveUnavailable(f"{self.path}: архив другой версии ({version}), а нужна {_VERSION}")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        if version == 0:
            self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = 1; COMMIT;")

    def _unavailable(self, error: Exception) -> ArchiveUnavailable:
        if not self.path.exists():
            return ArchiveUnavailable(f"Архива {self.path} нет; он вернётся из копии командой svodka restore")
        return ArchiveUnavailable(f"Архив {self.path}: {error}")

    def refresh(self) -> None:
        """Open the file anew where another was put in its place; raises where there is none any more."""
        file, _ = self._state()
        if file != self._file:
            self._connection.close()
            self._make = False
            self._open("rw")
            self._file, _ = self._state()

    def fingerprint(self, id: str) -> str | None:
        """The fingerprint of the article with this id; None if there is none or it was removed."""
        row = self._one("SELECT fingerprint FROM articles WHERE id = ?", id)
        return row[0] if row else None

    def knows(self, id: str) -> bool:
        """Whether there is an article with this id, or was one."""
        return self._one("SELECT 1 FROM articles WHERE id = ?", id) is not None

    def store(self, article: Article, fingerprint: str) -> None:
        """Keep an article, in place of the one that had its id."""
        record = json.dumps(article.record(), ensure_ascii=False)
        self._change(article.id, fingerprint, record)

    def remove(self, id: str) -> bool:
        """Take an article out; whether it was there."""
        if self.fingerprint(id) is None:
            return False
        self._change(id, None, None)
        return True

    def _change(self, id: str, fingerprint: str | None, record: str | None) -> None:
        with self._faults():
            self._connection.execute("UPDATE counter SET last = last + 1")
            self._connection.execute(
                "INSERT OR REPLACE INTO articles SELECT ?, last, ?, ? FROM counter",
                (id, fingerprint, record),
            )

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        row = self._one("SELECT record FROM articles WHERE id = ? AND record IS NOT NULL", id)
        return Article.kept(json.loads(row[0])) if row else None

    def changes(self, after: int) -> Iterator[Change]:
        """The changes after a position, in order; those that come meanwhile too."""
        while rows := self._all(
            "SELECT position, id, record FROM articles WHERE position > ? ORDER BY position LIMIT ?",
            after,
            _PAGE,
        ):
            for row in rows:
                yield Change(*row)
            after = rows[-1][0]

    def waiting(self, after: int) -> int:
        """How many articles changed after a position."""
        return int(self._one("SELECT count(*) FROM articles WHERE position > ?", after)[0])

    def changed(self) -> tuple[int, int]:
        """What is another whenever another process has written; costs next to nothing to look at.

        A file that was put in the place of this one is another, and read from now on.
        """
        self.refresh()
        return self._state()

    def position(self) -> int:
        """The position of the latest change; 0 before the first."""
        return int(self._one("SELECT last FROM counter")[0])

    def counts(self) -> Counts:
        """How much there is."""
        articles, removed = self._one("SELECT count(record), count(*) - count(record) FROM articles")
        return Counts(articles, removed, self._one("SELECT count(*) FROM rejects")[0], self.position())

    def reject(self, rejection: Rejection) -> None:
        """Keep a refused piece; one that is kept already only gets its new reason and time."""
        # The name of a file may be no text, and a reason may name what is none.
        origin, place, reason, format = (
            text.encode("utf-8", "replace").decode()
            for text in (rejection.origin, rejection.place, rejection.reason, rejection.format)
        )
        name = "\n".join((origin, place, format))
        row = (
            sha256(name.encode() + b"\0" + rejection.raw).hexdigest(),
            origin,
            place,
            reason,
            format,
            rejection.raw,
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        with self._faults():
            self._connection.execute(
                "INSERT INTO rejects (digest, origin, place, reason, format, raw, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (digest) DO UPDATE SET reason = excluded.reason, at = excluded.at",
                row,
            )

    def rejects(self) -> Iterator[Reject]:
        """The refused pieces that are kept now, in the order they came; not those that come meanwhile."""
        last, end = 0, self._one("SELECT max(number) FROM rejects")[0]
        while row := self._one(
            "SELECT number, at, origin, place, reason, raw, format FROM rejects"
            " WHERE number > ? AND number <= ? ORDER BY number LIMIT 1",
            last,
            end,
        ):
            last, at, *piece = row
            yield Reject(last, at, Rejection(*piece))

    def forget(self, number: int) -> None:
        """Let go of a refused piece."""
        with self._faults():
            self._connection.execute("DELETE FROM rejects WHERE number = ?", (number,))

    def check(self) -> Iterator[str]:
        """What is wrong with the archive, each finding naming its place."""
        for (finding,) in self._all("PRAGMA integrity_check(20)"):
            if finding != "ok":
                yield f"{self.path}: {finding}"
        for change in self.changes(0):
            if change.record is None:
                continue
            try:
                article = Article.from_record(dated(record := json.loads(change.record)))
            except (ValueError, TypeError, AttributeError, SvodkaError) as error:
                yield f"{self.path}: статья {change.id} не читается: {error}"
                continue
            taken = isinstance(change.record, str) and fingerprint(record) == self.fingerprint(change.id)
            if not taken or article.record() != dated(record) or article.id != change.id:
                yield f"{self.path}: статья {change.id} не та, что была принята"


def reached(path: Path) -> int | None:
    """The position of the latest change of an archive, or of a copy of one; None where a file is neither."""
    with suppress(sqlite3.Error), closing(connected(path, "ro")) as opened:
        if _is_ours(opened):
            return int(opened.execute("SELECT sum(last) FROM counter").fetchone()[0] or 0)
    return None


def is_copy(path: Path) -> bool:
    """Whether a file is a copy of an archive; one that is in use is none, and has a log."""
    with suppress(sqlite3.Error), closing(connected(path, "ro")) as opened:
        return _is_ours(opened) and opened.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    return False


def _is_ours(opened: sqlite3.Connection) -> bool:
    # The version alone says little: other programs count from 1, too.
    tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    return tables >= _TABLES and opened.execute("PRAGMA user_version").fetchone() == (_VERSION,)


def copy(
    source: Path,
    target: Path,
    beside: Mapping[str, bytes] = MappingProxyType({}),
    before: Callable[[Mapping[str, bytes]], object] = lambda _: None,
) -> None:
    """Copy an archive as it is now to a file, in place of what was there; others may go on writing it.

    The copy is one file, checked and durable when this returns, and for its owner alone: what is to go with
    it, by name, may be secret. What went with the source is in the copy no longer: `before` is given it, and
    where it raises, the target stays as it was. Raises ArchiveUnavailable and DiskFull.
    """
    fresh = target.with_name(target.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        with space(target.parent):
            os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            with (
                closing(connected(source, "ro")) as original,
                closing(sqlite3.connect(fresh, isolation_level=None)) as replica,
            ):
                if not _is_ours(original):
                    raise ArchiveUnavailable(f"{source}: это не архив Сводки версии {_VERSION}")
                original.backup(replica)
                replica.execute("PRAGMA journal_mode = DELETE")  # everything in the one file
                went = _swapped(replica, beside)
                if (state := replica.execute("PRAGMA integrity_check(1)").fetchone()) != ("ok",):
                    raise ArchiveUnavailable(f"{source}: копия не цела: {state[0]}")
        before(went)
        discard(target, itself=False)  # a log of the file that was there would be taken for one of this
        put_in_place(fresh, target)
    except (sqlite3.Error, OSError) as error:
        raise ArchiveUnavailable(f"Архив {source} не копируется в {target}: {error}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _swapped(replica: sqlite3.Connection, beside: Mapping[str, bytes]) -> dict[str, bytes]:
    """Let other things go with an archive than went so far; those that did."""
    replica.execute("PRAGMA secure_delete = ON")  # no secret stays where a page was let go
    replica.execute("CREATE TABLE IF NOT EXISTS beside (name TEXT PRIMARY KEY, content BLOB NOT NULL)")
    went = dict(replica.execute("SELECT name, CAST(content AS BLOB) FROM beside").fetchall())
    replica.execute("DELETE FROM beside")
    replica.executemany("INSERT INTO beside VALUES (?, ?)", beside.items())
    if not beside:
        replica.execute("DROP TABLE beside")
    return went
