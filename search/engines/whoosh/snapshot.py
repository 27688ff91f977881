"""One commit as a whole: its articles are numbered through all its segments, and its posting lists joined.

Lists are read from the mapped files when a question first needs them, and remembered while there is room.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property, lru_cache, partial
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from cachetools import LRUCache

from search import ranking
from search.article import Article
from search.columns import Floats, Ints
from search.engines import counting
from search.engines.whoosh.compiled import kernel
from search.engines.whoosh.lists import Postings, Room, Stand
from search.engines.whoosh.postings import Table
from search.engines.whoosh.segment import Listing, Segment
from search.engines.whoosh.sets import Ids, Mask, joined, places
from search.engines.whoosh.storage import Manifest
from search.names import Names
from search.page import Story
from search.query import Leaf

_LIES = 17  # columns of where a table lies
REMEMBERED_LISTS = 8_192  # where posting lists lie
REMEMBERED_STANDS = 32 << 20  # bytes of where words stand, at least,
REMEMBERED_OF_EACH = 768  # and so many for each article
REMEMBERED_TERMS = 20_000  # that the commit does not have
REMEMBERED_ARTICLES = 512
REMEMBERED_WORDS = 512  # that are near to one
REMEMBERED_LABELS = 4_096  # as an article writes them


@dataclass(frozen=True)
class Bearers:
    """The values of a label field; article n bears those numbered `which[bounds[n]:bounds[n+1]]`."""

    values: list[str]
    which: Ids
    bounds: Ids

    @classmethod
    def of(cls, values: list[str], which: Ints, bearing: Ints, articles: int) -> "Bearers":
        """From pairs of a value's number and an article, and how many articles there are."""
        order = np.argsort(bearing, kind="stable")
        bounds = np.concatenate([[0], np.cumsum(np.bincount(bearing, minlength=articles))])
        return cls(values, which[order].astype(np.uint32), bounds.astype(np.uint32))

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each value."""
        return {value: number for number, value in enumerate(self.values)}

    @cached_property
    def ranks(self) -> Ints:
        """The place of each value in the order of the alphabet."""
        ranks = np.empty(len(self.values), dtype=np.int64)
        ranks[sorted(range(len(self.values)), key=self.values.__getitem__)] = np.arange(len(self.values))
        return ranks

    def counts(self, numbers: Ids) -> Ints:
        """How many of some articles bear each value."""
        ends = self.bounds[numbers + np.uint32(1)].astype(np.int64)
        sizes = ends - self.bounds[numbers]
        lasts = np.cumsum(sizes)
        at = np.arange(int(lasts[-1]) if len(lasts) else 0) + np.repeat(ends - lasts, sizes)
        return np.bincount(self.which[at], minlength=len(self.values)).astype(np.int64)


class Snapshot:
    """One commit: its manifest and its segments. `live` says which of its articles are not deleted.

    `compiled` says whether questions may be answered by the kernel.
    """

    def __init__(
        self, place: Path, toc: int, manifest: Manifest, segments: list[Segment], compiled: bool = True
    ) -> None:
        self.place = place
        self.toc = toc
        self._compiled = compiled
        self.segments = segments
        self._bases = list(accumulate((segment.count for segment in segments), initial=0))
        self.count = self._bases[-1]
        self.live: Mask = np.concatenate([np.empty(0, np.bool_), *(segment.live for segment in segments)])
        self.documents = int(np.count_nonzero(self.live))
        self.state = manifest.state
        self._columns: dict[str, Ints] = {}
        self._lists: LRUCache[tuple[str, str], Postings] = LRUCache(REMEMBERED_LISTS)
        self._of_field: dict[str, tuple[list[tuple[int, Table]], Ints]] = {}
        self._absent: set[tuple[str, str]] = set()
        self._room_for_stands = max(REMEMBERED_STANDS, REMEMBERED_OF_EACH * self.documents)
        self._stands: LRUCache[Leaf, Stand] = LRUCache(self._room_for_stands, lambda stand: stand.size)
        self._bearers: dict[str, Bearers] = {}
        self._days: dict[tzinfo | None, Ints] = {}
        # Without a reference to this commit, or it would outlive its last user until garbage is collected.
        self.article = lru_cache(REMEMBERED_ARTICLES)(partial(_article, segments, self._bases))
        self._frequencies: LRUCache[str, int] = LRUCache(REMEMBERED_LISTS)
        self._near: LRUCache[tuple[str, int], Counter[str]] = LRUCache(REMEMBERED_WORDS)
        self._labels: LRUCache[tuple[str, str], str | None] = LRUCache(REMEMBERED_LABELS)

    @cached_property
    def room(self) -> Room | None:
        """Where the kernel may put articles down, if it may."""
        return Room(self.count) if self._compiled else None

    @property
    def is_whole(self) -> bool:
        """Whether no article is deleted."""
        return self.documents == self.count

    def column(self, name: str) -> Ints:
        """A column of numbers, one an article."""
        if name not in self._columns:
            self._columns[name] = joined([segment.column(name) for segment in self.segments])
        return self._columns[name]

    @cached_property
    def _story_sizes(self) -> Ints:
        """How many living articles the story of each article has."""
        stories = self.column("story")
        known, sizes = np.unique(stories[self.live], return_counts=True)
        at, _ = places(stories, known)
        return sizes[at] if len(sizes) else stories

    def story(self, number: int) -> Story | None:
        """The story that a living article belongs to."""
        story = self.column("story").item(number)
        return Story(story, self._story_sizes.item(number)) if story else None

    @cached_property
    def evened(self) -> Floats:
        """For each field what one occurrence counts in each article, evened out by the field's length."""
        return np.stack([self._evened(name) for name in ranking.FIELDS])

    @cached_property
    def spans(self) -> Ints:
        """For each segment and field the number of its first article, and then as `Table.spans` has it."""
        each = zip(self._bases, self.segments, strict=False)
        rows = [[(base, *segment.spans(name)) for name in ranking.FIELDS] for base, segment in each]
        return np.array(rows, dtype=np.int64)

    def _evened(self, field: str) -> Floats:
        lengths = self.column(f"{field}_length").astype(np.float64)
        average = float(lengths[self.live].sum()) / max(1, self.documents) or 1.0
        return ranking.evened(field, np.ones(self.count), lengths, average)

    def postings(self, field: str, terms: Sequence[str]) -> list[Postings | None]:
        """The posting lists of some terms; None for one that no segment has."""
        keys = [(field, term) for term in terms]
        found = [None if key in self._absent else self._lists.get(key) for key in keys]
        sought = [n for n, key in enumerate(keys) if found[n] is None and key not in self._absent]
        if not sought:
            return found
        if len(self._absent) >= REMEMBERED_TERMS:
            self._absent.clear()
        for n, postings in zip(sought, self._looked_up(field, [terms[n] for n in sought]), strict=True):
            if postings:
                found[n] = self._lists[keys[n]] = postings
            else:
                self._absent.add(keys[n])
        return found

    def _looked_up(self, field: str, terms: list[str]) -> Iterable[Postings | None]:
        """The posting lists of some terms as the segments have them."""
        if loops := kernel() if self._compiled else None:
            tables, lies = self._tables(field)
            names = [term.encode() for term in terms]
            ends = np.array(list(accumulate(map(len, names))), dtype=np.int64)
            lasts = np.empty(len(terms), dtype=np.int64)
            rows = np.empty((len(terms) * len(tables), 10), dtype=np.int64)
            where = np.empty((len(rows), 2), dtype=np.int64)
            count = loops.look_up(
                lies, np.frombuffer(b"".join(names) + b"\n", np.uint8), ends, lasts, rows, where
            )
            parts = [(tables[at][0], Listing(tables[at][1], number)) for at, number in where[:count].tolist()]
            for begin, end in pairwise([0, *lasts.tolist()]):
                yield Postings(parts[begin:end], rows[begin:end].copy()) if begin < end else None
            return
        parts_of: list[list[tuple[int, Listing]]] = [[] for _ in terms]
        for base, segment in zip(self._bases, self.segments, strict=False):
            for own, one in zip(parts_of, segment.listed(field, terms), strict=True):
                if one:
                    own.append((base, one))
        yield from (Postings(own) if own else None for own in parts_of)

    def _tables(self, field: str) -> tuple[list[tuple[int, Table]], Ints]:
        """The tables of a field, each with its segment's first article; and where they lie in memory."""
        if field not in self._of_field:
            each = zip(self._bases, self.segments, strict=False)
            each_of = ((base, segment.table(field)) for base, segment in each)
            tables = [(base, table) for base, table in each_of if table]
            lies = np.array([(base, *table.lies) for base, table in tables], dtype=np.int64)
            self._of_field[field] = tables, lies.reshape(-1, _LIES)
        return self._of_field[field]

    def stand(self, leaf: Leaf, found: Callable[[], Stand]) -> Stand:
        """Where a leaf stands, as it was `found` before or is now.

        What stands nowhere is not remembered: there is no end of it, and it is found as soon.
        """
        try:
            return self._stands[leaf]
        except KeyError:
            stand = found()
        if stand.occurs and stand.size <= self._room_for_stands // 4:
            self._stands[leaf] = stand
        return stand

    def having(self, lists: Iterable[Postings]) -> int:
        """How many living articles are in any of some posting lists."""
        each = list(lists)
        if not each:
            return 0
        if len(each) == 1:
            return len(each[0]) if self.is_whole else int(np.count_nonzero(self.live[each[0].ids]))
        mask = np.zeros(self.count, dtype=np.bool_)
        for postings in each:
            mask[postings.ids] = True
        return int(np.count_nonzero(mask & self.live))

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """How many living articles have each of some terms in any of their fields."""
        sought = [term for term in terms if term not in self._frequencies]
        each = zip(*(self.postings(name, sought) for name in ranking.FIELDS), strict=True)
        found = {term: self.having(filter(None, lists)) for term, lists in zip(sought, each, strict=True)}
        counted = {term: found[term] if term in found else self._frequencies[term] for term in terms}
        self._frequencies.update(found)
        return counted

    def near(self, form: str, edits: int) -> Mapping[str, int]:
        """The forms of words within so many edits of one, and how many articles have each."""
        key = form, edits
        if key not in self._near:
            counts: Counter[str] = Counter()
            for segment in self.segments:
                counts.update(segment.near(form, edits))
            self._near[key] = counts
        return self._near[key]

    def labelled(self, field: str, key: str) -> Ints:
        """The articles that bear a label."""
        pairs = zip(self._bases, self.segments, strict=False)
        return joined([segment.labelled(field, key) + base for base, segment in pairs])

    def labels(self, field: str) -> Bearers:
        """Which articles bear which values of a label field."""
        if field not in self._bearers:
            numbers: dict[str, int] = {}
            which, articles = [], []
            for base, segment in zip(self._bases, self.segments, strict=False):
                values, own, bearing = segment.labels(field)
                codes = np.array([numbers.setdefault(v, len(numbers)) for v in values], dtype=np.int64)
                which.append(codes[own])
                articles.append(bearing + base)
            bearings = joined(which), joined(articles)
            self._bearers[field] = Bearers.of(list(numbers), *bearings, self.count)
        return self._bearers[field]

    def days(self, zone: tzinfo | None) -> Ints:
        """The day of each article in a time zone, from 1970; `counting.NO_DAY` where it has no date."""
        if zone not in self._days:
            self._days = {zone: counting.days(self.column("published"), zone)}
        return self._days[zone]

    def label(self, field: str, key: str) -> str | None:
        """A label as a living article writes it; the same one throughout the commit."""
        if (field, key) not in self._labels:
            bearing = self.labelled(field, key)
            living = bearing[self.live[bearing]]
            if not len(living):
                return None
            number = int(living[0])
            self._labels[field, key] = counting.label(field, key, self.article(number), self.names(number))
        return self._labels[field, key]

    def find(self, id: str) -> int | None:
        """The number of the living article with an id."""
        for base, segment in zip(self._bases, self.segments, strict=False):
            if (number := int(segment.find([id])[0])) >= 0:
                return base + number
        return None

    def names(self, number: int) -> Names:
        """The names that a stored article speaks of."""
        segment, own = _at(self.segments, self._bases, number)
        return segment.names(own)

    def tokens(self, field: str, number: int, positions: list[int]) -> list[tuple[int, int]]:
        """Where the tokens at some positions of an article's field begin and end in its text."""
        segment, own = _at(self.segments, self._bases, number)
        return segment.tokens(field, own, positions)


def _article(segments: list[Segment], bases: list[int], number: int) -> Article:
    """A stored article."""
    segment, own = _at(segments, bases, number)
    return segment.article(own)


def _at(segments: list[Segment], bases: list[int], number: int) -> tuple[Segment, int]:
    """The segment that an article is in, and its number there."""
    at = bisect_right(bases, number) - 1
    return segments[at], number - bases[at]
