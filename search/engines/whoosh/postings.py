"""Posting lists in columns: one file a segment, mapped into memory, shared by all who read it.

For each field it holds the terms in the order of their bytes, and after each other the posting lists of all
of them: numbers of articles, weights, counts, positions. Beside them, for each article in order, where its
tokens stand in the text. Every column is kept in the smallest unsigned integers that hold its largest value,
so nothing is capped.

Layout: a line of JSON, `{field: [[dtype, length], …]}`, then the columns of these fields in the order of
Table, each beginning at a multiple of 64 bytes.
"""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from search.columns import Column, Ints, ordered, smallest
from search.engines.whoosh.sets import NO_INTS
from search.errors import IndexDamaged
from search.terms import Terms

_ALIGNMENT = 64
_AT_ONCE = 1 << 22  # postings that are put in order at a time
_LONGEST_HEAD = 1 << 16
_HEAD = 16  # bytes of a name that it is looked up by: eight Russian letters


@dataclass(frozen=True)
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

    @cached_property
    def _lie(self) -> list[tuple[int, int]]:
        """Where ids, counts, positions and weights lie in memory, and the bytes of one of them."""
        return [_lies(column) for column in (self.ids, self.counts, self.positions, self.weights)]

    @property
    def lies(self) -> tuple[int, ...]:
        """Where the terms and their posting lists lie in memory: for `kernel.look_up`."""
        names, _ = _lies(self.names)
        columns = self.ends, self.lasts, self.places, self.ids, self.counts, self.positions, self.weights
        return (names, self.terms, *chain.from_iterable(map(_lies, columns)))

    @property
    def spans(self) -> tuple[int, ...]:
        """Where `tokens`, `starts` and `sizes` lie in memory, each with the bytes of one of them."""
        return (*_lies(self.tokens), *_lies(self.starts), *_lies(self.sizes))

    def row(self, number: int, base: int) -> tuple[int, ...]:
        """The posting list of a term as the kernel takes it, see `Postings.table`."""
        first, last, place = before(self.lasts, number), int(self.lasts[number]), before(self.places, number)
        (ids, of_id), (counts, of_count), (positions, of_position), (weights, of_weight) = self._lie
        standing = (counts + first * of_count, of_count, positions + place * of_position, of_position)
        weighing = (weights + first * of_weight, of_weight)
        return (ids + first * of_id, of_id, last - first, base, *standing, *weighing)

    def name(self, number: int) -> bytes:
        """The name of a term."""
        start = before(self.ends, number)
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

    def find(self, names: Sequence[bytes]) -> list[int]:
        """The numbers of some terms; -1 for a name that none has."""
        heads = np.array(names, self.heads.dtype)
        lows = np.searchsorted(self.heads, heads).tolist()
        # Most long words that are asked for are not there at all, which their heads tell.
        highs = np.searchsorted(self.heads, heads, side="right").tolist()
        every, found = _Names(self), []
        for name, low, high in zip(names, lows, highs, strict=True):
            number = low if high - low < 2 else bisect_left(every, name, low, high)
            found.append(number if number < high and self.name(number) == name else -1)
        return found


def _lies(column: Column) -> tuple[int, int]:
    return int(column.__array_interface__["data"][0]), column.itemsize


def before(column: Column, number: int) -> int:
    """The running sum up to a number, itself left out."""
    return int(column[number - 1]) if number else 0


