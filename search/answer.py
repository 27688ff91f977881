"""The front door: a question in, an answer out. Page, API and command line all enter here."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from time import perf_counter

from search.article import Article
from search.asking import Collapse, Match, Question
from search.asking import Repair as Repairing
from search.cursor import Cursor
from search.engine import Reader
from search.errors import BadQuestion, ParameterError
from search.loosening import pasted
from search.page import Hit, Mark, Page
from search.parser import Parsed, Warning, parse
from search.query import LABELS, After, AllOf, Filters, Labels, Query, Sort
from search.repair import Repair, repaired, repairs, routed
from search.russian.question import elected
from search.snippet import Wanted, all_places, marks, snippets

# A typed question is loosened only where nothing has all its words; a pasted headline where too few do.
TOO_FEW = 10
# A correction that is not applied is offered where it finds so many times more.
FAR_MORE = 20


@dataclass(frozen=True, slots=True)
class Correction:
    """A mended piece of the question; `count` is what the question finds with all its corrections."""

    kind: str
    typed: str
    to: str
    applied: bool
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits with marks and snippets, and how the question was understood.

    `text` is the question that was answered, with the corrections that were applied; `offered` is the
    question with those that were not. `following` is the cursor to what comes after this page.
    """

    question: Question
    query: Query
    page: Page
    relaxed: bool
    text: str
    offered: str
    corrections: tuple[Correction, ...]
    warnings: tuple[Warning, ...]
    took_ms: float
    following: Cursor | None = None


@dataclass(frozen=True)
class _Found:
    """What a reading of the question finds, and whether by a part of its words only."""

    reader: Reader
    query: Query
    page: Page
    relaxed: bool

    @cached_property
    def whole(self) -> int:
        """How many articles it finds where no filter is set.

        How a question is read is decided by this: a filter that changed the reading could add hits.
        """
        if self.query.filters == Filters():
            return self.page.total
        return self.reader.search(Query(self.query.root, sort=Sort.NEWEST, limit=0)).total

    def reaches(self, articles: int) -> bool:
        """Whether it finds so many where no filter is set; what passes one is a part of them."""
        return self.page.total >= articles or self.whole >= articles

    @property
    def in_full(self) -> int:
        """How many articles have all the words, where no filter is set."""
        return 0 if self.relaxed else self.whole


def answer(reader: Reader, question: Question, now: datetime, half_life: float = 30.0) -> Answer:
    """The answer to a question; `now` is what freshness is measured by, `half_life` is in days.

    Raises BadQuestion where the question is to be read strictly and has faults; and what a Reader raises.
    """
    started = perf_counter()
    cursor = question.cursor
    reader = reader.at(cursor.generation) if cursor else reader
    parsed, now = _voted(read(question, now), reader), cursor.now.astimezone(now.tzinfo) if cursor else now
    query = Query(
        root=parsed.root,
        filters=merged(parsed.filters, question.filters),
        sort=question.order,
        offset=(question.page - 1) * question.per_page,
        limit=question.per_page + bool(cursor),  # one more shows whether anything follows
        now=now,
        half_life=half_life,
        facets=question.facets,
        within=frozenset(name for name in LABELS if getattr(parsed.filters, name) != Labels()),  # they stay
        histogram=question.histogram,
        collapse=question.collapse is Collapse.STORY,
        after=cursor.after if cursor else None,
    )
    typed = _found(reader, query, parsed)
    found, text, offered, corrections = _corrected(reader, question, now, query, parsed, typed)
    hits = found.page.hits[: question.per_page]
    wanted = Wanted(found.query.root, "title"), Wanted(found.query.root, "text")
    page = replace(found.page, hits=tuple(shown(hit, *wanted, question) for hit in hits))
    return Answer(
        question,
        found.query,
        page,
        found.relaxed,
        text,
        offered,
        corrections,
        parsed.warnings + _moved(question, page),
        (perf_counter() - started) * 1000,
        _following(found, question, now),
    )


def _corrected(
    reader: Reader, question: Question, now: datetime, query: Query, parsed: Parsed, typed: _Found
) -> tuple[_Found, str, str, tuple[Correction, ...]]:
    """What the question finds, as typed or mended; the text that was answered; the one that is offered."""
    if question.repair is Repairing.OFF:
        return typed, question.q, "", ()
    made = repairs(question.q, parsed.plain, reader, lambda: typed.in_full)
    if not made:
        return typed, question.q, "", ()

    def mended(some: list[Repair]) -> tuple[str, _Found]:
        text = repaired(question.q, some)
        return text, _mended(reader, query, _voted(read(replace(question, q=text), now), reader), some)

    text, other = mended(made)
    applied = _applies(question, made, typed, other)
    sure = [repair for repair in made if repair.sure]
    if not applied and 0 < len(sure) < len(made):
        surely = mended(sure)
        applied = _applies(question, sure, typed, surely[1])
        made, (text, other) = (sure, surely) if applied else (made, (text, other))
    if not applied and other.page.total < max(1, FAR_MORE * typed.page.total):
        return typed, question.q, "", ()
    corrections = tuple(
        Correction(repair.kind, repair.typed, repair.to, applied, other.page.total) for repair in made
    )
    return (other, text, "", corrections) if applied else (typed, question.q, text, corrections)


