"""The oracle: scans every article, plainly right. For tests, and for archives of some thousand articles.

A commit is one JSON file, replaced in one step.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np

from search import limits, ranking
from search.article import Article
from search.document import Document, Terms
from search.engine import Completion, gathered
from search.engines.files import Lock, current_build, next_build, switch, write_durably
from search.errors import IndexDamaged, IndexMissing
from search.page import Hit, Page, Place, Places, State
from search.query import (
    AllOf,
    AnyOf,
    In,
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
from search.russian.analysis import EXACT
from search.russian.phrases import SEPARATOR
from search.vocabulary import Vocabulary

_COMMIT = "commit.json"


@dataclass(frozen=True)
class World:
    """Everything one commit holds."""

    state: State
    documents: dict[str, Document]

    @cached_property
    def averages(self) -> dict[str, float]:
        """The average length of each field, in positions."""
        count = max(1, len(self.documents))
        return {
            name: sum(field(document, name).length for document in self.documents.values()) / count or 1.0
            for name in ranking.FIELDS
        }

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The forms of all words."""
        counts = Counter(
            term.removeprefix(EXACT)
            for document in self.documents.values()
            for term in {term for name in ranking.FIELDS for term in field(document, name).postings}
            if term.startswith(EXACT)
        )
        return Vocabulary.of(counts)


class MemoryEngine:
    """An index that is read whole into memory, kept as one file in a folder."""

    def __init__(self, folder: Path, build: Path | None = None) -> None:
        self._folder = folder
        self._build = build

    def reader(self) -> "MemoryReader":
        """A reader that follows the commits."""
        return MemoryReader(self)

    def writer(self) -> "MemoryWriter":
        """The writer; raises IndexBusy while there is another."""
        return MemoryWriter(self)

    def rebuilding(self) -> "MemoryEngine":
        """An empty build beside the current one."""
        return MemoryEngine(self._folder, next_build(self._folder))

    def switch(self) -> None:
        """Make this build the current one."""
        switch(self._folder, self.place)

    @property
    def place(self) -> Path:
        """The folder of this engine's build."""
        return self._build or current_build(self._folder)

    def stamp(self) -> tuple[str, int]:
        """What changes with every commit; raises IndexMissing before the first."""
        path = self.place / _COMMIT
        try:
            return str(path), path.stat().st_mtime_ns
        except FileNotFoundError as error:
            raise IndexMissing(
                f"Индекса в {self._folder} ещё нет: добавьте статьи командой svodka add."
            ) from error

    def generation(self) -> int:
        """The number of the latest commit that readers of the folder see; 0 before the first."""
        try:
            return MemoryEngine(self._folder).read().state.generation
        except IndexMissing:
            return 0

    def read(self) -> World:
        """The latest commit; raises IndexMissing and IndexDamaged."""
        path = Path(self.stamp()[0])
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            articles = [Article.from_record(record) for record in content["articles"]]
            as_of = datetime.fromisoformat(content["as_of"])
            state = State(content["generation"], content["mark"], as_of, len(articles))
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"Файл индекса {path} повреждён: {error}. Поможет svodka rebuild.") from error
        return World(state, {article.id: Document(article) for article in articles})


class MemoryWriter(AbstractContextManager["MemoryWriter"]):
    """Gathers changes and writes them out at commit."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine
        self._lock = Lock(engine.place / "lock")
        try:
            world = engine.read()
            self._state, self._documents = world.state, dict(world.documents)
        except IndexMissing:
            self._state, self._documents = State(0, 0, None, 0), {}

    def put(self, documents: Iterable[Document]) -> None:
        """Add articles; the same id replaces."""
        self._documents.update((document.article.id, document) for document in documents)

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out."""
        for id in ids:
            self._documents.pop(id, None)

    def commit(self, mark: int) -> State:
        """Write everything out in one step."""
        as_of = datetime.now(UTC)
        generation = max(self._engine.generation(), self._state.generation) + 1
        self._state = State(generation, mark, as_of, len(self._documents))
        content: dict[str, Any] = {
            "generation": self._state.generation,
            "mark": mark,
            "as_of": as_of.isoformat(),
            "articles": [document.article.record() for document in self._documents.values()],
        }
        write_durably(self._engine.place / _COMMIT, json.dumps(content).encode())
        return self._state

    def close(self) -> None:
        """Let another write."""
        self._lock.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self


