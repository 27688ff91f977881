"""Suggestions: how what is being typed may go on, from the words and phrases of titles."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from search import limits
from search.engine import Completion, Reader
from search.russian import layout
from search.russian.folding import fold
from search.russian.lemmas import lemmas
from search.russian.phrases import key
from search.russian.tokens import tokenise

CONSIDERED = 100  # completions an engine is asked for, the most frequent


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text to ask for, and how many titles have it."""

    text: str
    count: int


def suggest(reader: Reader, q: str, most: int, now: datetime, half_life: float) -> list[Suggestion]:
    """The likeliest ways to go on with a text, best first; the last word may be unfinished.

    What begins so in a title comes before what would in the other keyboard layout, and both before the last
    word completed alone.
    """
    typed = q[: limits.QUERY_CHARACTERS]
    for text in (typed, *layout.switched(typed)):
        words = list(tokenise(text))
        going_on = " " if text[-1:].isspace() else ""
        if words and (found := reader.completions(key(words) + going_on, CONSIDERED)):
            return _ordered(found, now, half_life)[:most]
    words = list(tokenise(typed))
    if len(words) < 2 or typed[-1:].isspace():
        return []
    before, found = typed[: words[-1].start], reader.completions(key(words[-1:]), CONSIDERED)
    last = [one for one in _ordered(found, now, half_life) if " " not in one.text]
    return [Suggestion(before + one.text, one.count) for one in last][:most]


def _ordered(found: Iterable[Completion], now: datetime, half_life: float) -> list[Suggestion]:
    """By how many titles have it, recent ones counting more; of the forms of one word only the best."""
    ordered = sorted(found, key=lambda one: (-one.count * _recent(one.newest, now, half_life), one.text))
    best: dict[str, Completion] = {}
    for one in ordered:
        best.setdefault(_lemmas(one.text), one)
    return [Suggestion(one.text, one.count) for one in best.values()]


def _recent(newest: datetime | None, now: datetime, half_life: float) -> float:
    days = max(0.0, (now - newest).total_seconds() / 86_400) if newest else float("inf")
    return 1.0 + float(2 ** (-days / half_life))


def _lemmas(text: str) -> str:
    return " ".join(lemmas(fold(token.text))[0].lemma for token in tokenise(text))
