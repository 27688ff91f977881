"""A question over one commit: which articles, in which order.

By the same contract as the oracle in `memory.py`. Articles are numbered through the commit; a question of
leaves goes to `gathering` as it is, one with brackets as the articles that answer it.
"""

from collections.abc import Callable, Iterable, Sized
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from math import ceil
from operator import itemgetter
from typing import Any

import numpy as np

from search import ranking
from search.columns import Floats, Ints
from search.engines.whoosh import counted
from search.engines.whoosh.gathering import (
    EVER,
    Asked,
    Gathered,
    Passing,
    best_first,
    closely,
    gather,
)
from search.engines.whoosh.lists import Postings, Stand
from search.engines.whoosh.placing import placed
from search.engines.whoosh.schema import UNKNOWN_DATE
from search.engines.whoosh.sets import NO_IDS, Ids, Mask, inside, union
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.standing import Standing
from search.page import Facet, Places
from search.query import (
    BRACKETS,
    LABELS,
    After,
    AllOf,
    AnyOf,
    In,
    Labels,
    Leaf,
    Node,
    Phrase,
    Query,
    Sort,
    is_weak,
    leaves,
    named_terms,
    required,
)

Found = tuple[int, float]  # number of the article, score
_EVERY: Mask = np.empty(0, dtype=np.bool_)
_END: int = np.iinfo(np.int64).max


def _published(after: After) -> int:
    return ranking.seconds(after.published) if after.published else UNKNOWN_DATE


