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
    """The likeliest ways to go on with a text, best first; the last word may be unfinished."""
    for typed in (q, *layout.switched(q)):
        if found := _suggested(reader, typed, now, half_life):
            return found[:most]
    return []


def _suggested(reader: Reader, typed: str, now: datetime, half_life: float) -> list[Suggestion]:
    typed = typed[: limits.QUERY_CHARACTERS]
    words = list(tokenise(typed))
    if not words:
        return []
    going_on = " " if typed[-1:].isspace() else ""
    whole = _ordered(reader.completions(key(words) + going_on, CONSIDERED), now, half_life)
    if whole or len(words) == 1 or going_on:
        return whole
    # Nobody wrote the words so: the last one is completed alone.
    before = typed[: words[-1].start]
    last = _ordered(reader.completions(key(words[-1:]), CONSIDERED), now, half_life)
    return [Suggestion(before + one.text, one.count) for one in last if " " not in one.text]


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
