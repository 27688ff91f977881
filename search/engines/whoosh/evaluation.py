"""A question over one commit: which articles, in which order.

By the same contract as the oracle in `memory.py`, for all articles at once. Articles are numbered through the
commit; a mask says of each whether it is meant.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import reduce
from itertools import pairwise
from math import ceil

import numpy as np

from search import ranking
from search.article import Article
from search.engines import counting
from search.engines.whoosh.schema import UNKNOWN_DATE
from search.engines.whoosh.snapshot import Floats, Ints, Mask, Snapshot
from search.engines.whoosh.standing import Standing, fields
from search.page import Facet, Place, Places
from search.query import (
    LABELS,
    After,
    AllOf,
    AnyOf,
    Labels,
    Leaf,
    Node,
    Phrase,
    Prefix,
    Query,
    Sort,
    leaves,
    named_terms,
    required,
)
from search.terms import GRAIN

Found = tuple[int, float]  # number of the article, score
# A list so many times longer than the articles looked for in it is searched, not read through.
_SEARCHED = 16


def _published(after: After) -> int:
    return ranking.seconds(after.published) if after.published else UNKNOWN_DATE


class Evaluation:
    """One question over one commit. `check` is called between steps and may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, query: Query, check: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.query = query
        self.check = check
        self.leaves = list(leaves(query.root))
        self._masks: dict[Leaf, Mask] = {}
        self._leaves = Standing(snapshot, check)

    def run(self) -> tuple[int, int | None, list[Found]]:
        """How many articles are found, how many are left of them collapsed, and those asked for, in order."""
        query = self.query
        mask = self._mask(query.root) & self._passing()
        numbers = np.flatnonzero(mask)
        total = len(numbers)
        if query.collapse:
            heads, found = self._collapsed(numbers)
            return total, heads, found
        if not query.limit:
            return total, None, []
        wanted = query.offset + query.limit
        if query.after and query.sort is Sort.RELEVANCE:
            chosen, scores = self._following(*self._ordered(numbers), query.after)
        elif query.sort is Sort.RELEVANCE:
            chosen, scores = self._near(*self._best(numbers, wanted))
        else:
            later = self._later(numbers, query.after) if query.after else numbers
            chosen = self._dated(later, wanted)[query.offset :]
            return total, None, self._found(chosen, self._scores(chosen))
        page = slice(query.offset, wanted)
        return total, None, self._found(chosen[page], scores[page])

    def _collapsed(self, numbers: Ints) -> tuple[int, list[Found]]:
        """How many stories and articles without one there are, and of those asked for the first article."""
        query, page = self.query, slice(self.query.offset, self.query.offset + self.query.limit)
        if query.sort is Sort.RELEVANCE:
            ordered, scores = self._ordered(numbers)
            first = self._firsts(ordered)
            chosen, scores = ordered[first], scores[first]
            if query.after:
                chosen, scores = self._following(chosen, scores, query.after)
            return len(first), self._found(chosen[page], scores[page])
        ordered = self._dated(numbers, len(numbers))
        first = self._firsts(ordered)
        chosen = self._later(ordered[first], query.after) if query.after else ordered[first]
        return len(first), self._found(chosen[page], self._scores(chosen[page]))

    def _firsts(self, numbers: Ints) -> Ints:
        """The places of the articles, in their order, that are the first of their story or belong to none."""
        stories = self.snapshot.column("story")[numbers]
        own = np.where(stories == 0, -1 - numbers, stories)
        firsts: Ints = np.sort(np.unique(own, return_index=True)[1])
        return firsts

    @staticmethod
    def _found(numbers: Ints, scores: Floats) -> list[Found]:
        return list(zip(numbers.tolist(), scores.tolist(), strict=True))

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
            for ids in self._leaves.ids(leaf):
                mask[ids] = True
            self._masks[leaf] = mask if self.snapshot.is_whole else mask & self.snapshot.live
        return self._masks[leaf]

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
        if filters.story is not None:
            mask = mask & (self.snapshot.column("story") == filters.story)
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

    # Where the question's terms stand

    def places(self, articles: list[int]) -> list[Places]:
        """Where the question's terms stand in some articles."""
        prefixes = [self._leaves.expansion(leaf) for leaf in self.leaves if isinstance(leaf, Prefix)]
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
        lists = self._leaves.lists(leaf)
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
                ids, counts = np.unique(self._leaves.runs(leaf, field)[0], return_counts=True)
                at = slots[ids]
                frequency[at[at >= 0]] += (counts * self.snapshot.evened[field][ids])[at >= 0]
            return frequency
        for field, weight, postings in self._leaves.lists(leaf):
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
        moment = self._moments(self.snapshot.column("published")[numbers])
        if len(numbers) > wanted:
            first = np.flatnonzero(moment <= np.partition(moment, wanted - 1)[wanted - 1])
            numbers, moment = numbers[first], moment[first]
        return numbers[np.lexsort((self.snapshot.column("tie")[numbers], moment))][:wanted]

    def _moments(self, published: Ints) -> Ints:
        """What dates are ordered by."""
        moment = published if self.query.sort is Sort.OLDEST else -published
        moments: Ints = np.where(published == UNKNOWN_DATE, np.iinfo(np.int64).max, moment)
        return moments

    def _later(self, numbers: Ints, after: After) -> Ints:
        """Those of some articles that come after one by date."""
        moment = self._moments(self.snapshot.column("published")[numbers])
        edge = self._moments(np.array([_published(after)]))[0]
        tied = self.snapshot.column("tie")[numbers] > ranking.tie(after.id)
        later: Ints = numbers[(moment > edge) | ((moment == edge) & tied)]
        return later

    def _ordered(self, numbers: Ints) -> tuple[Ints, Floats]:
        """All articles by score, and their scores."""
        return self._near(*self._sorted(numbers, self._scores(numbers)))

    def _following(self, numbers: Ints, scores: Floats, after: After) -> tuple[Ints, Floats]:
        """Of hits in order all that come after one: after where it stands now, or where it would."""
        at = np.flatnonzero(numbers == self.snapshot.find(after.id))
        if len(at):
            return numbers[at[0] + 1 :], scores[at[0] + 1 :]
        published, tie = self.snapshot.column("published")[numbers], self.snapshot.column("tie")[numbers]
        edge = _published(after)
        tied = (published < edge) | ((published == edge) & (tie > ranking.tie(after.id)))
        later = (scores < after.score) | ((scores == after.score) & tied)
        return numbers[later], scores[later]

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
            keys = [self._leaves.places(leaf, name, articles) for leaf in self.leaves]
            for near, (first, second) in zip(found, pairwise(keys), strict=True):
                np.maximum(near, ranking.nearness(first, second, len(articles)), out=near)
        return found
