"""Vectors of articles as arrays, found by their terms: under a kilobyte an article, so that many are held.

A term is known by 32 bits of its digest (feature hashing). Two terms share one so rarely, among those of a
few days, that it is nothing beside how articles are told alike.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import compress
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from indexer.derived import Placed
from search.columns import Floats

UNDATED = -(1 << 63)  # stands for the moment of an article without a date
_SCALE = 10_000  # weights are kept to the fourth decimal
_MOST_FRESH = 20  # articles that wait to be sorted in: as they come they take ten times the memory

Flags = NDArray[np.bool_]
Wanted = tuple[NDArray[np.uint32], Floats]


def dated(placed: Placed) -> int:
    """When an article was published, or UNDATED."""
    return UNDATED if placed.moment is None else placed.moment


def wanted(vector: Mapping[str, float]) -> Wanted:
    """A vector as others are held against it."""
    return _digests(vector), np.fromiter(vector.values(), np.float64, len(vector))


def _digests(terms: Iterable[str]) -> NDArray[np.uint32]:
    return np.array([crc32(term.encode()) for term in terms], np.uint32)


class Vectors:
    """Some articles in the order they came: row n of each column, and of each answer, is the n-th of them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.sources: list[str] = []
        self.moments = np.empty(0, np.int64)
        self.stories = np.empty(0, np.int64)
        self._terms = np.empty(0, np.uint32)  # sorted; the row that has each, and with what weight
        self._rows = np.empty(0, np.int32)
        self._weights = np.empty(0, np.uint16)
        self._fresh: list[Placed] = []  # whose terms are not among these yet

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, articles: Sequence[Placed]) -> None:
        """Append articles."""
        self.ids += [placed.id for placed in articles]
        self.sources += [placed.source for placed in articles]
        self.moments = np.append(self.moments, np.array(list(map(dated, articles)), np.int64))
        self.stories = np.append(self.stories, np.array([placed.story for placed in articles], np.int64))
        self._fresh += articles
        if len(self._fresh) > _MOST_FRESH:
            self._sort_in()

    def remove(self, ids: Iterable[str]) -> int:
        """Take articles out; how many of them were there."""
        self._sort_in()
        gone = set(ids)
        kept = np.array([id not in gone for id in self.ids], np.bool_)
        self.ids = list(compress(self.ids, kept))
        self.sources = list(compress(self.sources, kept))
        self.moments, self.stories = self.moments[kept], self.stories[kept]
        staying = kept[self._rows]
        self._terms, self._weights = self._terms[staying], self._weights[staying]
        self._rows = (np.cumsum(kept, dtype=np.int32) - 1)[self._rows[staying]]
        return len(kept) - len(self)

    def _sort_in(self) -> None:
        vectors = [placed.vector for placed in self._fresh]
        rows = np.arange(len(self) - len(vectors), len(self), dtype=np.int32)
        weights = np.array([weight for vector in vectors for weight in vector.values()], np.float64)
        terms = np.append(self._terms, _digests(term for vector in vectors for term in vector))
        order = np.argsort(terms, kind="stable")
        self._terms = terms[order]
        self._rows = np.append(self._rows, np.repeat(rows, list(map(len, vectors))))[order]
        self._weights = np.append(self._weights, np.rint(weights * _SCALE).astype(np.uint16))[order]
        self._fresh = []

    def likeness(self, vector: Wanted) -> Floats:
        """How like each article is to a vector."""
        if self._fresh:
            self._sort_in()
        terms, weights = vector
        begins = np.searchsorted(self._terms, terms)
        sizes = np.searchsorted(self._terms, terms, "right") - begins
        ends = np.cumsum(sizes)
        found = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins - ends + sizes, sizes)
        products = self._weights[found] / _SCALE * np.repeat(weights, sizes)
        likeness: Floats = np.bincount(self._rows[found], products, len(self)).astype(np.float64, copy=False)
        return likeness
