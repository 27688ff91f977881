"""The front door: a question in, an answer out. Page, API and command line all enter here."""

from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter

from search.article import Article
from search.asking import Match, Question
from search.engine import Reader
from search.errors import BadQuestion, ParameterError
from search.page import Hit, Mark, Page
from search.parser import Parsed, Warning, parse
from search.query import AllOf, Filters, Labels, Node, Query, leaves
from search.snippet import marks, snippets

# A short question is loosened only where nothing has all its words; a long one where too few do.
LONG_QUESTION = 5
TOO_FEW = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits with marks and snippets, and how the question was understood."""

    question: Question
    query: Query
    page: Page
    relaxed: bool
    warnings: tuple[Warning, ...]
    took_ms: float


def answer(reader: Reader, question: Question, now: datetime, half_life: float = 30.0) -> Answer:
    """The answer to a question; `now` is what freshness is measured by, `half_life` is in days.

    Raises BadQuestion where the question is to be read strictly and has faults; and what a Reader raises.
    """
    started = perf_counter()
    parsed = read(question, now)
    query = Query(
        root=parsed.root,
        filters=merged(parsed.filters, question.filters),
        sort=question.order,
        offset=(question.page - 1) * question.per_page,
        limit=question.per_page,
        now=now,
        half_life=half_life,
    )
    page = reader.search(query)
    relaxed = parsed.loose is not None and page.total < enough(parsed.root)
    if relaxed and parsed.loose is not None:
        loose = replace(query, root=parsed.loose)
        wider = reader.search(loose)
        relaxed = wider.total > page.total
        query, page = (loose, wider) if relaxed else (query, page)
    page = replace(page, hits=tuple(shown(hit, query.root, question) for hit in page.hits))
    return Answer(question, query, page, relaxed, parsed.warnings, (perf_counter() - started) * 1000)


def read(question: Question, now: datetime) -> Parsed:
    """The parsed question; raises BadQuestion where it is strict and the text has faults."""
    timezone = now.tzinfo
    if timezone is None:
        raise ValueError("now must be aware")
    parsed = parse(question.q, timezone, where=question.where, exact=question.match is Match.EXACT)
    if question.strict and parsed.warnings:
        raise BadQuestion([ParameterError("q", warning.message) for warning in parsed.warnings])
    return parsed


def enough(root: Node) -> int:
    """How many hits with all the words are enough not to look for a part of them."""
    words = len(list(leaves(root)))
    return TOO_FEW if words >= LONG_QUESTION else 1


def merged(typed: Filters, given: Filters) -> Filters:
    """The filters of the question's text together with those given beside it; both must hold."""

    def both(one: Labels, other: Labels) -> Labels:
        include = (
            one.include & other.include if one.include and other.include else one.include | other.include
        )
        nothing = frozenset(("\0",)) if one.include and other.include and not include else include
        return Labels(nothing, one.exclude | other.exclude)

    since = [moment for moment in (typed.since, given.since) if moment]
    until = [moment for moment in (typed.until, given.until) if moment]
    return Filters(
        max(since, default=None),
        min(until, default=None),
        both(typed.source, given.source),
        both(typed.section, given.section),
        both(typed.author, given.author),
        both(typed.tag, given.tag),
    )


def shown(hit: Hit, root: Node, question: Question) -> Hit:
    """A hit with its marks and snippets."""
    return replace(
        hit,
        title_marks=marks(hit.article.title, root, "title"),
        snippets=snippets(hit.article.text, root, question.snippets, question.snippet_length),
    )


def marked(article: Article, q: str, now: datetime) -> tuple[tuple[Mark, ...], tuple[Mark, ...]]:
    """The marks of a question in the title and the whole text of an article."""
    root = read(Question(q=q), now).root
    if isinstance(root, AllOf) and (loose := parse(q).loose) is not None:
        root = loose
    return marks(article.title, root, "title"), marks(article.text, root, "text")
