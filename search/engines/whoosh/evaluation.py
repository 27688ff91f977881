"""A question over the segments of one commit: which articles, in which order.

By the same contract as the oracle in `memory.py`, a whole segment at a time.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search import limits, ranking
from search.article import Article
from search.engines import counting
from search.engines.whoosh.schema import UNKNOWN_DATE
from search.engines.whoosh.segment import Floats, Ints, Postings, Segment
from search.page import Facet, Place, Places
from search.query import (
    LABELS,
    AllOf,
    AnyOf,
    In,
    Labels,
    Leaf,
    Node,
    Phrase,
    Prefix,
    Query,
    Sort,
    Word,
    leaves,
    named_terms,
    required,
)

Mask = NDArray[np.bool_]
Found = tuple[int, int, float]  # number of the segment, number of the article in it, score


@dataclass(frozen=True, slots=True)
class Matches:
    """Where a leaf stands in one segment: the articles, and its frequency in each field of theirs."""

    ids: Ints
    frequency: dict[str, Floats]


class Ranked(NamedTuple):
    """Articles of all segments in parallel arrays."""

    segment: Ints
    number: Ints
    score: Floats
    published: Ints
    tie: Ints

    def take(self, chosen: Ints | Mask) -> "Ranked":
        """Some of them."""
        s, n, x, p, t = self
        return Ranked(s[chosen], n[chosen], x[chosen], p[chosen], t[chosen])


class Evaluation:
    """One question over one commit. `check` is called between steps and may raise QueryTooCostly."""

    def __init__(self, segments: Sequence[Segment], query: Query, check: Callable[[], None]) -> None:
        self.segments = segments
        self.query = query
        self.check = check
        self.leaves = list(leaves(query.root))
        self.documents = sum(int(np.count_nonzero(segment.live)) for segment in segments)
        self._matches: dict[tuple[Leaf, int], Matches] = {}
        self._expansions: dict[Prefix, list[str]] = {}

    def run(self) -> tuple[int, list[Found]]:
        """The number of articles found, and those the query asks for, in order."""
        masks = [
            self._passing(segment) & self._mask(self.query.root, n) for n, segment in enumerate(self.segments)
        ]
        total = sum(int(np.count_nonzero(mask)) for mask in masks)
        wanted = self.query.offset + self.query.limit
        if self.query.sort is Sort.RELEVANCE:
            ranked = self._near(self._best(self._ranked(masks, self._scores(masks)), wanted))
        else:
            ranked = self._dated(self._ranked(masks, [np.zeros(s.count) for s in self.segments]), wanted)
            ranked = self._rescored(ranked)
        page = ranked.take(np.arange(self.query.offset, min(wanted, len(ranked.score))))
        return total, [
            (int(s), int(n), float(x)) for s, n, x in zip(page.segment, page.number, page.score, strict=True)
        ]

    # Which articles

    def _mask(self, node: Node, number: int) -> Mask:
        self.check()
        segment = self.segments[number]
        if isinstance(node, AnyOf):
            return reduce(
                np.logical_or, [self._mask(p, number) for p in node.parts], np.zeros(segment.count, bool)
            )
        if not isinstance(node, AllOf):
            mask = np.zeros(segment.count, dtype=np.bool_)
            mask[self._match(node, number).ids] = True
            return mask & segment.live
        asked = required(node)
        counts = np.zeros(segment.count, dtype=np.int64)
        for part in asked:
            counts += self._mask(part, number)
        mask = (counts >= ceil(node.quorum * len(asked) - 1e-9)) & segment.live
        for part in node.without:
            mask &= ~self._mask(part, number)
        return mask

    def counted(self) -> tuple[tuple[Facet, ...], tuple[tuple[date, int], ...]]:
        """The facets and the histogram of the question."""
        facets = tuple(self._facet(name) for name in self.query.facets)
        if self.query.histogram is None:
            return facets, ()
        moments = [
            segment.column("published")[self._passing(segment) & self._mask(self.query.root, number)]
            for number, segment in enumerate(self.segments)
        ]
        # Time zones are whole quarters of an hour off.
        seconds = np.concatenate([np.empty(0, np.int64), *moments])
        quarters, counts = np.unique(seconds[seconds != UNKNOWN_DATE] // 900, return_counts=True)
        zone = self.query.now.tzinfo if self.query.now else None
        pairs = zip((quarters * 900).tolist(), counts.tolist(), strict=True)
        return facets, counting.histogram(pairs, self.query.histogram, zone)

    def _facet(self, name: str) -> Facet:
        counts: Counter[str] = Counter()
        for number, segment in enumerate(self.segments):
            mask = self._passing(segment, but=name) & self._mask(self.query.root, number)
            counts.update(segment.labels(name).counts(mask))

        def example(key: str) -> Article | None:
            return next(filter(None, (segment.bearer(name, key) for segment in self.segments)), None)

        return counting.facet(name, counts, example)

    def _passing(self, segment: Segment, but: str = "") -> Mask:
        """The articles that pass the filters, one of the labels' left out."""
        filters = self.query.filters
        mask = segment.live.copy()
        published = segment.column("published")
        if filters.since:
            mask &= published >= ranking.seconds(filters.since)
        if filters.until:
            mask &= (published < ranking.seconds(filters.until)) & (published != UNKNOWN_DATE)
        for field in LABELS:
            if field == but:
                continue
            labels: Labels = getattr(filters, field)
            if labels.include:
                mask &= self._labelled(segment, field, labels.include)
            if labels.exclude:
                mask &= ~self._labelled(segment, field, labels.exclude)
        return mask

    def _labelled(self, segment: Segment, field: str, keys: frozenset[str]) -> Mask:
        mask = np.zeros(segment.count, dtype=np.bool_)
        for key in keys:
            mask[segment.labelled(field, key)] = True
        return mask

    # Where a leaf stands

    def _match(self, leaf: Leaf, number: int) -> Matches:
        key = (leaf, number)
        if key not in self._matches:
            self._matches[key] = self._find(leaf, self.segments[number])
        return self._matches[key]

    def _find(self, leaf: Leaf, segment: Segment) -> Matches:
        dense = {name: np.zeros(segment.count) for name in fields(leaf.where)}
        for name, frequency in dense.items():
            if isinstance(leaf, Phrase):
                ids, counts = np.unique(self._runs(leaf, segment, name) >> 32, return_counts=True)
                frequency[ids] = counts
            for weight, postings in self._lists(leaf, segment, name):
                frequency[postings.ids] += weight * postings.weights
        ids = np.flatnonzero(reduce(np.logical_or, (frequency > 0 for frequency in dense.values())))
        return Matches(ids, {name: frequency[ids] for name, frequency in dense.items()})

    def _lists(self, leaf: Leaf, segment: Segment, field: str) -> list[tuple[float, Postings]]:
        """The posting lists whose union a word or prefix is, with their weights."""
        if isinstance(leaf, Phrase):
            return []
        if isinstance(leaf, Word):
            terms = [(a.weight, a.term) for a in leaf.alternatives]
        else:
            terms = [(1.0, term) for term in self._expansion(leaf)]
        found = []
        for weight, term in terms:
            self.check()
            if (postings := segment.postings(field, term)) is not None:
                found.append((weight, postings))
        return found

    def _runs(self, phrase: Phrase, segment: Segment, field: str) -> Ints:
        """Where the phrase begins, as keys."""
        starts: Ints | None = None
        for step, alternatives in enumerate(phrase.terms):
            self.check()
            lists = [p for term in alternatives if (p := segment.postings(field, term)) is not None]
            keys = (
                np.unique(np.concatenate([np.empty(0, np.int64), *(postings.keys for postings in lists)]))
                - step
            )
            starts = keys if starts is None else np.intersect1d(starts, keys, assume_unique=True)
            if not len(starts):
                break
        return np.empty(0, np.int64) if starts is None else starts

    def _expansion(self, leaf: Prefix) -> list[str]:
        """The exact forms a prefix stands for: those in most articles, up to the limit."""
        if leaf not in self._expansions:
            prefix = "=" + leaf.prefix
            terms = {
                t
                for s in self.segments
                for name in fields(leaf.where)
                for t, _ in s.frequencies(name, prefix)
            }
            counts = {term: self._count(term, leaf.where) for term in terms}
            ordered = sorted((term for term in terms if counts[term]), key=lambda term: (-counts[term], term))
            self._expansions[leaf] = ordered[: limits.PREFIX_EXPANSIONS]
        return self._expansions[leaf]

    def _count(self, term: str, where: In) -> int:
        """How many living articles have a term."""
        self.check()
        total = 0
        for segment in self.segments:
            lists = [p for name in fields(where) if (p := segment.postings(name, term)) is not None]
            ids = np.unique(np.concatenate([np.empty(0, np.int64), *(postings.ids for postings in lists)]))
            total += int(np.count_nonzero(segment.live[ids]))
        return total

    def places(self, number: int, article: int) -> Places:
        """Where the question's terms stand in an article."""
        segment = self.segments[number]
        prefixes = [self._expansion(leaf) for leaf in self.leaves if isinstance(leaf, Prefix)]
        asked = sorted(named_terms(self.query.root).union(*prefixes))
        found: dict[str, list[Place]] = {}
        for field in ranking.FIELDS:
            at: dict[int, list[str]] = {}
            for term in asked:
                if (postings := segment.postings(field, term)) is not None:
                    for position in postings.within(article).tolist():
                        at.setdefault(position, []).append(term)
            starts, ends = segment.tokens(field, article)
            found[field] = [Place(p, int(starts[p]), int(ends[p]), tuple(at[p])) for p in sorted(at)]
        return found

    # In which order

    def _weight(self, leaf: Leaf) -> float:
        having = 0
        for number, segment in enumerate(self.segments):
            having += int(np.count_nonzero(segment.live[self._match(leaf, number).ids]))
        return ranking.telling(leaf, self.documents, having)

    def _average(self, field: str) -> float:
        total = sum(int(segment.column(f"{field}_length")[segment.live].sum()) for segment in self.segments)
        return total / max(1, self.documents) or 1.0

    def _scores(self, masks: list[Mask]) -> list[Floats]:
        """BM25F times coverage times freshness, for each article of each segment."""
        weights = [self._weight(leaf) for leaf in self.leaves]
        averages = {field: self._average(field) for field in ranking.FIELDS}
        return [self._score(n, mask, weights, averages) for n, mask in enumerate(masks)]

    def _score(self, number: int, mask: Mask, weights: list[float], averages: dict[str, float]) -> Floats:
        segment = self.segments[number]
        total, matched = np.zeros(segment.count), np.zeros(segment.count)
        for leaf, weight in zip(self.leaves, weights, strict=True):
            self.check()
            matches = self._match(leaf, number)
            kept = mask[matches.ids]
            ids = matches.ids[kept]
            frequency = np.zeros(len(ids))
            for field, values in matches.frequency.items():
                lengths = segment.column(f"{field}_length")[ids].astype(np.float64)
                frequency += ranking.evened(field, values[kept], lengths, averages[field])
            total[ids] += weight * ranking.saturated(frequency)
            matched[ids] += weight
        return total * ranking.coverage(matched, sum(weights)) * self._freshness(segment)

    def _freshness(self, segment: Segment) -> Floats:
        if self.query.now is None:
            return np.ones(segment.count)
        published = segment.column("published")
        age = (ranking.seconds(self.query.now) - published).astype(np.float64)
        return np.where(published == UNKNOWN_DATE, 1.0, ranking.freshness(age, self.query.half_life))

    def _ranked(self, masks: list[Mask], scores: list[Floats]) -> Ranked:
        numbers = [np.flatnonzero(mask) for mask in masks]
        parts = list(zip(self.segments, numbers, scores, strict=True))
        empty = np.empty(0, np.int64)
        return Ranked(
            np.concatenate([empty, *(np.full(len(ids), n) for n, ids in enumerate(numbers))]),
            np.concatenate([empty, *numbers]),
            np.concatenate([np.empty(0), *(score[ids] for _, ids, score in parts)]),
            np.concatenate([empty, *(segment.column("published")[ids] for segment, ids, _ in parts)]),
            np.concatenate([empty, *(segment.column("tie")[ids] for segment, ids, _ in parts)]),
        )

    def _best(self, ranked: Ranked, wanted: int) -> Ranked:
        """The best by score, then newer, then by tie: enough of them for the page and a closer look."""
        most = max(wanted, ranking.PROXIMITY_HITS)
        if len(ranked.score) > most:
            edge = np.partition(ranked.score, len(ranked.score) - most)[len(ranked.score) - most]
            ranked = ranked.take(ranked.score >= edge)
        return self._sorted(ranked).take(np.arange(min(most, len(ranked.score))))

    def _sorted(self, ranked: Ranked) -> Ranked:
        return ranked.take(np.lexsort((ranked.tie, -ranked.published, -ranked.score)))

    def _dated(self, ranked: Ranked, wanted: int) -> Ranked:
        """By date, undated articles last."""
        undated = ranked.published == UNKNOWN_DATE
        moment = ranked.published if self.query.sort is Sort.OLDEST else -ranked.published
        return ranked.take(np.lexsort((ranked.tie, moment, undated))).take(
            np.arange(min(wanted, len(undated)))
        )

    def _rescored(self, ranked: Ranked) -> Ranked:
        """The scores of a page that is not ordered by them."""
        masks = [np.zeros(segment.count, dtype=np.bool_) for segment in self.segments]
        for number, mask in enumerate(masks):
            mask[ranked.number[ranked.segment == number]] = True
        scores = self._scores(masks)
        values = [scores[s][n] for s, n in zip(ranked.segment, ranked.number, strict=True)]
        return ranked._replace(score=np.array(values, dtype=np.float64))

    def _near(self, ranked: Ranked) -> Ranked:
        """The best hits again, with how near the question's words stand to each other in them."""
        if len(self.leaves) < 2 or not self.query.nearness:
            return ranked
        weights = [min(pair) for pair in pairwise([self._weight(leaf) for leaf in self.leaves])]
        score = ranked.score.copy()
        for number in range(len(self.segments)):
            at = np.flatnonzero(ranked.segment[: ranking.PROXIMITY_HITS] == number)
            if len(at):
                score[at] *= ranking.proximity(weights, self._nearness(number, ranked.number[at]))
        return self._sorted(ranked._replace(score=score))

    def _nearness(self, number: int, articles: Ints) -> list[Floats]:
        """For each pair of neighbouring leaves, how near they stand in each of some articles."""
        found = [np.zeros(len(articles)) for _ in self.leaves[1:]]
        for name in ranking.FIELDS:
            self.check()
            keys = [self._keys(leaf, self.segments[number], name, articles) for leaf in self.leaves]
            for near, (first, second) in zip(found, pairwise(keys), strict=True):
                np.maximum(near, ranking.nearness(first, second, len(articles)), out=near)
        return found

    def _keys(self, leaf: Leaf, segment: Segment, field: str, articles: Ints) -> Ints:
        """Where a leaf stands in some articles: place of the article among them * 2**32 + position."""
        if field not in fields(leaf.where):
            return np.empty(0, dtype=np.int64)
        if isinstance(leaf, Phrase):
            runs = self._runs(leaf, segment, field)
            at = np.searchsorted(articles, runs >> 32, sorter=(order := np.argsort(articles)))
            at = order[np.minimum(at, len(articles) - 1)]
            inside = articles[at] == runs >> 32
            return np.sort((at[inside] << 32) + (runs[inside] & 0xFFFFFFFF))
        lists = [postings.within_all(articles) for _, postings in self._lists(leaf, segment, field)]
        if len(lists) == 1:
            return lists[0]
        return np.unique(np.concatenate([np.empty(0, dtype=np.int64), *lists]))


def fields(where: In) -> list[str]:
    """The fields a leaf looks in."""
    return [name for name in ranking.FIELDS if where is In.ALL or where.value == name]
