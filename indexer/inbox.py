"""The inbox over the archive, for those that hand articles in one by one instead of by files."""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from indexer import intake
from indexer.archive import Archive
from indexer.formats import Item, Rejection
from indexer.formats.items import Origin
from indexer.formats.jsonl import BadRecord, parse, read_lines
from search.article import Article
from search.errors import InvalidArticle
from search.inbox import Fate, Receipt


@dataclass(frozen=True, slots=True)
class ArchiveInbox:
    """An Inbox that opens the archive for each call, so that any thread of any process may use it.

    It makes none: what was acknowledged into a new one would be lost with the one that has gone.
    """

    path: Path
    timezone: tzinfo

    def take(self, lines: bytes, sender: str) -> list[Receipt]:
        """The fates of the lines of NDJSON; what was rejected is kept among the archive's rejects."""
        read = list(read_lines(Origin(f"API: {sender}", self.timezone), lines))
        with self._archive() as archive:
            fates = list(intake.fates(archive, (item for _, item in read)))
        return [_receipt(number, *each) for (number, _), each in zip(read, fates, strict=True)]

    def put(self, id: str, record: bytes) -> Fate:
        """Keep one article under an id."""
        try:
            value = parse(record)
        except BadRecord as error:
            raise InvalidArticle(f"body: {error}") from error
        if not isinstance(value, dict):
            raise InvalidArticle("body: нужен объект JSON с полями title и text")
        own = value.get("id")
        article = Article.from_record({**value, "id": id if own is None else own}, self.timezone)
        if article.id != id:
            kept = own in (None, id)
            fault = "пробелы по краям и нулевые знаки в нём не хранятся" if kept else "не тот, что в адресе"
            raise InvalidArticle(f"id: {fault}")
        with self._archive() as archive:
            ((_, fate),) = intake.fates(archive, [article])
        return fate

    def remove(self, id: str) -> bool:
        """Take an article out."""
        with self._archive() as archive, archive.changing():
            return archive.remove(id)

    def position(self) -> int:
        """The position of the archive's latest change."""
        with self._archive() as archive:
            return archive.position()

    def _archive(self) -> Archive:
        return Archive(self.path, make=False)


def _receipt(line: int, item: Item, fate: Fate) -> Receipt:
    if isinstance(item, Rejection):
        return Receipt(line, fate, reason=item.reason)
    return Receipt(line, fate, item.id)
