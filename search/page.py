"""Page, Hit, Snippet, Mark: an answer. A snippet is text with marked spans, never HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from search.article import Article
from search.query import Via

STORY_LETTERS = 16  # of a story's id


class Mark(NamedTuple):
    """A marked span `[start, end)` in Unicode code points, and why it matched.

    A `weak` word (a preposition, say) is marked for what it stands beside.
    """

    start: int
    end: int
    via: Via
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A passage of a field with its marks; `before`/`after` say whether text was left out there."""

    field: str
    text: str
    marks: tuple[Mark, ...] = ()
    before: bool = False
    after: bool = False


class Place(NamedTuple):
    """A token `[start, end)` of a field, at its position among them, and the terms it is found by there."""

    position: int
    start: int
    end: int
    terms: tuple[str, ...]


Places = Mapping[str, Sequence[Place]]  # by field, each in order


@dataclass(frozen=True, slots=True)
class Story:
    """A story by its number, and how many articles of the archive belong to it."""

    number: int
    size: int

    @property
    def id(self) -> str:
        """The number as clients have it."""
        return format(self.number, "x")


def story_number(id: str) -> int | None:
    """The number of a story's id; None where it is not one."""
    sound = 0 < len(id) <= STORY_LETTERS and id.isascii() and id == id.lower() and id.isalnum()
    try:
        return int(id, 16) if sound else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Hit:
    """One article that answers the question; `places` are where the question's terms stand in it."""

    article: Article
    score: float
    story: Story | None = None
    places: Places = field(default_factory=dict)
    title_marks: tuple[Mark, ...] = ()
    snippets: tuple[Snippet, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """The commit an answer comes from. `mark` is the position in the archive that it holds.

    It is `outdated` where its words were analysed by other rules than ours: it answers, but not as well.
    """

    generation: int
    mark: int
    as_of: datetime | None
    documents: int
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """The commonest values of a label field among the hits: (key, label, count); `other` counts the rest."""

    field: str
    values: tuple[tuple[str, str, int], ...]
    other: int


@dataclass(frozen=True, slots=True)
class Page:
    """The hits asked for, how many there are in all, and the commit they come from.

    `histogram` has (first day, count) for each interval that has hits, in order. `heads` is how many hits are
    left where of each story only the first is shown.
    """

    total: int
    hits: tuple[Hit, ...]
    state: State
    facets: tuple[Facet, ...] = ()
    histogram: tuple[tuple[date, int], ...] = ()
    heads: int | None = None

    @property
    def listed(self) -> int:
        """How many hits there are to list, on all pages."""
        return self.total if self.heads is None else self.heads
