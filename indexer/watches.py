"""The watches in a file: question and receiver, how far each has looked, what was told, what is to be sent.

A notice and how far its watch has looked are kept in one step, and it stays until its receiver has taken it:
none is lost, and one that was taken just before a kill is sent again under the same id.
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from indexer.database import Database, check
from search.errors import WatchesUnavailable, WatchUnknown

_VERSION = 1
_SCHEMA = """
CREATE TABLE watches (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    question TEXT NOT NULL,  -- (name, value) pairs as JSON
    url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created TEXT NOT NULL,
    mark INTEGER NOT NULL,  -- the position in the archive up to which it has looked
    sent INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,  -- in a row
    due REAL NOT NULL DEFAULT 0,  -- when to try its receiver again
    fault TEXT,  -- of the last failure
    paused INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE told (
    watch TEXT NOT NULL,
    article TEXT NOT NULL,
    story TEXT NOT NULL,
    PRIMARY KEY (watch, article)
) WITHOUT ROWID;
CREATE INDEX told_story ON told (watch, story);
CREATE TABLE notices (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    watch TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX notices_watch ON notices (watch, number);
"""


@dataclass(frozen=True, slots=True)
class Watch:
    """A question with where its findings are sent to, and how that has gone so far."""

    id: str
    name: str
    question: tuple[tuple[str, str], ...]
    url: str
    secret: str = field(repr=False)
    created: str
    mark: int
    sent: int = 0
    failures: int = 0
    due: float = 0.0
    fault: str | None = None
    paused: bool = False
    waiting: int = 0


_SELECT = """
SELECT id, name, question, url, secret, created, mark, sent, failures, due, fault, paused, coalesce(unsent, 0)
FROM watches LEFT JOIN (SELECT watch, count(*) AS unsent FROM notices GROUP BY watch) ON watch = id
"""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is sent to a receiver, under an id by which it knows what it has had."""

    id: str
    watch: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice is about: a story, and those of its articles that were found."""

    story: str
    articles: tuple[str, ...]
    notice: Notice


class Watches(Database):
    """The watches in a file, made if it is not there. Every method raises WatchesUnavailable and DiskFull."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._faults():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # it holds secrets
        super().__init__(path)

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA synchronous = FULL")
        with self.changing():
            (version,) = self._one("PRAGMA user_version")
            if version not in (0, _VERSION):
                raise WatchesUnavailable(f"{self.path}: слежения другой версии ({version})")
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._connection.execute(statement)
                self._connection.execute(f"PRAGMA user_version = {_VERSION}")

    def _unavailable(self, error: Exception) -> WatchesUnavailable:
        return WatchesUnavailable(f"Слежения {self.path}: {error}")

    @staticmethod
    def check(path: Path) -> str | None:
        """What is wrong with a file of watches, if it is there and anything is; changes nothing."""
        return check(path, _VERSION)

    def copied(self) -> bytes:
        """A file of what there is now, while others may write; raises WatchesUnavailable if it is damaged."""
        if fault := self.check(self.path):
            raise WatchesUnavailable(f"Слежения {self.path}: {fault}")
        return self._copied()

    def __iter__(self) -> Iterator[Watch]:
        """All watches in the order they were made."""
        return iter([_watch(row) for row in self._all(_SELECT + " ORDER BY created, id")])

    def add(self, watch: Watch) -> None:
        """Keep a new watch."""
        question = json.dumps(watch.question, ensure_ascii=False)
        with self.changing():
            self._connection.execute(
                "INSERT INTO watches (id, name, question, url, secret, created, mark)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (watch.id, watch.name, question, watch.url, watch.secret, watch.created, watch.mark),
            )

    def get(self, id: str) -> Watch:
        """The watch with this id; raises WatchUnknown."""
        row = self._one(_SELECT + " WHERE id = ?", id)
        if row is None:
            raise WatchUnknown(f"Нет такого слежения: {id}")
        return _watch(row)

    def remove(self, id: str) -> None:
        """Forget a watch, what it told and what waits; raises WatchUnknown."""
        self.get(id)
        with self.changing():
            self._connection.execute("DELETE FROM watches WHERE id = ?", (id,))
            self._connection.execute("DELETE FROM told WHERE watch = ?", (id,))
            self._connection.execute("DELETE FROM notices WHERE watch = ?", (id,))

    def resume(self, id: str) -> None:
        """Go on with a watch at once, as if its receiver had never failed; raises WatchUnknown."""
        self.get(id)
        with self.changing():
            self._connection.execute(
                "UPDATE watches SET failures = 0, due = 0, fault = NULL, paused = 0 WHERE id = ?", (id,)
            )

    def note(self, id: str, found: Iterable[Told], mark: int) -> int:
        """Keep a notice of every story that was not told yet, and that everything up to a mark was looked at.

        How many notices that made.
        """
        made = 0
        with self.changing():
            for told in found:
                if not self._knows(id, told):
                    self._connection.execute(
                        "INSERT INTO notices (id, watch, body) SELECT ?, id, ? FROM watches WHERE id = ?",
                        (told.notice.id, told.notice.body, id),
                    )
                    made += 1
                self._connection.executemany(
                    "INSERT OR IGNORE INTO told (watch, article, story) VALUES (?, ?, ?)",
                    [(id, article, told.story) for article in told.articles],
                )
            self._connection.execute("UPDATE watches SET mark = ? WHERE id = ?", (mark, id))
            self._connection.execute(
                "UPDATE watches SET failures = 0, due = 0, fault = NULL"
                " WHERE id = ? AND NOT EXISTS (SELECT 1 FROM notices WHERE watch = watches.id)",
                (id,),
            )
        return made

    def rewind(self, mark: int) -> None:
        """Let no watch have looked farther than a mark, where the archive was put back to it."""
        with self.changing():
            self._connection.execute("UPDATE watches SET mark = min(mark, ?)", (mark,))

    def _knows(self, id: str, told: Told) -> bool:
        # By its articles too: a rebuilt index may give a story another number.
        sql = (
            "SELECT 1 FROM told WHERE watch = ?"
            " AND (story = ? OR article IN (SELECT value FROM json_each(?))) LIMIT 1"
        )
        return self._one(sql, id, told.story, json.dumps(told.articles)) is not None

    def next(self, now: float, again: float) -> list[tuple[Watch, Notice]]:
        """Of each watch whose receiver may be tried now, the notice that waits longest.

        Unless it turns out otherwise they are tried `again` then: who could not write down that a notice was
        taken must not go on sending it.
        """
        due = [watch for watch in self if watch.waiting and not watch.paused and watch.due <= now]
        if not due:
            return []
        with self.changing():
            self._connection.executemany(
                "UPDATE watches SET due = ? WHERE id = ?", [(again, watch.id) for watch in due]
            )
        sql = "SELECT id, watch, body FROM notices WHERE watch = ? ORDER BY number LIMIT 1"
        return [(watch, Notice(*row)) for watch in due if (row := self._one(sql, watch.id))]

    def taken(self, notice: Notice) -> None:
        """A receiver has taken a notice."""
        with self.changing():
            self._connection.execute("DELETE FROM notices WHERE id = ?", (notice.id,))
            self._connection.execute(
                "UPDATE watches SET sent = sent + 1, failures = 0, due = 0, fault = NULL WHERE id = ?",
                (notice.watch,),
            )

    def failed(self, id: str, fault: str, due: float) -> None:
        """A watch could not look, or its receiver not take a notice; when it may be tried again."""
        with self.changing():
            self._connection.execute(
                "UPDATE watches SET failures = failures + 1, fault = ?, due = ? WHERE id = ?",
                (fault, due, id),
            )

    def pause(self, id: str, fault: str) -> None:
        """Leave a watch alone until somebody resumes it."""
        with self.changing():
            self._connection.execute("UPDATE watches SET fault = ?, paused = 1 WHERE id = ?", (fault, id))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While this lasts nobody else sends notices; raises WatchesUnavailable where somebody does."""
        with self._faults():
            lock = self.path.with_name(self.path.name + ".lock").open("a")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise WatchesUnavailable(f"{self.path}: извещения уже рассылает другой процесс") from error
            except OSError as error:
                raise self._unavailable(error) from error
            yield


def _watch(row: tuple[Any, ...]) -> Watch:
    values = dict(zip([each.name for each in fields(Watch)], row, strict=True))
    pairs = tuple((str(name), str(value)) for name, value in json.loads(values["question"]))
    return Watch(**{**values, "question": pairs, "paused": bool(values["paused"])})
