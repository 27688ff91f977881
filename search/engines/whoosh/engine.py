"""The engine on Whoosh and its reader: a snapshot for each search, and a time budget."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from itertools import chain
from pathlib import Path
from typing import Self, TypeVar

from whoosh.index import TOC

from search import limits
from search.article import Article
from search.engine import Completion, gathered
from search.engines.files import current_build, next_build, switch
from search.engines.whoosh.compiled import kernel
from search.engines.whoosh.evaluation import Evaluation, Found
from search.engines.whoosh.segment import Segment
from search.engines.whoosh.snapshot import Snapshot
from search.engines.whoosh.storage import (
    NAME,
    DurableStorage,
    Verified,
    damage,
    faults,
    latest_sealed,
    latest_toc,
)
from search.engines.whoosh.writer import WhooshWriter
from search.errors import IndexDamaged, IndexMissing, IndexUnavailable, QueryTooCostly
from search.names import NONE, Names
from search.page import Hit, Page, State, Story
from search.query import Query
from search.ranking import FIELDS

Told = TypeVar("Told")
_TICK_NS = 1_000_000_000
_LOOK_NS = 1_000_000  # a question asks a reader many times: it looks for a new commit no oftener
PAST_KEPT = 2  # former commits that a reader holds open


class WhooshEngine:
    """An index of Whoosh in a folder."""

    def __init__(self, folder: Path, build: Path | None = None) -> None:
        self.folder = folder
        self._build = build

    @property
    def place(self) -> Path:
        """The folder of this engine's build."""
        return self._build or current_build(self.folder)

    def reader(self) -> "WhooshReader":
        """A reader that follows the commits."""
        return WhooshReader(self)

    def writer(self) -> WhooshWriter:
        """The writer; raises IndexBusy while there is another."""
        return WhooshWriter(self.place, self.generation)

    def rebuilding(self) -> "WhooshEngine":
        """An empty build beside the current one."""
        return WhooshEngine(self.folder, next_build(self.folder))

    def switch(self) -> None:
        """Make this build the current one."""
        switch(self.folder, self.place)

    def state(self) -> State:
        """The latest commit."""
        if (state := DurableStorage(self.place).state()) is None:
            raise _missing(self.folder)
        return state

    def generation(self) -> int:
        """The number of the latest commit that readers of the folder see; 0 before the first."""
        try:
            state = DurableStorage(current_build(self.folder)).state()
            return state.generation if state else 0
        except IndexDamaged:  # a rebuild must go on all the same
            return max(map(latest_sealed, self.folder.glob("build-*")), default=0)