def _following(found: _Found, question: Question, now: datetime) -> Cursor | None:
    page, shown_till = found.page, question.page * question.per_page
    more = len(page.hits) > question.per_page if question.cursor else page.listed > shown_till
    if not more or not page.hits:
        return None
    last = page.hits[: question.per_page][-1]
    after = After(last.article.id, last.score, last.article.published)
    return Cursor(after, now, page.state.generation, question.fingerprint)


def _moved(question: Question, page: Page) -> tuple[Warning, ...]:
    """A word to who goes on by relevance after a commit; orders by date do not move."""
    cursor = question.cursor
    if not cursor or cursor.generation == page.state.generation or question.order is not Sort.RELEVANCE:
        return ()
    message = (
        "Архив пополнился между страницами: при порядке по смыслу соседние статьи могли поменяться местами."
    )
    return (Warning("index_changed", message),)


def _voted(parsed: Parsed, reader: Reader) -> Parsed:
    """The question with the base forms of its names weighed by the forms that the archive has."""
    loose = elected(parsed.loose, reader.counts) if parsed.loose else None
    return replace(parsed, root=elected(parsed.root, reader.counts), loose=loose)


def _found(reader: Reader, query: Query, parsed: Parsed) -> _Found:
    full = _Found(reader, query, reader.search(query), relaxed=False)
    wanted = enough(parsed.root)
    if parsed.loose is None or full.reaches(wanted):
        return full
    query = replace(query, root=parsed.loose)
    part = _Found(reader, query, reader.search(query), relaxed=True)
    return part if part.reaches(full.whole + 1) else full


def _mended(reader: Reader, query: Query, parsed: Parsed, made: list[Repair]) -> _Found:
    loose = routed(parsed.loose, made) if parsed.loose else None
    parsed = replace(parsed, root=routed(parsed.root, made), loose=loose)
    return _found(reader, replace(query, root=parsed.root), parsed)


def _applies(question: Question, made: list[Repair], typed: _Found, mended: _Found) -> bool:
    """Whether the mended question is answered in the typed one's stead.

    Where that finds anything, only if it is by what letters of no word happen to sound like, or by a part of
    its words: мыши, and nothing of корлик.
    """
    if question.repair is not Repairing.AUTO:
        return False
    if typed.in_full:
        return mended.in_full >= typed.in_full and all(repair.sure for repair in made)
    if (not mended.relaxed and mended.reaches(1)) or not typed.reaches(1):
        return True
    return all(repair.sure for repair in made) and mended.whole >= typed.whole


def read(question: Question, now: datetime) -> Parsed:
    """The parsed question; raises BadQuestion where it is strict and the text has faults."""
    timezone = now.tzinfo
    if timezone is None:
        raise ValueError("now must be aware")
    parsed = parse(question.q, timezone, where=question.where, exact=question.match is Match.EXACT)
    if question.strict and parsed.warnings:
        raise BadQuestion(
            [ParameterError("q", warning.message, question.q[:200]) for warning in parsed.warnings]
        )
    return parsed if question.loosened else replace(parsed, loose=None)


def enough(root: AllOf) -> int:
    """How many hits with all the words are enough not to look for a part of them."""
    return TOO_FEW if pasted(root) else 1


def merged(typed: Filters, given: Filters) -> Filters:
    """The filters of the question's text together with those given beside it; both must hold.

    Where no label can be among both, each is asked for and refused.
    """

    def both(one: Labels, other: Labels) -> Labels:
        either, exclude = one.include | other.include, one.exclude | other.exclude
        if not (one.include and other.include):
            return Labels(either, exclude)
        include = one.include & other.include
        return Labels(include, exclude) if include else Labels(either, exclude | either)

    since = [moment for moment in (typed.since, given.since) if moment]
    until = [moment for moment in (typed.until, given.until) if moment]
    return Filters(
        max(since, default=None),
        min(until, default=None),
        **{name: both(getattr(typed, name), getattr(given, name)) for name in LABELS},
        story=given.story if typed.story is None else typed.story,
    )


def shown(hit: Hit, title: Wanted, text: Wanted, question: Question) -> Hit:
    """A hit with its marks and snippets, by what is wanted of its fields."""
    article, places = hit.article, hit.places.get("text", ())
    most, length = question.snippets, question.snippet_length
    title_marks = marks(article.title, hit.places.get("title", ()), title)
    headline = article.title if title_marks else ""  # one without marks shows nothing of the question
    passages = snippets(article.text, article.sentences, places, text, most, length, headline) if most else ()
    return Hit(article, hit.score, hit.story, hit.places, title_marks, passages)


def marked(article: Article, question: Question, now: datetime) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """The marks of a question, as it stands, in an article's title and what is read closely of it."""
    parsed = read(question, now)
    root = parsed.loose or parsed.root
    return (
        marks(article.title, all_places(article.title), Wanted(root, "title")),
        marks(article.opening, all_places(article.opening), Wanted(root, "text")),
    )
