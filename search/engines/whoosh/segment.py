"""One segment of the index: its posting lists, its columns, its rows, and which articles are alive."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from whoosh import columns, formats
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.reading import TermNotFound

from search.article import Article
from search.document import GRAIN
from search.engine import Completion
from search.engines.whoosh.codec import EXTENSION
from search.engines.whoosh.postings import Column, Table, read_table
from search.engines.whoosh.schema import COLUMNS, PHRASES, article, moment
from search.engines.whoosh.storage import DurableStorage
from search.ranking import FIELDS
from search.russian.analysis import EXACT
from search.russian.phrases import SEPARATOR
from search.vocabulary import Vocabulary

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CACHED_LISTS = 4096  # posting lists a reader remembers, over all segments
CACHED_EXAMPLES = 256  # articles that show how a label is written
NO_IDS: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Postings:
    """Article numbers in order, their weights, and all positions with where each article's end."""

    ids: Ints
    weights: Floats
    positions: Column
    ends: Ints

    @property
    def keys(self) -> Ints:
        """Every occurrence as article number * 2**32 + position, in order."""
        return (np.repeat(self.ids, np.diff(self.ends, prepend=0)) << 32) + self.positions

    def within_all(self, numbers: Ints) -> Ints:
        """The positions in some articles, as place among these * 2**32 + position, in order."""
        at = np.searchsorted(self.ids, numbers)
        there = np.flatnonzero(self.ids[np.minimum(at, len(self.ids) - 1)] == numbers)
        at = at[there]
        starts = np.where(at > 0, self.ends[at - 1], 0)
        sizes = self.ends[at] - starts
        begins = np.cumsum(sizes) - sizes
        chosen = np.arange(int(sizes.sum())) + np.repeat(starts - begins, sizes)
        keys: Ints = (np.repeat(there, sizes) << 32) + self.positions[chosen]
        return keys

    def within(self, number: int) -> Column:
        """The positions in one article."""
        at = int(np.searchsorted(self.ids, number))
        if at == len(self.ids) or self.ids[at] != number:
            return self.positions[:0]
        return self.positions[self.ends[at - 1] if at else 0 : self.ends[at]]


@dataclass(frozen=True, slots=True)
class Bearers:
    """The values of a label field, and for each bearing of one the number of the value and of the article."""

    values: list[str]
    which: Ints
    articles: Ints

    @classmethod
    def of(cls, values: list[str], bearing: list[Ints]) -> "Bearers":
        """From the articles that bear each value."""
        which = np.repeat(np.arange(len(values)), [len(articles) for articles in bearing])
        return cls(values, which, np.concatenate([NO_IDS, *bearing]))

    def counts(self, mask: NDArray[np.bool_]) -> dict[str, int]:
        """How many of the articles in a mask bear each value."""
        counts = np.bincount(self.which[mask[self.articles]], minlength=len(self.values)).tolist()
        return {value: count for value, count in zip(self.values, counts, strict=True) if count}


Cache = LRUCache[tuple[str, str, str], "Postings | None"]


def new_cache() -> Cache:
    """A cache of posting lists."""
    return LRUCache(CACHED_LISTS)


