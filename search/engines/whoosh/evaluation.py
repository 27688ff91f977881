"""A question over one commit: which articles, in which order.

By the same contract as the oracle in `memory.py`, for all articles at once. Articles are numbered through the
commit; a mask says of each whether it is meant.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from functools import reduce
from itertools import pairwise
from math import ceil
from typing import NamedTuple

import numpy as np

from search import limits, ranking
from search.article import Article
from search.document import GRAIN
from search.engines import counting
from search.engines.whoosh.schema import UNKNOWN_DATE
from search.engines.whoosh.segment import NO_IDS
from search.engines.whoosh.snapshot import Floats, Ints, Mask, Postings, Snapshot
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

Found = tuple[int, float]  # number of the article, score
# A list so many times longer than the articles looked for in it is searched, not read through.
_SEARCHED = 16


class Weighted(NamedTuple):
    """A posting list that is part of a word or prefix, the field it is of, and its weight there."""

    field: str
    weight: float
    postings: Postings


class Evaluation:
    """One question over one commit. `check` is called between steps and may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, query: Query, check: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.query = query
        self.check = check
        self.leaves = list(leaves(query.root))
        self._masks: dict[Leaf, Mask] = {}
        self._lists_of: dict[Leaf, list[Weighted]] = {}
        self._runs_of: dict[tuple[Phrase, str], tuple[Ints, Ints]] = {}
        self._expansions: dict[Prefix, list[str]] = {}

    def run(self) -> tuple[int, list[Found]]:
        """The number of articles found, and those the query asks for, in order."""
        query = self.query
        mask = self._mask(query.root) & self._passing()
        if not query.limit:
            return int(np.count_nonzero(mask)), []
        numbers = np.flatnonzero(mask)
        wanted = query.offset + query.limit
        if query.sort is Sort.RELEVANCE:
            chosen, scores = self._near(*self._best(numbers, wanted))
        else:
            chosen = self._dated(numbers, wanted)[query.offset :]
            return len(numbers), list(zip(chosen.tolist(), self._scores(chosen).tolist(), strict=True))
        page = slice(query.offset, wanted)
        return len(numbers), list(zip(chosen[page].tolist(), scores[page].tolist(), strict=True))

    # Which articles

    def _mask(self, node: Node) -> Mask:
        self.check()
        if isinstance(node, AnyOf):
            return reduce(np.logical_or, map(self._mask, node.parts), self._nothing())
        if not isinstance(node, AllOf):
            return self._standing(node)
        asked = required(node)
        needed = ceil(node.quorum * len(asked) - 1e-9)
        if needed == len(asked):
            mask = reduce(np.logical_and, map(self._mask, asked), self.snapshot.live)
        else:
            counts = np.zeros(self.snapshot.count, dtype=np.uint16)
            for part in asked:
                counts += self._mask(part)
            mask = (counts >= needed) & self.snapshot.live
        for part in node.without:
            mask = mask & ~self._mask(part)
        return mask

    def _standing(self, leaf: Leaf) -> Mask:
        """The living articles that a leaf stands in."""
        if leaf not in self._masks:
            mask = self._nothing()
            for ids in self._ids(leaf):
                mask[ids] = True
            self._masks[leaf] = mask if self.snapshot.is_whole else mask & self.snapshot.live
        return self._masks[leaf]

    def _ids(self, leaf: Leaf) -> Iterable[Ints]:
        if isinstance(leaf, Phrase):
            return [self._runs(leaf, field)[0] for field in fields(leaf.where)]
        return [one.postings.ids for one in self._lists(leaf)]

    def _nothing(self) -> Mask:
        return np.zeros(self.snapshot.count, dtype=np.bool_)

    def _passing(self, but: str = "") -> Mask:
        """The living articles that pass the filters, one of the labels' left out."""
        filters, mask = self.query.filters, self.snapshot.live
        published = self.snapshot.column("published")
        if filters.since:
            mask = mask & (published >= ranking.seconds(filters.since))
        if filters.until:
            mask = mask & (published < ranking.seconds(filters.until)) & (published != UNKNOWN_DATE)
        for field in LABELS:
            labels: Labels = getattr(filters, field)
            if labels.include and field != but:
                mask = mask & self._labelled(field, labels.include)
            if labels.exclude and field != but:
                mask = mask & ~self._labelled(field, labels.exclude)
        return mask

    def _labelled(self, field: str, keys: frozenset[str]) -> Mask:
        mask = self._nothing()
        for key in keys:
            mask[self.snapshot.labelled(field, key)] = True
        return mask

    # What is counted

    def counted(self) -> tuple[tuple[Facet, ...], tuple[tuple[date, int], ...]]:
        """The facets and the histogram of the question."""
        if not self.query.facets and self.query.histogram is None:
            return (), ()
        found = self._mask(self.query.root)
        facets = tuple(self._facet(name, found) for name in self.query.facets)
        if self.query.histogram is None:
            return facets, ()
        seconds = self.snapshot.column("published")[found & self._passing()]
        # Time zones are whole quarters of an hour off.
        quarters, counts = np.unique(seconds[seconds != UNKNOWN_DATE] // 900, return_counts=True)
        zone = self.query.now.tzinfo if self.query.now else None
        pairs = zip((quarters * 900).tolist(), counts.tolist(), strict=True)
        return facets, counting.histogram(pairs, self.query.histogram, zone)

    def _facet(self, name: str, found: Mask) -> Facet:
        counts = Counter(self.snapshot.labels(name).counts(found & self._passing(but=name)))

        def example(key: str) -> Article | None:
            return self.snapshot.bearer(name, key)

        return counting.facet(name, counts, example)

    # Where a leaf stands

    def _lists(self, leaf: Leaf) -> list[Weighted]:
        """The posting lists whose union a word or prefix is, with their weights."""
        if leaf not in self._lists_of:
            self._lists_of[leaf] = [] if isinstance(leaf, Phrase) else list(self._listed(leaf))
        return self._lists_of[leaf]

    def _listed(self, leaf: Word | Prefix) -> Iterable[Weighted]:
        if isinstance(leaf, Word):
            terms = [(a.weight, a.term) for a in leaf.alternatives]
        else:
            terms = [(1.0, term) for term in self._expansion(leaf)]
        for name in fields(leaf.where):
            self.check()
            for weight, term in terms:
                if (postings := self.snapshot.postings(name, term)) is not None:
                    yield Weighted(name, weight, postings)

    def _runs(self, phrase: Phrase, field: str) -> tuple[Ints, Ints]:
        """Where the phrase begins: the articles and the positions, in order."""
        if (phrase, field) not in self._runs_of:
            self._runs_of[phrase, field] = self._found_runs(phrase, field)
        return self._runs_of[phrase, field]

    def _found_runs(self, phrase: Phrase, field: str) -> tuple[Ints, Ints]:
        steps = []
        for alternatives in phrase.terms:
            self.check()
            lists = [p for term in alternatives if (p := self.snapshot.postings(field, term)) is not None]
            if not lists:
                return NO_IDS, NO_IDS
            steps.append(lists)
        # The rarest words first: few articles are left to look at the places in.
        order = sorted(range(len(steps)), key=lambda n: sum(map(len, steps[n])))
        articles = _union([postings.ids for postings in steps[order[0]]])
        for n in order[1:]:
            self.check()
            inside = (_inside(articles, postings.ids) for postings in steps[n])
            articles = articles[reduce(np.logical_or, inside)]
        starts: Ints | None = None
        for n in order:
            self.check()
            keys = _union([_keys(*postings.within(articles)) for postings in steps[n]]) - n
            starts = keys if starts is None else starts[_inside(starts, keys)]
        if starts is None or not len(starts):
            return NO_IDS, NO_IDS
        return articles[starts >> 32], starts & 0xFFFFFFFF

    def _expansion(self, leaf: Prefix) -> list[str]:
        """The exact forms a prefix stands for: those in most articles, up to the limit."""
        if leaf not in self._expansions:
            self._expansions[leaf] = self._expanded("=" + leaf.prefix, fields(leaf.where))
        return self._expansions[leaf]

    def _expanded(self, prefix: str, names: list[str]) -> list[str]:
        self.check()
        segments = self.snapshot.segments
        terms = {term for s in segments for name in names for term, _ in s.frequencies(name, prefix)}
        if len(terms) <= limits.PREFIX_EXPANSIONS and self.snapshot.is_whole:
            return sorted(terms)
        counts = {term: self._count(term, names) for term in terms}
        ordered = sorted((term for term in terms if counts[term]), key=lambda term: (-counts[term], term))
        return ordered[: limits.PREFIX_EXPANSIONS]

    def _count(self, term: str, names: list[str]) -> int:
        """How many living articles have a term."""
        self.check()
        return self.snapshot.having(
            p for name in names if (p := self.snapshot.postings(name, term)) is not None
        )

    def places(self, articles: list[int]) -> list[Places]:
        """Where the question's terms stand in some articles."""
        prefixes = [self._expansion(leaf) for leaf in self.leaves if isinstance(leaf, Prefix)]
        asked = sorted(named_terms(self.query.root).union(*prefixes))
        wanted = np.array(articles, dtype=np.int64)
        order = np.argsort(wanted)
        found: list[dict[str, list[Place]]] = [{} for _ in articles]
        for field in ranking.FIELDS:
            self.check()
            terms: list[dict[int, list[str]]] = [{} for _ in articles]
            for term in asked:
                if (postings := self.snapshot.postings(field, term)) is not None:
                    which, positions = postings.within(wanted[order])
                    for n, position in zip(order[which].tolist(), positions.tolist(), strict=True):
                        terms[n].setdefault(position, []).append(term)
            for article, here, of_article in zip(articles, terms, found, strict=True):
                spans = self.snapshot.tokens(field, article, sorted(here)) if here else []
                of_article[field] = [
                    Place(position, start, end, tuple(here[position]))
                    for position, (start, end) in zip(sorted(here), spans, strict=True)
                ]
        return list(found)

    # In which order

    def _weight(self, leaf: Leaf) -> float:
        lists = self._lists(leaf)
        if len(lists) == 1 and self.snapshot.is_whole:
            having = len(lists[0].postings)
        else:
            having = int(np.count_nonzero(self._standing(leaf)))
        return ranking.telling(leaf, self.snapshot.documents, having)

    def _scores(self, numbers: Ints) -> Floats:
        """The scores of some articles."""
        return self._shaded(numbers, *self._sums(numbers))

    def _sums(self, numbers: Ints) -> tuple[Floats, Floats]:
        """For each of some articles BM25F, and how much of the question's weight it has."""
        total, matched = np.zeros(len(numbers)), np.zeros(len(numbers))
        slots = np.full(self.snapshot.count, -1, dtype=np.int64)
        slots[numbers] = np.arange(len(numbers))
        for leaf in self.leaves:
            self.check()
            frequency, weight = self._frequency(leaf, numbers, slots), self._weight(leaf)
            total += weight * ranking.saturated(frequency)
            matched += weight * (frequency > 0.0)
        return total, matched

    def _frequency(self, leaf: Leaf, numbers: Ints, slots: Ints) -> Floats:
        """How often a leaf stands in each of some articles, summed over its terms and fields, evened out."""
        frequency = np.zeros(len(numbers))
        if isinstance(leaf, Phrase):
            for field in fields(leaf.where):
                ids, counts = np.unique(self._runs(leaf, field)[0], return_counts=True)
                at = slots[ids]
                frequency[at[at >= 0]] += (counts * self.snapshot.evened[field][ids])[at >= 0]
            return frequency
        for field, weight, postings in self._lists(leaf):
            ids, grains, evened = postings.ids, postings.grains, self.snapshot.evened[field]
            weight /= GRAIN
            if len(numbers) * _SEARCHED < len(ids):
                at = np.searchsorted(ids, numbers)
                at[at == len(ids)] = 0
                here = np.flatnonzero(ids[at] == numbers)
                frequency[here] += weight * grains[at[here]] * evened[numbers[here]]
            else:
                at = slots[ids]
                here = np.flatnonzero(at >= 0)
                frequency[at[here]] += weight * grains[here] * evened[ids[here]]
        return frequency

    def _shaded(self, numbers: Ints, total: Floats, matched: Floats) -> Floats:
        """Scores from sums: BM25F times coverage times freshness."""
        asked = sum(map(self._weight, self.leaves))
        return total * ranking.coverage(matched, asked) * self._freshness(numbers)

    def _freshness(self, numbers: Ints) -> Floats:
        if self.query.now is None:
            return np.ones(len(numbers))
        published = self.snapshot.column("published")[numbers]
        age = (ranking.seconds(self.query.now) - published).astype(np.float64)
        return np.where(published == UNKNOWN_DATE, 1.0, ranking.freshness(age, self.query.half_life))

    def _best(self, numbers: Ints, wanted: int) -> tuple[Ints, Floats]:
        """The best by score, then newer, then by tie: enough of them for the page and a closer look."""
        most = max(wanted, ranking.PROXIMITY_HITS)
        total, matched = self._sums(numbers)
        if len(numbers) > 4 * most:
            # Coverage only lowers a score, and freshness raises it by a known share: what cannot reach the
            # last of the best even so is not looked at more closely.
            first = np.argpartition(total, -2 * most)[-2 * most :]
            sample = self._shaded(numbers[first], total[first], matched[first])
            edge = np.partition(sample, -most)[-most]
            possible = np.flatnonzero(total * (1.0 + ranking.FRESHNESS) >= edge * (1.0 - 1e-9))
            numbers, total, matched = numbers[possible], total[possible], matched[possible]
        scores = self._shaded(numbers, total, matched)
        if len(numbers) > most:
            best = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
            numbers, scores = numbers[best], scores[best]
        numbers, scores = self._sorted(numbers, scores)
        return numbers[:most], scores[:most]

    def _sorted(self, numbers: Ints, scores: Floats) -> tuple[Ints, Floats]:
        published, tie = self.snapshot.column("published"), self.snapshot.column("tie")
        order = np.lexsort((tie[numbers], -published[numbers], -scores))
        return numbers[order], scores[order]

    def _dated(self, numbers: Ints, wanted: int) -> Ints:
        """The first by date, undated articles last."""
        published = self.snapshot.column("published")[numbers]
        moment = published if self.query.sort is Sort.OLDEST else -published
        moment = np.where(published == UNKNOWN_DATE, np.iinfo(np.int64).max, moment)
        if len(numbers) > wanted:
            first = np.flatnonzero(moment <= np.partition(moment, wanted - 1)[wanted - 1])
            numbers, moment = numbers[first], moment[first]
        return numbers[np.lexsort((self.snapshot.column("tie")[numbers], moment))][:wanted]

    def _near(self, numbers: Ints, scores: Floats) -> tuple[Ints, Floats]:
        """The best hits again, with how near the question's words stand to each other in them."""
        if len(self.leaves) < 2 or not self.query.nearness or not len(numbers):
            return numbers, scores
        weights = [min(pair) for pair in pairwise([self._weight(leaf) for leaf in self.leaves])]
        head = numbers[: ranking.PROXIMITY_HITS]
        order = np.argsort(head)
        factors = np.empty(len(head))
        factors[order] = ranking.proximity(weights, self._nearness(head[order]))
        scores[: len(head)] *= factors
        return self._sorted(numbers, scores)

    def _nearness(self, articles: Ints) -> list[Floats]:
        """For each pair of neighbouring leaves, how near they stand in each of some articles, in order."""
        found = [np.zeros(len(articles)) for _ in self.leaves[1:]]
        for name in ranking.FIELDS:
            self.check()
            keys = [self._places(leaf, name, articles) for leaf in self.leaves]
            for near, (first, second) in zip(found, pairwise(keys), strict=True):
                np.maximum(near, ranking.nearness(first, second, len(articles)), out=near)
        return found

    def _places(self, leaf: Leaf, field: str, articles: Ints) -> Ints:
        """Where a leaf stands in some articles: place of the article among them * 2**32 + position."""
        if isinstance(leaf, Phrase):
            if field not in fields(leaf.where):
                return NO_IDS
            runs, positions = self._runs(leaf, field)
            at = np.searchsorted(articles, runs)
            at[at == len(articles)] = 0
            inside = articles[at] == runs
            return _keys(at[inside], positions[inside])
        lists = [one.postings for one in self._lists(leaf) if one.field == field]
        return _union([_keys(*postings.within(articles)) for postings in lists])


def fields(where: In) -> list[str]:
    """The fields a leaf looks in."""
    return [name for name in ranking.FIELDS if where is In.ALL or where.value == name]


def _keys(articles: Ints, positions: Ints) -> Ints:
    return (articles << 32) + positions


def _union(each: list[Ints]) -> Ints:
    """Every number of some sorted lists once, in order."""
    each = [numbers for numbers in each if len(numbers)]
    if len(each) < 2:
        return each[0] if each else NO_IDS
    numbers = np.sort(np.concatenate(each))
    return np.asarray(numbers[np.diff(numbers, prepend=numbers[0] - 1) != 0])


def _inside(numbers: Ints, among: Ints) -> Mask:
    """Which numbers are among some sorted ones."""
    if not len(among):
        return np.zeros(len(numbers), dtype=np.bool_)
    at = np.searchsorted(among, numbers)
    at[at == len(among)] = 0
    return np.asarray(among[at] == numbers)
