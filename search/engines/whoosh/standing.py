"""Where the leaves of a question stand in one commit: lists of words and prefixes, runs of phrases."""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from itertools import chain

import numpy as np

from search import limits, ranking
from search.engines.whoosh.gathering import standing
from search.engines.whoosh.segment import NO_IDS
from search.engines.whoosh.sets import inside, places, union
from search.engines.whoosh.snapshot import Floats, Ids, Ints, Postings, Snapshot, Stand, Weighted
from search.query import In, Leaf, Phrase, Word
from search.terms import GRAIN

_NO_IDS: Ids = np.empty(0, dtype=np.uint32)


class Standing:
    """The leaves of one question over one commit, each looked up once. `check` may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, check: Callable[[], None]) -> None:
        self._snapshot = snapshot
        self._check = check
        self._stands: dict[int, Stand] = {}
        self._runs: dict[tuple[Phrase, str], tuple[Ids, Ints]] = {}

    def stand(self, leaf: Leaf) -> Stand:
        """Where a leaf stands. Words are asked again and again, so what was found is remembered."""
        # By identity: the leaves of a question live as long as it, and hashing one takes its time.
        stand = self._stands.get(id(leaf))
        if stand is None:
            if isinstance(leaf, Phrase):
                stand = self._found(leaf)
            else:
                stand = self._snapshot.stand(leaf, lambda: self._found(leaf))
            self._stands[id(leaf)] = stand
        return stand

    def _found(self, leaf: Leaf) -> Stand:
        self._check()
        lists = list(self._listed(leaf))
        if isinstance(leaf, Phrase):
            ids: list[Ids] = []
            frequencies: list[Floats] = []
            for field in fields(leaf.where):
                articles, counts = np.unique(self.runs(leaf, field)[0], return_counts=True)
                ids.append(articles.astype(np.uint32))
                frequencies.append(counts * self._snapshot.evened[field][articles])
            numbers, frequency = self._living(*_summed(ids, frequencies))
        else:
            numbers, frequency = self._frequencies(lists)
        weight = ranking.telling(leaf, self._snapshot.documents, len(numbers))
        if not isinstance(leaf, Word) or not leaf.kin:
            return Stand(numbers, ranking.saturated(frequency), weight, lists=lists)
        akin, more = self._frequencies(self._weighted([(w, term) for term, w in leaf.kin], leaf.where))
        at, both = places(akin, numbers)
        frequency[at[both]] += more[both]
        kin = Stand(akin[~both], ranking.saturated(more[~both]), weight)
        return Stand(numbers, ranking.saturated(frequency), weight, kin, lists)

    def _frequencies(self, lists: Iterable[Weighted]) -> tuple[Ids, Floats]:
        """The living articles of some lists, and how often these stand in each, evened out."""
        ids: list[Ids] = []
        frequencies: list[Floats] = []
        for field, _, weight, postings in lists:
            ids.append(postings.ids)
            evened = self._snapshot.evened[field][ids[-1]]
            frequencies.append(weight / GRAIN * postings.grains * evened)
        return self._living(*_summed(ids, frequencies))

    def _living(self, numbers: Ids, frequency: Floats) -> tuple[Ids, Floats]:
        if self._snapshot.is_whole:
            return numbers, frequency
        living = self._snapshot.live[numbers]
        return numbers[living], frequency[living]

    def _listed(self, leaf: Leaf) -> Iterable[Weighted]:
        """The posting lists whose union a word or prefix is, or of all the words of a phrase."""
        if isinstance(leaf, Word):
            terms = [(a.weight, a.term) for a in leaf.alternatives]
        elif isinstance(leaf, Phrase):
            terms = [(1.0, term) for term in dict.fromkeys(chain.from_iterable(leaf.terms))]
        else:
            terms = [(1.0, term) for term in self._expanded("=" + leaf.prefix, fields(leaf.where))]
        yield from self._weighted(terms, leaf.where)

    def _weighted(self, terms: list[tuple[float, str]], where: In) -> Iterable[Weighted]:
        for name in fields(where):
            self._check()
            for weight, term in terms:
                if (postings := self._snapshot.postings(name, term)) is not None:
                    yield Weighted(name, term, weight, postings)

    def runs(self, phrase: Phrase, field: str) -> tuple[Ids, Ints]:
        """Where the phrase begins: the articles and the positions, in order."""
        if (phrase, field) not in self._runs:
            self._runs[phrase, field] = self._found_runs(phrase, field)
        return self._runs[phrase, field]

    def _found_runs(self, phrase: Phrase, field: str) -> tuple[Ids, Ints]:
        steps = []
        for alternatives in phrase.terms:
            self._check()
            lists = [p for term in alternatives if (p := self._snapshot.postings(field, term)) is not None]
            if not lists:
                return _NO_IDS, NO_IDS
            steps.append(lists)
        # The rarest words first: few articles are left to look at the places in.
        order = sorted(range(len(steps)), key=lambda n: sum(map(len, steps[n])))
        articles = union([postings.ids for postings in steps[order[0]]], _NO_IDS)
        for n in order[1:]:
            self._check()
            having = (inside(articles, postings.ids) for postings in steps[n])
            articles = articles[reduce(np.logical_or, having)]
        starts: Ints | None = None
        for n in order:
            self._check()
            keys = self._places(steps[n], articles) - n
            starts = keys if starts is None else starts[inside(starts, keys)]
        if starts is None or not len(starts):
            return _NO_IDS, NO_IDS
        return articles[starts >> 32], starts & 0xFFFFFFFF

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

    def places(self, leaves: Sequence[Leaf], articles: Ids) -> list[Ints]:
        """Where each leaf stands in some articles, given in order.

        For each the keys, in order, (place of the field * how many articles there are + place of the article)
        * 2**32 + position.
        """
        names, count = list(ranking.FIELDS), len(articles)
        each = [() if isinstance(leaf, Phrase) else self.stand(leaf).lists for leaf in leaves]
        lists = list(chain.from_iterable(each))
        rows = standing([one.postings for one in lists], articles, self._snapshot.room)
        bases = np.array([names.index(one.field) * count for one in lists], dtype=np.int64)
        keys = _keys(bases[rows[:, 1]] + rows[:, 0], rows[:, 2])
        ends = np.searchsorted(rows[:, 1], np.cumsum([len(lists) for lists in each])).tolist()
        return [
            self._run_places(leaf, articles) if isinstance(leaf, Phrase) else np.sort(keys[begin:end])
            for leaf, begin, end in zip(leaves, [0, *ends], ends, strict=False)
        ]

    def _run_places(self, phrase: Phrase, articles: Ids) -> Ints:
        found = []
        for number, field in enumerate(ranking.FIELDS):
            if field in fields(phrase.where):
                runs, positions = self.runs(phrase, field)
                at, here = places(runs, articles)
                found.append(_keys(number * len(articles) + at[here], positions[here]))
        return np.concatenate(found)

    def _places(self, lists: list[Postings], articles: Ids) -> Ints:
        """Where any of some terms stands in some articles: place of the article * 2**32 + position."""
        rows = standing(lists, articles, self._snapshot.room)
        keys = _keys(rows[:, 0], rows[:, 2])
        return np.unique(keys) if len(lists) > 1 else keys


def fields(where: In) -> list[str]:
    """The fields a leaf looks in."""
    return [name for name in ranking.FIELDS if where is In.ALL or where.value == name]


def _keys(articles: Ints, positions: Ints) -> Ints:
    return (articles << 32) + positions


def _summed(ids: list[Ids], frequencies: list[Floats]) -> tuple[Ids, Floats]:
    """The articles of some lists once each, in order, with their frequencies summed."""
    if len(ids) == 1:
        return ids[0], frequencies[0]
    if not ids:
        return np.empty(0, dtype=np.uint32), np.empty(0)
    every = np.concatenate(ids)
    order = np.argsort(every, kind="stable")
    every = every[order]
    begins = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]]))
    if not len(every):
        return every, np.empty(0)
    return every[begins], np.add.reduceat(np.concatenate(frequencies)[order], begins)
