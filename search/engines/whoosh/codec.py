"""Whoosh's own codec, with the posting lists in columns of ours.

Whoosh keeps its segments, its table of contents, its stored rows and its columns. What is ours lies beside
them, one file a segment (see `postings`). Articles come and are copied many at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from whoosh.codec.base import FieldWriter
from whoosh.codec.whoosh3 import STORED_COLUMN, W3Codec, W3PerDocReader, W3PerDocWriter
from whoosh.columns import CompressedBytesColumn, NumericColumn, PickleColumn, VarBytesColumn

from search.columns import Ints
from search.document import Documents
from search.engines.whoosh import postings, schema
from search.engines.whoosh.storage import DurableStorage

EXTENSION = ".terms"
# Stored rows: level 3, the usual one, would save 6 % of their size and take a fifth more time.
_LEVEL = 1
# A commit takes in the segments that are no larger than what it has gathered so far, smallest first: their
# number then grows with the logarithm of the archive's size, and an article is copied about as often…
NO_LARGER = 1.0
# …but it gathers no more than this, or so many times what it brings itself: work that is done soon.
GATHERED = 4_000
GATHERED_TIMES = 16


class Codec(W3Codec):  # type: ignore[misc] # Whoosh has no types
    """How segments are written and read."""

    length_stats = False  # lengths are columns of ours

    def per_document_writer(self, storage: Any, segment: Any) -> "_RowsWriter":
        """A writer of columns and stored rows."""
        return _RowsWriter(self, storage, segment)

    def field_writer(self, storage: Any, segment: Any) -> "_TablesWriter":
        """A writer of posting lists."""
        return _TablesWriter(storage, segment)


class _RowsWriter(W3PerDocWriter):  # type: ignore[misc] # Whoosh has no types
    """Writes stored rows and columns as Whoosh does, many articles at a time."""

    def _create_column(self, name: str, column: Any) -> None:
        quick = PickleColumn(CompressedBytesColumn(level=_LEVEL))
        super()._create_column(name, quick if column is STORED_COLUMN else column)

    def add(self, rows: Iterable[dict[str, Any]], numbers: Mapping[str, Ints]) -> None:
        """Add articles: what is stored of each, and their columns."""
        stored, first = self._get_column("_stored"), self._doccount
        for number, row in enumerate(rows, first):
            stored.add(number, row)
        self._add_numbers(numbers)

    def copy(self, reader: W3PerDocReader, alive: Ints) -> None:
        """Add those articles of a segment that are alive; nothing is unpacked."""
        column = VarBytesColumn()
        rows, stored = reader.column_reader("_stored", column), self._get_column("_stored")._child
        for number, old in enumerate(alive.tolist(), self._doccount):
            VarBytesColumn.Writer.add(stored, number, rows[old])
        self._add_numbers({name: read_numbers(reader, name)[alive] for name in schema.COLUMNS})

    def _add_numbers(self, numbers: Mapping[str, Ints]) -> None:
        for name, values in numbers.items():
            if not self._has_column(name):
                self._create_column(name, NumericColumn("q", default=0))
            self._get_column(name)._dbfile.write(values.astype(">i8").tobytes())
        self._doccount += len(next(iter(numbers.values())))

    def close(self) -> None:
        """Write everything out."""
        for name, column in self._colwriters.items():
            if name in schema.COLUMNS:
                column._count = self._doccount
        self._indoc = None
        super().close()


def read_numbers(reader: W3PerDocReader, name: str) -> Ints:
    """A whole column of a segment."""
    storage, file = reader._storage, W3Codec.column_filename(reader._segment, name)
    return np.frombuffer(storage.mapped(file), dtype=">i8").astype(np.int64)


class _TablesWriter(FieldWriter):  # type: ignore[misc] # Whoosh has no types
    """Writes the posting lists of all fields as tables."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._storage, self._segment = storage, segment
        self._fresh: defaultdict[str, postings.Fresh] = defaultdict(postings.Fresh)
        self._copied: defaultdict[str, list[tuple[postings.Table, Ints]]] = defaultdict(list)
        self.is_closed = False

    def add(self, first: int, documents: Documents) -> None:
        """Take in articles, numbered from `first` on."""
        for name in schema.TABLES:
            self._fresh[name].add(first, documents.terms[name])

    def copy(self, tables: Mapping[str, postings.Table], numbers: Ints) -> None:
        """Take in articles of another segment behind the fresh ones, under new numbers; -1 is left out."""
        for name in schema.TABLES:
            self._copied[name].append((tables[name], numbers))

    def add_postings(self, *_: object) -> None:
        """Write everything that was gathered; nothing comes by Whoosh's own way."""
        articles = self._segment.doc_count_all()
        with self._segment.create_file(self._storage, EXTENSION) as file:
            postings.write_tables(file, {name: self._table(name, articles) for name in schema.TABLES})

    def _table(self, name: str, articles: int) -> postings.Table:
        table = self._fresh.pop(name, postings.Fresh()).table()
        if copied := self._copied.pop(name, []):
            table = postings.merged([(table, np.arange(len(table.tokens))), *copied])
        if len(table.tokens) != articles:
            # Whoosh's own merging would get here: it knows nothing of the tables.
            raise RuntimeError(f"{name}: {len(table.tokens)} of {articles} articles have posting lists")
        return table

    def close(self) -> None:
        """Let go of everything."""
        self.is_closed = True


def add(writer: Any, documents: Documents) -> None:
    """Hand articles to Whoosh's writer; their numbers go on from its `docnum`."""
    writer.fieldwriter.add(writer.docnum, documents)
    writer.perdocwriter.add(map(schema.stored, documents), schema.numbers(documents))
    writer.docnum += len(documents)
    writer._added = True


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
    fresh = writer.docnum - writer.get_segment().deleted_count()
    names = [segment.segment_id() for segment in (*kept, writer.newsegment)]
    writer.storage.consist(names, fresh + sum(alive[segment] for segment in kept))
    return kept


def _copy(writer: Any, segment: Any) -> None:
    """Copy the living articles of a segment behind those already written."""
    storage: DurableStorage = writer.storage
    storage.verify(segment.segment_id())  # or damage would be written anew, and pass for sound
    dead = np.fromiter(segment.deleted_docs(), dtype=np.int64)
    alive = np.delete(np.arange(segment.doc_count_all()), dead)
    numbers = np.full(segment.doc_count_all(), -1, dtype=np.int64)
    numbers[alive] = np.arange(writer.docnum, writer.docnum + len(alive))
    reader = W3PerDocReader(storage, segment)
    try:
        writer.perdocwriter.copy(reader, alive)
    finally:
        reader.close()
    writer.fieldwriter.copy(postings.read_tables(storage.mapped(segment.make_filename(EXTENSION))), numbers)
    writer.docnum += len(alive)
    writer._added = True
