"""Posting lists in columns: one file a field and segment, mapped into memory, shared by all who read it.

A file holds the terms of the field in the order of their bytes, and after each other the posting lists of all
of them: numbers of articles, weights, counts, positions. Beside them, for each article in order, where its
tokens stand in the text. Every column is kept in the smallest unsigned integers that hold its largest value,
so nothing is capped.

Layout: a line of JSON, `{"columns": [[name, dtype, length], …]}`, then the columns in that order, each
beginning at a multiple of 64 bytes.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from search.document import Terms
from search.errors import IndexDamaged

_ALIGNMENT = 64
_AT_ONCE = 1 << 22  # postings that are merged at a time
_HEAD = 16  # bytes of a name that it is looked up by: eight Russian letters
Column = NDArray[np.unsignedinteger]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Table:
    """The posting lists of one field of a segment, and its tokens.

    Term t is `names[ends[t-1]:ends[t]]`, and its first bytes are `heads[t]`; its postings are those up to
    `lasts[t]`, their positions those up to `places[t]`. Article n has the tokens up to `tokens[n]`, each
    `[starts, starts + sizes)` of the text.
    """

    names: NDArray[np.uint8]
    heads: NDArray[np.bytes_]
    ends: Column
    lasts: Column
    places: Column
    ids: Column
    weights: Column
    counts: Column
    positions: Column
    tokens: Column
    starts: Column
    sizes: Column

    @property
    def terms(self) -> int:
        """How many terms there are."""
        return len(self.ends)

    def name(self, number: int) -> bytes:
        """The name of a term."""
        start = int(self.ends[number - 1]) if number else 0
        return self.names[start : int(self.ends[number])].tobytes()

    def all_names(self) -> list[bytes]:
        """The names of all terms, in order."""
        whole, start, found = self.names.tobytes(), 0, []
        for end in self.ends.tolist():
            found.append(whole[start:end])
            start = end
        return found

    def first(self, name: bytes) -> int:
        """The number of the first term that is not before a name."""
        head = np.array(name[:_HEAD], self.heads.dtype)
        low = int(np.searchsorted(self.heads, head))
        if len(name) <= _HEAD:
            return low
        return bisect_left(_Names(self), name, low, int(np.searchsorted(self.heads, head, side="right")))

    def find(self, name: bytes) -> int | None:
        """The number of a term; None if there is none of this name."""
        number = self.first(name)
        return number if number < self.terms and self.name(number) == name else None

    def write(self, file: BinaryIO) -> None:
        """Write the table to a file that is at its beginning."""
        columns = [(each.name, getattr(self, each.name)) for each in fields(self)]
        head = json.dumps({"columns": [[name, c.dtype.str, len(c)] for name, c in columns]}).encode() + b"\n"
        file.write(head)
        at = len(head)
        for _, column in columns:
            file.write(bytes(-at % _ALIGNMENT))
            file.write(column.tobytes())
            at += -at % _ALIGNMENT + column.nbytes


class _Names(Sequence[bytes]):
    """The names of a table's terms, as bisect wants them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.terms

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override]
        return self._table.name(number)


def read_table(content: memoryview) -> Table:
    """The table in a mapped file; raises IndexDamaged where there is none."""
    try:
        head = bytes(content[:4096])
        end = head.index(b"\n") + 1
        columns, at = {}, end
        for name, dtype, length in json.loads(head[:end])["columns"]:
            at += -at % _ALIGNMENT
            columns[name] = np.frombuffer(content, np.dtype(dtype), length, at)
            at += columns[name].nbytes
        return Table(**columns)
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamaged(f"не таблица слов: {error}") from error


