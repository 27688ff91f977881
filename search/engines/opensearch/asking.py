"""Questions to the cluster about one commit: several at once, each answered whole or not at all."""

import re
from collections.abc import Sequence
from typing import Any

from opensearchpy import OpenSearch

from search import limits
from search.engines.opensearch.address import READ_SECONDS
from search.engines.opensearch.commits import Commit
from search.engines.opensearch.faults import answering, fault, reason_of
from search.engines.opensearch.matching import Clause
from search.errors import QueryTooCostly

BUDGET_SECONDS = limits.SEARCH_SECONDS  # of each search, on the cluster
_TIME_EXCEEDED = re.compile("time.exceeded", re.IGNORECASE)
_HEADER = {"allow_partial_search_results": False}
Body = dict[str, Any]


class Asking:
    """What is asked about one commit."""

    def __init__(self, client: OpenSearch, commit: Commit) -> None:
        self._client = client
        self.commit = commit

    def all(self, bodies: Sequence[Body]) -> list[Body]:
        """The answers to some searches; raises QueryTooCostly, IndexAway, IndexMissing."""
        if not bodies:
            return []
        budget = f"{int(BUDGET_SECONDS * 1000)}ms"
        lines = [line for body in bodies for line in (_HEADER, {"timeout": budget, **body})]
        place = self.commit.place
        with answering(place):
            answers = self._client.msearch(body=lines, index=place, request_timeout=READ_SECONDS)
        for answer in answers["responses"]:
            failed = "error" in answer
            if failed and not _TIME_EXCEEDED.search(reason_of(answer)):
                raise fault(place, answer["status"], answer)
            if failed or answer["timed_out"]:
                raise QueryTooCostly(
                    f"Поиск занял больше {limits.SEARCH_SECONDS:g} с: задайте вопрос точнее."
                )
        found: list[Body] = answers["responses"]
        return found

    def one(self, body: Body) -> Body:
        """The answer to a search."""
        return self.all([body])[0]

    def counts(self, clauses: Sequence[Clause]) -> list[int]:
        """How many articles each of some clauses finds."""
        bodies = [
            {"query": self.commit.alive(clause), "size": 0, "track_total_hits": True} for clause in clauses
        ]
        return [int(answer["hits"]["total"]["value"]) for answer in self.all(bodies)]
