"""Writes go in bulk as they come, and become one commit by what `commits` writes last."""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Self

from opensearchpy import OpenSearch
from opensearchpy.helpers import scan, streaming_bulk

from search import ranking
from search.document import Document, Documents
from search.engines.files import Lock
from search.engines.opensearch import commits, schema
from search.engines.opensearch.address import READ_SECONDS
from search.engines.opensearch.commits import Commit, Kept, Latest, Lease
from search.engines.opensearch.faults import answering, fault, reason_of
from search.errors import IndexAway, IndexMissing
from search.page import State

KEPT_SECONDS = 300.0  # for so long somebody may read on in a commit after the next one…
GRACE_SECONDS = 2 * READ_SECONDS  # …and for so long a search may be under way in it,
MOST_DEAD = 5_000  # if so many articles are kept only for that
_MOST_KEPT = 100
_AT_ONCE = 500  # articles of a bulk
_BYTES_AT_ONCE = 8 * 1024 * 1024
RETRIES = 4  # of what a full queue sent back, after 1, 2, 4, … seconds
_LONGEST_PAUSE_SECONDS = 10


class OpenSearchWriter(AbstractContextManager["OpenSearchWriter"]):
    """Changes one build. `generation` tells the latest commit that readers see, of whatever build."""

    def __init__(
        self,
        client: OpenSearch,
        place: str,
        home: Path,
        lock: Lock,
        generation: Callable[[], int],
        clock: Callable[[], float] = lambda: time.time(),
    ) -> None:
        self._client = client
        self._place = place
        self._lock = lock
        self._generation = generation
        self._clock = clock
        self._lease = Lease(client, place, home, clock)
        self._dead: set[str] = set()
        try:
            self._latest = commits.latest(client, place)
            self._former = commits.read(client, place, self._latest.number)
        except IndexMissing:
            self._latest, self._former = Latest(place), Commit(place)
        self._refresh()
        unborn = {"query": {"range": {"born": {"gt": self._former.number}}}, "_source": False}
        with answering(place):
            left = [hit["_id"] for hit in scan(client, unborn, index=place)]
        self._delete(left)

    @property
    def _number(self) -> int:
        return self._former.number + 1

    def put(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """Add articles; the same id replaces. What the cluster will never take comes back: id → reason."""
        batch = Documents.gathered(documents)
        self._lease.renew()
        keys = {schema.key(article.id, self._number): article.id for article in batch.articles}
        rows = schema.rows(batch, self._number) if keys else iter(())
        failed = self._bulk(
            {"_op_type": "index", "_id": schema.key(row["id"], self._number), "_source": row} for row in rows
        )
        refused = {keys[key]: reason for key, reason in failed.items()}
        for some in _batches(id for id in keys.values() if id not in refused):
            self._bury(some)
        return refused

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out."""
        for some in _batches(ids):
            self._lease.renew()
            self._delete(schema.key(id, self._number) for id in some)
            self._bury(some)

    def _bury(self, ids: list[str]) -> None:
        """Remember what is committed of some articles as dead from the next commit on."""
        if not self._former.number:
            return
        query = self._former.alive({"terms": {"id": ids}})
        body = {"query": query, "size": len(ids), "_source": False}
        with answering(self._place):
            found = self._client.search(
                index=self._place, body=body, params={"allow_partial_search_results": "false"}
            )
        self._dead.update(hit["_id"] for hit in found["hits"]["hits"])

    def commit(self, mark: int) -> State:
        """Announce everything since the last commit as one."""
        self._lease.renew()
        former, number, now = self._former, self._number, self._clock()
        kept = self._kept(now)
        first = kept[0].number if kept else number
        gone = [key for key, since in former.dead.items() if since <= first]
        self._delete([*gone, *(f"{schema.STATE}-{each.number}" for each in former.kept if each not in kept)])
        self._refresh()
        dead = {key: since for key, since in former.dead.items() if since > first}
        dead |= dict.fromkeys(sorted(self._dead), number)
        documents, lengths = self._counted(Commit(self._place, number, dead=dead))
        generation = max(self._generation(), former.state.generation) + 1
        state = State(generation, mark, datetime.fromtimestamp(now, UTC), documents)
        told = (*kept, Kept(number, generation, now))
        made = Commit(self._place, number, state, lengths, dead, told)
        self._latest = commits.announce(self._client, made, self._latest)
        self._former, self._dead = made, set()
        return state

    def _kept(self, now: float) -> list[Kept]:
        """The former commits that can still be asked after the next one."""
        kept = list(self._former.kept)
        left = [*(each.announced for each in kept[1:]), now]  # when each was no longer the latest
        sinces = sorted(self._former.dead.values())
        while kept:
            age, crowded = now - left[0], len(kept) > _MOST_KEPT
            crowded |= len(sinces) - bisect_right(sinces, kept[0].number) > MOST_DEAD
            if age < GRACE_SECONDS or (age < KEPT_SECONDS and not crowded):
                break
            del kept[0], left[0]
        return kept

    def _counted(self, commit: Commit) -> tuple[int, dict[str, int]]:
        sums = {name: {"sum": {"field": name + schema.LENGTH}} for name in ranking.FIELDS}
        body = {"query": commit.alive(), "size": 0, "track_total_hits": True, "aggs": sums}
        params = {"allow_partial_search_results": "false"}
        with answering(self._place):
            found = self._client.search(index=self._place, body=body, params=params)
        lengths = {name: int(each["value"]) for name, each in found["aggregations"].items()}
        return int(found["hits"]["total"]["value"]), lengths

    def _refresh(self) -> None:
        with answering(self._place):
            done = self._client.indices.refresh(index=self._place)
        if done["_shards"]["failed"]:
            raise IndexAway(f"Части индекса {self._place} недоступны: {done['_shards']}")

    def _delete(self, keys: Iterable[str]) -> None:
        self._bulk({"_op_type": "delete", "_id": key} for key in keys)

    def _bulk(self, actions: Iterable[dict[str, Any]]) -> dict[str, str]:
        """Carry out some actions; those that can never be, by key, with the reason."""
        refused: dict[str, str] = {}
        with answering(self._place):
            done = streaming_bulk(
                self._client,
                actions,
                index=self._place,
                chunk_size=_AT_ONCE,
                max_chunk_bytes=_BYTES_AT_ONCE,
                max_retries=RETRIES,
                initial_backoff=1,
                max_backoff=_LONGEST_PAUSE_SECONDS,
                raise_on_error=False,
            )
            for ok, item in done:
                ((kind, told),) = item.items()
                if ok or (kind == "delete" and told["status"] == 404):
                    continue
                if told["status"] != 400:
                    raise fault(self._place, told["status"], told)
                refused[told["_id"]] = reason_of(told)
        return refused

    def close(self) -> None:
        """Let another write; what was not committed, the next writer drops."""
        try:
            self._lease.release()
        except IndexAway:
            pass  # it runs out by itself
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _batches(some: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(some)
    while batch := list(islice(iterator, _AT_ONCE)):
        yield batch