class WhooshReader(AbstractContextManager["WhooshReader"]):
    """Answers from the latest commit, which it notices at every call. For one thread at a time.

    By the compiled kernel where it is installed and not left out by `compiled`.
    """

    def __init__(
        self,
        engine: WhooshEngine,
        clock: Callable[[], float] = time.monotonic,
        fixed: Snapshot | None = None,
        *,
        compiled: bool = True,
    ) -> None:
        self._compiled = compiled
        self._engine = engine
        self._clock = clock
        self._fixed = fixed
        self._past: dict[int, WhooshReader] = {}
        self._snapshot: Snapshot | None = None
        self._times = (0, 0)
        self._looked = 0
        self._verified: Verified = {}

    def _latest(self) -> Snapshot:
        if self._fixed:
            return self._fixed
        now = time.monotonic_ns()
        if self._snapshot is not None and now - self._looked < _LOOK_NS:
            return self._snapshot
        times = self._changed()
        # A clock that ticks slowly may give two changes the same time.
        if self._snapshot is None or times != self._times or time.time_ns() - max(times) < _TICK_NS:
            self._snapshot = self._look()
            self._times = times
        self._looked = now
        return self._snapshot

    def at(self, generation: int) -> "WhooshReader":
        """A reader of one commit, or of the latest."""
        latest = self._latest()
        if self._fixed or latest.state.generation == generation:
            return self
        if generation not in self._past:
            toc = latest.toc - (latest.state.generation - generation)
            try:  # its files may be gone, or go at any moment
                if DurableStorage(latest.place).manifest(toc).generation != generation:
                    return self
                snapshot = self._open(latest.place, toc, past=True)
            except IndexDamaged:
                return self
            if len(self._past) == PAST_KEPT:
                self._past.pop(next(iter(self._past))).close()
            self._past[generation] = WhooshReader(self._engine, self._clock, snapshot)
        return self._past[generation]

    def _changed(self) -> tuple[int, int]:
        """When the folders were last changed, which announcing a commit or a rebuild does; 0 where gone."""
        build = self._snapshot.place if self._snapshot else self._engine.folder
        try:
            return (os.stat(self._engine.folder).st_mtime_ns, os.stat(build).st_mtime_ns)
        except FileNotFoundError:
            return (0, time.time_ns())

    def _look(self) -> Snapshot:
        place = self._engine.place
        toc = latest_toc(place)
        if toc < 1:
            raise _missing(self._engine.folder)
        if self._snapshot is None or (self._snapshot.place, self._snapshot.toc) != (place, toc):
            fresh = self._open(place, toc)
            self._change(fresh)
            return fresh
        return self._snapshot

    def _change(self, snapshot: Snapshot | None) -> None:
        """Look at another commit; what only the former one needed is let go of."""
        before, self._snapshot = self._snapshot, snapshot
        kept = snapshot.segments if snapshot else []
        for segment in before.segments if before else []:
            if segment not in kept:
                segment.close()

    def _open(self, place: Path, toc: int, past: bool = False) -> Snapshot:
        if self._compiled:
            kernel()  # loaded, or the first time compiled, before any question's time begins
        storage = DurableStorage(place)
        manifest = storage.manifest(toc)
        if wrong := faults(place, manifest, self._verified):
            if not past and (latest_toc(self._engine.place) != toc or self._engine.place != place):
                return self._look()  # a later commit came while this one was being opened
            raise IndexDamaged(f"{wrong[0]}. Поможет svodka rebuild.")
        held = (
            {s.id: s for s in self._snapshot.segments}
            if self._snapshot and self._snapshot.place == place and not past  # a past one has its own
            else {}
        )
        segments = []
        with damage(place):
            for segment in TOC.read(storage, NAME, gen=toc).segments:
                known = held.get(str(segment.segment_id()))
                if known is None or known.count != segment.doc_count_all():
                    known = Segment(storage, segment)
                elif known.deleted != frozenset(segment.deleted_docs()):
                    known.refresh(segment)
                segments.append(known)
        return Snapshot(place, toc, manifest, segments, self._compiled)

    def search(self, query: Query) -> Page:
        """The page of hits a query asks for."""
        snapshot = self._latest()
        with damage(snapshot.place):
            evaluation = Evaluation(snapshot, query, self._budget())
            total, heads, found = evaluation.run()
            facets, histogram = evaluation.counted()
            places = evaluation.places([number for number, _ in found])
            hits = tuple(
                Hit(snapshot.article(number), score, snapshot.story(number), standing)
                for (number, score), standing in zip(found, places, strict=True)
            )
        return Page(total, hits, snapshot.state, facets, histogram, heads)

    def ranked(self, query: Query) -> tuple[int, list[Found]]:
        """How many articles a query finds, and its hits as the commit numbers them, with their scores."""
        snapshot = self._latest()
        with damage(snapshot.place):
            total, _, found = Evaluation(snapshot, query, self._budget()).run()
        return total, found

    def _budget(self) -> Callable[[], None]:
        """What raises once a search that begins now has taken too long."""
        end = self._clock() + limits.SEARCH_SECONDS

        def check() -> None:
            if self._clock() > end:
                raise QueryTooCostly(
                    f"Поиск занял больше {limits.SEARCH_SECONDS:g} с: задайте вопрос точнее."
                )

        return check

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        return self._told(id, lambda snapshot, number: snapshot.article(number))

    def story(self, id: str) -> Story | None:
        """The story an article belongs to."""
        return self._told(id, Snapshot.story)

    def names(self, id: str) -> Names:
        """The names of an article."""
        return self._told(id, Snapshot.names) or NONE

    def _told(self, id: str, of: Callable[[Snapshot, int], Told | None]) -> Told | None:
        """What the latest commit tells of the article with this id."""
        snapshot = self._latest()
        with damage(snapshot.place):
            number = snapshot.find(id)
            return None if number is None else of(snapshot, number)

    def terms(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Terms with a prefix and the number of articles that have each."""
        snapshot = self._latest()
        with damage(snapshot.place):
            terms = {t for s in snapshot.segments for name in FIELDS for t, _ in s.frequencies(name, prefix)}
            counts = snapshot.frequencies(sorted(terms))
        found = [(term, count) for term, count in counts.items() if count]
        return sorted(found, key=lambda item: (-item[1], item[0]))[:most]

    def counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Those of some terms that the index has."""
        snapshot = self._latest()
        with damage(snapshot.place):
            counted = snapshot.frequencies(list(terms))
        return {term: count for term, count in counted.items() if count}

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits of one."""
        snapshot = self._latest()
        with damage(snapshot.place):
            return dict(snapshot.near(form, edits))

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """Words and phrases of titles that begin so."""
        segments = self._latest().segments
        with damage(self._engine.place):
            return gathered(chain.from_iterable(s.completions(prefix, most) for s in segments), most)

    def status(self) -> State:
        """The latest commit."""
        return self._latest().state

    def check(self) -> list[str]:
        """Every file of the latest commit that is not what was written, or what else keeps it closed."""
        wrong: list[str] = []
        try:
            place = self._engine.place
            toc = latest_toc(place)
            if toc < 1:
                return []
            wrong += faults(place, DurableStorage(place).manifest(toc), {})
            self._latest()
        except IndexUnavailable as error:
            wrong.append(str(error))
        return wrong

    def close(self) -> None:
        """Let go of the files."""
        for past in self._past.values():
            past.close()
        self._past.clear()
        self._snapshot = self._fixed or self._snapshot
        self._change(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _missing(folder: Path) -> IndexMissing:
    return IndexMissing(f"Индекса в {folder} ещё нет: добавьте статьи командой svodka add.")
