"""The writer on Whoosh: one at a time; what it is given is seen from its commit on."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from whoosh.index import TOC
from whoosh.writing import SegmentWriter

from search.document import Document, Documents
from search.engines.files import Lock
from search.engines.whoosh import codec, schema
from search.engines.whoosh.segment import Rows
from search.engines.whoosh.storage import NAME, DurableStorage, damage
from search.page import State


@dataclass(frozen=True, slots=True)
class _Index:
    """What Whoosh's writer asks of an index; Whoosh itself looks through the whole folder each time."""

    storage: DurableStorage
    indexname: str = NAME

    def _read_toc(self) -> TOC:
        return TOC.read(self.storage, NAME, self.storage.toc)


class _SegmentWriter(SegmentWriter):  # type: ignore[misc] # Whoosh has no types
    """Whoosh's writer, but that the files of former commits are removed as our storage does it."""

    def _commit_toc(self, segments: list[Any]) -> None:
        TOC(self.schema, segments, self.generation).write(self.storage, self.indexname)
        self.storage.sweep()


class WhooshWriter(AbstractContextManager["WhooshWriter"]):
    """Hands changes to Whoosh as they come; a commit makes them a segment that readers see."""

    def __init__(self, place: Path, generation: Callable[[], int]) -> None:
        self._generation = generation
        self._storage = DurableStorage(place)
        self._lock = Lock(place / "lock")
        self._writer: Any = None
        self._held: list[Rows] = []
        self._fresh: dict[str, int] = {}  # articles of the segment being written, by their number in it
        try:
            with damage(place):
                if self._storage.toc < 0:
                    TOC.create(self._storage, schema.schema(), NAME)
                elif self._storage.toc > 0:
                    self._storage.verify(f"_{NAME}_{self._storage.toc}")  # it holds a pickle
        except BaseException:
            self._lock.close()
            raise

    def put(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """Add articles; the same id replaces."""
        batch = Documents.gathered(documents)
        ids = [article.id for article in batch.articles]
        if not ids:
            return {}
        self.remove(ids)
        writer = self._open()
        first = int(writer.docnum)
        codec.add(writer, batch)
        for number, id in enumerate(ids, first):
            if id in self._fresh:  # twice in one batch
                writer.get_segment().delete_document(self._fresh[id])
            self._fresh[id] = number
        return {}

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out."""
        writer, names = self._open(), list(dict.fromkeys(ids))
        for id in names:
            if (number := self._fresh.pop(id, None)) is not None:
                writer.get_segment().delete_document(number)
        base = 0
        for segment in self._held:
            for number in segment.find(names).tolist():
                if number >= 0:
                    writer.delete_document(base + number)
                    segment.live[number] = False
            base += segment.count

    def _open(self) -> Any:
        """Whoosh's writer, opened at the first change since the last commit."""
        if self._writer is None:
            self._writer = _SegmentWriter(
                _Index(self._storage), codec=codec.Codec(), compound=False, _lk=False
            )
            self._held = [Rows(self._storage, segment) for segment in self._writer.segments]
        return self._writer

    def commit(self, mark: int) -> State:
        """Announce everything since the last commit as one."""
        own = self._storage.state()
        self._storage.announce(max(self._generation(), own.generation if own else 0) + 1, mark)
        try:
            self._open().commit(mergetype=codec.merge)
        finally:
            self._forget()
        return self._storage.state() or State(0, 0, None, 0)

    def _forget(self) -> None:
        """Drop Whoosh's writer, with what it has not announced."""
        if self._writer is not None and not self._writer.is_closed:
            self._writer.cancel()
        for segment in self._held:
            segment.close()
        self._writer, self._held, self._fresh = None, [], {}
        self._storage.discard()

    def close(self) -> None:
        """Drop what was not committed and let another write."""
        try:
            self._forget()
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
