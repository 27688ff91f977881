"""Posting lists as a question needs them, and where its words stand: what a commit remembers of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search import ranking
from search.columns import Column, Floats, Ints
from search.engines.whoosh.segment import Listing
from search.engines.whoosh.sets import NO_INTS, Ids, joined

Singles = NDArray[np.float32]
_FIELDS = list(ranking.FIELDS)
_NO_ROWS: Ints = np.empty((0, 10), dtype=np.int64)
_OBJECT = 512  # bytes that something takes beside its arrays


class Postings:
    """The articles that have a term, in order, its weight in each in grains, and where it stands in them.

    They lie in the files of the segments that have it; nothing of them is held. `table` has a row for each
    of these, for the kernel: where the ids lie in memory, the bytes of one and how many there are, what is
    added to each; where the counts lie and the bytes of one; the same of the positions, and of the grains.
    """

    __slots__ = ("_count", "_parts", "table")

    def __init__(self, parts: list[tuple[int, Listing]], rows: Ints | None = None) -> None:
        self._parts = parts
        if rows is None:
            rows = np.array([table.row(number, base) for base, (table, number) in parts], dtype=np.int64)
        self.table = rows
        self._count: int = sum(rows[:, 2].tolist())

    def __len__(self) -> int:
        return self._count

    @property
    def ids(self) -> Ids:
        """The articles."""
        return joined([listing.columns().ids + np.uint32(base) for base, listing in self._parts])

    @property
    def grains(self) -> Column:
        """The weights."""
        return joined([listing.columns().weights for _, listing in self._parts])

    def within(self, numbers: Ids, most: int) -> tuple[Ints, Ints]:
        """Where the term stands in some articles: the places of these among `numbers`, and the positions.

        In order where `numbers` are; of each article the `most` first.
        """
        each = [listing.columns() for _, listing in self._parts]
        counts = joined([columns.counts for columns in each])
        return _within(self.ids, counts, joined([columns.positions for columns in each]), numbers, most)


class Runs:
    """Where a phrase begins in a field: the articles, in order, how often in each, and the positions.

    To be looked at as `Postings` are.
    """

    __slots__ = ("counts", "ids", "positions", "table")

    def __init__(self, articles: Ids, positions: Ints) -> None:
        ids, counts = np.unique(articles, return_counts=True)
        self.ids, self.counts = ids.astype(np.uint32), counts.astype(np.uint32)
        self.positions = positions.astype(np.uint32)
        standing = (_address(self.counts), 4, _address(self.positions), 4)
        self.table: Ints = np.array([(_address(self.ids), 4, len(ids), 0, *standing, 0, 0)], dtype=np.int64)

    @property
    def nbytes(self) -> int:
        """Bytes that are held."""
        return self.ids.nbytes + self.counts.nbytes + self.positions.nbytes

    def within(self, numbers: Ids, most: int) -> tuple[Ints, Ints]:
        """Where the phrase begins in some articles."""
        return _within(self.ids, self.counts, self.positions, numbers, most)


def _within(ids: Ids, counts: Column, positions: Column, numbers: Ids, most: int) -> tuple[Ints, Ints]:
    at = ids.searchsorted(numbers)
    at[at == len(ids)] = 0
    there = np.flatnonzero(ids[at] == numbers) if len(ids) else NO_INTS
    if not len(there):
        return NO_INTS, NO_INTS
    at = at[there]
    here = counts[at].astype(np.int64)
    begins, sizes = np.cumsum(counts, dtype=np.int64)[at] - here, np.minimum(here, most)
    lasts = np.cumsum(sizes)
    chosen = np.arange(int(lasts[-1])) + np.repeat(begins - lasts + sizes, sizes)
    return np.repeat(there, sizes), positions[chosen].astype(np.int64)


class Weighted(NamedTuple):
    """A posting list that is part of a leaf: the field it is of, its term, and its weight there."""

    field: str
    term: str
    weight: float
    postings: Postings


class Room:
    """Where the kernel puts articles down, for a commit of so many."""

    def __init__(self, articles: int) -> None:
        self.numbers: Ids = np.empty(articles, dtype=np.uint32)
        self.sums: Floats = np.empty((2, articles))
        self.nothing: Floats = np.zeros(articles)  # sums that are put back to nothing after each use,
        self.touched = np.zeros(articles // 64 + 1, dtype=np.uint64)  # and a bit for each that is not


class Stand:
    """Where a leaf of a question stands in a commit, and what that counts for.

    `ids` are the living articles that have it, in order; `shares` how much of it each has, in (0, 1), all
    fields together; `weight` is how much it tells. `place` says where both lie in memory, how many they are,
    and where the `marks` of the kernel lie, if it has any. `kin` are the articles that only have words of its
    family. `lists` are the posting lists that a word or prefix was made of; `runs` are where a phrase begins,
    by field.
    """

    __slots__ = ("_rows", "ids", "kin", "lists", "marks", "place", "runs", "shares", "weight")

    def __init__(
        self,
        ids: Ids,
        shares: Floats | Singles,
        weight: float,
        kin: "Stand | None" = None,
        lists: Sequence[Weighted] = (),
        runs: Sequence[tuple[str, Runs]] = (),
    ) -> None:
        self.ids, self.shares, self.weight, self.kin = ids, shares.astype(np.float32), weight, kin
        self.lists, self.runs = lists, runs
        self._rows: tuple[Ints, Ints] | None = None
        self.place = (_address(ids), _address(self.shares), len(ids), 0)
        self.marks: NDArray[np.uint64] | None = None

    def mark(self, marks: NDArray[np.uint64]) -> None:
        """Have marks for the kernel."""
        self.marks = marks
        self.place = (*self.place[:3], _address(marks))

    @property
    def places(self) -> list[tuple[int, Postings | Runs]]:
        """The lists of its places, each with the number of its field, in the order of these."""
        each = [(one.field, one.postings) for one in self.lists] or self.runs
        return [(_FIELDS.index(field), one) for field, one in each]

    @property
    def rows(self) -> tuple[Ints, Ints]:
        """The lists of its places as `Postings.table` has them, and the field of each row; made once."""
        if self._rows is None:
            places = self.places
            tables = [one.table for _, one in places]
            fields = np.repeat([field for field, _ in places], list(map(len, tables))).astype(np.int64)
            self._rows = np.concatenate([_NO_ROWS, *tables]), fields
        return self._rows

    @property
    def occurs(self) -> bool:
        """Whether any article has it, or a word of its family."""
        return bool(len(self.ids) or (self.kin and self.kin.occurs))

    @property
    def size(self) -> int:
        """Bytes that are held."""
        arrays = self.ids.nbytes + self.shares.nbytes + (0 if self.marks is None else self.marks.nbytes)
        arrays += sum(runs.nbytes for _, runs in self.runs)
        arrays += sum(one.postings.table.nbytes for one in self.lists)  # for `rows`, which come later
        return _OBJECT + arrays + _OBJECT * len(self.lists) + (self.kin.size if self.kin else 0)


def _address(array: NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])
