"""Which articles are copies of each other, kept apart from the archive: derived data, with its own version.

Found as the articles come in, among all there are, however old: by their sketches, then word by word. Texts
of the same words are found by their digest alone; other pairs are kept. Nothing depends on the order in
which articles come, but for texts that share only runs that many articles have.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from indexer.archive import Archive
from indexer.database import Ask, check
from indexer.derived import Store, belongs
from search.article import Article, label_key
from search.copies import LIKELY, LIKELY_OF_ONE, LIKELY_RUNS, Sketch, are_copies, sketch
from search.errors import SvodkaError
from search.passages import TRIPLES, Words

COPIES = "copies.db"  # beside the archive
ANALYSIS = 1  # raised with every change of sketches, or of what a copy is
COMMON = 50  # articles; a run that more have tells nothing
SHOWN = 100  # copies of an article, at most
_TEXTS = 1_000  # held ready to be compared
_SCHEMA = """
DROP TABLE IF EXISTS sketches;
DROP TABLE IF EXISTS runs;
DROP TABLE IF EXISTS pairs;
DROP TABLE IF EXISTS progress;
CREATE TABLE sketches (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    outlet TEXT NOT NULL,
    moment INTEGER,
    words INTEGER NOT NULL,  -- a digest, as is the next
    numbers INTEGER NOT NULL,
    size INTEGER NOT NULL,  -- runs of the sketch
    bound INTEGER NOT NULL,  -- of all runs of the text those up to this one
    runs BLOB NOT NULL
);
CREATE INDEX same ON sketches (words);
CREATE TABLE runs (run INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (run, number)) WITHOUT ROWID;
CREATE TABLE pairs (one INTEGER NOT NULL, other INTEGER NOT NULL, PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE TABLE progress (position INTEGER NOT NULL);
INSERT INTO progress VALUES (0);
"""
_LIKELY = """
WITH sharing AS (
    SELECT fresh.number AS one, runs.number AS other, count(*) AS shared
    FROM temp.fresh CROSS JOIN runs ON runs.run = fresh.run AND runs.number != fresh.number
    GROUP BY fresh.number, runs.number
)
SELECT one.number, one.id, other.number, other.id
FROM sharing
    JOIN sketches one ON one.number = sharing.one
    JOIN sketches other ON other.number = sharing.other
WHERE one.words != other.words AND CASE WHEN one.outlet = other.outlet AND one.outlet != ''
    THEN one.numbers = other.numbers AND shared >= ? * max(one.size, other.size)
    ELSE shared >= max(?, ? * min(
        one.size * min(1.0, 1.0 * other.bound / one.bound),
        other.size * min(1.0, 1.0 * one.bound / other.bound)
    )) END
"""
_UNCOMMON = """
DELETE FROM temp.fresh WHERE EXISTS (SELECT 1 FROM runs WHERE run = fresh.run LIMIT 1 OFFSET ?)
"""
_COPIES = """
WITH own AS (SELECT number, words FROM sketches WHERE id = ?)
SELECT sketches.id FROM sketches, own
WHERE sketches.number != own.number AND sketches.number IN (
    SELECT same.number FROM sketches same WHERE same.words = own.words AND same.size >= ?
    UNION SELECT other FROM pairs WHERE one = own.number
) ORDER BY sketches.moment IS NULL, sketches.moment, sketches.id LIMIT ?
"""


class Sketched(NamedTuple):
    """An article's sketch, its outlet ("" where it is not known), and when it was published (seconds)."""

    id: str
    outlet: str
    moment: int | None
    sketch: Sketch


def sketched(article: Article) -> Sketched:
    """What finds the copies of an article."""
    moment = int(article.published.timestamp()) if article.published else None
    return Sketched(article.id, label_key(article.source or ""), moment, sketch(Words(article.text)))


class Copied(Store):
    """The copies of an archive's articles in a file, made if it is not there.

    `texts` gives an article as it is now. Changes are kept when `save` is called. Raises ArchiveUnavailable.
    """

    def __init__(self, path: Path, texts: Callable[[str], Article | None]) -> None:
        super().__init__(path, ANALYSIS, _SCHEMA)
        self._texts = texts
        self._changes: dict[str, Sketched | None] = {}

    @staticmethod
    def check(path: Path, archive: Archive) -> str | None:
        """What is wrong with a file of these, if it is there and anything is; changes nothing."""
        own = belongs(archive, "SELECT id FROM sketches", "SELECT position FROM progress")
        return check(path, ANALYSIS, _agree, own)

    def position(self) -> int:
        """How far in the archive copies were looked for."""
        return int(self._one("SELECT position FROM progress")[0])

    def place(self, articles: Iterable[Sketched]) -> None:
        """Take in articles, in place of those that had their ids."""
        self._changes.update((one.id, one) for one in articles)

    def remove(self, ids: Iterable[str]) -> None:
        """Forget articles; they are nobody's copies any more."""
        self._changes.update((id, None) for id in ids)

    def save(self, position: int) -> None:
        """Find the copies of what came in since the last time, up to a position, and keep them."""
        with self.changing():
            changed = [(id, one) for id, one in self._changes.items() if self._kept(id) != one]
            for id, _ in changed:
                self._forget(id)
            fresh = [one for _, one in changed if one]
            if fresh:
                self._keep(fresh)
                both = [pair for one, other in self._found() for pair in ((one, other), (other, one))]
                self._each("INSERT OR IGNORE INTO pairs VALUES (?, ?)", both)
            self._each("UPDATE progress SET position = max(position, ?)", [(position,)])
        self._changes = {}

    def of(self, id: str) -> list[str]:
        """Ids of the copies of an article, the earliest first, those without a date last."""
        return [str(row[0]) for row in self._all(_COPIES, id, TRIPLES, SHOWN)]

    def _kept(self, id: str) -> Sketched | None:
        row = self._one("SELECT outlet, moment, words, numbers, runs FROM sketches WHERE id = ?", id)
        if row is None:
            return None
        outlet, moment, words, numbers, runs = row
        return Sketched(id, outlet, moment, Sketch(words, numbers, np.frombuffer(runs, np.int64).tolist()))

    def _forget(self, id: str) -> None:
        kept, row = self._kept(id), self._one("SELECT number FROM sketches WHERE id = ?", id)
        if kept and row:
            (number,) = row
            self._each(
                "DELETE FROM runs WHERE run = ? AND number = ?", ((r, number) for r in kept.sketch.runs)
            )
            others = self._all("SELECT other, one FROM pairs WHERE one = ?", number)
            mirrored = [(one, other) for other, one in others]
            self._each("DELETE FROM pairs WHERE one = ? AND other = ?", [*others, *mirrored])
            self._each("DELETE FROM sketches WHERE number = ?", [(number,)])

    def _keep(self, fresh: list[Sketched]) -> None:
        """Keep some articles; their runs are in the table `fresh` then, but for those that many have."""
        self._each(
            "INSERT INTO sketches (id, outlet, moment, words, numbers, size, bound, runs)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            map(_row, fresh),
        )
        numbers = [self._one("SELECT number FROM sketches WHERE id = ?", one.id)[0] for one in fresh]
        rows = sorted((r, n) for n, one in zip(numbers, fresh, strict=True) for r in one.sketch.runs)
        self._each("INSERT INTO runs VALUES (?, ?)", rows)
        self._all("CREATE TEMP TABLE IF NOT EXISTS fresh (run INTEGER, number INTEGER)")
        self._all("DELETE FROM temp.fresh")
        self._each("INSERT INTO temp.fresh VALUES (?, ?)", rows)
        self._all(_UNCOMMON, COMMON)

    def _found(self) -> Iterator[tuple[int, int]]:
        """The pairs of copies that what is fresh has with others and among itself; some come twice."""
        words = lru_cache(_TEXTS)(self._words)
        for one, one_id, other, other_id in self._all(_LIKELY, LIKELY_OF_ONE, LIKELY_RUNS, LIKELY):
            mine, theirs = words(one_id), words(other_id)
            if mine and theirs and are_copies(*mine, *theirs):
                yield one, other

    def _words(self, id: str) -> tuple[Article, Words] | None:
        """An article and its words; none where it went meanwhile."""
        article = self._texts(id)
        return (article, Words(article.text)) if article else None


def _row(one: Sketched) -> tuple[object, ...]:
    words, numbers, runs = one.sketch
    blob = np.array(runs, np.int64).tobytes()
    return (one.id, one.outlet, one.moment, words, numbers, len(runs), one.sketch.bound, blob)


def _agree(ask: Ask) -> bool:
    """Whether the runs by which articles are found are those of their sketches, and pairs go both ways."""
    count = 0
    for number, size, bound, blob in ask("SELECT number, size, bound, runs FROM sketches"):
        runs = np.frombuffer(blob, np.int64).tolist()
        if (size, bound) != (len(runs), Sketch(0, 0, runs).bound):
            return False
        count += sum(runs) * number
    count -= sum(run * number for run, number in ask("SELECT run, number FROM runs"))
    alone = "SELECT one, other FROM pairs EXCEPT SELECT other, one FROM pairs"
    return count == 0 and not list(ask(alone))


@dataclass(frozen=True, slots=True)
class ArchiveCopies:
    """Copies as the loader found them, opened for each call: any thread of any process may ask."""

    path: Path  # of the archive

    def of(self, id: str) -> list[str]:
        """Ids of the copies of an article; none where nothing can be read: it is readable without them."""
        path = self.path.with_name(COPIES)
        if not path.exists():
            return []
        try:
            with Copied(path, lambda _: None) as copied:
                return copied.of(id)
        except SvodkaError:
            return []
