"""What a text claims in numbers and names: so many of something, and people by first and last name.

Two texts on one event can be held against each other by these: 12 пострадавших here, 15 there.
"""

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from search.russian import sentences
from search.russian.analysis import NOUNS, Written, occurrences, readings
from search.russian.folding import fold
from search.russian.lemmas import known, parses

_AFTER = 3  # words after a number in which the counted thing is looked for
_AROUND = 4  # words around it in which what was done is looked for
_DONE = frozenset(("VERB", "INFN", "PRTF", "PRTS"))
_PEOPLE = frozenset(("человек", "люди", "лицо", "житель"))
# Measures: they say what is counted only together with what was done.
_MEASURES = frozenset((
    "тысяча", "миллион", "миллиард", "триллион", "тенге", "рубль", "доллар", "евро", "лей", "гривна",
    "процент", "тонна", "килограмм", "метр", "километр", "гектар", "литр", "час", "минута", "секунда",
    "сутки", "день", "неделя", "месяц", "год", "раз", "градус", "балл",
))  # fmt: skip
# A day of a month is no count.
_MONTHS = frozenset((
    "январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь",
    "декабрь",
))  # fmt: skip
# Nor is a year of the calendar: articles on one event speak of several (в 2003 году, but 1500 лет).
_CALENDAR = re.compile("1[0-9]{3}|20[0-9]{2}")
_YEAR = frozenset(("г", "год", "года", "году", "годом", "годе"))
_WORDS = {
    "два": 2, "две": 2, "двое": 2, "три": 3, "трое": 3, "четыре": 4, "четверо": 4, "пять": 5, "пятеро": 5,
    "шесть": 6, "шестеро": 6, "семь": 7, "семеро": 7, "восемь": 8, "девять": 9, "десять": 10,
    "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14, "пятнадцать": 15,
    "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19, "двадцать": 20,
}  # fmt: skip
_BY_OR_TO = frozenset(("на", "до"))
_SIGNS = frozenset(("", ".", "«", "»", '"'))  # that part nothing where no sentence ends


@dataclass(frozen=True, slots=True)
class Count:
    """So many of something at `[start, end)`; counts with an equal `of` are of the same thing."""

    of: tuple[str, ...]
    value: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Name:
    """A name's word at `[start, end)` with the base forms it may have; `before` are those of a first name.

    `known` says whether the dictionary has the word as it is written.
    """

    bases: frozenset[str]
    before: frozenset[str]
    known: bool
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Claims:
    """The numbers and names of a text, in its order."""

    counts: tuple[Count, ...]
    names: tuple[Name, ...]


def claims(text: str) -> Claims:
    """What a text claims in numbers and names."""
    tokens = list(occurrences(text))
    apart = list(_apart(text, tokens))
    counts = (_count(tokens, apart, at) for at in range(len(tokens)))
    return Claims(tuple(count for count in counts if count), tuple(_names(text, tokens)))


Tokens = list[tuple[int, int, Written]]


def _apart(text: str, tokens: Tokens) -> Iterator[bool]:
    """For each token whether something stands between it and the next that parts what they say."""
    ends = sentences.ends(text)
    for (_, end, _), (start, _, _) in pairwise(tokens):
        yield text[end:start].strip() not in _SIGNS or bisect(ends, start) > bisect(ends, end)
    yield True


def _count(tokens: Tokens, apart: list[bool], at: int) -> Count | None:
    start, end, token = tokens[at]
    value = _value(token)
    if not value:
        return _compound(token, start, end)
    measure, last = "", at
    for place in range(at + 1, min(len(tokens), at + 1 + _AFTER)):
        if apart[place - 1]:
            break
        last, lemma, kind = place, *_reading(tokens[place][2])
        if kind in _DONE:
            return Count((*_said(measure), lemma), value, start, tokens[place][1])
        if lemma in _MONTHS or (_CALENDAR.fullmatch(value) and fold(tokens[place][2].text) in _YEAR):
            return None
        if kind == "NOUN":
            if lemma in _MEASURES or lemma in _PEOPLE:
                measure = lemma if lemma in _MEASURES else ""
                break
            return Count((lemma,), value, start, tokens[place][1])
    if last == at:
        return None
    done = _done(tokens, apart, at, last) or _by(measure, tokens[at - 1] if at else None)
    return Count((*_said(measure), done), value, start, tokens[last][1]) if done else None


def _compound(token: Written, start: int, end: int) -> Count | None:
    """A number written as one with what it measures: 22-летняя, who is another than a 22-летний."""
    number, hyphen, rest = fold(token.text).partition("-")
    found = parses(rest) if number.isdigit() and hyphen and known(rest) else ()
    if not found or found[0].tag.POS != "ADJF":
        return None
    feminine = ("femn",) if found[0].tag.gender == "femn" else ()
    return Count((fold(found[0].normal_form), *feminine), number, start, end)


def _said(measure: str) -> tuple[str, ...]:
    return (measure,) if measure else ()


def _by(measure: str, before: tuple[int, int, Written] | None) -> str:
    """What per cents are of where no verb says it: the change (на) or what it came to (до)."""
    word = fold(before[2].text) if before and measure == "процент" else ""
    return word if word in _BY_OR_TO else ""


def _done(tokens: Tokens, apart: list[bool], first: int, last: int) -> str:
    """What was done, from the nearest verb before the number or after the counted thing."""
    before = list(range(first - 1, max(-1, first - 1 - _AROUND), -1))
    after = list(range(last + 1, min(len(tokens), last + 1 + _AROUND)))
    for places, sign in ((before, 0), (after, -1)):  # the sign before which token is looked at
        for place in places:
            if apart[place + sign]:
                break
            lemma, kind = _reading(tokens[place][2])
            if kind in _DONE:
                return lemma
    return ""


def _value(token: Written) -> str:
    if token.kind == "number":
        return "".join(token.text.split()).replace(",", ".")
    return str(_WORDS.get(fold(token.text), ""))


def _reading(token: Written) -> tuple[str, str]:
    form = fold(token.text)
    if form in NOUNS:
        return NOUNS[form], "NOUN"
    found = parses(form) if token.kind == "word" else ()
    return (fold(found[0].normal_form), str(found[0].tag.POS)) if found else (form, "")


def _names(text: str, tokens: Tokens) -> Iterator[Name]:
    for at, (start, end, token) in enumerate(tokens):
        form = fold(token.text)
        if token.kind != "word" or not token.text[:1].isupper() or token.shouted or len(form) < 3:
            continue
        first = at > 0 and _is_first_name(tokens[at - 1][2]) and not text[tokens[at - 1][1] : start].strip()
        if token.first and not first:
            continue
        before = frozenset(_bases(tokens[at - 1][2])) if first else frozenset[str]()
        yield Name(frozenset(_bases(token)), before, known(form), start, end)


def _bases(token: Written) -> Iterator[str]:
    return (lemma for lemma, _ in readings(fold(token.text), capitalised=True, first=False))


def _is_first_name(token: Written) -> bool:
    found = parses(fold(token.text)) if token.kind == "word" and token.text[:1].isupper() else ()
    return any("Name" in reading.tag for reading in found)
