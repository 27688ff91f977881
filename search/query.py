"""Query: a finished question as a value. The parser makes it, engines answer it.

A question is a tree. Its leaves are words, phrases and prefixes; a word stands for the *union* of its
alternatives, so it is one term however many lemmas its form may have.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias


class In(StrEnum):
    """Where a leaf is looked for."""

    ALL = "all"
    TITLE = "title"
    TEXT = "text"


class Sort(StrEnum):
    """The order of the hits."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    OLDEST = "oldest"


class Interval(StrEnum):
    """How wide the bars of a histogram are, by the calendar of the service's time zone."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first(self, day: date) -> date:
        """The first day of the bar that a day counts for."""
        if self is Interval.MONTH:
            return day.replace(day=1)
        return day - timedelta(days=day.weekday()) if self is Interval.WEEK else day


# The fields of labels; the last three are of names, which the loader finds.
LABELS = ("source", "section", "author", "tag", "origin", "person", "org", "place")


class Via(StrEnum):
    """By what route a word of an article answers a word of the question."""

    FORM = "form"
    LEMMA = "lemma"
    YO = "yo"
    KAZAKH = "kazakh"
    LATIN = "latin"
    ABBREVIATION = "abbreviation"
    PREFIX = "prefix"
    LAYOUT = "layout"
    TYPO = "typo"


@dataclass(frozen=True, slots=True)
class Alternative:
    """One index term a word may be found by, with its weight in (0, 1]."""

    term: str
    weight: float
    via: Via


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question. A weak word (a preposition, say) adds to the score but is not required.

    `kin` are terms with their weights that add to the score of an article, but by which none is found.
    """

    text: str
    alternatives: tuple[Alternative, ...]
    where: In = In.ALL
    weak: bool = False
    kin: tuple[tuple[str, float], ...] = ()

    def __hash__(self) -> int:
        return hash(self.text)  # words that differ are mostly typed otherwise; the whole takes long


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand next to each other in one field, in this order, each as one of its terms."""

    text: str
    terms: tuple[tuple[str, ...], ...]
    where: In = In.ALL


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any word that begins with these letters."""

    prefix: str
    where: In = In.ALL


@dataclass(frozen=True, slots=True)
class AllOf:
    """All the parts and none of `without`.

    `quorum` below 1 asks only for that share of the parts that are not weak (rounded up).
    Without parts it is every article.
    """

    parts: tuple["Node", ...] = ()
    without: tuple["Node", ...] = ()
    quorum: float = 1.0


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the parts."""

    parts: tuple["Node", ...]


Leaf: TypeAlias = Word | Phrase | Prefix
Node: TypeAlias = Leaf | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class Labels:
    """A filter on one label field; values are keys (`names.key_of`)."""

    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be, apart from its words. `since` is inclusive, `until` exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    source: Labels = Labels()
    section: Labels = Labels()
    author: Labels = Labels()
    tag: Labels = Labels()
    origin: Labels = Labels()
    person: Labels = Labels()
    org: Labels = Labels()
    place: Labels = Labels()
    story: int | None = None


@dataclass(frozen=True, slots=True)
class After:
    """The hit that a page goes on after: its id, and its score and date as they were when it was shown."""

    id: str
    score: float
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole question: what is asked, how it is filtered and ordered, and which hits are wanted.

    `now` with `half_life` (days) is what freshness is measured by; None leaves freshness out. `facets` are
    the label fields whose values are counted over all hits, a field's own filter left out unless `within`;
    `histogram` counts the hits by date, in the time zone of `now`, or UTC. `nearness` says whether it matters
    how near the words stand to each other and to the beginning. `after` is a hit that `offset` counts from:
    by date the hits go on after its date as it was, so that no commit makes a double or a gap; by relevance
    after where it stands in the commit that is asked, or, where it is gone, would stand. `collapse` leaves of
    each story only the first hit; `offset`, `limit` and `after` then count these.
    """

    root: Node = AllOf()
    filters: Filters = field(default_factory=Filters)
    sort: Sort = Sort.RELEVANCE
    offset: int = 0
    limit: int = 20
    now: datetime | None = None
    half_life: float = 30.0
    nearness: bool = True
    facets: tuple[str, ...] = ()
    within: frozenset[str] = frozenset()
    histogram: Interval | None = None
    after: After | None = None
    collapse: bool = False


BRACKETS = (AllOf, AnyOf)  # a tuple: looked at some times for every question


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves that may earn a hit, left to right; what is excluded is not among them."""
    if isinstance(node, BRACKETS):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield node


def named_terms(node: Node) -> frozenset[str]:
    """The index terms that a question names; those its prefixes stand for only an engine knows."""
    found: set[str] = set()
    for leaf in leaves(node):
        if isinstance(leaf, Word):
            found.update(alternative.term for alternative in leaf.alternatives)
        elif isinstance(leaf, Phrase):
            found.update(term for step in leaf.terms for term in step)
    return frozenset(found)


def is_weak(node: Node) -> bool:
    """Whether a part may be missing from a hit."""
    return isinstance(node, Word) and node.weak


def required(node: AllOf) -> tuple["Node", ...]:
    """The parts that count for the quorum: those that are not weak, or all where all are weak."""
    return tuple(part for part in node.parts if not is_weak(part)) or node.parts
