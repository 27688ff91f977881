"""Answers questions: what rests on the whole archive is asked first, then the page."""

import json
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any, Self

from cachetools import LRUCache
from opensearchpy import OpenSearch
from rapidfuzz.distance import OSA

from search import limits, ranking
from search.article import Article
from search.engine import Completion, gathered
from search.engines import counting
from search.engines.opensearch import commits, facets, schema
from search.engines.opensearch.address import READ_SECONDS
from search.engines.opensearch.asking import Asking, Body
from search.engines.opensearch.commits import Commit
from search.engines.opensearch.faults import answering
from search.engines.opensearch.matching import (
    Clause,
    beginning,
    having,
    matching,
    passing,
    prefixes,
)
from search.engines.opensearch.results import Results, standing
from search.errors import IndexAway, IndexDamaged, IndexMissing, IndexUnavailable
from search.names import NONE, Names
from search.page import Hit, Page, State, Story
from search.query import In, Leaf, Prefix, Query, leaves, named_terms
from search.russian.analysis import EXACT
from search.russian.phrases import SEPARATOR

_COUNTS_HELD = 50_000
_PAST_HELD = 2  # former commits that somebody reads on in
_LABELS_HELD = 10_000
_SHARD_TERMS = 10_000  # terms of one beginning that a shard counts before the commonest are chosen
_NEAR_FORMS = 1_000
_MOST_EDITS = 2  # that Lucene's automata know of