class _Names(Sequence[bytes]):
    """The names of a table's terms, as bisect wants them."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __len__(self) -> int:
        return self._table.terms

    def __getitem__(self, number: int) -> bytes:  # type: ignore[override] # bisect asks for no slices
        return self._table.name(number)


def write_tables(file: BinaryIO, tables: Mapping[str, Table]) -> None:
    """Write the tables of some fields to a file that is at its beginning."""
    columns = {name: [getattr(table, each.name) for each in fields(Table)] for name, table in tables.items()}
    shapes = {name: [[column.dtype.str, len(column)] for column in each] for name, each in columns.items()}
    head = json.dumps(shapes).encode() + b"\n"
    file.write(head)
    at = len(head)
    for column in chain.from_iterable(columns.values()):
        file.write(bytes(-at % _ALIGNMENT))
        file.write(column.data)
        at += -at % _ALIGNMENT + column.nbytes


def read_tables(content: memoryview) -> dict[str, Table]:
    """The tables in a mapped file by field; raises IndexDamaged where there are none."""
    try:
        head = bytes(content[:_LONGEST_HEAD]).partition(b"\n")[0]
        tables, at = {}, len(head) + 1
        for name, shapes in json.loads(head).items():
            columns = []
            for dtype, length in shapes:
                at += -at % _ALIGNMENT
                columns.append(np.frombuffer(content, np.dtype(dtype), length, at))
                at += columns[-1].nbytes
            tables[name] = Table(*columns)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"не таблицы слов: {error}") from error
    return tables


class Fresh:
    """Posting lists of articles as they come, on their way into a table."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}  # of the terms met so far
        self._codes: list[NDArray[np.int32]] = []
        self._parts: list[
            tuple[Column, ...]
        ] = []  # having, ids, weights, counts, positions, lengths, starts, sizes

    def add(self, first: int, terms: Terms) -> None:
        """Take in some articles, numbered from `first` on, behind those that were taken in before."""
        known = self._numbers
        names = "\n".join(terms.names).encode().split(b"\n") if terms.names else []
        codes = [known.setdefault(name, len(known)) for name in names]
        self._codes.append(np.array(codes, dtype=np.int32))
        ids = terms.articles + np.uint32(first)
        columns = (terms.weights, terms.counts, terms.positions, terms.lengths, terms.starts, terms.sizes)
        self._parts.append((terms.having, ids, *columns))

    def table(self) -> Table:
        """All of them as a table."""
        having, ids, weights, counts, positions, lengths, starts, sizes = (
            (_column(columns) for columns in zip(*self._parts, strict=True))
            if self._parts
            else (_NO_NUMBERS,) * 8
        )
        self._parts.clear()
        named = sorted(self._numbers)
        rank = np.empty(len(named), dtype=np.int32)
        rank[[self._numbers[name] for name in named]] = np.arange(len(named), dtype=np.int32)
        ranks = rank[np.concatenate([NO_INTS, *self._codes]).astype(np.int64)]
        order = ordered(ranks)
        ends = np.cumsum(having, dtype=np.int64)
        standing = (
            np.cumsum(counts, dtype=np.int64)[ends - 1] if len(ends) else NO_INTS
        )  # positions up to a list's end
        lists = _Ranges(ends, order)
        runs = _Ranges(standing, order)
        return Table(
            *_name_columns(named),
            _smallest_sums(np.bincount(ranks, weights=having, minlength=len(named))),
            _smallest_sums(np.bincount(ranks, weights=runs.sizes, minlength=len(named))),
            lists.taken(ids),
            lists.taken(weights),
            lists.taken(counts),
            runs.taken(positions),
            smallest(np.cumsum(lengths, dtype=np.int64)),
            starts,
            sizes,
        )


class _Ranges:
    """Ranges that follow each other up to `ends`, to be taken in another order."""

    def __init__(self, ends: Ints, order: Ints) -> None:
        self.sizes = np.diff(ends, prepend=0)
        self._starts, self._order = ends - self.sizes, order

    def taken(self, column: Column) -> Column:
        """The items of a column, range by range; some millions at a time, for the sake of memory."""
        taken = np.empty(len(column), dtype=np.min_scalar_type(int(column.max(initial=0))))
        lasts = np.cumsum(self.sizes[self._order])
        first = done = 0
        while first < len(lasts):
            last = max(first + 1, int(np.searchsorted(lasts, done + _AT_ONCE)))
            chosen = _ranges(self._starts, self.sizes, self._order[first:last])
            taken[done : done + len(chosen)] = column[chosen]
            first, done = last, done + len(chosen)
        return taken


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
    standing = np.add.reduceat(counts.astype(np.int64), lasts - having) if len(names) else NO_INTS
    return Table(
        *_name_columns(names),
        smallest(lasts),
        smallest(np.cumsum(standing)),
        smallest(ids),
        smallest(weights),
        smallest(counts),
        smallest(positions),
        smallest(np.cumsum(np.concatenate([part.tokens_of for part in parts]))),
        smallest(_column(part.starts for part in parts)),
        smallest(_column(part.sizes for part in parts)),
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
        self.ranks: Ints = NO_INTS
        tokens_of = _steps(table.tokens)
        with_token = np.repeat(survive, tokens_of)
        self.tokens_of = tokens_of[survive]
        self.starts = table.starts if self._whole else table.starts[with_token]
        self.sizes = table.sizes if self._whole else table.sizes[with_token]

    def between(self, first: int, last: int) -> tuple[Ints, Piece]:
        """The ranks and the postings of the terms in a range of ranks."""
        low, high = np.searchsorted(self.ranks, (first, last)).tolist()
        if low == high:
            return NO_INTS, (_NO_NUMBERS,) * 4
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
    return smallest(ids[order]), weights[order], counts[order], positions[chosen]


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


def _name_columns(names: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.bytes_], Column]:
    """Names one after the other, their first bytes, and where each ends."""
    sizes = np.fromiter(map(len, names), dtype=np.int64, count=len(names))
    whole = np.frombuffer(b"".join(names), dtype=np.uint8)
    return whole, np.array(names, dtype=f"S{_HEAD}"), smallest(np.cumsum(sizes))


def _smallest_sums(steps: NDArray[Any]) -> Column:
    return smallest(np.cumsum(steps.astype(np.int64)))
