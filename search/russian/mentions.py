"""A name as it stands in a text becomes the name itself: «Алибека Алденея» is Алибек Алденей.

All words of a person's name stand in one gender and case, as do a noun and the adjectives before it in the
name of a place or an organisation; what stands behind that noun stays as it is. Where that leaves several
base forms, the forms that other articles have of each vote for it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from rapidfuzz.distance import Prefix

from search.russian import abbreviations
from search.russian.declension import (
    ANY,
    CASES,
    FEMININE,
    MASCULINE,
    NOMINATIVE,
    PLURAL,
    Reading,
    agree,
    forms,
    of_person,
    of_thing,
    plain,
)
from search.russian.folding import INVISIBLE, fold
from search.russian.latin import is_latin
from search.russian.lemmas import FORMS_KEPT, is_proper, known, parses
from search.russian.names import is_surname
from search.russian.tokens import Token, tokenise

Count = Callable[[str], int]  # how many articles have a folded form in a name

_PRIOR = {NOMINATIVE: 0.45, "g": 0.25, "d": 0.08, "a": 0.1, "i": 0.1, "l": 0.07, ANY: 0.3}
_BARE = 1.5  # a base form that articles have, and more where many do
_NEVER_BARE = 0.15  # a base form that neither the dictionary nor any article has
_ENDS_IN_A = 0.3
_VOTE = 0.3  # of each other form
_PLURAL = 0.3  # names are seldom plural
_PLACE = 3.0  # what the dictionary knows as a place, in the name of one
_PATRONYMICS = ("ович", "евич", "ьич", "овна", "евна", "ична", "инична")
_SURNAMES = ("ов", "ев", "ин", "ын", "ова", "ева", "ина", "ына", "ский", "ская", "енко", "ян", "дзе", "швили")
_ADJECTIVES = ("ский", "ского", "скому", "ским", "ском", "ская", "ской", "скую")
_INITIAL = 2  # letters, at most: К., Дж.
_WHOLE = 2  # words of a name that others are short for


def is_common(word: str) -> bool:
    """Whether this is a single word of the dictionary that names nobody and no place."""
    form = fold(word)
    told = word.isalpha() and not word.isupper() and known(form)
    return told and not is_proper(form) and not is_surname(form)


def words(surface: str) -> list[str]:
    """The folded words of a name as it stands in a text."""
    return [fold(token.text) for token in tokenise(surface)]


def beside(form: str) -> set[str]:
    """The forms that have a say in what a folded form is of: all that may be of one name with it."""
    bases = {form} | {plain(one.base) for one in (*of_person(form), *of_thing(form))}
    regular = {other for base in bases for other in (base, *forms(base, ANY))}
    return regular | {plain(word.word) for one in of_person(form) if one.parse for word in one.parse.lexeme}


def person(surface: str, count: Count) -> str:
    """The name of a person: first name and surname in the nominative, without a patronymic."""
    tokens = _without_posts(_tokens(surface))
    asked: list[tuple[str, Sequence[Reading]]] = [
        (token, () if initial else of_person(fold(token))) for token, initial in tokens
    ]
    if len(asked) > 1:
        asked[-1] = asked[-1][0], _surname(*asked[-1])
    best, chosen = -1.0, [fold(token) for token, _ in tokens]
    for gender in (MASCULINE, FEMININE):
        for case in dict.fromkeys(CASES.values()):
            worth, found = _PRIOR[case], []
            for token, readings in asked:
                one = _likeliest(token, readings, gender, case, count) if readings else (1.0, fold(token))
                worth *= one[0]
                found.append(one[1])
            if worth > best:
                best, chosen = worth, found
    named = zip(chosen, tokens, strict=True)
    return " ".join(
        _ordered([f"{token}." if initial else _as_written(base, token) for base, (token, initial) in named])
    )


def _without_posts(tokens: list[tuple[str, bool]]) -> list[tuple[str, bool]]:
    """The words of a name without common ones before it: адвокат, продолжение."""
    while len(tokens) > 1 and is_common(tokens[0][0]):
        rest = [word for word, _ in tokens[1:]]
        if all(map(is_common, rest)) or (len(rest) == 1 and rest[0].endswith(_ADJECTIVES)):
            break  # Папа Римский
        tokens = tokens[1:]
    return tokens


def _surname(token: str, readings: Sequence[Reading]) -> Sequence[Reading]:
    """The readings of a surname: one outside of the dictionary seldom ends in а, but as a case of a man's."""
    if known(fold(token)):
        return readings
    return [
        one._replace(weight=one.weight * _ENDS_IN_A) if one.gender == ANY and one.case != ANY else one
        for one in readings
    ]


