"""The hits of a question in their order: the page that is asked for, by number or after some hit."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from search import ranking
from search.engines.opensearch import nearness, schema
from search.engines.opensearch.asking import Asking, Body
from search.engines.opensearch.matching import Clause, Expansions
from search.engines.opensearch.scoring import Telling, scored
from search.engines.opensearch.standing import Packed
from search.query import After, Query, Sort, leaves

Keys = list[Any]  # what a row is sorted by

_EXACTLY = {"field": "story", "precision_threshold": 40_000}  # and nearly so beyond
_WALKED = 1_000  # rows that are gone through at a time, where of each story only the first is wanted


class Rows(NamedTuple):
    """How many articles there are, the rows wanted, what was counted besides, how many heads of stories."""

    total: int
    rows: list[Body]
    counted: Body | None
    heads: int | None = None


class Results:
    """The articles of a clause in the order a question wants."""

    def __init__(
        self, asking: Asking, query: Query, matched: Clause, telling: Telling, expansions: Expansions
    ) -> None:
        self._asking = asking
        self._query = query
        self._telling = telling
        self._expansions = expansions
        self._scored = scored(query, matched, telling, expansions, asking.commit.averages)
        self._by_score = query.sort is Sort.RELEVANCE
        # Of the best, some more than a page are looked at closely.
        asked = any(True for _ in leaves(query.root))
        self._close = self._by_score and query.nearness and asked and query.limit > 0

    def page(self, counted: Body | None) -> Rows:
        """How many articles there are, the rows wanted, and the answer to what is to be counted besides."""
        query, wanted = self._query, self._query.offset + self._query.limit
        if query.collapse:
            return self._collapsed(counted)
        if query.after:
            return self._following(query.after, counted)
        if not self._close or query.offset >= ranking.PROXIMITY_HITS:
            return self._asked(self._body(query.limit, offset=query.offset), counted)
        total, rows, more, _ = self._asked(self._body(max(wanted, ranking.PROXIMITY_HITS)), counted)
        return Rows(total, self._looked_at(rows)[query.offset : wanted], more)

    def _following(self, after: After, counted: Body | None) -> Rows:
        """The rows after a hit: after where it stands now, or where it would."""
        query, wanted = self._query, self._query.offset + self._query.limit
        edge = self._edge(after)
        if not self._by_score:
            total, rows, more, _ = self._asked(self._body(wanted, after=edge), counted)
            return Rows(total, rows[query.offset :], more)
        head: list[Body] = []
        end: Keys | None = None
        if self._close:
            rows = self._asked(self._body(ranking.PROXIMITY_HITS), None).rows
            end = rows[-1]["sort"] if len(rows) == ranking.PROXIMITY_HITS else None
            head = self._looked_at(rows)
        itself = self._asking.one(self._only(after.id))["hits"]["hits"]
        at = next((n for n, row in enumerate(head) if itself and row["_id"] == itself[0]["_id"]), None)
        if at is not None:
            head = head[at + 1 :]
        elif itself:
            head, end = [], itself[0]["sort"]
        else:
            head = [row for row in head if _place(row, True) > _placed(edge, True)]
            end = (
                max(end or edge, edge, key=lambda keys: _placed(keys, True))
                if end or not self._close
                else None
            )
        left = max(0, wanted - len(head)) if end else 0
        total, rest, more, _ = self._asked(self._body(left, after=end if left else None), counted)
        return Rows(total, (head + rest)[query.offset : wanted], more)

    def _collapsed(self, counted: Body | None) -> Rows:
        """As a page, of those rows only that are the first of their story, or of none."""
        query, wanted = self._query, self._query.offset + self._query.limit
        stories = {"none": {"missing": {"field": "story"}}, "some": {"cardinality": _EXACTLY}}
        total, _, more, heads = self._asked({**self._body(0), "aggs": stories}, counted)
        chosen = self._behind(query.after) if query.after else list(islice(self._heads(), wanted))
        chosen = chosen[query.offset : wanted]
        bare = {row["_id"]: row for row in chosen if "_source" not in row}
        body = {"query": {"ids": {"values": list(bare)}}, "size": len(bare)}
        for row in self._asking.one(body)["hits"]["hits"] if bare else ():
            bare[row["_id"]]["_source"] = row["_source"]
        return Rows(total, chosen, more, heads)

    def _behind(self, after: After) -> list[Body]:
        """The heads of stories behind a hit."""
        edge = _placed(self._edge(after), self._by_score)
        heads = list(self._heads())
        at = next((n for n, row in enumerate(heads) if row["fields"]["id"] == [after.id]), None)
        if self._by_score and at is not None:
            return heads[at + 1 :]
        return [row for row in heads if _place(row, self._by_score) > edge]

    def _heads(self) -> Iterator[Body]:
        """The rows in order that are the first of their story, or of none."""
        told: set[str] = set()
        for row in self._ordered():
            story = row["fields"].get("story", [""])[0]
            if not story or story not in told:
                told.add(story)
                yield row

    def _ordered(self) -> Iterator[Body]:
        """All rows in order; those behind the ones looked at closely come bare."""
        size = ranking.PROXIMITY_HITS if self._close else _WALKED
        body = self._body(size) if self._close else {**self._body(size), "_source": False}
        while rows := self._asked(body, None).rows:
            end = rows[-1]["sort"]
            yield from self._looked_at(rows) if body.get("_source", True) else rows
            if len(rows) < body["size"]:
                return
            body = {**self._body(_WALKED, after=end), "_source": False}

    def _edge(self, after: After) -> Keys:
        """What a hit would be sorted by."""
        keys = [schema.moment(after.published, self._query.sort), ranking.tie(after.id)]
        return [after.score, *keys] if self._by_score else keys

    def _asked(self, body: Body, counted: Body | None) -> Rows:
        found, *more = self._asking.all([body, counted] if counted else [body])
        rows, stories = found["hits"]["hits"], found.get("aggregations")
        heads = stories["none"]["doc_count"] + stories["some"]["value"] if stories else None
        return Rows(found["hits"]["total"]["value"], rows, more[0] if more else None, heads)

    def _body(self, size: int, offset: int = 0, after: Keys | None = None) -> Body:
        dated = Sort.NEWEST if self._by_score else self._query.sort
        return {
            "query": self._scored,
            "size": size,
            "from": offset,
            "sort": [*(["_score"] if self._by_score else ()), dated.value, "tie"],
            "docvalue_fields": ["id", "story"],
            "track_scores": True,
            "track_total_hits": True,
            **({"search_after": after} if after else {}),
        }

    def _only(self, id: str) -> Body:
        """The search for one of the articles, with what it is sorted by."""
        only = {"bool": {"must": [self._scored], "filter": [{"term": {"id": id}}]}}
        return {**self._body(1), "query": only}

    def _looked_at(self, rows: list[Body]) -> list[Body]:
        """The rows in the order that nearness gives them; only the best are looked at."""
        head = rows[: ranking.PROXIMITY_HITS]
        found = [standing(row) for row in head]
        for row, factor in zip(
            head, nearness.factors(found, self._query, self._telling, self._expansions), strict=True
        ):
            row["_score"] *= factor
        return sorted(rows, key=lambda row: _place(row, True))


def standing(row: Body) -> dict[str, Packed]:
    """Where the terms of a row's fields stand."""
    source = row["_source"]
    return {name: Packed(source[name + schema.STANDING]) for name in ranking.FIELDS}


def _place(row: Body, by_score: bool) -> tuple[float, int, int]:
    return _placed([row["_score"], *row["sort"][1:]] if by_score else row["sort"], by_score)


def _placed(keys: Keys, by_score: bool) -> tuple[float, int, int]:
    *score, moment, tie = keys
    return -score[0] if by_score else 0.0, moment, tie
