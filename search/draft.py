"""A draft held against the archive: its relatives, the passages they share with it, and what they deny.

Nothing of a draft is kept.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any

from rapidfuzz.distance import OSA, DamerauLevenshtein

from search import limits
from search.article import Article
from search.engine import Reader
from search.errors import BadQuestion, DraftTooLong, InvalidArticle, field_error
from search.passages import Passage, Words, passages, share
from search.related import ONE_STORY, Relative, Relatives, related
from search.russian.claims import Claims, Count, Name, claims
from search.russian.lemmas import known

UNTITLED = "—"
COMPARED = 30  # relatives whose text is held against the draft's
COPY = 0.05  # of the draft's words, from which on an article comes before its relatives
HELD_AGAINST = 8  # articles on the same event whose numbers and names are looked at
HINTS = 12
_SLIPPERY = 3  # digits: of shorter numbers most are that near
_MISSPELT = ((5, 1), (9, 2))  # letters from which on so many edits may be a slip


@dataclass(frozen=True, slots=True)
class Compared:
    """A relative of a draft, the passages it shares with the draft's text, and what share of it they are."""

    relative: Relative
    passages: tuple[Passage, ...]
    share: float


@dataclass(frozen=True, slots=True)
class Hint:
    """What a draft says at `[start, end)`, and how articles on the same event have it.

    `kind` is "number", "name" (another spelling) or "first_name"; `others` are (text, article).
    """

    kind: str
    start: int
    end: int
    others: tuple[tuple[str, Article], ...]


@dataclass(frozen=True, slots=True)
class Review:
    """What the archive knows about a draft."""

    relatives: Relatives
    compared: tuple[Compared, ...]
    hints: tuple[Hint, ...]


def read_draft(given: Mapping[str, Any], timezone: tzinfo) -> Article:
    """The article that a draft (`text`, and perhaps `title`, `published`) would be.

    Raises BadQuestion and, where the text is longer than is looked at, DraftTooLong.
    """
    known = {
        name: given[name] for name in ("title", "text", "published") if given.get(name) not in (None, "")
    }
    try:
        draft = Article.from_record({"title": UNTITLED, **known, "id": "\0draft"}, timezone)
    except InvalidArticle as error:
        raise BadQuestion([field_error(error, known)]) from error
    if len(draft.text) > limits.DRAFT_CHARACTERS:
        raise DraftTooLong(f"В черновике {len(draft.text)} знаков, а можно {limits.DRAFT_CHARACTERS}.")
    return draft


def review(reader: Reader, draft: Article, most: int) -> Review:
    """The relatives of a draft, copies first, and hints at what it says otherwise; raises as a Reader."""
    found = related(reader, draft, COMPARED)
    words = Words(draft.text)
    compared = [_compared(words, relative) for relative in found.relatives]
    # A stable sort: among copies the larger share first, all others as they were.
    ordered = sorted(compared, key=lambda one: -one.share if one.share >= COPY else 0.0)[:most]
    story = [one.relative.hit.article for one in compared if one.relative.overlap >= ONE_STORY]
    shown = replace(found, relatives=tuple(one.relative for one in ordered))
    return Review(shown, tuple(ordered), hints(draft.text, story[:HELD_AGAINST]))


def _compared(words: Words, relative: Relative) -> Compared:
    shared = passages(words, Words(relative.hit.article.opening))
    return Compared(relative, tuple(shared), share(words, shared))


def hints(text: str, story: list[Article]) -> tuple[Hint, ...]:
    """Numbers and names of a text that the articles on the same event have otherwise, in its order."""
    own = claims(text)
    others = [(article, claims(article.opening)) for article in story]
    found = [*_numbers(own, others), *_names(text, own, others)]
    return tuple(sorted(found, key=lambda hint: hint.start)[:HINTS])


Others = list[tuple[Article, Claims]]


def _numbers(own: Claims, others: Others) -> list[Hint]:
    said: dict[tuple[str, ...], dict[str, Count]] = {}
    for count in own.counts:
        said.setdefault(count.of, {}).setdefault(count.value, count)
    found = []
    for of, values in said.items():
        theirs = [(c, article) for article, one in others for c in one.counts if c.of == of]
        told = {c.value: (article.text[c.start : c.end], article) for c, article in reversed(theirs)}
        common = [value for value, _ in Counter(c.value for c, _ in theirs).most_common()]
        for value in values.keys() - told.keys():
            # Where there are several, each may be of something else: only a slip tells which is which.
            likely = [o for o in common if len(values) == 1 or (o not in values and _is_digit_slip(value, o))]
            if likely:
                has = tuple(told[other] for other in likely[:3])
                found.append(Hint("number", values[value].start, values[value].end, has))
    return found


def _names(text: str, own: Claims, others: Others) -> list[Hint]:
    theirs = [(name, article) for article, one in others for name in one.names]
    there = frozenset().union(*(name.bases for name, _ in theirs))
    found: list[Hint] = []
    told: set[str] = set()
    for name in own.names:
        # What the dictionary has is spelt well; without a first name nothing else can be wrong with it.
        if name.bases & told or ((name.known or name.bases & there) and not name.before):
            continue
        told |= name.bases
        if name.bases & there:
            kind = "first_name"
            named = [(o, a) for o, a in theirs if o.bases & name.bases and o.before]
            if any(name.before & other.before for other, _ in named):
                continue
        else:
            kind, named = "name", [(o, a) for o, a in theirs if _is_slip(name, o)]
        if named:
            other, article = named[0]
            start = other.start if kind == "name" else _with_first(article.text, other.start)
            begin = name.start if kind == "name" else _with_first(text, name.start)
            found.append(Hint(kind, begin, name.end, ((article.text[start : other.end], article),)))
    return found


def _is_digit_slip(value: str, other: str) -> bool:
    """Whether two numbers differ by one digit, or two that changed places."""
    return len(value) == len(other) >= _SLIPPERY and OSA.distance(value, other) == 1


def _is_slip(name: Name, other: Name) -> bool:
    """Whether two names differ by so little that one may be a slip for the other."""
    if name.known and not name.before & other.before:
        return False  # two words of the dictionary are two names, unless of one person
    # The guessed forms of a word of the dictionary are nearer to others than the word is: Ливан, Литани.
    right = {base for base in other.bases if known(base)} if other.known else other.bases
    letters = min(len(base) for base in name.bases)
    edits = max((edits for least, edits in _MISSPELT if letters >= least), default=0)
    return edits > 0 and any(
        DamerauLevenshtein.distance(a, b, score_cutoff=edits) <= edits for a in name.bases for b in right
    )


def _with_first(text: str, start: int) -> int:
    """Where the word before the one at `start` begins."""
    before = text[:start].rstrip()
    return max(before.rfind(" "), before.rfind("\n")) + 1
