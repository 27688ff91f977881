"""Loading: what the archive holds and the index does not yet is analysed and put there.

The position in the archive is committed together with the articles, so a load that was killed at any moment
is simply gone on with by the next.
"""

import gc
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from itertools import takewhile

from indexer.archive import Archive, Change
from indexer.beside import Beside, damage
from indexer.copied import Copied, Sketched, sketched
from indexer.database import discard
from indexer.formats import Rejection
from indexer.named import Named
from indexer.naming import NAMES, Naming, look_through
from indexer.space import space
from indexer.spread import spread
from indexer.stories import frequent
from search.article import Article
from search.document import Documents
from search.engine import Engine, Writer
from search.errors import (
    ArchiveUnavailable,
    DiskFull,
    IndexAway,
    IndexBusy,
    IndexDamaged,
    IndexMissing,
    SvodkaError,
)
from search.names import NONE, Names

_FEW = 300  # changes that are analysed sooner here than other processes would start
_BATCH = 250  # changes that a process is given at a time
_COMMIT_EVERY = 10_000  # a larger commit makes fewer segments to merge, a smaller one loses less when killed
_POLL_SECONDS = 0.02
_LOOK_SECONDS = 5.0  # the index may have been switched or lost while the archive lay still
_PATIENCE_SECONDS = 120.0
_KEPT = 20_000  # articles that may be held from one load to the next, under a kilobyte each
_SOME = Change(0, "", json.dumps({"id": "some", "title": "Мост", "text": "Мост через реку открыли вчера."}))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some changes ready for an engine: articles that were put, ids that were removed, faults by change."""

    position: int  # of the last of them
    documents: Documents
    terms: list[dict[str, float]]  # by which the story of each article is found
    sketches: list[Sketched]  # and by which its copies are
    removed: list[str]
    faults: list[tuple[Change, str]]

    @property
    def count(self) -> int:
        """How many changes there are."""
        return len(self.documents) + len(self.removed) + len(self.faults)


def load(archive: Archive, engine: Engine, on_done: Callable[[int], object] = lambda _: None) -> int:
    """Bring the index up to the archive once, as `Loader.load` does."""
    with Loader(archive, engine) as loader:
        return loader.load(on_done)


class Loader(AbstractContextManager["Loader"]):
    """Brings an index up to its archive, again and again: what one load has read, the next need not."""

    def __init__(self, archive: Archive, engine: Engine) -> None:
        self._archive, self._engine = archive, engine
        self._kept: Beside | None = None

    def load(self, on_done: Callable[[int], object] = lambda _: None) -> int:
        """Bring the index up to the archive; how many changes that took. `on_done` is told them as they go.

        An index whose words were analysed by other rules than ours is built anew. Raises IndexBusy while
        another process writes, DiskFull, and whatever else an engine raises.
        """
        archive, engine = self._archive, self._engine
        held = position(archive, engine)
        if _outdated(engine):
            self.close()
            return rebuild(archive, engine, on_done)
        if held >= archive.position():
            return 0
        with space(archive.path.parent), engine.writer() as writer:
            start = position(archive, engine)  # another writer may have been here first
            if self._kept and not self._kept.is_current:
                self.close()
            beside, self._kept = self._kept or Beside(archive), None
            with ExitStack() as unless_kept:
                unless_kept.enter_context(beside)
                done = _fill(archive, writer, beside, start, on_done)
                if beside.stories.held <= _KEPT:
                    unless_kept.pop_all()
                    self._kept = beside
        return done

    def read_ahead(self) -> None:
        """Read what an article of today will be held against, before one comes and waits for it.

        Not where there is no index yet, nor while another writes; of what is wrong the load will tell.
        """
        with suppress(SvodkaError):
            if (self._kept and self._kept.is_current) or not position(self._archive, self._engine):
                return
            self.close()
            with self._engine.writer(), ExitStack() as unless_kept:
                beside = unless_kept.enter_context(Beside(self._archive))
                beside.stories.read_ahead(int(time.time()))
                unless_kept.pop_all()
                self._kept = beside

    def close(self) -> None:
        """Let go of what was kept."""
        if self._kept:
            self._kept.close()
            self._kept = None

    def __exit__(self, *_: object) -> None:
        self.close()


def load_patiently(
    archive: Archive, engine: Engine, on_done: Callable[[int], object] = lambda _: None
) -> int:
    """As `load`, but waits while another process writes the index; it may well do the work for us."""
    end = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return load(archive, engine, on_done)
        except IndexBusy:
            if time.monotonic() > end:
                raise
            time.sleep(_POLL_SECONDS)


def follow(
    archive: Archive,
    engine: Engine,
    stop: threading.Event,
    on_wait: Callable[[SvodkaError], object] = lambda _: None,
    naming: Naming | None = None,
) -> Iterator[int]:
    """Loads again and again until `stop` is set; gives how many changes each load took that took any.

    Names are looked for, a little at a time, while there is nothing to load. While the cluster that holds the
    index is away, the archive is gone or a disk is full, it waits; `on_wait` is told once each time that
    begins.
    """
    seen: tuple[int, int] | None = None
    looked, waiting = 0.0, False
    settled = False

    def is_wanted() -> bool:
        return stop.is_set() or archive.changed() != seen

    _analysed([_SOME])  # the dictionary is read now, and not when the first article waits for it,
    if naming:
        look_through([_SOME])  # and so are the models of names
    with Loader(archive, engine) as loader:
        while not stop.is_set():
            now = time.monotonic()
            try:
                changed = archive.changed()
                if changed != seen or now - looked > _LOOK_SECONDS:
                    if done := loader.load():
                        yield done
                    else:
                        loader.read_ahead()
                    seen, looked, waiting, settled = changed, now, False, settled and not done
                elif not settled:
                    gc.collect()  # now, for later an article would wait for it,
                    gc.freeze()  # and what is kept, which is much, need not be looked through again
                    settled = True
                elif naming:
                    with space(archive.path.parent):
                        naming.step(is_wanted)
            except IndexBusy:
                pass  # whoever writes now takes our changes along, or leaves them to the next look
            except (ArchiveUnavailable, IndexAway, DiskFull) as error:
                if isinstance(error, ArchiveUnavailable) and archive.path.exists():
                    raise  # it is damage
                if not waiting:
                    on_wait(error)
                waiting = True
                stop.wait(error.retry_after)
            stop.wait(_POLL_SECONDS)


def rebuild(archive: Archive, engine: Engine, on_done: Callable[[int], object] = lambda _: None) -> int:
    """A new index beside the old one, from the whole archive, switched to in one step; how many changes.

    Readers are served from the old index until then. Derived data that are damaged are made anew. Raises
    IndexBusy while another rebuild is at work, and DiskFull.
    """
    with space(archive.path.parent):
        before, fresh = _generation(engine), engine.rebuilding()
        with fresh.writer() as writer:
            for path, _ in damage(archive):
                discard(path)
            with Beside(archive) as beside:
                done = _fill(archive, writer, beside, 0, on_done)
        fresh.switch()
        kept = archive.path.with_name(NAMES)
        if before is not None and kept.exists():
            with Named(kept) as named:
                named.distrust(before)  # names that were shown meanwhile, the old index has
    return done


def position(archive: Archive, engine: Engine) -> int:
    """How far in the archive the index is; raises IndexDamaged if it is farther than the archive itself."""
    try:
        mark = engine.state().mark
    except IndexMissing:
        return 0
    if mark > archive.position():
        raise IndexDamaged(
            f"Индекс построен по другому архиву (место {mark}, а в архиве {archive.position()})."
            " Поможет svodka rebuild."
        )
    return mark


def _generation(engine: Engine) -> int | None:
    try:
        return engine.state().generation
    except (IndexMissing, IndexDamaged):
        return None


def _outdated(engine: Engine) -> bool:
    try:
        return engine.state().outdated
    except IndexMissing:
        return False


def _fill(
    archive: Archive, writer: Writer, beside: Beside, start: int, on_done: Callable[[int], object]
) -> int:
    done, committed = 0, 0
    mark = start
    derived, stories, copied = beside.derived, beside.stories, beside.copied
    kept = archive.path.with_name(NAMES)
    with ExitStack() as stack:
        _catch_up(archive, copied, start)
        named = Named(kept) if kept.exists() else None
        if named:
            stack.callback(named.close)
        for prepared in spread(_analysed, archive.changes(start), few=_FEW, batch=_BATCH, prepare=lean):
            articles = prepared.documents.articles
            placed = (stories.place(*each) for each in zip(articles, prepared.terms, strict=True))
            names = (_names(named, article) for article in articles)
            refused = writer.put(prepared.documents.placed(placed, names))
            writer.remove(prepared.removed)
            stories.remove(prepared.removed)
            copied.place(prepared.sketches)
            copied.remove(prepared.removed)
            for change, fault in prepared.faults:
                _set_aside(archive, change.id, change.record, fault)
            for article in articles if refused else ():
                if reason := refused.get(article.id):
                    _set_aside(archive, article.id, json.dumps(article.record(), ensure_ascii=False), reason)
            done, mark = done + prepared.count, prepared.position
            if done - committed >= _COMMIT_EVERY:
                derived.save()
                copied.save(mark)
                writer.commit(mark)
                committed = done
            on_done(prepared.count)
        if done > committed or start == 0:
            derived.save()
            copied.save(mark)
            writer.commit(mark)
    return done


def _catch_up(archive: Archive, copied: Copied, start: int) -> None:
    """Find the copies of what was loaded before anybody looked for any."""
    missed = takewhile(lambda change: change.position <= start, archive.changes(copied.position()))
    looked = 0
    for position, sketches, removed in spread(_looked_through, missed, few=_FEW, batch=_BATCH, prepare=lean):
        copied.place(sketches)
        copied.remove(removed)
        looked += len(sketches) + len(removed)
        if looked >= _COMMIT_EVERY or position == start:
            copied.save(position)
            looked = 0
    if looked:
        copied.save(start)


def _looked_through(changes: list[Change]) -> tuple[int, list[Sketched], list[str]]:
    """The position of the last of some changes, the sketches of what was put, and what was removed."""
    articles, _ = _read(changes)
    removed = [change.id for change in changes if change.record is None]
    return changes[-1].position, list(map(sketched, articles)), removed


def _names(named: Named | None, article: Article) -> Names:
    """The names that were found in an article before; the others come later, by `naming`."""
    return (named and named.names(article)) or NONE


def _set_aside(archive: Archive, id: str, record: str | None, fault: str) -> None:
    raw = (record or "").encode()
    with archive.changing():
        archive.reject(Rejection("архив", f"статья {id}", fault, raw, "jsonl"))


def lean() -> None:
    """Analysis makes no cycles, only millions of small objects that are kept: there is nothing to collect."""
    gc.disable()


def _read(changes: list[Change]) -> tuple[list[Article], list[tuple[Change, str]]]:
    """The articles that some changes put, and what is wrong with those that cannot be read."""
    articles, faults = [], []
    for change in changes:
        if change.record is not None:
            try:
                articles.append(Article.kept(json.loads(change.record)))
            except Exception as error:  # one article that cannot be read must not stop the others
                faults.append((change, _told(error)))
    return articles, faults


def _analysed(changes: list[Change]) -> Prepared:
    articles, faults = _read(changes)
    documents = Documents(articles)
    try:
        documents.analyse()  # now, in this process
    except Exception:
        documents, bad = _sound(articles)
        by_id = {change.id: change for change in changes}
        faults += [(by_id[id], fault) for id, fault in bad]
    removed = [change.id for change in changes if change.record is None]
    sketches = list(map(sketched, documents.articles))
    return Prepared(changes[-1].position, documents, frequent(documents), sketches, removed, faults)


def _sound(articles: list[Article]) -> tuple[Documents, list[tuple[str, str]]]:
    """Those articles that can be analysed, and for each other its id and what is wrong."""
    sound, bad = [], []
    for article in articles:
        try:
            Documents([article]).analyse()
            sound.append(article)
        except Exception as error:
            bad.append((article.id, _told(error)))
    documents = Documents(sound)
    documents.analyse()
    return documents, bad


def _told(error: Exception) -> str:
    return f"не разобрана: {type(error).__name__}: {error}"
