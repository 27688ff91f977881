"""One segment of the index: its posting lists, its columns, its rows, and which articles are alive."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.codec.whoosh3 import W3PerDocReader

from search.article import Article
from search.columns import Column, Ints
from search.engine import Completion
from search.engines.whoosh.codec import EXTENSION, read_numbers
from search.engines.whoosh.postings import Table, before, read_tables
from search.engines.whoosh.schema import COLUMNS, PHRASES, article, dates, moment, names
from search.engines.whoosh.sets import NO_INTS
from search.engines.whoosh.storage import DurableStorage
from search.names import Names
from search.ranking import FIELDS, tie
from search.russian.analysis import EXACT, SOUND
from search.russian.phrases import SEPARATOR
from search.vocabulary import Vocabulary

_FEW = 20  # ids that are looked up sooner in a column as it stands than it would be sorted


class Columns(NamedTuple):
    """A posting list as the file has it: article numbers, weights in grains, counts, and all positions."""

    ids: Column
    weights: Column
    counts: Column
    positions: Column


class Listing(NamedTuple):
    """Where a posting list is: in which table, and of which of its terms."""

    table: Table
    number: int

    def columns(self) -> Columns:
        """The posting list."""
        table, number = self
        at = slice(before(table.lasts, number), int(table.lasts[number]))
        standing = slice(before(table.places, number), int(table.places[number]))
        return Columns(table.ids[at], table.weights[at], table.counts[at], table.positions[standing])


class Rows:
    """The articles of a segment, without their words; `live` says which of them are not deleted."""

    def __init__(self, storage: DurableStorage, segment: WhooshSegment) -> None:
        self.id = str(segment.segment_id())
        self.count = int(segment.doc_count_all())
        self._rows = W3PerDocReader(storage, segment)
        self._columns: dict[str, Ints] = {}
        self.live: NDArray[np.bool_] = np.ones(self.count, dtype=np.bool_)
        self.refresh(segment)

    def refresh(self, segment: WhooshSegment) -> None:
        """Take over the deletions of a later commit."""
        self.deleted = frozenset(segment.deleted_docs())
        self.live = np.ones(self.count, dtype=np.bool_)
        self.live[list(self.deleted)] = False

    def column(self, name: str) -> Ints:
        """A column of numbers, one an article."""
        if name not in self._columns:
            self._columns[name] = self._column(name)
        return self._columns[name]

    def _column(self, name: str) -> Ints:
        if self._rows.has_column(name):
            numbers = read_numbers(self._rows, name)
            return dates(numbers) if name == "published" else numbers
        return np.zeros(self.count, dtype=np.int64)  # an index of an earlier version

    def find(self, ids: Sequence[str]) -> Ints:
        """Where the living articles with some ids are; -1 for an id that none has."""
        ties = np.array([tie(id) for id in ids], dtype=np.int64)
        column, order = self._by_tie if len(ids) > _FEW else _ordered(self.column("tie"), ties)
        low, high = np.searchsorted(column, ties), np.searchsorted(column, ties, side="right")
        found = np.full(len(ids), -1, dtype=np.int64)
        for at in np.flatnonzero(low < high).tolist():
            for number in order[low[at] : high[at]].tolist():
                if self.live[number] and self.article(number).id == ids[at]:
                    found[at] = number
        return found

    @cached_property
    def _by_tie(self) -> tuple[Ints, Ints]:
        """The column of ties in order, and the article of each."""
        return _ordered(self.column("tie"))

    def article(self, number: int) -> Article:
        """A stored article."""
        stored: dict[str, Any] = self._rows.stored_fields(number)
        return article(stored)

    def close(self) -> None:
        """Let go of the files."""
        self._rows.close()


class Segment(Rows):
    """A segment opened for questions: its files are held, whoever removes them meanwhile."""

    def __init__(self, storage: DurableStorage, segment: WhooshSegment) -> None:
        super().__init__(storage, segment)
        self._tables = read_tables(storage.mapped(segment.make_filename(EXTENSION)))
        for name in COLUMNS:
            self.column(name)

    def table(self, field: str) -> Table | None:
        """The posting lists of a field, which an index of an earlier version may lack."""
        return self._tables.get(field)

    def listed(self, field: str, terms: Iterable[str]) -> list[Listing | None]:
        """Where the posting lists of some terms are; None where the segment does not have one."""
        names = [term.encode() for term in terms]
        table = self.table(field)
        if table is None:
            return [None] * len(names)
        return [None if number < 0 else Listing(table, number) for number in table.find(names)]

    def labelled(self, field: str, key: str) -> Ints:
        """The articles that bear a label."""
        (found,) = self.listed(field, [key])
        return NO_INTS if found is None else found.columns().ids.astype(np.int64)

    def labels(self, field: str) -> tuple[list[str], Ints, Ints]:
        """The values of a label field, and for each bearing of one the value's place and the article."""
        table = self._tables.get(field)
        if table is None:
            return [], NO_INTS, NO_INTS
        values = [name.decode() for name in table.all_names()]
        having = np.diff(table.lasts.astype(np.int64), prepend=0).astype(np.int64)
        return values, np.repeat(np.arange(len(values)), having), table.ids.astype(np.int64)

    def frequencies(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms with a prefix and how many articles have each, deleted ones included."""
        table, start = self._tables[field], prefix.encode()
        for number in range(table.first(start), table.terms):
            name = table.name(number)
            if not name.startswith(start):
                return
            yield name.decode(), int(table.lasts[number]) - before(table.lasts, number)

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms of words within so many edits of one, with how many articles have each."""
        found: dict[str, int] = {}
        for vocabulary in self._vocabularies:
            for other, count in vocabulary.near(form, edits).items():
                found[other] = max(count, found.get(other, 0))
        return found

    @cached_property
    def _vocabularies(self) -> list[Vocabulary]:
        return [words(self._tables[name]) for name in FIELDS for words in (_exact_forms, _lemmas)]

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """The words and phrases of titles that begin so, those in most titles first."""
        table = self._tables[PHRASES]
        first, last = table.first(prefix.encode()), table.first(prefix.encode() + b"\xff")
        lasts = table.lasts[first:last].astype(np.int64)
        counts = np.diff(lasts, prepend=before(table.lasts, first))
        chosen = np.argsort(-counts, kind="stable")[:most]
        published = self.column("published")
        return [
            Completion(
                table.name(first + at).decode().partition(SEPARATOR)[2],
                int(counts[at]),
                moment(int(published[table.ids[lasts[at] - counts[at] : lasts[at]]].max())),
            )
            for at in chosen.tolist()
        ]

    def tokens(self, field: str, number: int, positions: list[int]) -> list[tuple[int, int]]:
        """Where the tokens at some positions of an article's field begin and end in its text."""
        table = self._tables[field]
        first, starts, sizes = before(table.tokens, number), table.starts.item, table.sizes.item
        # One by one: they are a few, and arrays of a few take longer.
        return [(start := starts(first + at), start + sizes(first + at)) for at in positions]

    def spans(self, field: str) -> tuple[int, ...]:
        """Where the tokens of a field lie in memory, for the kernel: see `Table.spans`."""
        return self._tables[field].spans

    def names(self, number: int) -> Names:
        """The names that a stored article speaks of."""
        return names(self._rows.stored_fields(number))


def _exact_forms(table: Table) -> Vocabulary:
    """The exact forms of a table, without the sign that each begins with."""
    return _vocabulary(
        table, table.first(EXACT.encode()), table.first(chr(ord(EXACT) + 1).encode()), len(EXACT)
    )


def _lemmas(table: Table) -> Vocabulary:
    """The Cyrillic lemmas of a table, which stand behind the terms that begin with a sign."""
    return _vocabulary(table, table.first(chr(ord(SOUND) + 1).encode()), table.terms)


def _vocabulary(table: Table, first: int, last: int, sign: int = 0) -> Vocabulary:
    lasts = table.lasts[first:last].astype(np.int64)
    counts = np.diff(lasts, prepend=before(table.lasts, first))
    ends = table.ends[first:last].astype(np.int64)
    return Vocabulary(table.names, ends, counts, before(table.ends, first), sign)


def _ordered(column: Ints, only: Ints | None = None) -> tuple[Ints, Ints]:
    """The values of a column in order, those of a few or all, and the article of each."""
    numbers = np.arange(len(column)) if only is None else np.flatnonzero(np.isin(column, only))
    order = numbers[np.argsort(column[numbers])]
    return column[order], order
