"""A watch: a question that is asked again of whatever comes in, and is told of each story once.

It is asked to the letter: all its words, nothing repaired. What comes in with a date longer ago than
`limits.WATCH_DAYS`, or with none, belongs to the archive and is no news.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from search import limits
from search.answer import answer
from search.asking import Question
from search.engine import Reader
from search.page import Hit


@dataclass(frozen=True, slots=True)
class Finding:
    """What a watch tells at once: articles of one story, the earliest first."""

    story: str  # its id, or that of the only article where there is no story
    hits: tuple[Hit, ...]

    @property
    def first(self) -> Hit:
        """The article that is told."""
        return self.hits[0]


def news_since(now: datetime) -> datetime:
    """The date from which on an article is news."""
    return now - timedelta(days=limits.WATCH_DAYS)


def published(reader: Reader, question: Question, since: datetime, now: datetime) -> Iterator[Hit]:
    """All that a watch (`read_watched`) finds among the articles published since then, in one commit.

    Raises BadQuestion where its text is not to be taken to the letter, and what a Reader raises.
    """
    since = max(filter(None, (question.filters.since, since)))
    question = replace(question, filters=replace(question.filters, since=since))
    while True:
        found = answer(reader, question, now)
        yield from found.page.hits
        if found.following is None:
            return
        question = replace(question, cursor=found.following)


def by_story(hits: Iterable[Hit]) -> list[Finding]:
    """Hits put together story by story, in the order of the first of each."""
    stories: dict[str, list[Hit]] = {}
    for hit in hits:
        stories.setdefault(hit.story.id if hit.story else hit.article.id, []).append(hit)
    return [Finding(story, tuple(of_it)) for story, of_it in stories.items()]