class MemoryReader(AbstractContextManager["MemoryReader"]):
    """Answers by looking at every article."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine
        self._stamp: tuple[str, int] | None = None
        self._world = World(State(0, 0, None, 0), {})

    def _latest(self) -> World:
        stamp = self._engine.stamp()
        if stamp != self._stamp:
            self._world = self._engine.read()
            self._stamp = stamp
        return self._world

    def search(self, query: Query) -> Page:
        """The page of hits a query asks for."""
        world = self._latest()
        scan = Scan(world, query)
        found = [
            d for d in world.documents.values() if scan.passes(d.article) and scan.matches(query.root, d)
        ]
        scores = scan.scores(found)
        ordered = sorted(found, key=lambda document: scan.key(document.article, scores[document.article.id]))
        chosen = ordered[query.offset : query.offset + query.limit]
        hits = tuple(Hit(d.article, scores[d.article.id], scan.places(d)) for d in chosen)
        return Page(len(found), hits, world.state)

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        document = self._latest().documents.get(id)
        return document.article if document else None

    def terms(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Terms with a prefix and the number of articles that have each."""
        counts: dict[str, int] = {}
        for document in self._latest().documents.values():
            for term in {
                t for name in ranking.FIELDS for t in field(document, name).postings if t.startswith(prefix)
            }:
                counts[term] = counts.get(term, 0) + 1
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]

    def counts(self, forms: Iterable[str]) -> dict[str, int]:
        """Those of some forms that the index has."""
        return {form: count for form in forms if (count := self._latest().vocabulary.count(form))}

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits of one."""
        return self._latest().vocabulary.near(form, edits)

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """Words and phrases of titles that begin so."""
        documents = self._latest().documents.values()
        named = ((name, document) for document in documents for name in document.phrases.names)
        found = (
            Completion(name.partition(SEPARATOR)[2], 1, document.article.published)
            for name, document in named
            if name.startswith(prefix)
        )
        return gathered(found, most)

    def status(self) -> State:
        """The latest commit."""
        return self._latest().state

    def check(self) -> list[str]:
        """What reading it all brings to light."""
        try:
            self._engine.read()
        except IndexDamaged as error:
            return [str(error)]
        return []

    def close(self) -> None:
        """Forget what was read."""
        self._stamp = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self


def field(document: Document, name: str) -> Terms:
    """A searched field of a document by name."""
    return document.title if name == "title" else document.text


def fields(where: In) -> list[str]:
    """The fields a leaf looks in."""
    return [name for name in ranking.FIELDS if where is In.ALL or where.value == name]


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
            begin, names = EXACT + leaf.prefix, fields(leaf.where)
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

    def passes(self, article: Article) -> bool:
        """Whether an article passes the filters."""
        filters = self.query.filters
        if filters.since or filters.until:
            moment = article.published
            if moment is None or (filters.since and moment < filters.since):
                return False
            if filters.until and moment >= filters.until:
                return False
        labels = article.labels()
        wanted = {
            "source": filters.source,
            "section": filters.section,
            "author": filters.author,
            "tag": filters.tag,
        }
        return all(
            (not want.include or want.include & labels[name]) and not want.exclude & labels[name]
            for name, want in wanted.items()
        )

    def matches(self, node: Node, document: Document) -> bool:
        """Whether a document answers a part of the question."""
        if isinstance(node, AnyOf):
            return any(self.matches(part, document) for part in node.parts)
        if not isinstance(node, AllOf):
            return any(self.frequency(node, document, name) > 0 for name in fields(node.where))
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
                for position in terms.postings[term].positions.tolist():
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
        if self.query.sort is Sort.RELEVANCE:
            for document in best[: ranking.PROXIMITY_HITS]:
                scores[document.article.id] *= self.proximity(document, weights)
        return scores

    def weight(self, leaf: Leaf) -> float:
        """How much a leaf tells."""
        documents = self.world.documents.values()
        having = sum(any(self.frequency(leaf, d, name) > 0 for name in fields(leaf.where)) for d in documents)
        return ranking.telling(leaf, len(documents), having)

    def score(self, document: Document, weights: list[float]) -> float:
        """BM25F times coverage times freshness."""
        total = matched = 0.0
        for leaf, weight in zip(self.leaves, weights, strict=True):
            frequency = sum(
                ranking.evened(
                    name,
                    self.frequency(leaf, document, name),
                    float(field(document, name).length),
                    self.world.averages[name],
                )
                for name in fields(leaf.where)
            )
            total += weight * ranking.saturated(frequency)
            matched += weight if frequency > 0 else 0.0
        return total * ranking.coverage(matched, sum(weights)) * self.freshness(document.article)

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
                if name in fields(first.where) and name in fields(second.where)
            ]
            nears.append(np.maximum.reduce([np.zeros(1), *near]))
        return float(ranking.proximity([min(pair) for pair in pairwise(weights)], nears)[0])

    def key(self, article: Article, score: float) -> tuple[float, float, int]:
        """What hits are ordered by: the order asked for, then newer, then tie. No date comes last."""
        moment = ranking.seconds(article.published) if article.published else None
        newest = -float(moment) if moment is not None else math.inf
        if self.query.sort is Sort.RELEVANCE:
            return -score, newest, ranking.tie(article.id)
        oldest = float(moment) if moment is not None else math.inf
        return (newest if self.query.sort is Sort.NEWEST else oldest), 0.0, ranking.tie(article.id)
