"""How well articles answer: the formulas of `search.ranking` as nested queries with a script each.

For every leaf the weighted frequencies of its terms are summed, evened out by the length of each field,
saturated and multiplied by what the leaf tells. What rests on the whole archive (rarity, average lengths)
comes in as parameters, so that every shard counts alike.

A score can be summed but not multiplied with another's, so where coverage matters the two factors are
summed as logarithms.
"""

from collections.abc import Mapping
from typing import Any

from search import ranking
from search.engines.opensearch.matching import NOTHING, Clause, Expansions, any_of, matching, weighted
from search.engines.opensearch.schema import LENGTH, WEIGHTS
from search.query import AllOf, AnyOf, Leaf, Node, Phrase, Query, Word, leaves, required
from search.terms import GRAIN

_EVENED = "params.weight * _score / (1.0 - params.b + params.b * doc[params.length].value / params.average)"
_SATURATED = "params.telling * _score / (_score + params.k1)"
# A phrase that stands n times in a field scores n / (n + 1) as an interval.
_TIMES = "Math.rint(_score / (1.0 - _score))"
_LOG = "params.above + params.power * Math.log(_score / params.of)"
_FRESH = """
    double score = params.logs ? (_score == 0 ? 0 : Math.exp(_score - 2 * params.above)) : _score;
    if (!params.dated || doc['published'].size() == 0) return score;
    double age = Math.max(0.0, params.now - doc['published'].value.toEpochSecond());
    return score * (1.0 + params.freshness * Math.pow(2.0, -age / 86400.0 / params.half_life));
"""
Telling = Mapping[Leaf, float]  # what each leaf of a question tells
_ABOVE = 16.0  # what keeps the logarithms above 0, as scores must be


def scored(
    query: Query, matched: Clause, telling: Telling, expansions: Expansions, averages: Mapping[str, float]
) -> Clause:
    """The articles of a clause with their scores for a question."""
    asked = list(leaves(query.root))
    parts = [_leaf(leaf, telling[leaf], expansions, averages) for leaf in asked]
    logs = bool(parts) and not _all_matched(query.root)
    if logs:
        shares = (_constant(_counting(leaf, expansions), telling[leaf]) for leaf in asked)
        of = sum(telling[leaf] for leaf in asked)
        parts = [
            _script(any_of(parts), _LOG, above=_ABOVE, power=1.0, of=1.0),
            _script(any_of(shares), _LOG, above=_ABOVE, power=ranking.COVERAGE, of=of),
        ]
    return _script(
        {"bool": {"filter": [matched], "should": parts}},
        _FRESH,
        logs=logs,
        above=_ABOVE,
        dated=query.now is not None,
        now=ranking.seconds(query.now) if query.now else 0,
        freshness=ranking.FRESHNESS,
        half_life=query.half_life,
    )


def _all_matched(root: Node) -> bool:
    """Whether every hit has all the leaves, so that coverage is the same for all."""
    if not isinstance(root, AllOf):
        return not isinstance(root, AnyOf)
    plain = not any(isinstance(part, AllOf | AnyOf) for part in root.parts)
    return plain and root.quorum >= 1.0 and len(required(root)) == len(root.parts)


def _leaf(leaf: Leaf, telling: float, expansions: Expansions, averages: Mapping[str, float]) -> Clause:
    evened = [
        _script(
            _frequency(leaf, name, expansions),
            _EVENED,
            weight=ranking.FIELDS[name].weight,
            b=ranking.FIELDS[name].b,
            length=name + LENGTH,
            average=averages[name],
        )
        for name in ranking.fields(leaf.where)
    ]
    return _script(any_of(evened), _SATURATED, telling=telling, k1=ranking.K1)


def _counting(leaf: Leaf, expansions: Expansions) -> Clause:
    """The articles that a leaf adds to the score of: kin add to it, though they find nothing."""
    kin = [term for term, _ in leaf.kin] if isinstance(leaf, Word) else []
    related = [{"terms": {name + WEIGHTS: kin}} for name in ranking.fields(leaf.where)] if kin else []
    return any_of([matching(leaf, expansions), *related])


def _frequency(leaf: Leaf, name: str, expansions: Expansions) -> Clause:
    """The weighted number of times a field has a leaf, as the score."""
    if isinstance(leaf, Phrase):
        return _script(_runs(leaf, name), _TIMES)
    return any_of(
        {"term": {name + WEIGHTS: {"value": term, "boost": weight / GRAIN}}}
        for term, weight in (*weighted(leaf, expansions), *(leaf.kin if isinstance(leaf, Word) else ()))
    )


def _runs(phrase: Phrase, name: str) -> Clause:
    """The phrase as intervals: each place where it stands counts once, whichever readings stand there."""
    steps = [
        {"any_of": {"intervals": [{"match": {"query": term, "analyzer": "standing"}} for term in step]}}
        for step in phrase.terms
    ]
    if not all(phrase.terms):
        return NOTHING
    return {"intervals": {name: {"all_of": {"ordered": True, "max_gaps": 0, "intervals": steps}}}}


def _script(query: Clause, source: str, **params: Any) -> Clause:
    return {"script_score": {"query": query, "script": {"source": source, "params": params}}}


def _constant(matched: Clause, score: float) -> Clause:
    return {"constant_score": {"filter": matched, "boost": score}}
