"""Where the leaves of a question stand in one commit: lists of words and prefixes, runs of phrases."""

from collections.abc import Callable, Iterable
from functools import reduce
from typing import NamedTuple

import numpy as np

from search import limits, ranking
from search.engines.whoosh.segment import NO_IDS
from search.engines.whoosh.snapshot import Ints, Mask, Postings, Snapshot
from search.query import In, Leaf, Phrase, Prefix, Word


class Weighted(NamedTuple):
    """A posting list that is part of a word or prefix, the field it is of, and its weight there."""

    field: str
    weight: float
    postings: Postings


class Standing:
    """The leaves of one question over one commit, each looked up once. `check` may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, check: Callable[[], None]) -> None:
        self._snapshot = snapshot
        self._check = check
        self._lists: dict[Leaf, list[Weighted]] = {}
        self._runs: dict[tuple[Phrase, str], tuple[Ints, Ints]] = {}
        self._expansions: dict[Prefix, list[str]] = {}

    def ids(self, leaf: Leaf) -> Iterable[Ints]:
        """Lists of the articles that a leaf stands in, deleted ones included."""
        if isinstance(leaf, Phrase):
            return [self.runs(leaf, field)[0] for field in fields(leaf.where)]
        return [one.postings.ids for one in self.lists(leaf)]

    def lists(self, leaf: Leaf) -> list[Weighted]:
        """The posting lists whose union a word or prefix is, with their weights."""
        if leaf not in self._lists:
            self._lists[leaf] = [] if isinstance(leaf, Phrase) else list(self._listed(leaf))
        return self._lists[leaf]

    def _listed(self, leaf: Word | Prefix) -> Iterable[Weighted]:
        if isinstance(leaf, Word):
            terms = [(a.weight, a.term) for a in leaf.alternatives]
        else:
            terms = [(1.0, term) for term in self.expansion(leaf)]
        for name in fields(leaf.where):
            self._check()
            for weight, term in terms:
                if (postings := self._snapshot.postings(name, term)) is not None:
                    yield Weighted(name, weight, postings)

    def runs(self, phrase: Phrase, field: str) -> tuple[Ints, Ints]:
        """Where the phrase begins: the articles and the positions, in order."""
        if (phrase, field) not in self._runs:
            self._runs[phrase, field] = self._found_runs(phrase, field)
        return self._runs[phrase, field]

    def _found_runs(self, phrase: Phrase, field: str) -> tuple[Ints, Ints]:
        steps = []
        for alternatives in phrase.terms:
            self._check()
            lists = [p for term in alternatives if (p := self._snapshot.postings(field, term)) is not None]
            if not lists:
                return NO_IDS, NO_IDS
            steps.append(lists)
        # The rarest words first: few articles are left to look at the places in.
        order = sorted(range(len(steps)), key=lambda n: sum(map(len, steps[n])))
        articles = _union([postings.ids for postings in steps[order[0]]])
        for n in order[1:]:
            self._check()
            inside = (_inside(articles, postings.ids) for postings in steps[n])
            articles = articles[reduce(np.logical_or, inside)]
        starts: Ints | None = None
        for n in order:
            self._check()
            keys = _union([_keys(*postings.within(articles)) for postings in steps[n]]) - n
            starts = keys if starts is None else starts[_inside(starts, keys)]
        if starts is None or not len(starts):
            return NO_IDS, NO_IDS
        return articles[starts >> 32], starts & 0xFFFFFFFF

    def expansion(self, leaf: Prefix) -> list[str]:
        """The exact forms a prefix stands for: those in most articles, up to the limit."""
        if leaf not in self._expansions:
            self._expansions[leaf] = self._expanded("=" + leaf.prefix, fields(leaf.where))
        return self._expansions[leaf]

    def _expanded(self, prefix: str, names: list[str]) -> list[str]:
        self._check()
        segments = self._snapshot.segments
        terms = {term for s in segments for name in names for term, _ in s.frequencies(name, prefix)}
        if len(terms) <= limits.PREFIX_EXPANSIONS and self._snapshot.is_whole:
            return sorted(terms)
        counts = {term: self._count(term, names) for term in terms}
        ordered = sorted((term for term in terms if counts[term]), key=lambda term: (-counts[term], term))
        return ordered[: limits.PREFIX_EXPANSIONS]

    def _count(self, term: str, names: list[str]) -> int:
        """How many living articles have a term."""
        self._check()
        return self._snapshot.having(
            p for name in names if (p := self._snapshot.postings(name, term)) is not None
        )

    def places(self, leaf: Leaf, field: str, articles: Ints) -> Ints:
        """Where a leaf stands in some articles: place of the article among them * 2**32 + position."""
        if isinstance(leaf, Phrase):
            if field not in fields(leaf.where):
                return NO_IDS
            runs, positions = self.runs(leaf, field)
            at = np.searchsorted(articles, runs)
            at[at == len(articles)] = 0
            inside = articles[at] == runs
            return _keys(at[inside], positions[inside])
        lists = [one.postings for one in self.lists(leaf) if one.field == field]
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
