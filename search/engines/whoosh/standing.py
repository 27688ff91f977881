"""Where the leaves of a question stand in one commit: lists of words and prefixes, runs of phrases."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

from search import limits, ranking
from search.columns import Floats, Ints
from search.engines.whoosh.gathering import marked, phrase_runs, summed, united
from search.engines.whoosh.lists import Runs, Stand, Weighted
from search.engines.whoosh.sets import NO_IDS, NO_INTS, Ids, places
from search.engines.whoosh.snapshot import Snapshot
from search.query import In, Leaf, Phrase, Prefix, Word
from search.russian.analysis import EXACT
from search.terms import GRAIN

_FIELDS = list(ranking.FIELDS)
_AT_ONCE = 256  # terms of a prefix that are counted between two looks at the clock


class Standing:
    """The leaves of one question over one commit, each looked up once. `check` may raise QueryTooCostly."""

    def __init__(self, snapshot: Snapshot, check: Callable[[], None]) -> None:
        self._snapshot = snapshot
        self._check = check
        self._stands: dict[int, Stand] = {}

    def stand(self, leaf: Leaf) -> Stand:
        """Where a leaf stands. Words are asked again and again, so what was found is remembered."""
        # By identity: the leaves of a question live as long as it, and hashing one takes its time.
        stand = self._stands.get(id(leaf))
        if stand is None:
            snapshot = self._snapshot
            stand = snapshot.stand(leaf, lambda: marked(self._found(leaf), snapshot.count, snapshot.room))
            self._stands[id(leaf)] = stand
        return stand

    def _found(self, leaf: Leaf) -> Stand:
        self._check()
        if isinstance(leaf, Phrase):
            ids: list[Ids] = []
            frequencies: list[Floats] = []
            runs = [(field, Runs(*self._runs(leaf, field))) for field in ranking.fields(leaf.where)]
            for field, one in runs:
                ids.append(one.ids)
                frequencies.append(one.counts * self._snapshot.evened[_FIELDS.index(field)][one.ids])
            numbers, frequency = summed(ids, frequencies, self._snapshot.live)
            weight = ranking.telling(leaf, self._snapshot.documents, len(numbers))
            return Stand(numbers, ranking.saturated(frequency), weight, runs=runs)
        lists = list(self._listed(leaf))
        numbers, frequency = self._frequencies(lists)
        weight = ranking.telling(leaf, self._snapshot.documents, len(numbers))
        if not isinstance(leaf, Word) or not leaf.kin:
            return Stand(numbers, ranking.saturated(frequency), weight, lists=lists)
        akin, more = self._frequencies(list(self._weighted([(w, term) for term, w in leaf.kin], leaf.where)))
        at, both = places(akin, numbers)
        frequency[at[both]] += more[both]
        kin = Stand(akin[~both], ranking.saturated(more[~both]), weight)
        return Stand(numbers, ranking.saturated(frequency), weight, kin, lists)

    def _frequencies(self, lists: Sequence[Weighted]) -> tuple[Ids, Floats]:
        """The living articles of some lists, and how often these stand in each, evened out."""
        snapshot = self._snapshot
        which = [_FIELDS.index(one.field) for one in lists]
        weights = [one.weight / GRAIN for one in lists]
        each = [one.postings for one in lists]
        return united(each, which, weights, snapshot.evened, snapshot.live, snapshot.room)

    def _listed(self, leaf: Word | Prefix) -> Iterable[Weighted]:
        """The posting lists whose union a word or prefix is."""
        if isinstance(leaf, Word):
            terms = [(a.weight, a.term) for a in leaf.alternatives]
        else:
            terms = [(1.0, term) for term in self._expanded(EXACT + leaf.prefix, ranking.fields(leaf.where))]
        yield from self._weighted(terms, leaf.where)

    def _weighted(self, terms: list[tuple[float, str]], where: In) -> Iterable[Weighted]:
        for name in ranking.fields(where):
            self._check()
            found = self._snapshot.postings(name, [term for _, term in terms])
            for (weight, term), postings in zip(terms, found, strict=True):
                if postings:
                    yield Weighted(name, term, weight, postings)

    def _runs(self, phrase: Phrase, field: str) -> tuple[Ids, Ints]:
        """Where the phrase begins."""
        steps = []
        for alternatives in phrase.terms:
            self._check()
            lists = self._snapshot.postings(field, alternatives)
            if not any(lists):
                return NO_IDS, NO_INTS
            steps.append([one for one in lists if one])
        # The rarest words first: few articles are left to look at the places in.
        order = sorted(range(len(steps)), key=lambda n: sum(map(len, steps[n])))
        return phrase_runs([steps[n] for n in order], order, self._snapshot.room)

    def _expanded(self, prefix: str, names: list[str]) -> list[str]:
        self._check()
        segments = self._snapshot.segments
        terms = {term for s in segments for name in names for term, _ in s.frequencies(name, prefix)}
        if len(terms) <= limits.PREFIX_EXPANSIONS and self._snapshot.is_whole:
            return sorted(terms)
        counted: list[tuple[int, str]] = []
        remaining = iter(terms)
        while some := list(islice(remaining, _AT_ONCE)):
            self._check()
            each = zip(*(self._snapshot.postings(name, some) for name in names), strict=True)
            counts = (self._snapshot.having(filter(None, lists)) for lists in each)
            counted += [(-count, term) for count, term in zip(counts, some, strict=True) if count]
        return [term for _, term in sorted(counted)[: limits.PREFIX_EXPANSIONS]]
