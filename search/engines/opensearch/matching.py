"""Which articles answer a question, as OpenSearch is asked: filters without scores."""

import re
from collections.abc import Iterable, Iterator, Mapping
from math import ceil
from typing import Any

from search import ranking
from search.engines.opensearch.schema import ALTERNATIVE, POSITION, WEIGHTS
from search.query import LABELS, AllOf, AnyOf, Filters, Labels, Leaf, Node, Phrase, Prefix, Word, required

Clause = dict[str, Any]
Expansions = Mapping[Prefix, list[str]]  # the exact forms that prefixes stand for

EVERYTHING: Clause = {"match_all": {}}
NOTHING: Clause = {"match_none": {}}


def matching(node: Node, expansions: Expansions) -> Clause:
    """The articles that answer a part of a question."""
    if isinstance(node, AnyOf):
        return any_of(matching(part, expansions) for part in node.parts)
    if not isinstance(node, AllOf):
        return _standing(node, expansions)
    asked = [matching(part, expansions) for part in required(node)]
    needed = ceil(node.quorum * len(asked) - 1e-9)
    without = [matching(part, expansions) for part in node.without]
    if needed == len(asked):
        return {"bool": {"filter": asked or [EVERYTHING], "must_not": without}}
    if needed <= 0:
        return {"bool": {"filter": [EVERYTHING], "must_not": without}}
    return {"bool": {"should": asked, "minimum_should_match": needed, "must_not": without}}


def prefixes(node: Node) -> Iterator[Prefix]:
    """The prefixes of a question, those of what is excluded among them."""
    if isinstance(node, AllOf):
        for part in (*node.parts, *node.without):
            yield from prefixes(part)
    elif isinstance(node, AnyOf):
        for part in node.parts:
            yield from prefixes(part)
    elif isinstance(node, Prefix):
        yield node


def any_of(clauses: Iterable[Clause]) -> Clause:
    """At least one of some clauses."""
    made = list(clauses)
    return {"bool": {"should": made, "minimum_should_match": 1}} if made else NOTHING


def _standing(leaf: Leaf, expansions: Expansions) -> Clause:
    if isinstance(leaf, Phrase):
        lines = POSITION.join(map(ALTERNATIVE.join, leaf.terms))
        asked = {"query": lines, "analyzer": "standing"}
        return any_of({"match_phrase": {name: asked}} for name in ranking.fields(leaf.where))
    terms = [term for term, _ in weighted(leaf, expansions)]
    names = ranking.fields(leaf.where) if terms else ()
    return any_of({"terms": {name + WEIGHTS: terms}} for name in names)


def weighted(leaf: Word | Prefix, expansions: Expansions) -> list[tuple[str, float]]:
    """The terms whose union a word or prefix is, with their weights."""
    if isinstance(leaf, Prefix):
        return [(term, 1.0) for term in expansions[leaf]]
    return [(alternative.term, alternative.weight) for alternative in leaf.alternatives]


def having(term: str) -> Clause:
    """The articles that have an index term in either field."""
    return any_of({"term": {name + WEIGHTS: term}} for name in ranking.FIELDS)


def passing(filters: Filters, but: str = "") -> Clause:
    """The articles that pass the filters, one of the labels' left out."""
    asked: list[Clause] = []
    refused: list[Clause] = []
    span = {
        name: ranking.seconds(moment)
        for name, moment in (("gte", filters.since), ("lt", filters.until))
        if moment is not None
    }
    if span:
        asked.append({"range": {"published": {**span, "format": "epoch_second"}}})
    if filters.story is not None:
        asked.append({"term": {"story": format(filters.story, "x")}})
    for field in LABELS:
        labels: Labels = getattr(filters, field)
        if labels.include and field != but:
            asked.append({"terms": {field: sorted(labels.include)}})
        if labels.exclude and field != but:
            refused.append({"terms": {field: sorted(labels.exclude)}})
    return {"bool": {"filter": asked or [EVERYTHING], "must_not": refused}}


def beginning(prefix: str) -> str:
    """What the terms that begin so are, as a regular expression of Lucene."""
    return re.sub(r"(\W)", r"\\\1", prefix) + ".*"
