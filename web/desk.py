"""The desk: what answers the questions of one process."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock

from flask import current_app, g

from search.answer import Answer, answer
from search.article import Article
from search.asking import Question
from search.copies import Copies
from search.dossier import Dossier, dossier
from search.draft import Review, review
from search.engine import Reader
from search.errors import ArticleUnknown
from search.names import Names
from search.page import State, Story
from search.related import Relatives, related
from search.settings import Settings
from search.story import Development, development
from search.suggest import Suggestion, suggest


@dataclass
class Desk:
    """A reader, opened when it is first needed (so after the fork), the settings and the time.

    A Reader is for one thread at a time, so the threads of a process take turns.
    """

    open_reader: Callable[[], Reader]
    settings: Settings
    clock: Callable[[], datetime]
    known_copies: Copies | None = None
    turn: Lock = field(default_factory=Lock)

    @cached_property
    def _reader(self) -> Reader:
        return self.open_reader()

    def now(self) -> datetime:
        """The present moment in the service's time zone."""
        return self.clock().astimezone(self.settings.timezone)

    def answer(self, question: Question) -> Answer:
        """The answer to a question; raises what `search.answer.answer` raises."""
        with self.turn:
            found = answer(self._reader, question, self.now(), self.settings.half_life)
        g.found = _how(found)  # for who counts requests
        return found

    def suggest(self, q: str, most: int) -> list[Suggestion]:
        """How what is being typed may go on."""
        with self.turn:
            return suggest(self._reader, q, most, self.now(), self.settings.half_life)

    def article(self, id: str) -> Article:
        """The article with this id; raises ArticleUnknown."""
        with self.turn:
            found = self._reader.article(id)
        if found is None:
            raise ArticleUnknown(f"Статьи с id «{id[:200]}» нет: возможно, её удалили.")
        return found

    def related(self, article: Article, most: int) -> Relatives:
        """The relatives of an article or a draft."""
        with self.turn:
            return related(self._reader, article, most)

    def review(self, draft: Article, most: int) -> Review:
        """What the archive knows about a draft."""
        with self.turn:
            return review(self._reader, draft, most)

    def story(self, id: str) -> Story | None:
        """The story that an article belongs to."""
        with self.turn:
            return self._reader.story(id)

    def copies(self, id: str) -> list[Article]:
        """The copies of an article that the index has, the earliest first."""
        ids = self.known_copies.of(id) if self.known_copies else []
        with self.turn:
            return [article for each in ids if (article := self._reader.article(each))]

    def development(self, id: str) -> Development:
        """The story with this id; raises StoryUnknown."""
        with self.turn:
            return development(self._reader, id, self.now())

    def names(self, id: str) -> Names:
        """The names that an article speaks of."""
        with self.turn:
            return self._reader.names(id)

    def dossier(self, kind: str, name: str) -> Dossier:
        """The dossier of a name; raises NameUnknown."""
        with self.turn:
            return dossier(self._reader, kind, name, self.now())

    def state(self) -> State:
        """The latest commit; raises IndexUnavailable."""
        with self.turn:
            return self._reader.status()


def _how(answer: Answer) -> str:
    """How what an answer tells was found, in a word."""
    if not answer.page.total:
        return "nothing"
    if any(correction.applied for correction in answer.corrections):
        return "corrected"
    return "relaxed" if answer.relaxed else "found"


def desk() -> Desk:
    """The desk of the application that is answering now."""
    found: Desk = current_app.extensions["desk"]
    return found