class OpenSearchReader(AbstractContextManager["OpenSearchReader"]):
    """Answers from the latest commit, which it asks for at every call. For one thread at a time."""

    def __init__(self, client: OpenSearch, name: str, fixed: Commit | None = None) -> None:
        self._client = client
        self._name = name
        self._fixed = fixed
        self._commit = fixed or Commit("")
        self._past: LRUCache[int, OpenSearchReader] = LRUCache(_PAST_HELD)
        self._counts: LRUCache[object, int] = LRUCache(_COUNTS_HELD)  # of one commit
        self._labels: LRUCache[tuple[str, str], str | None] = LRUCache(_LABELS_HELD)

    def _latest(self) -> Asking:
        if not self._fixed:
            latest = commits.latest(self._client, self._name)
            if (latest.place, latest.number) != (self._commit.place, self._commit.number):
                self._commit = commits.read(self._client, latest.place, latest.number)
                self._counts.clear()
        return Asking(self._client, self._commit)

    def at(self, generation: int) -> "OpenSearchReader":
        """A reader of one commit, or of the latest."""
        latest = self._latest().commit
        if generation not in self._past:
            kept = next((each for each in latest.kept if each.generation == generation), None)
            if self._fixed or kept is None or kept.number == latest.number:
                return self
            try:
                past = commits.read(self._client, latest.place, kept.number)
            except IndexDamaged:  # it was just let go
                return self
            self._past[generation] = OpenSearchReader(self._client, self._name, past)
        return self._past[generation]

    def search(self, query: Query) -> Page:
        """The page of hits a query asks for."""
        asking = self._latest()
        commit = asking.commit
        expansions = self._expansions(asking, query)
        telling = self._telling(asking, query, expansions)
        matched = matching(query.root, expansions)
        passed = commit.alive(matched, passing(query.filters))
        results = Results(asking, query, passed, telling, expansions)
        total, rows, answer, heads = results.page(facets.asked(query, commit.alive(matched)))
        counted = facets.counted(query, answer, lambda *label: self._label(asking, *label))
        shown = (expansions[leaf] for leaf in leaves(query.root) if isinstance(leaf, Prefix))
        terms = named_terms(query.root).union(*shown)
        stories = self._stories(asking, rows)
        hits = tuple(_hit(row, story, terms) for row, story in zip(rows, stories, strict=True))
        return Page(total, hits, commit.state, *counted, heads)

    def _stories(self, asking: Asking, rows: list[Body]) -> list[Story | None]:
        """The story that each row belongs to, if any."""
        ids = [row.get("fields", {}).get("story", [None])[0] for row in rows]
        sizes = self._counted(asking, {("story", id): {"term": {"story": id}} for id in ids if id})
        return [Story(int(id, 16), sizes["story", id]) if id else None for id in ids]

    def _telling(
        self, asking: Asking, query: Query, expansions: dict[Prefix, list[str]]
    ) -> dict[Leaf, float]:
        """What each leaf tells, by the number of articles it stands in."""
        asked = list(dict.fromkeys(leaves(query.root)))
        counted = self._counted(asking, {leaf: matching(leaf, expansions) for leaf in asked})
        documents = asking.commit.state.documents
        return {leaf: ranking.telling(leaf, documents, counted[leaf]) for leaf in asked}

    def _counted(self, asking: Asking, clauses: dict[Any, Clause]) -> dict[Any, int]:
        """How many articles each of some clauses finds, remembered by their keys as long as the commit is."""
        unknown = [key for key in clauses if key not in self._counts]
        counts = asking.counts([clauses[key] for key in unknown])
        fresh = dict(zip(unknown, counts, strict=True))
        known = {key: self._counts[key] for key in clauses if key not in fresh}
        self._counts.update(fresh)
        return known | fresh

    def _expansions(self, asking: Asking, query: Query) -> dict[Prefix, list[str]]:
        """The exact forms each prefix stands for: those in most articles, up to the limit."""
        asked = list(dict.fromkeys(prefixes(query.root)))
        bodies = [
            _terms(asking.commit, _forms(leaf.where), EXACT + leaf.prefix, limits.PREFIX_EXPANSIONS)
            for leaf in asked
        ]
        answers = asking.all(bodies)
        return {
            leaf: [bucket["key"] for bucket in answer["aggregations"]["found"]["buckets"]]
            for leaf, answer in zip(asked, answers, strict=True)
        }

    def _label(self, asking: Asking, field: str, key: str) -> str | None:
        """A label as an article writes it."""
        if (field, key) not in self._labels:
            row = self._row(asking, {"term": {field: key}})
            self._labels[field, key] = counting.label(field, key, _article(row), _names(row)) if row else None
        return self._labels[field, key]

    def _row(self, asking: Asking, clause: Clause) -> Body | None:
        """One article that a clause finds, as it is stored."""
        body = {"query": asking.commit.alive(clause), "size": 1, "_source": ["record", schema.NAMES]}
        found = asking.one(body)["hits"]["hits"]
        return found[0] if found else None

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        row = self._row(self._latest(), {"term": {"id": id}})
        return _article(row) if row else None

    def names(self, id: str) -> Names:
        """The names of an article."""
        row = self._row(self._latest(), {"term": {"id": id}})
        return _names(row) if row else NONE

    def story(self, id: str) -> Story | None:
        """The story an article belongs to."""
        asking = self._latest()
        matched = asking.commit.alive({"term": {"id": id}})
        rows = asking.one({"query": matched, "size": 1, "docvalue_fields": ["story"], "_source": False})
        found = self._stories(asking, rows["hits"]["hits"])
        return found[0] if found else None

    def terms(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Exact forms with a prefix and the number of articles that have each."""
        asking = self._latest()
        answer = asking.one(_terms(asking.commit, "forms", prefix, most))
        return [(each["key"], each["doc_count"]) for each in answer["aggregations"]["found"]["buckets"]]

    def counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Those of some index terms that the index has."""
        counted = self._counted(self._latest(), {term: having(term) for term in terms})
        return {term: count for term, count in counted.items() if count}

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits of one, at most two."""
        asking = self._latest()
        term = {
            "size": _NEAR_FORMS,
            "shard_size": _NEAR_FORMS,
            "suggest_mode": "always",
            "max_edits": min(max(edits, 1), _MOST_EDITS),
            "min_word_length": 1,
            "max_term_freq": 2**31 - 1,
            "string_distance": "damerau_levenshtein",
        }
        exact = {"text": EXACT + form, "term": {**term, "field": "forms", "prefix_length": len(EXACT)}}
        lemma = {"text": form, "term": {**term, "field": "lemmas", "prefix_length": 0}}
        asked = {"size": 0, "track_total_hits": False, "suggest": {"forms": exact, "lemmas": lemma}}
        options = [
            option
            for found in asking.one(asked)["suggest"].values()
            for entry in found
            for option in entry["options"]
        ]
        itself = asking.counts([{"term": {"forms": EXACT + form}}, {"term": {"lemmas": form}}])
        counts = {form: max(itself)} if any(itself) else {}
        for option in options:
            other = option["text"].removeprefix(EXACT)
            counts[other] = max(option["freq"], counts.get(other, 0))
        return {other: count for other, count in counts.items() if OSA.distance(form, other) <= edits}

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """Words and phrases of titles that begin so."""
        asking = self._latest()
        body = _terms(asking.commit, "phrases", prefix, most)
        body["aggs"]["found"]["aggs"] = {"newest": {"max": {"field": "published"}}}
        buckets = asking.one(body)["aggregations"]["found"]["buckets"]
        return gathered((_completion(bucket) for bucket in buckets), most)

    def status(self) -> State:
        """The latest commit; raises IndexAway where the cluster lacks a part of the index."""
        asking = self._latest()
        with answering(self._name):
            health = self._client.cluster.health(index=asking.commit.place, request_timeout=READ_SECONDS)
        if health["status"] == "red":
            raise IndexAway(
                f"Часть индекса {asking.commit.place} недоступна: узлов {health['number_of_nodes']}"
            )
        return asking.commit.state

    def check(self) -> list[str]:
        """Whether the cluster has all of the index, and as many articles as were committed."""
        try:
            state = self.status()
            (count,) = self._latest().counts([{"match_all": {}}])
        except IndexMissing:
            return []
        except IndexUnavailable as error:
            return [str(error)]
        wanted = state.documents
        return [] if count == wanted else [f"В индексе {self._name} статей {count}, а внесено {wanted}"]

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _hit(row: Body, story: Story | None, terms: frozenset[str]) -> Hit:
    places = {name: standing.places(terms) for name, standing in standing(row).items()}
    return Hit(_article(row), row["_score"], story, places)


def _article(row: Body) -> Article:
    return Article.kept(json.loads(row["_source"]["record"]))


def _names(row: Body) -> Names:
    return Names.kept(row["_source"].get(schema.NAMES, {}))


def _forms(where: In) -> str:
    """The field of all exact forms that a prefix is looked for in."""
    return "forms" if where is In.ALL else where.value + schema.FORMS


def _terms(commit: Commit, field: str, prefix: str, most: int) -> Body:
    """The search for the commonest terms of a field that begin so."""
    terms = {
        "field": field,
        "include": beginning(prefix),
        "size": most,
        "shard_size": max(_SHARD_TERMS, most),
        "order": [{"_count": "desc"}, {"_key": "asc"}],
    }
    matched = commit.alive({"prefix": {field: prefix}})
    return {"query": matched, "size": 0, "track_total_hits": False, "aggs": {"found": {"terms": terms}}}


def _completion(bucket: Body) -> Completion:
    newest = bucket["newest"]["value"]
    moment = None if newest is None else datetime.fromtimestamp(newest / 1000, UTC)
    return Completion(bucket["key"].partition(SEPARATOR)[2], bucket["doc_count"], moment)
