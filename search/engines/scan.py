"""The oracle's way with a question: every document is looked at, by the letter of the contract."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from search import limits, ranking
from search.article import Article
from search.document import Document
from search.engines import counting
from search.page import Facet, Place, Places, State, Story
from search.query import (
    LABELS,
    After,
    AllOf,
    AnyOf,
    Filters,
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
from search.russian.analysis import EXACT, SOUND
from search.terms import Terms
from search.vocabulary import Vocabulary


@dataclass(frozen=True)
class World:
    """Everything one commit holds."""

    state: State
    documents: dict[str, Document]

    @cached_property
    def sizes(self) -> Counter[int]:
        """How many articles belong to each story."""
        return Counter(document.story for document in self.documents.values())

    def story(self, document: Document) -> Story | None:
        """The story a document belongs to."""
        return Story(document.story, self.sizes[document.story]) if document.story else None

    @cached_property
    def averages(self) -> dict[str, float]:
        """The average length of each field, in positions."""
        count = max(1, len(self.documents))
        return {
            name: sum(field(document, name).length for document in self.documents.values()) / count or 1.0
            for name in ranking.FIELDS
        }

    @cached_property
    def frequencies(self) -> Counter[str]:
        """How many articles have each term."""
        return Counter(
            term
            for document in self.documents.values()
            for term in {term for name in ranking.FIELDS for term in field(document, name).postings}
        )

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The forms of all words, and the Cyrillic lemmas."""
        counts: dict[str, int] = {}
        for term, count in self.frequencies.items():
            if term.startswith(EXACT) or term[0] > SOUND:
                form = term.removeprefix(EXACT)
                counts[form] = max(count, counts.get(form, 0))
        return Vocabulary.of(counts)


def field(document: Document, name: str) -> Terms:
    """A searched field of a document by name."""
    return document.title if name == "title" else document.text