class Evaluation:
    """One question over one commit. `check` is called between steps and may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, query: Query, check: Callable[[], None]) -> None:
        self.snapshot = snapshot
        self.query = query
        self.check = check
        self._leaves = Standing(snapshot, check)
        self._gathered: Gathered | None = None  # where it holds every article found

    @cached_property
    def leaves(self) -> list[Leaf]:
        """What the question is made of."""
        return list(leaves(self.query.root))

    def run(self) -> tuple[int, int | None, list[Found]]:
        """How many articles are found, how many are left of them collapsed, and those asked for, in order."""
        query = self.query
        wanted = query.offset + query.limit
        ranked = query.sort is Sort.RELEVANCE
        most = max(wanted, ranking.PROXIMITY_HITS if self._nears else 0)
        few = ranked and query.limit and not (query.collapse or query.after or self._counts)
        gathered = self._gather(most if few else 0)
        if query.collapse:
            return gathered.found, *self._collapsed(gathered)
        if not query.limit:
            return gathered.found, None, []
        page = slice(query.offset, wanted)
        if not ranked:
            first = self._dated(self._later(gathered), wanted).of(page)
            return gathered.found, None, _listed(first.numbers, self._scores(first))
        chosen, scores = self._ordered(gathered, most)
        if query.after:
            chosen, scores = self._following(chosen, scores, query.after)
        return gathered.found, None, _listed(chosen[page], scores[page])

    def _collapsed(self, gathered: Gathered) -> tuple[int, list[Found]]:
        """How many stories and articles without one there are, and of those asked for the first article."""
        query, page = self.query, slice(self.query.offset, self.query.offset + self.query.limit)
        if query.sort is Sort.RELEVANCE:
            ordered, scores = self._ordered(gathered, gathered.found)
            first = self._firsts(ordered)
            chosen, scores = ordered[first], scores[first]
            if query.after:
                chosen, scores = self._following(chosen, scores, query.after)
            return len(first), _listed(chosen[page], scores[page])
        by_date = self._dated(gathered, gathered.found)
        heads = by_date.of(self._firsts(by_date.numbers))
        shown = self._later(heads).of(page)
        return len(heads.numbers), _listed(shown.numbers, self._scores(shown))

    def _firsts(self, numbers: Ids) -> Ints:
        """The places of the articles, in their order, that are the first of their story or belong to none."""
        stories = self.snapshot.column("story")[numbers]
        own = np.where(stories == 0, -1 - numbers.astype(np.int64), stories)
        firsts: Ints = np.sort(np.unique(own, return_index=True)[1])
        return firsts

    @property
    def _counts(self) -> bool:
        """Whether something is counted over all hits."""
        return bool(self.query.facets) or self.query.histogram is not None

    @property
    def _nears(self) -> bool:
        """Whether it matters how near the question's words stand to each other and to the beginning."""
        return self.query.nearness and bool(self.leaves)

    # Which articles

    def _gather(self, most: int, but: str = "") -> Gathered:
        """The articles that pass the filters, one of the labels' left out: all, or what may be the best."""
        asked = self._flat(_bare(self.query.root), but) or self._deep(but)
        gathered = gather(asked, most, self.snapshot.room)
        self.check()
        if not most and not but:
            self._gathered = gathered
        return gathered

    def _flat(self, root: Node, but: str) -> Asked | None:
        """The question as one of leaves only, if it is."""
        stand: Callable[[Any], Stand] = self._leaves.stand
        first: list[Stand] = []
        more: list[Stand] = []
        for part in root.parts if isinstance(root, BRACKETS) else (root,):
            if isinstance(part, BRACKETS):
                return None
            (more if is_weak(part) else first).append(stand(part))
        if isinstance(root, AllOf):
            if not first:  # weak words count where there are no others
                first, more = more, first
            needed, without = _needed(root, first), root.without
            if not needed or any(isinstance(part, BRACKETS) for part in without):
                return None
        else:
            first, more, needed, without = first + more, [], 1, ()
        kin = [one.kin for one in (*first, *more) if one.kin]
        excluded = list(map(stand, without))
        return Asked(first, needed, excluded, more, self._passing(but), self._rise, kin)

    def _deep(self, but: str) -> Asked:
        """The question as the articles that answer it, with its leaves added to their sums."""
        numbers = self._numbers(self.query.root)
        found = Stand(numbers, np.zeros(len(numbers)), 0.0)
        more = [self._leaves.stand(leaf) for leaf in self.leaves]
        kin = [stand.kin for stand in more if stand.kin]
        return Asked([found], 1, [], more, self._passing(but), self._rise, kin)

    def _numbers(self, node: Node) -> Ids:
        """The living articles that answer a part of the question."""
        self.check()
        if isinstance(node, AnyOf):
            return union([self._numbers(part) for part in node.parts], NO_IDS)
        if not isinstance(node, AllOf):
            return self._leaves.stand(node).ids
        asked = required(node)
        needed = _needed(node, asked)
        if not needed:
            numbers = np.flatnonzero(self.snapshot.live).astype(np.uint32)
        elif needed == len(asked):
            numbers, *others = sorted(map(self._numbers, asked), key=len)
            for other in others:
                numbers = numbers[inside(numbers, other)]
        else:
            every = np.concatenate([self._numbers(part) for part in asked])
            numbers, counts = np.unique(every, return_counts=True)
            numbers = numbers[counts >= needed]
        for part in node.without:
            numbers = numbers[~inside(numbers, self._numbers(part))]
        return numbers

    def _passing(self, but: str) -> Passing:
        """The filters, one of the labels' left out."""
        filters, allowed = self.query.filters, _EVERY
        since = until = EVER
        if filters.story is not None:
            allowed = self.snapshot.column("story") == filters.story
        if filters.since or filters.until:
            since = ranking.seconds(filters.since) if filters.since else UNKNOWN_DATE + 1
            until = ranking.seconds(filters.until) if filters.until else _END
        for field in LABELS:
            labels: Labels = getattr(filters, field)
            if not (labels.include or labels.exclude) or field == but:
                continue
            mask = self._labelled(field, labels.include) if labels.include else ~self._labelled(field, ())
            if labels.exclude:
                mask &= ~self._labelled(field, labels.exclude)
            allowed = mask & allowed if len(allowed) else mask
        return Passing(self.snapshot.column("published"), since, until, allowed)

    def _labelled(self, field: str, keys: Iterable[str]) -> Mask:
        mask = np.zeros(self.snapshot.count, dtype=np.bool_)
        for key in keys:
            mask[self.snapshot.labelled(field, key)] = True
        return mask

    # What is counted

    def counted(self) -> tuple[tuple[Facet, ...], tuple[tuple[date, int], ...]]:
        """The facets and the histogram of the question."""
        if not self._counts:
            return (), ()
        facets = tuple(
            counted.facet(
                self.snapshot,
                name,
                self._all(but="" if name in self.query.within else name),
                getattr(self.query.filters, name).include,
            )
            for name in self.query.facets
        )
        if self.query.histogram is None:
            return facets, ()
        zone = self.query.now.tzinfo if self.query.now else None
        return facets, counted.histogram(self.snapshot, self._all(), self.query.histogram, zone)

    def _all(self, but: str = "") -> Ids:
        """Every article found, one filter of labels left out."""
        if but and getattr(self.query.filters, but) != Labels():
            return self._gather(0, but).numbers
        return (self._gathered or self._gather(0)).numbers

    # Where the question's terms stand

    def places(self, articles: list[int]) -> list[Places]:
        """Where the question's terms stand in some articles: in any field, whichever each is asked for in."""
        self.check()
        return placed(self.snapshot, self._lists(), articles)

    def _lists(self) -> dict[tuple[str, str], Postings]:
        """The posting lists of the question's terms by field and term, in order."""
        found: dict[tuple[str, str], Postings] = {}
        elsewhere: set[str] = set()  # terms whose lists in other fields no leaf has
        for leaf in self.leaves:
            lists = self._leaves.stand(leaf).lists
            found.update(((one.field, one.term), one.postings) for one in lists)
            if isinstance(leaf, Phrase) or leaf.where is not In.ALL:
                elsewhere |= named_terms(leaf) | {one.term for one in lists}
        for field in ranking.FIELDS if elsewhere else ():
            terms = list(elsewhere)
            each = zip(terms, self.snapshot.postings(field, terms), strict=True)
            found.update(((field, term), postings) for term, postings in each if postings)
        return dict(sorted(found.items(), key=itemgetter(0)))

    # In which order

    def _scores(self, gathered: Gathered) -> Floats:
        """Scores from sums: BM25F times coverage times freshness."""
        scores = gathered.totals * ranking.coverage(gathered.shares)
        now = self.query.now
        return scores if now is None else scores * self._freshness(gathered.numbers, now)

    @property
    def _rise(self) -> float:
        """How far freshness may raise a score."""
        return 1.0 if self.query.now is None else 1.0 + ranking.FRESHNESS

    def _freshness(self, numbers: Ids, now: datetime) -> Floats:
        published = self.snapshot.column("published")[numbers]
        age = (ranking.seconds(now) - published).astype(np.float64)
        return np.where(published == UNKNOWN_DATE, 1.0, ranking.freshness(age, self.query.half_life))

    def _best(self, gathered: Gathered, most: int) -> tuple[Ids, Floats]:
        """The best by score, then newer, then by tie."""
        if len(gathered.numbers) > 4 * most:
            # Coverage only lowers a score, and freshness raises it by a known share: what cannot reach the
            # last of the best even so is not looked at more closely.
            totals = gathered.totals
            sample = gathered.of(np.argpartition(totals, -2 * most)[-2 * most :])
            edge = np.partition(self._scores(sample), -most)[-most]
            gathered = gathered.of(np.flatnonzero(totals * self._rise >= edge * (1.0 - 1e-9)))
        return self._sorted(gathered.numbers, self._scores(gathered), most)

    def _sorted(self, numbers: Ids, scores: Floats, most: int) -> tuple[Ids, Floats]:
        published, ties = self.snapshot.column("published"), self.snapshot.column("tie")
        return best_first(numbers, scores, most, published, ties, self.snapshot.room)

    def _dated(self, gathered: Gathered, wanted: int) -> Gathered:
        """The first by date, undated articles last."""
        numbers = gathered.numbers
        moment = self._moments(self.snapshot.column("published")[numbers])
        first = np.arange(len(numbers))
        if len(numbers) > wanted:
            first = np.flatnonzero(moment <= np.partition(moment, wanted - 1)[wanted - 1])
        order = np.lexsort((self.snapshot.column("tie")[numbers[first]], moment[first]))[:wanted]
        return gathered.of(first[order])

    def _moments(self, published: Ints) -> Ints:
        """What dates are ordered by."""
        moment = published if self.query.sort is Sort.OLDEST else -published
        moments: Ints = np.where(published == UNKNOWN_DATE, np.iinfo(np.int64).max, moment)
        return moments

    def _later(self, gathered: Gathered) -> Gathered:
        """Those that come by date after the article that the question goes on after, if it does."""
        if (after := self.query.after) is None:
            return gathered
        moment = self._moments(self.snapshot.column("published")[gathered.numbers])
        edge = self._moments(np.array([_published(after)]))[0]
        tied = self.snapshot.column("tie")[gathered.numbers] > ranking.tie(after.id)
        return gathered.of(np.flatnonzero((moment > edge) | ((moment == edge) & tied)))

    def _ordered(self, gathered: Gathered, most: int) -> tuple[Ids, Floats]:
        """Articles by score, and their scores: all, or at least the `most` best where none is skipped."""
        if self.query.after or self.query.collapse:
            return self._near(*self._sorted(gathered.numbers, self._scores(gathered), gathered.found))
        return self._near(*self._best(gathered, most))

    def _following(self, numbers: Ids, scores: Floats, after: After) -> tuple[Ids, Floats]:
        """Of hits in order all that come after one: after where it stands now, or where it would."""
        at = np.flatnonzero(numbers == self.snapshot.find(after.id))
        if len(at):
            return numbers[at[0] + 1 :], scores[at[0] + 1 :]
        published, tie = self.snapshot.column("published")[numbers], self.snapshot.column("tie")[numbers]
        edge = _published(after)
        tied = (published < edge) | ((published == edge) & (tie > ranking.tie(after.id)))
        later = (scores < after.score) | ((scores == after.score) & tied)
        return numbers[later], scores[later]

    def _near(self, numbers: Ids, scores: Floats) -> tuple[Ids, Floats]:
        """The best hits again, by how near the question's words stand to each other and to the beginning."""
        if not self._nears or not len(numbers):
            return numbers, scores
        stands = [self._leaves.stand(leaf) for leaf in self.leaves]
        weights = [stand.weight for stand in stands]
        head = numbers[: ranking.PROXIMITY_HITS]
        order = head.argsort()
        self.check()
        nears, leads = closely(stands, head[order], self.snapshot.room)
        factors = np.empty(len(head))
        factors[order] = ranking.proximity([min(pair) for pair in pairwise(weights)], nears)
        factors[order] *= ranking.lead_coverage(weights, leads)
        scores[: len(head)] *= factors
        return self._sorted(numbers, scores, len(numbers))


def _bare(node: Node) -> Node:
    """A node that is all there is of some brackets."""
    while isinstance(node, BRACKETS) and len(node.parts) == 1:
        if isinstance(node, AllOf) and (node.without or not _needed(node, required(node))):
            break
        node = node.parts[0]
    return node


def _needed(node: AllOf, asked: Sized) -> int:
    """How many of the parts that count an article must have."""
    return ceil(node.quorum * len(asked) - 1e-9)


def _listed(numbers: Ids, scores: Floats) -> list[Found]:
    return list(zip(numbers.tolist(), scores.tolist(), strict=True))
