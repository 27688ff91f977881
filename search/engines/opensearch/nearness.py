"""The best hits looked at again: where in them the question's words stand, and how near to each other."""

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise

import numpy as np

from search import ranking
from search.columns import Ints
from search.engines.opensearch.matching import Expansions, weighted
from search.engines.opensearch.scoring import Telling
from search.engines.opensearch.standing import Packed
from search.query import Leaf, Phrase, Query, leaves

Fields = dict[str, Packed]


def factors(found: Sequence[Fields], query: Query, telling: Telling, expansions: Expansions) -> list[float]:
    """By how much nearness and a fitting lead raise each of some hits."""
    asked = list(leaves(query.root))
    weights = [min(pair) for pair in pairwise([telling[leaf] for leaf in asked])]
    nears = [np.zeros(len(found)) for _ in weights]
    leads = [np.zeros(len(found)) for _ in asked]
    for name in ranking.FIELDS:
        keys = [_keys(leaf, name, found, expansions) for leaf in asked]
        for near, (first, second) in zip(nears, pairwise(keys), strict=True):
            np.maximum(near, ranking.nearness(first, second, len(found)), out=near)
        for lead, each in zip(leads, keys, strict=True):
            lead += ranking.in_lead(each, len(found)) / len(ranking.FIELDS)
    told = [telling[leaf] for leaf in asked]
    raised: list[float] = (ranking.proximity(weights, nears) * ranking.lead_coverage(told, leads)).tolist()
    return raised


def _keys(leaf: Leaf, name: str, found: Sequence[Fields], expansions: Expansions) -> Ints:
    """Where a leaf stands in a field of each hit: number of the hit * 2**32 + position."""
    if name not in ranking.fields(leaf.where):
        return np.empty(0, dtype=np.int64)
    each = [(n << 32) + _positions(leaf, hit[name], expansions) for n, hit in enumerate(found)]
    return np.concatenate(each) if each else np.empty(0, dtype=np.int64)


def _positions(leaf: Leaf, standing: Packed, expansions: Expansions) -> Ints:
    if not isinstance(leaf, Phrase):
        return _union(standing, (term for term, _ in weighted(leaf, expansions)))
    starts = [_union(standing, step) - n for n, step in enumerate(leaf.terms)]
    return reduce(np.intersect1d, starts)


def _union(standing: Packed, terms: Iterable[str]) -> Ints:
    lists = [positions for term in terms if len(positions := standing.positions(term))]
    if not lists:
        return np.empty(0, dtype=np.int64)
    joined = np.concatenate(lists).astype(np.int64)
    return np.unique(joined) if len(lists) > 1 else joined
