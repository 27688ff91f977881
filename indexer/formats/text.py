"""A text page: what is left when a page of a site is copied or saved as text."""

from collections.abc import Iterable, Iterator

from indexer import cleaning
from indexer.formats.encodings import decoded
from indexer.formats.items import Item, Origin
from indexer.formats.streams import whole


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """The article of the page, or one Rejection."""
    data = whole(pieces)
    try:
        record = cleaning.page(decoded(data)).record()
    except cleaning.NotAPage as error:
        yield origin.rejection(f"не статья: {error}", data, "text")
        return
    yield origin.item(record, "", data, "text")
