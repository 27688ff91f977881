"""Loading: what the archive holds and the index does not yet is analysed and put there.

The position in the archive is committed together with the articles, so a load that was killed at any moment
is simply gone on with by the next.
"""

import json
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from multiprocessing import get_context

from indexer.archive import Archive, Change
from indexer.formats import Rejection
from search.article import Article
from search.document import Document
from search.engine import Engine, Writer
from search.errors import IndexBusy, IndexDamaged, IndexMissing

_FEW = 500  # changes that are analysed sooner here than other processes would start
_BATCH = 100  # changes that a process is given at a time
_COMMIT_EVERY = 5_000  # a larger commit makes fewer segments to merge, a smaller one loses less when killed
_POLL_SECONDS = 0.3
_PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Prepared:
    """A change ready for an engine: a document, or nothing (removed), or the fault of its analysis."""

    change: Change
    document: Document | None = None
    fault: str = ""


def load(archive: Archive, engine: Engine, on_done: Callable[[int], object] = lambda _: None) -> int:
    """Bring the index up to the archive; how many changes that took. `on_done` is told them as they go.

    An index whose words were analysed by other rules than ours is built anew. Raises IndexBusy while another
    process writes, and whatever else an engine raises.
    """
    held = position(archive, engine)
    if _outdated(engine):
        return rebuild(archive, engine, on_done)
    if held >= archive.position():
        return 0
    with engine.writer() as writer:
        start = position(archive, engine)  # another writer may have been here first
        return _fill(archive, writer, start, on_done)


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


def follow(archive: Archive, engine: Engine, stop: threading.Event) -> Iterator[int]:
    """Loads again and again until `stop` is set; gives how many changes each load took that took any."""
    while not stop.is_set():
        try:
            if done := load(archive, engine):
                yield done
        except IndexBusy:
            pass  # whoever writes now takes our changes along, or leaves them to the next look
        stop.wait(_POLL_SECONDS)


def rebuild(archive: Archive, engine: Engine, on_done: Callable[[int], object] = lambda _: None) -> int:
    """A new index beside the old one, from the whole archive, switched to in one step; how many changes.

    Readers are served from the old index until then. Raises IndexBusy while another rebuild is at work.
    """
    fresh = engine.rebuilding()
    with fresh.writer() as writer:
        done = _fill(archive, writer, 0, on_done)
    fresh.switch()
    return done


def position(archive: Archive, engine: Engine) -> int:
    """How far in the archive the index is; raises IndexDamaged if it is farther than the archive itself."""
    try:
        with engine.reader() as reader:
            mark = reader.status().mark
    except IndexMissing:
        return 0
    if mark > archive.position():
        raise IndexDamaged(
            f"Индекс построен по другому архиву (место {mark}, а в архиве {archive.position()})."
            " Поможет svodka rebuild."
        )
    return mark


def _outdated(engine: Engine) -> bool:
    try:
        with engine.reader() as reader:
            return reader.status().outdated
    except IndexMissing:
        return False


def _fill(archive: Archive, writer: Writer, start: int, on_done: Callable[[int], object]) -> int:
    done, committed = 0, 0
    mark = start
    for batch in _prepared(archive.changes(start)):
        writer.put(item.document for item in batch if item.document)
        writer.remove(item.change.id for item in batch if item.change.record is None)
        for item in batch:
            if item.fault:
                _set_aside(archive, item)
        done, mark = done + len(batch), batch[-1].change.position
        if done - committed >= _COMMIT_EVERY:
            writer.commit(mark)
            committed = done
        on_done(len(batch))
    if done > committed or start == 0:
        writer.commit(mark)
    return done


def _set_aside(archive: Archive, item: Prepared) -> None:
    raw = (item.change.record or "").encode()
    with archive.changing():
        archive.reject(Rejection("архив", f"статья {item.change.id}", item.fault, raw, "jsonl"))


def _prepared(changes: Iterator[Change]) -> Iterator[list[Prepared]]:
    """The changes analysed, in their order; in other processes where there are many."""
    first = list(islice(changes, _FEW))
    if len(first) < _FEW:
        if first:
            yield _analysed(first)
        return
    # Spawned, not forked: a process of ours may hold threads and an open archive.
    with ProcessPoolExecutor(_workers(), get_context("spawn")) as pool:
        ahead: deque[Future[list[Prepared]]] = deque()
        try:
            for batch in _batches(chain(first, changes)):
                ahead.append(pool.submit(_analysed, batch))
                if len(ahead) > 2 * _workers():
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _analysed(changes: list[Change]) -> list[Prepared]:
    return [_document(change) for change in changes]


def _document(change: Change) -> Prepared:
    if change.record is None:
        return Prepared(change)
    try:
        document = Document(Article.from_record(json.loads(change.record)))
        _ = document.title, document.text, document.phrases  # analysed now, in this process
    except Exception as error:  # one article that cannot be analysed must not stop the others
        return Prepared(change, fault=f"не разобрана: {type(error).__name__}: {error}")
    return Prepared(change, document)


def _batches(changes: Iterable[Change]) -> Iterator[list[Change]]:
    iterator = iter(changes)
    while batch := list(islice(iterator, _BATCH)):
        yield batch


def _workers() -> int:
    return len(os.sched_getaffinity(0))  # the writer waits for them more than they for it
