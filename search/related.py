"""Related stories: an article, or a draft, becomes the question that finds its relatives.

The words that tell most of it (frequent in it, rare in the archive; names above common words) are asked for
together, a small part of them being enough; what was published about the same time comes first.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from search.article import Article, days_between
from search.copies import are_copies
from search.document import Document
from search.engine import Reader
from search.page import Hit, Page, Story
from search.passages import Words
from search.query import AllOf, Alternative, AnyOf, Query, Via, Word
from search.ranking import saturated
from search.russian.analysis import ABBREVIATION, EXACT, LONGEST_TERM, SOUND, analyse, readings
from search.russian.folding import fold
from search.russian.headword import Span, headword
from search.russian.lemmas import is_weak, known
from search.russian.names import candidates, elected, is_no_base, is_voted_on, paradigm
from search.terms import Terms

ASKED = 24  # terms that stand for the article
WEIGHED = 80  # its most frequent terms, whose rarity in the archive is looked up
ENOUGH = 0.1  # of the asked terms, for a relative
TITLE = 2.0  # a term of the title counts so many times
NAME = 1.5  # and a name
CONSIDERED = 60  # candidates of the engine that are put in order here
SAME_TIME = 0.6  # what a relative of the same moment gains; half as much after HALF_LIFE days
HALF_LIFE = 5.0
ONE_STORY = 0.35  # of an article's telling terms that another on the same event has, at least
SAME_STORY_DAYS = 2.0
BACKGROUND_DAYS = 30.0
SHARED = 8  # terms told as the reason
_SELDOM = 20  # times rarer than a form: its base form would be oftener in the archive (Санда beside Санду)
_HARDLY = 0.02  # how likely a form is of a base form that it is not read as
_ENGLISH = frozenset(
    ("an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "the", "to", "was", "with")
)
_ASIDE = re.compile(r"^\s*[(\[][^)\]]*[)\]]|[(\[][^)\]]*[)\]]\s*$")  # what a title has before or after it


class Relation(StrEnum):
    """When a relative was published, seen from the article, or that it tells of the same event."""

    SAME = "same"  # on the same event, within two days
    EARLIER = "earlier"
    LATER = "later"
    BACKGROUND = "background"  # more than a month away, or undated


@dataclass(frozen=True, slots=True)
class Relative:
    """A related article: how much, since when, and the names and words it shares.

    `overlap` is the share of the article's telling terms that it has, from 0 to 1; `copy` says whether it is
    the same text but for small changes. `names` are the shared words that it writes with a capital.
    """

    hit: Hit
    relation: Relation
    days: float | None
    overlap: float
    copy: bool
    names: tuple[str, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relatives:
    """The relatives of an article, best first, and the page of candidates they were chosen from."""

    page: Page
    relatives: tuple[Relative, ...]


def related(reader: Reader, article: Article, most: int) -> Relatives:
    """The articles that are most related to one, which need not be in the archive; raises as a Reader."""
    root = question(reader, Document(replace(article, text=article.opening)))
    asked = root if root.parts else AnyOf(())
    page = reader.search(Query(asked, limit=CONSIDERED, nearness=False))
    terms = _asked(root)
    whole = _whole(page, article, terms)
    scored = (replace(hit, score=hit.score / whole * _timely(article, hit.article)) for hit in page.hits)
    others = (hit for hit in scored if hit.article.id != article.id)
    best = sorted(others, key=lambda hit: (-hit.score, hit.article.id))[:most]
    story, text = reader.story(article.id), Words(article.opening)
    forms = _forms(reader, terms)
    return Relatives(page, tuple(_relative(article, story, hit, terms, forms, text) for hit in best))


def _whole(page: Page, article: Article, terms: list[str]) -> float:
    """The score of the article itself, as a part of which those of others are on one scale for all articles.

    For one that is not in the archive: of who has most of it, if it had all.
    """
    own = next((hit.score for hit in page.hits if hit.article.id == article.id), 0.0)
    return own or max((hit.score / (_overlap(hit, terms) or 1.0) for hit in page.hits), default=1.0) or 1.0


def _forms(reader: Reader, terms: list[str]) -> dict[str, int]:
    """How many articles have each form of the names that some terms may be base forms or forms of."""
    bases = {base for term in terms for base in (term, *(candidates(term) if is_voted_on(term) else ()))}
    having = reader.counts({EXACT + form for base in bases for form in paradigm(base)})
    return {term.removeprefix(EXACT): count for term, count in having.items()}


def question(reader: Reader, document: Document) -> AllOf:
    """The terms that stand for a document, the most telling first."""
    frequent: dict[str, float] = {}
    for terms, factor in ((document.title, TITLE), (document.text, 1.0)):
        for term, weight in _telling(terms):
            frequent[term] = frequent.get(term, 0.0) + factor * weight
    joined = {term.replace("-", "") for term in frequent if "-" in term}  # the same word once more
    frequent = {term: weight for term, weight in frequent.items() if term not in joined}
    for term in _outlet(document.article) & frequent.keys():
        del frequent[term]
    chosen = sorted(frequent, key=lambda term: (-frequent[term] * (NAME if is_name(term) else 1.0), term))
    counts = reader.counts(chosen[:WEIGHED])
    documents = reader.status().documents
    worth = {
        term: saturated(frequent[term])
        * math.log1p(documents / (1 + counts.get(term, 0)))
        * (NAME if is_name(term) else 1.0)
        for term in chosen[:WEIGHED]
        if counts.get(term)
    }
    best = sorted(worth, key=lambda term: (-worth[term], term))[:ASKED]
    words = (Word(term.lstrip(ABBREVIATION), (Alternative(term, 1.0, Via.LEMMA),)) for term in best)
    return AllOf(tuple(words), quorum=ENOUGH)


def _telling(terms: Terms) -> Iterator[tuple[str, float]]:
    return (
        (name, posting.weight)
        for name, posting in terms.postings.items()
        if is_telling(name) and name not in _ENGLISH
    )


def is_telling(term: str) -> bool:
    """Whether a term may tell what an article is about."""
    plain = term.lstrip(ABBREVIATION)
    return not term.startswith((EXACT, SOUND)) and len(plain) > 1 and not is_weak(plain)


def is_name(term: str) -> bool:
    """Whether a term is likely to name somebody or something: an abbreviation, or not in the dictionary."""
    return term.startswith(ABBREVIATION) or not known(term)


def _timely(article: Article, other: Article) -> float:
    """From 1 where they are of one moment down to what is left where they are far apart or undated."""
    days = days_between(article, other)
    near = 0.0 if days is None else 2.0 ** (-abs(days) / HALF_LIFE)
    return (1.0 + SAME_TIME * near) / (1.0 + SAME_TIME)


def _outlet(article: Article) -> frozenset[str]:
    """The terms that only name an article's outlet: its site's, and those of a name of one word."""
    written = (article.host or "", article.source or "")
    found = (list(analyse(text)) for text in written)
    terms = (term for tokens in found if len(tokens) == 1 for term, _ in tokens[0].terms)
    return frozenset(filter(is_name, terms))


def _relative(
    article: Article, story: Story | None, hit: Hit, asked: list[str], forms: Mapping[str, int], text: Words
) -> Relative:
    heads = _shared(hit, asked, forms)
    names = tuple(head for head in heads if head != head.lower())
    words = tuple(head for head in heads if head == head.lower())
    days = days_between(article, hit.article)
    overlap = _overlap(hit, asked)
    copy = are_copies(article, text, hit.article, Words(hit.article.opening))
    alike = story.number == hit.story.number if story and hit.story else overlap >= ONE_STORY
    relation = _relation(days, one_event=copy or alike)
    return Relative(hit, relation, days, overlap, copy, names[:SHARED], words[:SHARED])


def _asked(root: AllOf) -> list[str]:
    return [a.term for word in root.parts if isinstance(word, Word) for a in word.alternatives]


def _overlap(hit: Hit, asked: list[str]) -> float:
    """The share of the asked terms that a hit has."""
    had = {term for places in hit.places.values() for place in places for term in place.terms}
    return len(had & set(asked)) / max(1, len(asked))


def _shared(hit: Hit, asked: list[str], forms: Mapping[str, int]) -> list[str]:
    """Those of the asked terms that a hit has, as it writes them; `forms` counts the articles that have each.

    Of terms that meet at one of its words there is the one with most places, and then the likeliest (Санду,
    where nobody is called Санда), not every lemma that a name may have; none is a bare number, names its own
    outlet, or stands only in brackets around the title, as (ФОТО).
    """
    title, text = hit.article.title, hit.article.text
    aside = [bracket.span() for bracket in _ASIDE.finditer(title)]
    standing: dict[str, list[Span]] = {}
    for field, places in sorted(hit.places.items()):  # the text first: titles may be all in capitals
        for place in places:
            if place.end - place.start > LONGEST_TERM:  # it is no word to tell
                continue
            if field == "text" or not any(start <= place.start < end for start, end in aside):
                span = Span(text if field == "text" else title, place.start, place.end)
                for term in place.terms:
                    standing.setdefault(term, []).append(span)
    outlet = _outlet(hit.article)
    there = [term for term in asked if term in standing and term not in outlet and not term[0].isdigit()]
    met: set[Span] = set()
    chosen: set[str] = set()
    for term in sorted(
        there, key=lambda term: (-len(standing[term]), -_vote(term, standing[term][0], forms))
    ):
        if met.isdisjoint(standing[term]):
            chosen.add(term)
        met.update(standing[term])
    told = ((_likeliest(term, standing[term], forms), standing[term]) for term in there if term in chosen)
    return list(dict.fromkeys(headword(*one) for one in told))


def _vote(term: str, span: Span, forms: Mapping[str, int]) -> float:
    """How likely a word is a form of a term."""
    return 1.0 if term.startswith(ABBREVIATION) else _bases(span, forms).get(term, 0.0)


def _bases(span: Span, forms: Mapping[str, int]) -> dict[str, float]:
    """How likely a word is of each base form; of names the archive tells."""
    form, capitalised = fold(span.written), span.written[:1].isupper()
    read = readings(form, capitalised=capitalised, first=span.first)
    if capitalised:
        plain = [one for one in read if not is_no_base(form, one.lemma)]
        seldom = {one.lemma for one in plain if forms.get(one.lemma, 0) * _SELDOM < forms.get(form, 0)}
        read = elected(form, plain, lambda other: 0 if other in seldom else forms.get(other, 0))
    return dict(read)


def _likeliest(term: str, spans: list[Span], forms: Mapping[str, int]) -> str:
    """The base form of a name that all forms which stand at some places have; others as they were found."""
    written = {fold(span.written): span for span in spans}
    small = any(span.written.islower() for span in spans)
    if small or term.startswith(ABBREVIATION) or not all(map(is_voted_on, written)):
        return term
    bases = [_bases(span, forms) for span in written.values()]
    if not all(term in one or is_no_base(form, term) for form, one in zip(written, bases, strict=True)):
        return term
    # A form that stands there alone says nothing for being the base form itself, unless it is common.
    possible = dict.fromkeys(
        base
        for one in bases
        for base in one
        if base == term or {base} != written.keys() or (forms.get(term, 0) + 1) * _SELDOM < forms.get(base, 0)
    )
    return max(possible, key=lambda base: math.prod(one.get(base, _HARDLY) for one in bases), default=term)


def _relation(days: float | None, *, one_event: bool) -> Relation:
    if days is None or abs(days) > BACKGROUND_DAYS:
        return Relation.BACKGROUND
    if one_event and abs(days) <= SAME_STORY_DAYS:
        return Relation.SAME
    return Relation.LATER if days > 0 else Relation.EARLIER