def _likeliest(
    token: str, readings: Sequence[Reading], gender: str, case: str, count: Count
) -> tuple[float, str]:
    """The best base form of a word in a gender and case, with what it is worth."""
    form = fold(token)
    found = [
        (one.weight * _support(one, gender, form, count), one.base)
        for one in readings
        if agree(one.gender, gender) and agree(one.case, case)
    ]
    return max(found, default=(1e-6, form))


def _support(reading: Reading, gender: str, form: str, count: Count) -> float:
    """What the forms that articles have of a name tell for a reading of `form`."""
    base = plain(reading.base)
    having = 0 if base == form else count(base)
    sure = reading.parse is not None and known(form)
    if having:
        bare = _BARE + math.log1p(having)
    elif base == form:
        bare = 1.0
    else:  # the oftener the form stands there, the likelier its base form would, too
        bare = (1.0 if sure else _NEVER_BARE) / (1.0 + math.log1p(count(form)))
    others = {other for other in forms(base, gender) if other not in (base, form)}
    return bare * (1.0 + _VOTE * sum(1 for other in others if count(other)))


def _ordered(names: list[str]) -> list[str]:
    """First name, surname; a patronymic is left out where both are there."""
    if len(names) > _WHOLE:
        names = [name for name in names if not _is_patronymic(fold(name))] or names
    if len(names) == _WHOLE and _is_surname(names[0]) and _is_first_name(names[1]):
        return names[::-1]
    if len(names) >= _WHOLE and all(name.endswith(".") for name in names[1:]) and not names[0].endswith("."):
        return [*names[1:], names[0]]  # Токаев К.
    return names


@lru_cache(maxsize=FORMS_KEPT)
def _is_patronymic(form: str) -> bool:
    tagged = known(form) and any("Patr" in one.tag for one in parses(form))
    return tagged or (not known(form) and len(form) > 2 + _INITIAL and form.endswith(_PATRONYMICS))


@lru_cache(maxsize=FORMS_KEPT)
def _is_first_name(name: str) -> bool:
    form = fold(name)
    return known(form) and any("Name" in one.tag for one in parses(form))


@lru_cache(maxsize=FORMS_KEPT)
def _is_surname(name: str) -> bool:
    form = fold(name)
    tagged = known(form) and any("Surn" in one.tag for one in parses(form))
    return (tagged or form.endswith(_SURNAMES)) and not _is_first_name(name)


def _tokens(surface: str) -> list[tuple[str, bool]]:
    """The words of a name, and whether each is an initial."""
    found = []
    for token in tokenise(surface):
        short = len(token.text) == 1 or (len(token.text) == _INITIAL and surface[token.end :][:1] == ".")
        found.append((token.text, short and token.text[0].isupper()))
    return found


