"""A story: the articles on one event in time, who told it first and who else."""

from dataclasses import dataclass
from datetime import datetime

from search.article import Article
from search.engine import Reader
from search.errors import StoryUnknown
from search.page import Page, Story, story_number
from search.query import Filters, Interval, Query, Sort

SHOWN = 200  # articles of a story, the earliest first


@dataclass(frozen=True, slots=True)
class Development:
    """A story and its articles in time; the page counts them by source and by day."""

    story: Story
    page: Page

    @property
    def first(self) -> Article:
        """The article that came first."""
        return self.page.hits[0].article


def development(reader: Reader, id: str, now: datetime) -> Development:
    """The story with this id; days are those of the time zone of `now`.

    Raises StoryUnknown, and what a Reader raises.
    """
    number = story_number(id)
    query = Query(
        filters=Filters(story=number),
        sort=Sort.OLDEST,
        limit=SHOWN,
        now=now,
        facets=("source",),
        histogram=Interval.DAY,
    )
    page = reader.search(query) if number else None
    if page is None or not page.hits or page.hits[0].story is None:
        raise StoryUnknown(f"Сюжета «{id[:40]}» нет: возможно, его статьи удалили.")
    return Development(page.hits[0].story, page)
