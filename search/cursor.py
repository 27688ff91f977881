"""A cursor: where somebody is in the hits of a question, as an opaque text by which to go on.

It holds the order's keys of the last hit and its id, so that it needs no page numbers and no memory of the
service's; the moment that freshness was measured by, so that the order does not move with the clock; and the
commit that it comes from.
"""

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Self

from search.query import After

_LATEST = 2**33  # seconds since 1970, for moments that every time zone can tell
_CHECK = 6  # bytes that show whether a cursor came through whole


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last hit that was shown, and of which question, moment and commit it was."""

    after: After
    now: datetime
    generation: int
    question: str

    def __str__(self) -> str:
        hit = self.after
        published = hit.published.timestamp() if hit.published else None
        facts = [hit.id, hit.score, published, self.now.timestamp(), self.generation, self.question]
        content = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
        return urlsafe_b64encode(_check(content) + content).rstrip(b"=").decode()

    @classmethod
    def read(cls, text: str) -> Self:
        """The cursor of a text; raises ValueError where it is none of ours."""
        whole = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        content = whole[_CHECK:]
        if whole[:_CHECK] != _check(content):
            raise ValueError("damaged")
        try:
            id, score, published, now, generation, question = json.loads(content)
            if not (isinstance(id, str) and isinstance(question, str) and math.isfinite(score)):
                raise ValueError("not a cursor")
            if not 0 <= now < _LATEST:
                raise ValueError("no moment of ours")
            moment = None if published is None else datetime.fromtimestamp(published, UTC)
            f"{id}{question}".encode()  # a half of a surrogate pair could not be told on
            after = After(id, float(score), moment)
            return cls(after, datetime.fromtimestamp(now, UTC), int(generation), question)
        except (TypeError, OverflowError, OSError, RecursionError) as error:
            raise ValueError("not a cursor") from error


def fingerprint(arguments: Iterable[tuple[str, str]]) -> str:
    """What tells one question's arguments from another's."""
    return blake2b(repr(sorted(arguments)).encode("utf-8", "replace"), digest_size=6).hexdigest()


def _check(content: bytes) -> bytes:
    return blake2b(content, digest_size=_CHECK, person=b"svodka cursor").digest()
