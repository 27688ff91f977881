"""One segment of the index as arrays: its posting lists, its columns, and which articles are alive."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray
from whoosh import columns, formats
from whoosh.codec.base import Segment as WhooshSegment
from whoosh.reading import TermNotFound

from search.article import Article
from search.engines.whoosh.schema import COLUMNS, TermsFormat, article
from search.engines.whoosh.storage import DurableStorage
from search.ranking import FIELDS
from search.russian.analysis import EXACT
from search.vocabulary import Vocabulary

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CACHE_BYTES = 64 << 20  # decoded posting lists kept, over all segments of a reader
NO_IDS: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Postings:
    """Article numbers in order, their weights, and all positions with where each article's begin."""

    ids: Ints
    weights: Floats
    positions: NDArray[np.uint32]
    starts: Ints

    @property
    def keys(self) -> Ints:
        """Every occurrence as article number * 2**32 + position, in order."""
        numbers = np.repeat(self.ids, np.diff(self.starts))
        return (numbers << 32) + self.positions

    def within(self, number: int) -> NDArray[np.uint32]:
        """The positions in one article."""
        at = int(np.searchsorted(self.ids, number))
        if at == len(self.ids) or self.ids[at] != number:
            return self.positions[:0]
        return self.positions[self.starts[at] : self.starts[at + 1]]


Cache = LRUCache[tuple[str, str, str], "Postings | None"]


def new_cache() -> Cache:
    """A cache of posting lists, bounded by their bytes."""
    return LRUCache(CACHE_BYTES, getsizeof=_size)


def _size(postings: Postings | None) -> int:
    return 64 if postings is None else 256 + 24 * len(postings.ids) + 4 * len(postings.positions)


class Segment:
    """A segment opened for reading; `live` says which of its articles are not deleted."""

    def __init__(self, storage: DurableStorage, segment: WhooshSegment, cache: Cache) -> None:
        self.id = str(segment.segment_id())
        self.count = int(segment.doc_count_all())
        codec = segment.codec()
        files = segment.open_compound_file(storage) if segment.is_compound() else storage
        self._terms = codec.terms_reader(files, segment)
        self._rows = codec.per_document_reader(files, segment)
        self._cache = cache
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
            postings = self._read(field, term)
            if _size(postings) <= CACHE_BYTES:
                self._cache[key] = postings
            return postings

    def _read(self, field: str, term: str) -> Postings | None:
        try:
            matcher = self._terms.matcher(field, term.encode(), TermsFormat())
        except TermNotFound:
            return None
        ids, weights, values = [], [], []
        while matcher.is_active():
            ids.append(matcher.id())
            weights.append(matcher.weight())
            values.append(matcher.value())
            matcher.next()
        lengths = np.fromiter(map(len, values), dtype=np.int64, count=len(values)) // 4
        return Postings(
            np.array(ids, dtype=np.int64),
            np.array(weights, dtype=np.float64),
            np.frombuffer(b"".join(values), dtype=np.uint32),
            np.concatenate(([0], np.cumsum(lengths))),
        )

    def labelled(self, field: str, key: str) -> Ints:
        """The articles that bear a label (or, in the field "id", this id)."""
        try:
            matcher = self._terms.matcher(field, key.encode(), formats.Existence())
        except TermNotFound:
            return NO_IDS
        return np.fromiter(matcher.all_ids(), dtype=np.int64)

    def frequencies(self, field: str, prefix: str) -> Iterator[tuple[str, int]]:
        """The terms with a prefix and how many articles have each, deleted ones included."""
        start = prefix.encode()
        for (name, term), info in self._terms.items_from(field, start):
            if name != field or not term.startswith(start):
                return
            yield term.decode(), info.doc_frequency()

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The forms of all words."""
        fields = [dict(self.frequencies(name, EXACT)) for name in FIELDS]
        terms = {term: max(field.get(term, 0) for field in fields) for field in fields for term in field}
        return Vocabulary([term.removeprefix(EXACT) for term in terms], list(terms.values()))

    def article(self, number: int) -> Article:
        """A stored article."""
        stored: dict[str, Any] = self._rows.stored_fields(number)
        return article(stored)

    def close(self) -> None:
        """Let go of the files."""
        self._terms.close()
        self._rows.close()
