"""The desk: what answers the questions of one process."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

from flask import current_app

from search.answer import Answer, answer
from search.asking import Question
from search.engine import Reader
from search.settings import Settings


@dataclass
class Desk:
    """A reader, opened when it is first needed (so after the fork), the settings and the time."""

    open_reader: Callable[[], Reader]
    settings: Settings
    clock: Callable[[], datetime]

    @cached_property
    def reader(self) -> Reader:
        """The index, open for as long as the process lives."""
        return self.open_reader()

    def now(self) -> datetime:
        """The present moment in the service's time zone."""
        return self.clock().astimezone(self.settings.timezone)

    def answer(self, question: Question) -> Answer:
        """The answer to a question; raises what `search.answer.answer` raises."""
        return answer(self.reader, question, self.now(), self.settings.half_life)

    def etag(self, *request: object) -> str:
        """What stays the same as long as a request has the same answer: by commit and, for freshness, day."""
        state = (self.reader.status().generation, self.now().date(), *request)
        return blake2b(repr(state).encode("utf-8", "replace"), digest_size=12).hexdigest()


def desk() -> Desk:
    """The desk of the application that is answering now."""
    found: Desk = current_app.extensions["desk"]
    return found
