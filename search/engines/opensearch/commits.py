"""What makes a commit one: a document that says which articles are meant.

Articles are written as they come, each with the number of the commit it is *born* in, and become visible when
the document `state` names that commit. An article that is replaced or removed stays as long as a commit that
has it is kept; the later ones list its key among their *dead*.
"""

import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from opensearchpy import OpenSearch
from opensearchpy.exceptions import ConflictError, NotFoundError

from search import ranking
from search.engines.opensearch.address import READ_SECONDS
from search.engines.opensearch.faults import answering, missing
from search.engines.opensearch.matching import Clause
from search.engines.opensearch.schema import LEASE, STATE, VERSION
from search.errors import IndexBusy, IndexDamaged
from search.page import State
from search.russian import analysis

LEASE_SECONDS = 60.0  # after which a writer on another machine is taken for dead
Fence = dict[str, int | str]
_PRIMARY = {
    "preference": "_primary",
    "request_timeout": READ_SECONDS,
}  # only it knows a document the moment it is written


class Kept(NamedTuple):
    """A commit that can be asked, and when it was announced, in seconds since 1970."""

    number: int
    generation: int
    announced: float


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of a build. `number` counts those of the build; `lengths` are the fields', summed.

    `dead` has the keys of articles that it no longer means, with the commit from which on; `kept` are the
    commits that can be asked, itself the last.
    """

    place: str
    number: int = 0
    state: State = State(0, 0, None, 0)
    lengths: dict[str, int] = field(default_factory=dict)
    dead: dict[str, int] = field(default_factory=dict)
    kept: tuple[Kept, ...] = ()

    @property
    def averages(self) -> dict[str, float]:
        """The average length of each field, in positions."""
        count = max(1, self.state.documents)
        return {name: self.lengths[name] / count or 1.0 for name in ranking.FIELDS}

    def alive(self, *clauses: Clause) -> Clause:
        """The articles of this commit that answer some clauses."""
        others: list[Clause] = [{"term": {"service": True}}, {"range": {"born": {"gt": self.number}}}]
        if self.dead:
            others.append({"ids": {"values": list(self.dead)}})
        return {"bool": {"filter": list(clauses), "must_not": others}}


@dataclass(frozen=True, slots=True)
class Latest:
    """Which commit of which build is the latest, and what must be unchanged when the next is announced."""

    place: str
    number: int = 0
    fence: Fence = field(default_factory=dict)


def latest(client: OpenSearch, name: str) -> Latest:
    """The latest commit of a build, or of the one an alias stands for; raises IndexMissing, IndexDamaged."""
    with answering(name):
        try:
            found = client.get(index=name, id=STATE, params=_PRIMARY)
        except NotFoundError as error:
            raise missing(name) from error
    kept = found["_source"][STATE]
    if kept["version"] != VERSION:
        raise IndexDamaged(f"Индекс {name} построен другой версией программы. Поможет svodka rebuild.")
    return Latest(found["_index"], kept["number"], _fence(found))


def read(client: OpenSearch, place: str, number: int) -> Commit:
    """One commit of a build; raises IndexDamaged where it is not kept."""
    with answering(place):
        try:
            found = client.get(index=place, id=f"{STATE}-{number}", params=_PRIMARY)
        except NotFoundError as error:
            raise IndexDamaged(f"В индексе {place} нет записи {number}. Поможет svodka rebuild.") from error
    told = found["_source"][STATE]
    state = State(
        told["generation"],
        told["mark"],
        datetime.fromisoformat(told["as_of"]),
        told["documents"],
        outdated=told["analysis"] != analysis.VERSION,
    )
    kept = tuple(Kept(*each) for each in told["kept"])
    return Commit(place, number, state, told["lengths"], told["dead"], kept)


def announce(client: OpenSearch, commit: Commit, former: Latest) -> Latest:
    """Make a commit the latest; raises IndexBusy where another writer was there first."""
    state = commit.state
    told: dict[str, Any] = {
        "generation": state.generation,
        "mark": state.mark,
        "as_of": state.as_of and state.as_of.isoformat(),
        "documents": state.documents,
        "analysis": analysis.VERSION,
        "lengths": commit.lengths,
        "dead": commit.dead,
        "kept": commit.kept,
    }
    own = {"service": True, STATE: told}
    pointer = {"service": True, STATE: {"version": VERSION, "number": commit.number}}
    params: Fence = former.fence or {"op_type": "create"}
    with answering(commit.place):
        client.index(index=commit.place, id=f"{STATE}-{commit.number}", body=own)
        try:
            done = client.index(index=commit.place, id=STATE, body=pointer, params=params)
        except ConflictError as error:
            raise _busy(commit.place, "другая машина") from error
    return Latest(commit.place, commit.number, _fence(done))


class Lease:
    """The right to write to a build, held against writers on other machines and in other homes."""

    def __init__(
        self, client: OpenSearch, place: str, home: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self._client = client
        self._place = place
        self._owner = f"{platform.node()}:{home.resolve()}"
        self._clock = clock
        self._fence: Fence = {}
        self._until = 0.0
        with answering(place):
            try:
                found = client.get(index=place, id=LEASE, params=_PRIMARY)
            except NotFoundError:
                found = None
        if found:
            held = found["_source"][LEASE]
            # Our own is what a killed process of ours left: the lock beside the archive has let us in.
            if held["owner"] != self._owner and held["until"] > clock():
                raise _busy(place, held["owner"].partition(":")[0])
            self._fence = _fence(found)
        self.renew()

    def renew(self) -> None:
        """Hold it on; raises IndexBusy where it went to another."""
        now = self._clock()
        if now < self._until - LEASE_SECONDS / 2:
            return
        body = {"service": True, LEASE: {"owner": self._owner, "until": now + LEASE_SECONDS}}
        params: Fence = self._fence or {"op_type": "create"}
        with answering(self._place):
            try:
                done = self._client.index(index=self._place, id=LEASE, body=body, params=params)
            except ConflictError as error:
                raise _busy(self._place, "другая машина") from error
        self._fence = _fence(done)
        self._until = now + LEASE_SECONDS

    def release(self) -> None:
        """Let another write."""
        with answering(self._place):
            try:
                self._client.delete(index=self._place, id=LEASE, params=self._fence)
            except (ConflictError, NotFoundError):
                return


def _fence(done: dict[str, Any]) -> Fence:
    """The condition that a document is as it was found or written."""
    return {"if_seq_no": done["_seq_no"], "if_primary_term": done["_primary_term"]}


def _busy(place: str, who: str) -> IndexBusy:
    return IndexBusy(f"В индекс {place} уже пишет другой процесс ({who}): подождите, пока он закончит.")
