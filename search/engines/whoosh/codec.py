"""Whoosh's own codec with two settings of ours, and its policy of merging.

Posting lists are written uncompressed in large blocks: they are read whole, and small blocks of zlib
cost more time than they save in bytes. Lengths are not looked up per posting: nothing reads Whoosh's,
ours are columns.
"""

from collections.abc import Sequence
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3PerDocReader
from whoosh.reading import SegmentReader

POSTINGS_PER_BLOCK = 1024
# So many segments of one order of magnitude become one of the next: a commit then costs about the
# articles it brings, and their number grows with the logarithm of the archive's size.
SEGMENTS_OF_ONE_SIZE = 10


class _Rows(W3PerDocReader):  # type: ignore[misc] # Whoosh has no types
    def doc_field_length(self, *_: object) -> int:
        return 1


class Codec(W3Codec):  # type: ignore[misc]
    """How segments are written and read."""

    def __init__(self) -> None:
        super().__init__(blocklimit=POSTINGS_PER_BLOCK, compression=0)

    def per_document_reader(self, storage: Any, segment: Any) -> W3PerDocReader:
        """A reader of columns and stored rows."""
        return _Rows(storage, segment)


def merge(writer: Any, segments: Sequence[Any]) -> list[Any]:
    """Whoosh's merge function: which segments stay; the others are copied into the new one."""
    sizes: dict[int, list[Any]] = {}
    for segment in segments:
        alive = segment.doc_count_all() - segment.deleted_count()
        sizes.setdefault(len(str(alive)) if alive else 0, []).append(segment)
    gone = sizes.pop(0, [])
    for alike in sizes.values():
        if len(alike) >= SEGMENTS_OF_ONE_SIZE:
            gone += alike
            for segment in alike:
                reader = SegmentReader(writer.storage, writer.schema, segment)
                writer.add_reader(reader)
                reader.close()
    return [segment for segment in segments if segment not in gone]
