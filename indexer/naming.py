"""Naming: names are found in what the archive holds, and brought to the index by commits of their own.

Finding the names of an article takes many times as long as finding its words, so nobody waits for it: the
words can be searched long before. What was found is kept (see `named`) and is not looked for again.
"""

import json
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from indexer.archive import Archive, Change
from indexer.finding import mentions
from indexer.named import Found, Named, digest
from indexer.space import space
from indexer.spread import batches, spread
from search.article import Article
from search.document import Document
from search.engine import Engine, Reader
from search.errors import IndexMissing
from search.names import NONE

NAMES = "names.db"  # beside the archive
_FEW = 100  # changes that are looked through sooner here than other processes would load the models
_BATCH = 25  # changes that a process is given at a time
_STEP_SECONDS = 0.1  # that the loader spends on names at a time; keeping what was found takes a fifth of it
_AT_ONCE = 500  # articles of one commit at most,
_SOME = 10  # put so many at a time: what comes in meanwhile waits for these, and for the commit
_GATHERED = 2_000  # articles that wait for commits while many are looked through


class Looked(NamedTuple):
    """What was found in some changes, and the position of the last of them."""

    position: int
    found: list[Found]


def look_through(changes: list[Change]) -> Looked:
    """Find the names in some changes; in what cannot be read there are none."""
    return Looked(changes[-1].position, list(map(_found, changes)))


def _found(change: Change) -> Found:
    if change.record is None:
        return Found(change.id, "", None)
    try:
        article = Article.kept(json.loads(change.record))
        return Found(change.id, digest(article), mentions(article))
    except Exception:  # the loader has set it aside, with the reason
        return Found(change.id, "", None)


class Naming:
    """Brings the names of an archive to its index."""

    def __init__(self, archive: Archive, engine: Engine) -> None:
        self._archive = archive
        self._engine = engine
        self._path = archive.path.with_name(NAMES)
        # What the archive told of its changes when there was nothing left to do.
        self._done: tuple[int, int] | None = None

    def run(self, on_done: Callable[[int], object] = lambda _: None) -> int:
        """Find and show all there is; how many changes were looked through.

        Raises as an engine does, and DiskFull.
        """
        done = 0
        with space(self._path.parent), self._named() as named:
            before = named.position()
            for looked in spread(look_through, self._archive.changes(before), few=_FEW, batch=_BATCH):
                named.take(before, *looked)
                before = looked.position
                done += len(looked.found)
                on_done(len(looked.found))
                if named.counts()[1] >= _GATHERED:
                    self._show(named)
            self._show(named)
        return done

    def step(self, is_wanted: Callable[[], bool] = lambda: False) -> bool:
        """Do a little of it; whether anything is left to do.

        It leaves off, keeping what was done, as soon as the loader `is_wanted` for something else.
        """
        if (changed := self._archive.changed()) == self._done:
            return False
        with space(self._path.parent), self._named() as named:
            looking = self._look_a_little(named, is_wanted)
            waiting, put = named.waiting(_AT_ONCE), 0
            if (len(waiting) == _AT_ONCE or not looking) and not is_wanted():
                put = self._put(named, waiting, is_wanted)
            left = looking or len(waiting) == _AT_ONCE or put < len(waiting)
        self._done = None if left else changed
        return left

    def waiting(self) -> int:
        """How many changes have not been looked through."""
        with self._named() as named:
            return self._archive.waiting(named.position())

    def _named(self) -> Named:
        named = Named(self._path)
        try:
            named.distrust(self._engine.state().generation)
        except IndexMissing:
            named.distrust(0)
        except BaseException:
            named.close()
            raise
        return named

    def _look_a_little(self, named: Named, is_wanted: Callable[[], bool]) -> bool:
        """Look through some changes; whether any are left."""
        end, before = time.monotonic() + _STEP_SECONDS, named.position()
        looked: list[Looked] = []
        changes = self._archive.changes(before)
        for change in changes:
            looked.append(look_through([change]))
            if time.monotonic() > end or is_wanted():
                break
        if looked:
            named.take(before, looked[-1].position, [found for each in looked for found in each.found])
        return next(changes, None) is not None

    def _show(self, named: Named) -> None:
        while waiting := named.waiting(_AT_ONCE):
            self._put(named, waiting)

    def _put(self, named: Named, ids: list[str], is_wanted: Callable[[], bool] = lambda: False) -> int:
        """Put some articles again, with their names, as one commit; how many of them before it was to end."""
        if not ids:
            return 0
        if not self._has_index():
            named.show(ids, 0)  # whoever makes the index takes the names along
            return len(ids)
        put: list[str] = []
        with self._engine.writer() as writer, self._engine.reader() as reader:
            mark = self._engine.state().mark
            for some in batches(ids, _SOME):
                writer.put(self._documents(named, reader, some))
                put += some
                if is_wanted():
                    break
            generation = writer.commit(mark).generation
        named.show(put, generation)
        return len(put)

    def _has_index(self) -> bool:
        try:
            return self._engine.state().generation > 0
        except IndexMissing:
            return False

    def _documents(self, named: Named, reader: Reader, ids: list[str]) -> Iterator[Document]:
        """Those of some articles that the index has, as they are now."""
        for id in ids:
            article = self._archive.article(id) if reader.article(id) else None
            if article is not None:
                story = reader.story(id)
                yield Document(article, story.number if story else 0, named.names(article) or NONE)