class Names:
    """The names of the terms met so far, each with a number: parts hold these, and not millions of names."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._numbers)

    def numbers(self, names: Iterable[bytes]) -> NDArray[np.int32]:
        """The numbers of some names."""
        known = self._numbers
        return np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Part:
    """Posting lists on their way into a table; `ids` are numbers of the new table, in order in each list."""

    names: NDArray[np.int32]  # by their numbers
    counts_of: NDArray[np.int64]  # how many postings each term has
    ids: Column
    weights: Column
    counts: Column
    positions: Column
    tokens_of: NDArray[np.int64]  # how many tokens each article has
    starts: Column
    sizes: Column


def of_document(number: int, terms: Terms, names: Names) -> Part:
    """The part that one article's terms are."""
    return Part(
        names.numbers(name.encode() for name in terms.names),
        np.ones(len(terms.names), dtype=np.int64),
        np.full(len(terms.names), number, dtype=np.uint32),
        terms.weights,
        terms.counts,
        terms.positions,
        np.array([terms.length]),
        terms.starts,
        terms.ends - terms.starts,
    )


def joined(each: Sequence[Part], known: Names) -> Table:
    """One table of several parts, whose articles follow each other."""
    coded = np.concatenate([np.empty(0, dtype=np.int32), *(part.names for part in each)])
    having = np.concatenate([_NONE, *(part.counts_of for part in each)])
    used = np.bincount(coded, weights=having, minlength=len(known)) > 0
    named = sorted((name, number) for number, name in enumerate(known) if used[number])
    names = [name for name, _ in named]
    rank = np.zeros(len(known), dtype=np.int32)
    rank[[number for _, number in named]] = np.arange(len(named), dtype=np.int32)
    term = np.repeat(rank[coded], having)
    order = np.argsort(term, kind="stable")
    counts = _column(part.counts for part in each).astype(np.int64)
    sizes = np.fromiter(map(len, names), dtype=np.int64, count=len(names))
    having = np.bincount(term, minlength=len(names))
    standing = np.bincount(term, weights=counts, minlength=len(names)).astype(np.int64)
    return Table(
        np.frombuffer(b"".join(names), dtype=np.uint8),
        np.array([name[:_HEAD] for name in names], dtype=f"S{_HEAD}"),
        _smallest(np.cumsum(sizes)),
        _smallest(np.cumsum(having)),
        _smallest(np.cumsum(standing)),
        _smallest(_column(part.ids for part in each))[order],
        _smallest(_column(part.weights for part in each))[order],
        _smallest(counts[order]),
        _smallest(_column(part.positions for part in each))[
            _ranges(np.cumsum(counts) - counts, counts, order)
        ],
        _smallest(np.cumsum(np.concatenate([_NONE, *(part.tokens_of for part in each)]))),
        _smallest(_column(part.starts for part in each)),
        _smallest(_column(part.sizes for part in each)),
    )


def merged(each: Sequence[tuple[Table, Ints]]) -> Table:
    """One table of several, whose surviving articles follow each other.

    Each comes with its articles' new numbers, -1 for those left out. The lists are copied some millions of
    postings at a time, so that it takes little more memory than the result.
    """
    parts = [_Survivors(table, numbers) for table, numbers in each]
    names = sorted({name for part in parts for name in part.names})
    rank = {name: number for number, name in enumerate(names)}
    having = np.zeros(len(names), dtype=np.int64)
    for part in parts:
        part.ranks = np.fromiter(map(rank.__getitem__, part.names), np.int64, len(part.names))
        having[part.ranks] += part.counts_of
    lasts = np.cumsum(having)
    sizes = np.fromiter(map(len, names), dtype=np.int64, count=len(names))
    pieces = []
    first = 0
    while first < len(names):
        begin = int(lasts[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(lasts, begin + _AT_ONCE)))
        pieces.append(_piece([part.between(first, last) for part in parts]))
        first = last
    ids, weights, counts, positions = (
        map(_column, zip(*pieces, strict=True)) if pieces else (_NO_NUMBERS,) * 4
    )
    standing = np.add.reduceat(counts.astype(np.int64), lasts - having) if len(names) else _NONE
    return Table(
        np.frombuffer(b"".join(names), dtype=np.uint8),
        np.array([name[:_HEAD] for name in names], dtype=f"S{_HEAD}"),
        _smallest(np.cumsum(sizes)),
        _smallest(lasts),
        _smallest(np.cumsum(standing)),
        _smallest(ids),
        _smallest(weights),
        _smallest(counts),
        _smallest(positions),
        _smallest(np.cumsum(np.concatenate([part.tokens_of for part in parts]))),
        _smallest(_column(part.starts for part in parts)),
        _smallest(_column(part.sizes for part in parts)),
    )


