"""How an article lies in Whoosh: fields of analysed terms, labels, and columns of numbers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
from whoosh import columns, fields, formats

from search import ranking
from search.article import Article
from search.document import Document, Terms

UNKNOWN_DATE = -(2**62)  # sorts before every date; never taken for one
COLUMNS = ("title_length", "text_length", "published", "tie")
LABELS = ("source", "section", "author", "tag")
PHRASES = "phrases"
_COLUMNS = 5


class TERMS(fields.FieldType):  # type: ignore[misc]
    """A field that takes the analysed terms of a text, and hands them to the codec as they are."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)

    def index(self, value: Terms, **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """One posting that holds all terms of the article."""
        yield b"", 0, 1.0, packed(value)


def packed(terms: Terms) -> bytes:
    """Analysed terms as bytes: the sizes of the columns, the columns, the names."""
    columns = (terms.weights, terms.counts, terms.positions, terms.starts, terms.ends)
    sizes = np.array([len(column) for column in columns], dtype=np.uint32)
    return b"".join(map(np.ndarray.tobytes, (sizes, *columns))) + "\n".join(terms.names).encode()


def unpacked(content: bytes) -> Terms:
    """The analysed terms that were packed."""
    sizes = np.frombuffer(content, np.uint32, _COLUMNS)
    ends = np.cumsum(sizes) + _COLUMNS
    numbers = np.frombuffer(content, np.uint32, int(ends[-1]))
    weights, counts, positions, starts, stops = np.split(numbers[_COLUMNS:], ends[:-1] - _COLUMNS)
    names = content[numbers.nbytes :].decode().split("\n") if len(weights) else ()
    return Terms(tuple(names), weights, counts, positions, starts, stops)


def schema() -> fields.Schema:
    """The fields of the index."""
    return fields.Schema(
        id=fields.ID(),
        title=TERMS(),
        text=TERMS(),
        phrases=TERMS(),
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
        "phrases": document.phrases,
        "record": json.dumps(article.record(), ensure_ascii=False).encode(),  # Whoosh compresses it
        **{name: sorted(keys) for name, keys in article.labels().items() if keys},
        "title_length": document.title.length,
        "text_length": document.text.length,
        "published": UNKNOWN_DATE if moment is None else ranking.seconds(moment),
        "tie": ranking.tie(article.id),
    }


def moment(seconds: int) -> datetime | None:
    """The date that a column of dates holds."""
    return None if seconds == UNKNOWN_DATE else datetime.fromtimestamp(seconds, UTC)


def article(stored: dict[str, Any]) -> Article:
    """The article of a stored row."""
    return Article.kept(json.loads(stored["record"]))
