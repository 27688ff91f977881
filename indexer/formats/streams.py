"""Bytes on their way in: looked at, unpacked, brought to UTF-8 and cut into lines, never held whole."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from indexer.formats.items import RAW_BYTES

CHUNK_BYTES = 1 << 16
LINE_BYTES = 16 << 20
DOCUMENT_BYTES = 20 << 20  # the largest page or feed that is read whole
_GZIP = b"\x1f\x8b"
_WIDE = {  # the marks of UTF-32 begin with those of UTF-16, so they are tried first
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Damaged(Exception):
    """A stream cannot be read on; `raw` holds what there was of the piece being read."""

    def __init__(self, reason: str, raw: bytes = b"") -> None:
        super().__init__(reason)
        self.raw = raw


@dataclass(slots=True)
class Line:
    """A line without its line feed; `fault` says why it is not whole, "" if it is."""

    number: int
    raw: bytearray = field(default_factory=bytearray)
    fault: str = ""

    def add(self, piece: bytes) -> None:
        """More of the line; a line over LINE_BYTES keeps only its beginning."""
        if self.fault:
            return
        self.raw += piece
        if len(self.raw) > LINE_BYTES:
            self.fault = f"строка длиннее {LINE_BYTES >> 20} МиБ"
            del self.raw[RAW_BYTES:]


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of a stream as they come; raises Damaged where it cannot be read."""
    # A pipe gives what it has by read1 and would wait for a full chunk by read.
    read = getattr(stream, "read1", stream.read)
    try:
        while chunk := read(CHUNK_BYTES):
            yield chunk
    except OSError as error:
        raise Damaged(f"не читается: {error.strerror or error}") from error


def look(pieces: Iterator[bytes], size: int = CHUNK_BYTES) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes (at least `size`, if there are so many), and the stream with them still in it."""
    head, fault = bytearray(), None
    try:
        for piece in pieces:
            head += piece
            if len(head) >= size:
                break
    except Damaged as error:
        fault = error
    return bytes(head), _rejoined(bytes(head), fault, pieces)


def _rejoined(head: bytes, fault: Damaged | None, rest: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    if fault:
        raise fault
    yield from rest


def plain(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The stream unpacked, if it is gzip, and in UTF-8, if a byte order mark says it is not."""
    head, pieces = look(pieces, 2)
    if head.startswith(_GZIP):
        pieces = unpacked(pieces)
    head, pieces = look(pieces, 4)
    if head.startswith(codecs.BOM_UTF8):
        return _without_mark(pieces)
    wide = next((name for mark, name in _WIDE.items() if head.startswith(mark)), None)
    return _recoded(pieces, wide) if wide else pieces


def unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What gzip or deflate packed, with or without a zlib header; raises Damaged if its end does not come."""
    head, pieces = look(pieces, 2)
    if head.startswith(_GZIP):
        return _inflated(pieces, "gzip", 16 + zlib.MAX_WBITS)
    has_header = head[:1] and head[0] & 15 == zlib.DEFLATED and int.from_bytes(head[:2]) % 31 == 0
    return _inflated(pieces, "deflate", zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _inflated(pieces: Iterator[bytes], name: str, wbits: int) -> Iterator[bytes]:
    member, fed, more = zlib.decompressobj(wbits), False, False
    try:
        for piece in pieces:
            while piece or more:
                data = member.decompress(piece, CHUNK_BYTES)
                yield data
                # Of bare deflate all may be taken in, and some still not given out.
                piece, fed, more = member.unconsumed_tail, True, len(data) == CHUNK_BYTES
                if member.eof:
                    # Another member may follow, and padding by zeros is allowed.
                    piece, fed, more = member.unused_data.lstrip(b"\0"), False, False
                    member = zlib.decompressobj(wbits)
    except zlib.error as error:
        raise Damaged(f"повреждённый {name}: дальше не распаковывается") from error
    if fed:
        raise Damaged(f"{name} обрывается: передано или сохранено не до конца")


def _without_mark(pieces: Iterator[bytes]) -> Iterator[bytes]:
    head = next(pieces)
    yield head.removeprefix(codecs.BOM_UTF8)
    yield from pieces


def _recoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", True).encode("utf-8", "replace")


def lines(pieces: Iterable[bytes]) -> Iterator[Line]:
    """The lines of a stream, split on line feeds only; the last carries the fault of a damaged stream."""
    line = Line(1)
    try:
        for piece in pieces:
            first, *others = piece.split(b"\n")
            line.add(first)
            for other in others:
                yield line
                line = Line(line.number + 1)
                line.add(other)
    except Damaged as error:
        line.fault = str(error)
    if line.raw or line.fault:
        yield line


def whole(pieces: Iterable[bytes]) -> bytes:
    """All bytes of a page or feed; raises Damaged if they are over DOCUMENT_BYTES or do not all come."""
    data = bytearray()
    try:
        for piece in pieces:
            data += piece
            if len(data) > DOCUMENT_BYTES:
                raise Damaged(f"больше {DOCUMENT_BYTES >> 20} МиБ: для одной страницы это слишком много")
    except Damaged as error:
        error.raw = bytes(data[:RAW_BYTES])
        raise
    return bytes(data)
