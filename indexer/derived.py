"""What was found out about articles: derived data, apart from the archive, which it can be made from again.

A SQLite file of its own: losing it loses nothing. It belongs to one version of the analysis; what another
version made is dropped when it is opened.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

from indexer.archive import Archive
from indexer.database import Ask, Database, check
from search.errors import ArchiveUnavailable

ANALYSIS = 1  # raised with every change of what is found out, and how
_ROUNDED = 0.01  # by which the square of a vector's length may differ from 1
_SCHEMA = """
DROP TABLE IF EXISTS placed;
DROP TABLE IF EXISTS frequencies;
CREATE TABLE placed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order they came
    id TEXT NOT NULL UNIQUE,
    moment INTEGER,
    source TEXT NOT NULL,
    story INTEGER NOT NULL,
    terms TEXT NOT NULL,
    weights TEXT NOT NULL
);
CREATE INDEX placed_moment ON placed (moment);
CREATE TABLE frequencies (term TEXT PRIMARY KEY, articles INTEGER NOT NULL) WITHOUT ROWID;
"""
_SELECT = "SELECT id, moment, source, story, terms, weights FROM placed"


class Store(Database):
    """Derived data in a file, made if it is not there, or by another version of the analysis.

    One process changes it at a time: the one that writes the index. Raises ArchiveUnavailable and DiskFull.
    """

    def __init__(self, path: Path, version: int, schema: str) -> None:
        self._version, self._schema = version, schema
        super().__init__(path)
        self._as_opened = self._state()

    @property
    def changed(self) -> bool:
        """Whether another process has written since this was opened, or put another file in its place."""
        return not self.path.exists() or self._state() != self._as_opened

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        if self._one("PRAGMA user_version")[0] != self._version:
            begun = f"BEGIN IMMEDIATE; {self._schema} PRAGMA user_version = {self._version}; COMMIT;"
            self._connection.executescript(begun)

    def _unavailable(self, error: Exception) -> ArchiveUnavailable:
        return ArchiveUnavailable(
            f"{self.path}: {error}. Поможет svodka rebuild: он сделает этот файл снова."
        )


def belongs(archive: Archive, ids: str, position: str = "SELECT 0") -> Callable[[Ask], bool]:
    """Whether a file tells of nothing that the archive has not had, nor has got farther than it.

    One that does was left by another archive, or by this one before it was put back to an older state.
    """

    def found(ask: Ask) -> bool:
        ((reached,),) = ask(position)
        return int(reached) <= archive.position() and all(archive.knows(id) for (id,) in ask(ids))

    return found


@dataclass(frozen=True, slots=True)
class Placed:
    """An article in its story: when it was published (seconds), by whom, and its frequent terms.

    Those that tell most come first; only they have weights.
    """

    id: str
    moment: int | None
    source: str
    story: int
    terms: tuple[str, ...]
    weights: tuple[float, ...]

    @property
    def vector(self) -> dict[str, float]:
        """The weights of the terms that tell most."""
        return dict(zip(self.terms, self.weights, strict=False))


class Derived(Store):
    """The stories in a file, made if it is not there. Changes are kept when `save` is called."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, ANALYSIS, _SCHEMA)
        self._articles = int(self._one("SELECT count(*) FROM placed")[0])
        self._fresh: dict[str, Placed] = {}
        self._gone: set[str] = set()
        self._counts: dict[str, int] = {}
        self._changed: Counter[str] = Counter()

    @staticmethod
    def check(path: Path, archive: Archive) -> str | None:
        """What is wrong with a file of these, if it is there and anything is; changes nothing."""
        return check(path, ANALYSIS, _agree, belongs(archive, "SELECT id FROM placed"))

    def placed(self, id: str) -> Placed | None:
        """The article with this id, as it was placed."""
        if id in self._fresh or id in self._gone:
            return self._fresh.get(id)
        row = self._one(_SELECT + " WHERE id = ?", id)
        return self._placed(row) if row else None

    def between(self, since: int, until: int) -> list[Placed]:
        """The saved articles that were published from one moment until before another."""
        return self._left(self._all(_SELECT + " WHERE moment >= ? AND moment < ?", since, until))

    def last(self, most: int) -> list[Placed]:
        """The saved articles that came last, in the order they came."""
        return self._left(reversed(self._all(_SELECT + " ORDER BY number DESC LIMIT ?", most)))

    def _left(self, rows: Iterable[tuple[Any, ...]]) -> list[Placed]:
        return [self._placed(row) for row in rows if row[0] not in self._gone]

    def _placed(self, row: tuple[Any, ...]) -> Placed:
        id, moment, source, story, terms, weights = row
        try:
            return Placed(id, moment, source, story, tuple(terms.split()), tuple(map(float, weights.split())))
        except (AttributeError, ValueError) as error:
            raise self._unavailable(error) from error

    def frequencies(self, terms: Iterable[str]) -> tuple[int, dict[str, int]]:
        """How many articles there are, and how many have each of some terms among their frequent ones."""
        unknown = [term for term in terms if term not in self._counts]
        sql = "SELECT term, articles FROM frequencies WHERE term IN (SELECT value FROM json_each(?))"
        kept = dict(self._all(sql, json.dumps(unknown))) if unknown else {}
        for term in unknown:
            self._counts[term] = kept.get(term, 0) + self._changed[term]
        return self._articles, {term: self._counts[term] for term in terms}

    def place(self, placed: Placed) -> None:
        """Keep an article, in place of the one that had its id."""
        self.remove(placed.id)
        self._fresh[placed.id] = placed
        self._count(placed, 1)

    def remove(self, id: str) -> None:
        """Forget an article."""
        if before := self.placed(id):
            self._count(before, -1)
            self._fresh.pop(id, None)
            self._gone.add(id)

    def _count(self, placed: Placed, change: int) -> None:
        self._articles += change
        for term in placed.terms:
            self._changed[term] += change
            if term in self._counts:
                self._counts[term] += change

    def save(self) -> None:
        """Make the changes since the last time lasting."""
        rows = (
            (p.id, p.moment, p.source, p.story, " ".join(p.terms), " ".join(map(str, p.weights)))
            for p in self._fresh.values()
        )
        with self.changing():
            self._each("DELETE FROM placed WHERE id = ?", ((id,) for id in self._gone))
            self._each(
                "INSERT OR REPLACE INTO placed (id, moment, source, story, terms, weights)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._each(
                "INSERT INTO frequencies VALUES (?, ?)"
                " ON CONFLICT (term) DO UPDATE SET articles = articles + excluded.articles",
                self._changed.items(),
            )
        self._fresh, self._gone, self._counts, self._changed = {}, set(), {}, Counter()


def _agree(ask: Ask) -> bool:
    """Whether the articles have the terms that were counted, and their vectors the length of 1."""
    count = 0
    for terms, weights in ask("SELECT terms, weights FROM placed"):
        count += sum(crc32(term.encode()) for term in terms.split())
        squares = sum(float(weight) ** 2 for weight in weights.split())
        if squares and abs(squares - 1) > _ROUNDED:
            return False
    kept = ask("SELECT term, articles FROM frequencies")
    return count == sum(int(number) * crc32(term.encode()) for term, number in kept)