def whole(surfaces: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The persons of one article: for each surface the name it is of, given (surface, its own name).

    A short form (with initials, a surname, a first name) is of the longer name it fits, if it fits one.
    """
    own = dict(surfaces)
    initialled = {surface: name for surface, name in own.items() if "." in name}
    full = {name for name in own.values() if " " in name and "." not in name}
    found = {surface: _only(surface, name, full) for surface, name in initialled.items()}
    full |= set(found.values())
    single = {surface: name for surface, name in own.items() if " " not in name and "." not in name}
    return own | found | {surface: _only(surface, name, full) for surface, name in single.items()}


def _only(surface: str, name: str, full: Iterable[str]) -> str:
    """The one of some full names that a short one stands for; itself where there is none, or several."""
    for fits in (_by_surname, _by_first_name):
        fitting = {fold(other): other for other in full if fits(surface, name, other.split(" "))}
        if fitting:
            return next(iter(fitting.values())) if len(fitting) == 1 else name
    return name


def _by_surname(surface: str, name: str, full: list[str]) -> bool:
    initials = [part.rstrip(".") for part in name.split(" ") if part.endswith(".")]
    same = fold(full[-1]) in {plain(one.base) for one in of_person(_last(surface))}
    return same and (not initials or fold(full[0]).startswith(fold(initials[0])))


def _by_first_name(surface: str, name: str, full: list[str]) -> bool:
    return " " not in name and fold(full[0]) in {plain(one.base) for one in of_person(_last(surface))}


def _last(surface: str) -> str:
    """The last word of a name that is no initial."""
    return next((word for word in reversed(words(surface)) if len(word) > _INITIAL), "")


def thing(surface: str, count: Count, *, place: bool) -> str:
    """The name of a place or an organisation, with its first noun in the nominative."""
    surface = surface.strip()
    tokens = list(tokenise(surface))
    if not tokens or is_latin(fold(tokens[0].text)):
        return surface
    group = _group(surface, tokens)
    readings = [of_thing(fold(token.text)) for token in group]
    best, chosen = -1.0, [fold(token.text) for token in group]
    for head in readings[-1]:
        worth = head.weight * _worth(head, fold(group[-1].text), count, place)
        found = []
        for each in readings[:-1]:
            fitting = [one for one in each if one.agrees(head)]
            one = max(fitting, key=lambda one: one.weight, default=None)
            worth *= one.weight if one else 1e-3
            found.append(one.base if one else "")
        if worth > best:
            best, chosen = worth, [*found, head.base]
    return _replaced(surface, group, chosen)


def _worth(head: Reading, form: str, count: Count, place: bool) -> float:
    worth = _PLURAL if head.gender == PLURAL else 1.0
    if head.parse is not None and known(form):
        return worth * (_PLACE if place and "Geox" in head.parse.tag else 1.0)
    return worth * _PRIOR[head.case] * _support(head, head.gender, form, count)


def _group(surface: str, tokens: list[Token]) -> list[Token]:
    """The first noun of a name and the adjectives before it."""
    for number, token in enumerate(tokens):
        readings = of_thing(fold(token.text))
        apart = number > 0 and surface[tokens[number - 1].end : token.start].strip()
        if apart or not readings:
            return tokens[: max(1, number)]
        parses = [one.parse for one in readings if one.parse is not None]
        if not parses or parses[0].tag.POS == "NOUN":
            return tokens[: number + 1]
    return tokens


def _replaced(surface: str, group: list[Token], bases: list[str]) -> str:
    pieces, end = [], 0
    for token, base in zip(group, bases, strict=True):
        if stems := abbreviations.stems(token.text):  # МИДом
            own = token.text[: min(map(len, stems))]
        elif token.text.isupper() and not known(fold(token.text)):  # ТЭЦ-3
            own = token.text
        else:
            own = _as_written(base, token.text) if base else token.text
        pieces += [surface[end : token.start], own]
        end = token.end
    return "".join([*pieces, surface[end:]])


def _as_written(base: str, written: str) -> str:
    """A base form with the capitals, and the ё, of the form as it is written."""
    bare = "".join(letter for letter in written if letter not in INVISIBLE)
    parts = list(zip(base.split("-"), bare.split("-"), strict=False))
    if len(parts) > 1 and base.count("-") == bare.count("-"):
        return "-".join(_as_written(*part) for part in parts)
    if len(bare) > _INITIAL and bare.isupper():
        return base.capitalize()
    same = Prefix.similarity(plain(base), fold(bare))
    return bare[:same] + base[same:]
