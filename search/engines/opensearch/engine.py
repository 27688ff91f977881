"""The index as a place: an alias over builds, each an index of its own in the cluster."""

from functools import cached_property
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from search.engines.files import Lock
from search.engines.opensearch import commits, schema
from search.engines.opensearch.address import Address
from search.engines.opensearch.faults import answering
from search.engines.opensearch.reader import OpenSearchReader
from search.engines.opensearch.writer import OpenSearchWriter
from search.errors import IndexDamaged, IndexMissing
from search.page import State


class OpenSearchEngine:
    """An index in a cluster; `folder` keeps the locks of this machine's writers."""

    def __init__(self, address: Address, folder: Path, build: str | None = None) -> None:
        self._address = address
        self._folder = folder
        self._build = build

    @cached_property
    def _client(self) -> OpenSearch:
        return self._address.client()

    def state(self) -> State:
        """The latest commit; raises IndexMissing and IndexDamaged."""
        return self._latest().state

    def reader(self) -> OpenSearchReader:
        """A reader that follows the commits."""
        return OpenSearchReader(self._address.client(), self._address.name)

    def writer(self) -> OpenSearchWriter:
        """The writer; raises IndexBusy while there is another."""
        place = self._build or self._current()
        lock = self._lock(place)
        try:
            self._create(place)
            return OpenSearchWriter(self._client, place, self._folder, lock, self.generation)
        except BaseException:
            lock.close()
            raise

    def rebuilding(self) -> "OpenSearchEngine":
        """An empty build beside the current one; what an unfinished rebuild left is removed."""
        number = int(self._current().rpartition("-")[2]) + 1
        place = f"{self._address.name}-{number}"
        with self._lock(place), answering(place):
            if self._client.indices.exists(index=place):
                lease = commits.Lease(self._client, place, self._folder)
                self._client.indices.delete(index=place)
                del lease
        return OpenSearchEngine(self._address, self._folder, place)

    def switch(self) -> None:
        """Make this build the current one, and remove the builds before the one that was current."""
        name, build = self._address.name, self._build or self._current()
        with answering(name):
            old = self._current()
            actions: list[dict[str, Any]] = [
                {"remove": {"index": place, "alias": name}} for place in self._visible()
            ]
            self._client.indices.update_aliases(
                body={"actions": [*actions, {"add": {"index": build, "alias": name}}]}
            )
            for other in self._client.indices.get(index=f"{name}-*"):
                number = other.removeprefix(f"{name}-")
                if number.isdigit() and other not in (old, build):  # readers may still be in the old one
                    self._client.indices.delete(index=other)

    def generation(self) -> int:
        """The number of the latest commit that readers see; 0 before the first."""
        try:
            return self.state().generation
        except (IndexMissing, IndexDamaged):  # a rebuild must go on all the same
            return 0

    def _latest(self) -> commits.Commit:
        found = commits.latest(self._client, self._address.name)
        return commits.read(self._client, found.place, found.number)

    def _current(self) -> str:
        """The build that readers see, or the first there will be."""
        return next(iter(self._visible()), f"{self._address.name}-1")

    def _visible(self) -> list[str]:
        """The builds that the alias stands for: one, or none yet."""
        name = self._address.name
        with answering(name):
            try:
                # Of our builds only: a user may not be allowed to look at the aliases of others.
                return list(self._client.indices.get_alias(index=f"{name}-*", name=name))
            except NotFoundError:
                return []

    def _create(self, place: str) -> None:
        body = schema.body(self._address)
        if self._build is None:
            body["aliases"] = {self._address.name: {}}
        with answering(place):
            if self._client.indices.exists(index=place):
                return
            try:
                self._client.indices.create(index=place, body=body)
            except RequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise

    def _lock(self, place: str) -> Lock:
        return Lock(self._folder / f"{place}.lock")