class Segment:
    """A segment opened for reading; `live` says which of its articles are not deleted."""

    def __init__(self, storage: DurableStorage, segment: WhooshSegment, cache: Cache) -> None:
        self.id = str(segment.segment_id())
        self.count = int(segment.doc_count_all())
        codec = segment.codec()
        self._labels = codec.terms_reader(storage, segment)
        self._rows = codec.per_document_reader(storage, segment)
        self._tables = {
            name: read_table(storage.mapped(segment.make_filename(f".{name}{EXTENSION}")))
            for name in (*FIELDS, PHRASES)
        }
        self._cache = cache
        self._bearers: dict[str, Bearers] = {}
        self._examples: LRUCache[tuple[str, str], tuple[int, Article]] = LRUCache(CACHED_EXAMPLES)
        self._columns = {name: self._column(name) for name in COLUMNS}
        self.live: NDArray[np.bool_] = np.ones(self.count, dtype=np.bool_)
        self.refresh(segment)

    def refresh(self, segment: WhooshSegment) -> None:
        """Take over the deletions of a later commit."""
        self.deleted = frozenset(segment.deleted_docs())
        self.live = np.ones(self.count, dtype=np.bool_)
        self.live[list(self.deleted)] = False

    def _column(self, name: str) -> Ints:
        reader = self._rows.column_reader(name, columns.NumericColumn("q", default=0))
        return np.fromiter((reader[number] for number in range(self.count)), dtype=np.int64, count=self.count)

    def column(self, name: str) -> Ints:
        """A column of numbers, one an article."""
        return self._columns[name]

    def postings(self, field: str, term: str) -> Postings | None:
        """The posting list of a term; None where the segment does not have it."""
        key = (self.id, field, term)
        try:
            return self._cache[key]
        except KeyError:
            found = self._cache[key] = self._read(self._tables[field], term)
            return found

    def _read(self, table: Table, term: str) -> Postings | None:
        number = table.find(term.encode())
        if number is None:
            return None
        at = slice(_before(table.lasts, number), int(table.lasts[number]))
        standing = slice(_before(table.places, number), int(table.places[number]))
        return Postings(
            table.ids[at].astype(np.int64),
            table.weights[at] / GRAIN,
            table.positions[standing],
            np.cumsum(table.counts[at], dtype=np.int64),
        )

    def labelled(self, field: str, key: str) -> Ints:
        """The articles that bear a label (or, in the field "id", this id)."""
        try:
            matcher = self._labels.matcher(field, key.encode(), formats.Existence())
        except TermNotFound:
            return NO_IDS
        return np.fromiter(matcher.all_ids(), dtype=np.int64)

    def labels(self, field: str) -> Bearers:
        """Which articles bear which values of a label field."""
        if field not in self._bearers:
            following = self._labels.terms_from(field, b"")
            names = [term.decode() for _, term in takewhile(lambda item: item[0] == field, following)]
            self._bearers[field] = Bearers.of(names, [self.labelled(field, name) for name in names])
        return self._bearers[field]

    def bearer(self, field: str, key: str) -> Article | None:
        """A living article that bears a label; the same one for as long as it lives."""
        held = self._examples.get((field, key))
        if held is None or not self.live[held[0]]:
            living = (int(number) for number in self.labelled(field, key) if self.live[number])
            number = next(living, None)
            held = None if number is None else (number, self.article(number))
            if held:
                self._examples[field, key] = held
        return held[1] if held else None

    def frequencies(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms with a prefix and how many articles have each, deleted ones included."""
        table, start = self._tables[field], prefix.encode()
        for number in range(table.first(start), table.terms):
            name = table.name(number)
            if not name.startswith(start):
                return
            yield name.decode(), int(table.lasts[number]) - _before(table.lasts, number)

    def frequency(self, term: str) -> int:
        """How many living articles have a term in any of their fields."""
        lists = [p.ids for name in FIELDS if (p := self.postings(name, term)) is not None]
        if not lists:
            return 0
        few, *_, many = sorted(lists, key=len) if len(lists) > 1 else (lists[0], lists[0])
        count = int(np.count_nonzero(self.live[many]))
        if len(lists) > 1:
            twice = many[np.minimum(np.searchsorted(many, few), len(many) - 1)] == few
            count += int(np.count_nonzero(self.live[few[~twice]]))
        return count

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms of words within so many edits of one, with how many articles have each."""
        found: dict[str, int] = {}
        for vocabulary in self._vocabularies:
            for other, count in vocabulary.near(form, edits).items():
                found[other] = max(count, found.get(other, 0))
        return found

    @cached_property
    def _vocabularies(self) -> list[Vocabulary]:
        return [_vocabulary(self._tables[name]) for name in FIELDS]

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """The words and phrases of titles that begin so, those in most titles first."""
        table = self._tables[PHRASES]
        first, last = table.first(prefix.encode()), table.first(prefix.encode() + b"\xff")
        lasts = table.lasts[first:last].astype(np.int64)
        counts = np.diff(lasts, prepend=_before(table.lasts, first))
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

    def tokens(self, field: str, number: int) -> tuple[Ints, Ints]:
        """Where the tokens of an article's field begin and end in its text."""
        table = self._tables[field]
        at = slice(_before(table.tokens, number), int(table.tokens[number]))
        starts = table.starts[at].astype(np.int64)
        return starts, starts + table.sizes[at]

    def article(self, number: int) -> Article:
        """A stored article."""
        stored: dict[str, Any] = self._rows.stored_fields(number)
        return article(stored)

    def close(self) -> None:
        """Let go of the files."""
        self._labels.close()
        self._rows.close()


def _before(column: Column, number: int) -> int:
    """The running sum up to a number, itself left out."""
    return int(column[number - 1]) if number else 0


def _vocabulary(table: Table) -> Vocabulary:
    """The exact forms of a table, which stand together."""
    first, last = table.first(EXACT.encode()), table.first(chr(ord(EXACT) + 1).encode())
    start = _before(table.ends, first)
    lasts = table.lasts[first:last].astype(np.int64)
    ends = table.ends[first:last].astype(np.int64) - start
    names = table.names[start : start + (int(ends[-1]) if len(ends) else 0)]
    mark = np.zeros(len(names), dtype=np.bool_)  # the sign that each exact form begins with
    mark[np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])[: len(ends)]] = True
    return Vocabulary(
        names[~mark].tobytes(),
        ends - np.arange(1, len(ends) + 1),
        np.diff(lasts, prepend=_before(table.lasts, first)),
    )
