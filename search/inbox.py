"""How articles are handed in: what became of each, told once it is durable."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Fate(StrEnum):
    """What becomes of an item."""

    ACCEPTED = "accepted"
    UPDATED = "updated"  # the id was there with other content
    DUPLICATE = "duplicate"  # the same content under the same id was there
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The fate of one line: its number from 1, the article's id, or the reason why there is none."""

    line: int
    fate: Fate
    id: str | None = None
    reason: str | None = None


class Inbox(Protocol):
    """Takes articles in. What a method returns for is durable; handing in the same again changes nothing.

    Every method raises ArchiveUnavailable and DiskFull. `sender` names who hands in, for the list of rejects.
    """

    def take(self, lines: bytes, sender: str) -> list[Receipt]:
        """The fates of the lines of NDJSON that are not blank, in their order."""
        ...

    def put(self, id: str, record: bytes) -> Fate:
        """Keep the article of a JSON record under this id; raises InvalidArticle naming the field."""
        ...

    def remove(self, id: str) -> bool:
        """Take an article out; whether it was there."""
        ...

    def position(self) -> int:
        """How many changes were taken in so far; the index tells by its mark how far it follows."""
        ...
