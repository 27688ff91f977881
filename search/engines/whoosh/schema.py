"""How an article lies in Whoosh: fields of analysed terms, labels, and columns of numbers."""

import json
import zlib
from collections.abc import Iterator
from typing import Any

from whoosh import columns, fields, formats

from search import ranking
from search.article import Article
from search.document import Document, Terms

UNKNOWN_DATE = -(2**62)  # sorts before every date; never taken for one
COLUMNS = ("title_length", "text_length", "published", "tie")
LABELS = ("source", "section", "author", "tag")


class TermsFormat(formats.Format):  # type: ignore[misc] # Whoosh has no types
    """A posting's value: the positions of the term, as unsigned 32-bit integers."""

    def fixed_value_size(self) -> None:
        """Values have no fixed size."""
        return


class TERMS(fields.FieldType):  # type: ignore[misc]
    """A field that takes the analysed terms of a text; weights are the postings' weights.

    Lengths are kept in columns, exactly: Whoosh's own are rounded to a byte.
    """

    def __init__(self) -> None:
        super().__init__(TermsFormat(), None)

    def index(self, value: Terms, **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(term, frequency for Whoosh's lengths, weight, positions) of every term."""
        for term, posting in value.postings.items():
            yield term.encode("utf-8"), 0, posting.weight, posting.positions.tobytes()


def schema() -> fields.Schema:
    """The fields of the index."""
    return fields.Schema(
        id=fields.ID(),
        title=TERMS(),
        text=TERMS(),
        record=fields.STORED(),
        **{name: fields.KEYWORD() for name in LABELS},
        **{name: fields.COLUMN(columns.NumericColumn("q", default=0)) for name in COLUMNS},
    )


def row(document: Document) -> dict[str, Any]:
    """A document as the fields of the schema."""
    article = document.article
    moment = article.published
    return {
        "id": article.id,
        "title": document.title,
        "text": document.text,
        "record": zlib.compress(json.dumps(article.record()).encode(), 6),
        **{name: sorted(keys) for name, keys in article.labels().items() if keys},
        "title_length": document.title.length,
        "text_length": document.text.length,
        "published": UNKNOWN_DATE if moment is None else ranking.seconds(moment),
        "tie": ranking.tie(article.id),
    }


def article(stored: dict[str, Any]) -> Article:
    """The article of a stored row."""
    return Article.from_record(json.loads(zlib.decompress(stored["record"])))
