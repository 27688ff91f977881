"""How an article lies in Whoosh: fields of analysed terms, stored rows, and columns of numbers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import columns, fields, formats

from search import ranking
from search.article import YEARS, Article
from search.document import Document, Documents
from search.names import Names
from search.query import LABELS

UNKNOWN_DATE = -(2**62)  # sorts before every date; never taken for one
# Moments that are of these years in some time zone lie between them.
_FIRST, _END = (
    int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (YEARS.start - 1, YEARS.stop + 1)
)
COLUMNS = ("title_length", "text_length", "published", "tie", "story")
PHRASES = "phrases"
TABLES = (*ranking.FIELDS, PHRASES, *LABELS)


class TERMS(fields.FieldType):  # type: ignore[misc] # Whoosh has no types
    """A field whose posting lists are tables of ours; Whoosh is never given its values."""

    def __init__(self) -> None:
        super().__init__(formats.Existence(), None)


def schema() -> fields.Schema:
    """The fields of the index."""
    return fields.Schema(
        record=fields.STORED(),
        **{name: TERMS() for name in TABLES},
        **{name: fields.COLUMN(columns.NumericColumn("q", default=0)) for name in COLUMNS},
    )


def stored(document: Document) -> dict[str, Any]:
    """What Whoosh stores of an article: its record, and what would have to be read out of its text again."""
    article, names = document.article, document.names.record()
    row = {"record": article.record(), "origin": article.origin, "sentences": article.sentences}
    return row | ({"names": names} if names else {})


def numbers(documents: Documents) -> Mapping[str, NDArray[np.int64]]:
    """The columns of some articles."""
    moments = [article.published for article in documents.articles]
    return {
        "title_length": documents.terms["title"].lengths.astype(np.int64),
        "text_length": documents.terms["text"].lengths.astype(np.int64),
        "published": np.array(
            [UNKNOWN_DATE if moment is None else ranking.seconds(moment) for moment in moments], np.int64
        ),
        "tie": np.array([ranking.tie(article.id) for article in documents.articles], np.int64),
        "story": np.array(documents.stories, np.int64),
    }


def dates(published: NDArray[np.int64]) -> NDArray[np.int64]:
    """A column of dates, in which those of no article today are unknown: older releases took them in."""
    return np.where((published >= _FIRST) & (published < _END), published, UNKNOWN_DATE)


def moment(seconds: int) -> datetime | None:
    """The date that a column of dates holds."""
    return None if seconds == UNKNOWN_DATE else datetime.fromtimestamp(seconds, UTC)


def article(stored: dict[str, Any]) -> Article:
    """The article of a stored row."""
    return Article.kept(**{name: value for name, value in stored.items() if name != "names"})


def names(stored: dict[str, Any]) -> Names:
    """The names of a stored row."""
    return Names.kept(stored.get("names", {}))