Piece = tuple[Column | Ints, Column, Column, Column]  # ids, weights, counts, positions


class _Survivors:
    """What is left of a table: the names of terms that still have articles, and their posting lists."""

    def __init__(self, table: Table, numbers: Ints) -> None:
        self._table, self._numbers = table, numbers
        survive = numbers >= 0
        self._whole = bool(survive.all())
        lasts = table.lasts.astype(np.int64)
        kept = lasts if self._whole else np.concatenate([[0], np.cumsum(survive[table.ids])])[lasts]
        counts_of = np.diff(kept, prepend=0)
        self._terms = np.flatnonzero(counts_of)
        self.counts_of = counts_of[self._terms]
        names = table.all_names()
        self.names = [names[number] for number in self._terms.tolist()]
        self.ranks: Ints = _NONE
        tokens_of = _steps(table.tokens)
        with_token = np.repeat(survive, tokens_of)
        self.tokens_of = tokens_of[survive]
        self.starts = table.starts if self._whole else table.starts[with_token]
        self.sizes = table.sizes if self._whole else table.sizes[with_token]

    def between(self, first: int, last: int) -> tuple[Ints, Piece]:
        """The ranks and the postings of the terms in a range of ranks."""
        low, high = np.searchsorted(self.ranks, (first, last)).tolist()
        if low == high:
            return _NONE, (_NO_NUMBERS,) * 4
        table, begin, end = self._table, int(self._terms[low]), int(self._terms[high - 1]) + 1
        at = slice(int(table.lasts[begin - 1]) if begin else 0, int(table.lasts[end - 1]))
        standing = slice(int(table.places[begin - 1]) if begin else 0, int(table.places[end - 1]))
        ids = self._numbers[table.ids[at]]
        weights, counts, positions = table.weights[at], table.counts[at], table.positions[standing]
        if not self._whole:
            kept = ids >= 0
            positions = positions[np.repeat(kept, counts)]
            ids, weights, counts = ids[kept], weights[kept], counts[kept]
        return np.repeat(self.ranks[low:high], self.counts_of[low:high]), (ids, weights, counts, positions)


def _piece(each: list[tuple[Ints, Piece]]) -> Piece:
    """The posting lists of some terms, joined and put in order."""
    order = np.argsort(np.concatenate([ranks for ranks, _ in each]), kind="stable")
    ids, weights, counts, positions = (
        _column(columns) for columns in zip(*(p for _, p in each), strict=True)
    )
    ends = np.cumsum(counts, dtype=np.int64)
    chosen = _ranges(ends - counts, counts.astype(np.int64), order)
    return _smallest(ids[order]), weights[order], counts[order], positions[chosen]


_NONE = np.empty(0, dtype=np.int64)
_NO_NUMBERS: Column = np.empty(0, dtype=np.uint8)


def _steps(sums: Column) -> Ints:
    """What was added at each step of a running sum."""
    steps = sums.astype(np.int64)
    steps[1:] -= sums[:-1]
    return steps


def _ranges(starts: Ints, sizes: Ints, order: Ints) -> Ints:
    """The numbers of all items of some ranges, the ranges taken in an order."""
    starts, sizes = starts[order], sizes[order]
    begins = np.cumsum(sizes) - sizes
    numbers: Ints = np.arange(int(sizes.sum())) + np.repeat(starts - begins, sizes)
    return numbers


def _column(columns: Iterable[Column]) -> Column:
    return np.concatenate([_NO_NUMBERS, *columns])


def _smallest(column: NDArray[np.integer]) -> Column:
    most = int(column.max(initial=0))
    return column.astype(np.min_scalar_type(most), copy=False)
