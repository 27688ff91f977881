"""Suggestions: how what is being typed may go on, from the words and phrases of titles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from search import limits
from search.engine import Completion, Reader
from search.parser import parse
from search.query import Query, Sort
from search.russian import layout
from search.russian.folding import fold, russian_spellings
from search.russian.latin import cyrillic_spellings, is_latin
from search.russian.lemmas import lemmas
from search.russian.phrases import key
from search.russian.tokens import tokenise

BASE = 3  # letters; to fewer the forms that titles have are the better offer
GOING_ON = 2  # suggestions that go on from each other
SPELLINGS = 6  # of the last word, that are looked for
CONSIDERED = 100  # completions an engine is asked for, the most frequent


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to ask for, and how many titles have it, or articles all its words where no title has it."""

    text: str
    count: int


def suggest(reader: Reader, q: str, most: int, now: datetime, half_life: float) -> list[Suggestion]:
    """The likeliest ways to go on with a text, best first; the last word may be unfinished.

    What begins so in a title comes before what would in the other keyboard layout, this before what would in
    another spelling of the last word, and all of them before the last word completed alone. Of the last at
    most `limits.SUGGESTIONS` are looked at, each a search, and none is told that would find nothing.
    """
    typed = q[: limits.QUERY_CHARACTERS]
    unfinished = [] if typed[-1:].isspace() else list(tokenise(typed))
    before = typed[: unfinished[-1].start] if unfinished else ""
    spellings = _spellings(unfinished[-1].text) if unfinished else []
    for text in (typed, *layout.switched(typed), *(before + spelling for spelling in spellings)):
        words = list(tokenise(text))
        going_on = " " if text[-1:].isspace() else ""
        if words and (found := reader.completions(key(words) + going_on, CONSIDERED)):
            ordered = _ordered(found, now, half_life)
            bases = _as_typed(ordered, text) if len(key(words)) >= BASE else {}
            return _told(ordered, bases, most)
    if len(unfinished) < 2:
        return []
    for word in (unfinished[-1].text, *spellings):
        found = _ordered(reader.completions(fold(word), CONSIDERED), now, half_life)
        # As it stands in titles: after other words, the base form is seldom the one that is wanted.
        if last := _told([one for one in found if " " not in one.text], {}, limits.SUGGESTIONS):
            counted = [_counted(reader, before + one.text, now) for one in last]
            return sorted((one for one in counted if one.count), key=lambda one: -one.count)[:most]
    return []


def _spellings(word: str) -> list[str]:
    """How Russian titles may have a word that is typed in Kazakh or Latin letters, the usual way first."""
    form = fold(word)
    found = cyrillic_spellings(form) if is_latin(form) else russian_spellings(form)
    return [spelling for spelling in found if spelling != form][:SPELLINGS]


def _counted(reader: Reader, text: str, now: datetime) -> Suggestion:
    """A text with the number of articles that have all its words."""
    asked = parse(text, now.tzinfo or UTC)
    found = reader.search(Query(asked.root, asked.filters, Sort.NEWEST, limit=0))
    return Suggestion(text, found.total)


def _ordered(found: Iterable[Completion], now: datetime, half_life: float) -> list[Completion]:
    """By how many titles have it, recent ones counting more."""
    return sorted(found, key=lambda one: (-one.count * _recent(one.newest, now, half_life), one.text))


def _as_typed(ordered: list[Completion], typed: str) -> dict[str, Completion]:
    """The best completion of each folded text, and of its spellings one that begins as it was typed."""
    beginning = typed.lower()
    preferred = sorted(ordered, key=lambda one: not one.text.lower().startswith(beginning))
    return {fold(one.text): one for one in reversed(preferred)}


def _told(ordered: list[Completion], bases: Mapping[str, Completion], most: int) -> list[Suggestion]:
    """The first so many, of the forms of one word only one: its base form where that is in `bases`.

    Of what goes on from each other only two are told, and no phrase that goes on in every title.
    """
    whole = {(beginning, one.count) for one in ordered for beginning in _beginnings(fold(one.text))}
    told: dict[str, Suggestion] = {}
    for one in ordered:
        if len(told) == most:
            break
        if " " in one.text and (fold(one.text), one.count) in whole:
            continue
        lemmas = _lemmas(one.text)
        shown = one if " " in lemmas else bases.get(lemmas, one)
        suggestion = Suggestion(shown.text, shown.count)
        if lemmas in told or suggestion in told.values():
            continue
        if sum(beginning in told for beginning in _beginnings(lemmas)) < GOING_ON:
            told[lemmas] = suggestion
    return list(told.values())


def _beginnings(text: str) -> list[str]:
    """What a text of several words goes on from, the shortest first."""
    words = text.split(" ")
    return [" ".join(words[:most]) for most in range(1, len(words))]


def _recent(newest: datetime | None, now: datetime, half_life: float) -> float:
    days = max(0.0, (now - newest).total_seconds() / 86_400) if newest else float("inf")
    return 1.0 + float(2 ** (-days / half_life))


def _lemmas(text: str) -> str:
    return " ".join(lemmas(fold(token.text))[0].lemma for token in tokenise(text))