class Scan:
    """One question over one commit, by the letter of the contract."""

    def __init__(self, world: World, query: Query) -> None:
        self.world = world
        self.query = query
        self.leaves = list(leaves(query.root))
        self._expanded: dict[Prefix, list[str]] = {}

    def expansion(self, leaf: Prefix) -> list[str]:
        """The exact forms a prefix stands for: those in most articles, up to the limit."""
        if leaf not in self._expanded:
            begin, names = EXACT + leaf.prefix, ranking.fields(leaf.where)
            counts = Counter(
                term
                for document in self.world.documents.values()
                for term in {
                    t for name in names for t in field(document, name).postings if t.startswith(begin)
                }
            )
            ordered = sorted(counts, key=lambda term: (-counts[term], term))
            self._expanded[leaf] = ordered[: limits.PREFIX_EXPANSIONS]
        return self._expanded[leaf]

    def counted(self) -> tuple[tuple[Facet, ...], tuple[tuple[date, int], ...]]:
        """The facets and the histogram of the question."""
        query, everything = self.query, list(self.world.documents.values())
        matching = [d for d in everything if self.matches(query.root, d)]
        facets = []
        for name in query.facets:
            open_ = {} if name in query.within else {name: Labels()}
            kept = [d for d in matching if self.passes(d, replace(query.filters, **dict[str, Any](open_)))]
            bearing = {key: document for document in everything for key in document.labels()[name]}
            counts = Counter(key for document in kept for key in document.labels()[name])
            labels = {key: counting.label(name, key, d.article, d.names) for key, d in bearing.items()}
            chosen: Labels = getattr(query.filters, name)
            facets.append(counting.facet(name, counts, labels.get, chosen.include))
        if query.histogram is None:
            return tuple(facets), ()
        dated = [d.article.published for d in matching if self.passes(d)]
        moments = [ranking.seconds(moment) for moment in dated if moment]
        zone = query.now.tzinfo if query.now else None
        bars = counting.histogram(((second, 1) for second in moments), query.histogram, zone)
        return tuple(facets), bars

    def passes(self, document: Document, filters: Filters | None = None) -> bool:
        """Whether a document passes the filters, the question's own unless others are given."""
        article, filters = document.article, filters or self.query.filters
        if filters.story is not None and document.story != filters.story:
            return False
        if filters.since or filters.until:
            moment = article.published
            if moment is None:
                return False
            second = ranking.seconds(moment)
            if filters.since and second < ranking.seconds(filters.since):
                return False
            if filters.until and second >= ranking.seconds(filters.until):
                return False
        labels = document.labels()
        wanted: dict[str, Labels] = {name: getattr(filters, name) for name in LABELS}
        return all(
            (not want.include or want.include & labels[name]) and not want.exclude & labels[name]
            for name, want in wanted.items()
        )

    def matches(self, node: Node, document: Document) -> bool:
        """Whether a document answers a part of the question."""
        if isinstance(node, AnyOf):
            return any(self.matches(part, document) for part in node.parts)
        if not isinstance(node, AllOf):
            return any(self.frequency(node, document, name) > 0 for name in ranking.fields(node.where))
        if any(self.matches(part, document) for part in node.without):
            return False
        asked = required(node)
        matched = sum(self.matches(part, document) for part in asked)
        return matched >= math.ceil(node.quorum * len(asked) - 1e-9)

    def frequency(self, leaf: Leaf, document: Document, name: str) -> float:
        """The weighted number of times a field answers a leaf."""
        postings = field(document, name).postings
        if isinstance(leaf, Word):
            return sum(a.weight * postings[a.term].weight for a in leaf.alternatives if a.term in postings)
        if isinstance(leaf, Prefix):
            return sum(postings[term].weight for term in self.expansion(leaf) if term in postings)
        return float(len(self.positions(leaf, document, name)))

    def kin(self, leaf: Leaf, document: Document, name: str) -> float:
        """The weighted number of times a field has words of a leaf's family."""
        postings = field(document, name).postings
        kin = leaf.kin if isinstance(leaf, Word) else ()
        return sum(weight * postings[term].weight for term, weight in kin if term in postings)

    def positions(self, leaf: Leaf, document: Document, name: str) -> list[int]:
        """Where in a field a leaf stands, in order; a phrase where it begins."""
        postings = field(document, name).postings
        if isinstance(leaf, Phrase):
            places = [
                {p for term in alternatives if term in postings for p in postings[term].positions}
                for alternatives in leaf.terms
            ]
            return sorted(p for p in places[0] if all(p + i in place for i, place in enumerate(places)))
        terms = self.expansion(leaf) if isinstance(leaf, Prefix) else [a.term for a in leaf.alternatives]
        return sorted({p for term in terms if term in postings for p in postings[term].positions})

    def places(self, document: Document) -> Places:
        """Where the question's terms stand in a document."""
        prefixes = (self.expansion(leaf) for leaf in self.leaves if isinstance(leaf, Prefix))
        asked = named_terms(self.query.root).union(*prefixes)
        found: dict[str, list[Place]] = {}
        for name in ranking.FIELDS:
            terms = field(document, name)
            at: dict[int, list[str]] = {}
            for term in sorted(asked & terms.postings.keys()):
                for position in terms.postings[term].positions[: limits.PLACES].tolist():
                    at.setdefault(position, []).append(term)
            found[name] = [
                Place(p, int(terms.starts[p]), int(terms.ends[p]), tuple(at[p])) for p in sorted(at)
            ]
        return found

    def scores(self, found: list[Document]) -> dict[str, float]:
        """The score of each document found, by id."""
        weights = [self.weight(leaf) for leaf in self.leaves]
        scores = {document.article.id: self.score(document, weights) for document in found}
        best = sorted(found, key=lambda document: self.key(document.article, scores[document.article.id]))
        if self.query.sort is Sort.RELEVANCE and self.query.nearness:
            for document in best[: ranking.PROXIMITY_HITS]:
                scores[document.article.id] *= self.proximity(document, weights)
                scores[document.article.id] *= self.lead_coverage(document, weights)
        return scores

    def weight(self, leaf: Leaf) -> float:
        """How much a leaf tells."""
        documents = self.world.documents.values()
        names = ranking.fields(leaf.where)
        having = sum(any(self.frequency(leaf, d, name) > 0 for name in names) for d in documents)
        return ranking.telling(leaf, len(documents), having)

    def score(self, document: Document, weights: list[float]) -> float:
        """BM25F times coverage times freshness."""
        total = matched = 0.0
        for leaf, weight in zip(self.leaves, weights, strict=True):
            frequency = sum(
                ranking.evened(
                    name,
                    self.frequency(leaf, document, name) + self.kin(leaf, document, name),
                    float(field(document, name).length),
                    self.world.averages[name],
                )
                for name in ranking.fields(leaf.where)
            )
            total += weight * ranking.saturated(frequency)
            matched += weight if frequency > 0 else 0.0
        return total * ranking.coverage(matched / (sum(weights) or 1.0)) * self.freshness(document.article)

    def freshness(self, article: Article) -> float:
        """The factor of an article's age."""
        if self.query.now is None or article.published is None:
            return 1.0
        age = np.float64(ranking.seconds(self.query.now) - ranking.seconds(article.published))
        return float(ranking.freshness(np.atleast_1d(age), self.query.half_life)[0])

    def proximity(self, document: Document, weights: list[float]) -> float:
        """The factor of how near neighbouring words stand, in the better of the two fields."""
        nears = []
        for first, second in pairwise(self.leaves):
            near = [
                ranking.nearness(
                    np.array(self.positions(first, document, name), dtype=np.int64),
                    np.array(self.positions(second, document, name), dtype=np.int64),
                    1,
                )
                for name in ranking.FIELDS
                if name in ranking.fields(first.where) and name in ranking.fields(second.where)
            ]
            nears.append(np.maximum.reduce([np.zeros(1), *near]))
        return float(ranking.proximity([min(pair) for pair in pairwise(weights)], nears)[0])

    def lead_coverage(self, document: Document, weights: list[float]) -> float:
        """The factor of how much of the question stands in the title and in the lead of the text."""
        standing = [
            sum(
                (
                    ranking.in_lead(np.array(self.positions(leaf, document, name), dtype=np.int64), 1)
                    for name in ranking.fields(leaf.where)
                ),
                np.zeros(1),
            )
            / len(ranking.FIELDS)
            for leaf in self.leaves
        ]
        return float(ranking.lead_coverage(weights, standing)[0])

    def key(self, article: Article, score: float) -> tuple[float, float, int]:
        """What hits are ordered by: the order asked for, then newer, then tie. No date comes last."""
        return self._place(article.published, article.id, score)

    def heads(self, ordered: list[Document]) -> list[Document]:
        """Of the hits in order those that are the first of their story, or belong to none."""
        told: set[int] = set()
        found = []
        for document in ordered:
            if not document.story or document.story not in told:
                told.add(document.story)
                found.append(document)
        return found

    def following(self, ordered: list[Document], scores: dict[str, float], after: After) -> list[Document]:
        """Those of the hits in order that come after one, which may be gone."""
        ids = [document.article.id for document in ordered]
        if self.query.sort is Sort.RELEVANCE and after.id in ids:
            return ordered[ids.index(after.id) + 1 :]
        edge = self._place(after.published, after.id, after.score)
        return [d for d in ordered if self.key(d.article, scores[d.article.id]) > edge]

    def _place(self, published: datetime | None, id: str, score: float) -> tuple[float, float, int]:
        moment = ranking.seconds(published) if published else None
        newest = -float(moment) if moment is not None else math.inf
        if self.query.sort is Sort.RELEVANCE:
            return -score, newest, ranking.tie(id)
        oldest = float(moment) if moment is not None else math.inf
        return (newest if self.query.sort is Sort.NEWEST else oldest), 0.0, ranking.tie(id)
