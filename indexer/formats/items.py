"""What reading gives: Articles, and Rejections of what could not become one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Self, TypeAlias

from search.article import Article
from search.errors import InvalidArticle

RAW_BYTES = 1 << 20  # what is kept of a rejected piece: more than any article, less than any archive


@dataclass(frozen=True, slots=True)
class Rejection:
    """A piece of input that did not become an article: where it stood, why, and its bytes for another try.

    `origin` is a path (or "-"), `place` a line or record in it ("строка 12"; "" for the whole file).
    `raw` is cut at 1 MiB; `format` names the reader that can take it again ("jsonl", "csv", "html", ...).
    """

    origin: str
    place: str
    reason: str
    raw: bytes
    format: str

    def is_of_the_piece(self, other: Self) -> bool:
        """Whether both refuse the same piece, be it for different reasons."""
        return replace(self, reason=other.reason) == other


_RELATIVES = "/related"  # an address of the API: of an article with this at its end nothing could be asked
Item: TypeAlias = Article | Rejection


@dataclass(frozen=True, slots=True)
class Origin:
    """Where items come from: the name to show, and the time zone of dates without an offset."""

    name: str
    timezone: tzinfo

    def item(self, record: Mapping[str, Any], place: str, raw: bytes, format: str) -> Item:
        """The article a record describes, or the Rejection that says why it is none."""
        try:
            article = Article.from_record(record, self.timezone)
            if article.id.endswith(_RELATIVES):
                raise InvalidArticle(f"id: {_RELATIVES} на конце — это адрес родственных статей, а не статьи")
        except InvalidArticle as error:
            return self.rejection(str(error), raw, format, place)
        return article

    def rejection(self, reason: str, raw: bytes, format: str, place: str = "") -> Rejection:
        """A Rejection of a piece of this origin, its bytes cut to what is kept."""
        return Rejection(self.name, place, reason, raw[:RAW_BYTES], format)
