"""The ways in: bytes of any known format become Articles or Rejections."""

from indexer.formats.items import Item, Rejection
from indexer.formats.reading import read, read_stream, retry, size

__all__ = ["Item", "Rejection", "read", "read_stream", "retry", "size"]
