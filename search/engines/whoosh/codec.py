"""Whoosh's own codec, with the posting lists of analysed fields in columns of ours.

Whoosh keeps its segments, its table of contents, its stored rows, its columns and the postings of labels.
What is ours lies beside them, one file a field (see `postings`).
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PerDocReader
from whoosh.reading import SegmentReader

from search.engines.whoosh import postings
from search.engines.whoosh.schema import TERMS, unpacked

EXTENSION = ".terms"
# A commit takes in the segments that are no larger than what it has gathered so far, smallest first: their
# number then grows with the logarithm of the archive's size, and an article is copied about as often…
NO_LARGER = 1.0
# …but it gathers no more than this, or so many times what it brings itself: work that is done soon.
GATHERED = 4_000
GATHERED_TIMES = 16
Posted = tuple[str, bytes, int, float, bytes]


class Codec(W3Codec):  # type: ignore[misc] # Whoosh has no types
    """How segments are written and read."""

    def field_writer(self, storage: Any, segment: Any) -> "FieldWriter":
        """A writer of posting lists."""
        return FieldWriter(self, storage, segment)

    def per_document_reader(self, storage: Any, segment: Any) -> W3PerDocReader:
        """A reader of columns and stored rows."""
        return _Rows(storage, segment)


class FieldWriter(W3FieldWriter):  # type: ignore[misc]
    """Writes the labels' posting lists as Whoosh does, and those of analysed fields as tables."""

    def __init__(self, codec: Codec, storage: Any, segment: Any) -> None:
        super().__init__(codec, storage, segment)
        self._fresh: dict[str, list[postings.Part]] = {}
        self._copied: dict[str, list[tuple[postings.Table, postings.Ints]]] = {}
        self._names: defaultdict[str, postings.Names] = defaultdict(postings.Names)

    def copy(self, field: str, table: postings.Table, numbers: postings.Ints) -> None:
        """Take the posting lists of articles that are copied behind the fresh ones, under new numbers."""
        self._copied.setdefault(field, []).append((table, numbers))

    def add_postings(self, schema: Any, lengths: Any, items: Iterator[Posted]) -> None:
        """Write everything that was gathered."""
        super().add_postings(schema, lengths, self._labels(schema, items))
        for name in schema.names():
            if isinstance(schema[name], TERMS):
                table = postings.joined(self._fresh.pop(name, []), self._names.pop(name, postings.Names()))
                if copied := self._copied.pop(name, []):
                    own = np.arange(len(table.tokens))
                    table = postings.merged([(table, own), *copied])
                if len(table.tokens) != self._segment.doc_count_all():
                    # Whoosh's own merging would get here: it knows nothing of the tables.
                    raise RuntimeError(f"{name}: {len(table.tokens)} articles have posting lists")
                with self._segment.create_file(self._storage, f".{name}{EXTENSION}") as file:
                    table.write(file)

    def _labels(self, schema: Any, items: Iterator[Posted]) -> Iterator[Posted]:
        for item in items:
            if isinstance(schema[item[0]], TERMS):
                part = postings.of_document(item[2], unpacked(item[4]), self._names[item[0]])
                self._fresh.setdefault(item[0], []).append(part)
            else:
                yield item


class _Rows(W3PerDocReader):  # type: ignore[misc]
    def doc_field_length(self, *_: object) -> int:
        return 1  # lengths are columns of ours; Whoosh would look one up for every posting


def merge(writer: Any, segments: Sequence[Any]) -> list[Any]:
    """Whoosh's merge function: which segments stay; the others are copied into the new one."""
    alive = {segment: segment.doc_count_all() - segment.deleted_count() for segment in segments}
    gathered = writer.docnum
    most = max(GATHERED, GATHERED_TIMES * gathered)
    gone = [segment for segment in segments if not alive[segment]]
    for segment in sorted(segments, key=alive.__getitem__):
        if not alive[segment]:
            continue
        if alive[segment] > NO_LARGER * gathered or alive[segment] + gathered > most:
            break
        gathered += alive[segment]
        gone.append(segment)
        _copy(writer, segment)
    kept = [segment for segment in segments if segment not in gone]
    writer.storage.segments = frozenset(s.segment_id() for s in (*kept, writer.newsegment))
    return kept


def _copy(writer: Any, segment: Any) -> None:
    """Copy the living articles of a segment behind those already written."""
    schema, start = writer.schema, writer.docnum
    reader = SegmentReader(writer.storage, schema, segment)
    try:
        numbers = np.full(segment.doc_count_all(), -1, dtype=np.int64)
        alive = [number for number in range(len(numbers)) if not segment.is_deleted(number)]
        numbers[alive] = np.arange(start, start + len(alive))
        moved = writer.write_per_doc(sorted(schema.names()), reader)
        writer.add_postings_to_pool(reader, start, moved)
    finally:
        reader.close()
    for name in schema.names():
        if isinstance(schema[name], TERMS):
            table = postings.read_table(writer.storage.mapped(segment.make_filename(f".{name}{EXTENSION}")))
            writer.fieldwriter.copy(name, table, numbers)
    writer._added = True
