"""Misspelt words: which form of the archive was meant.

A noisy channel (Kernighan, Church, Gale, «A Spelling Correction Program Based on a Noisy Channel Model»,
1990): the form is taken that is frequent itself and is easily mistaken for what was typed.
"""

import math
import re
from collections.abc import Callable, Mapping
from itertools import pairwise

from rapidfuzz.distance import OSA

from search.russian.folding import russian_spellings
from search.russian.lemmas import is_proper, known, lemmas
from search.russian.names import is_surname, paradigm

SHORTEST = 4  # letters; shorter words are near to too many others
ONE_EDIT_UP_TO = 5  # letters; longer words may have two
# What each slip costs, learnt by logistic regression on a part of typos-words that is not measured on, and as
# many names with slips put in.
_HEARD_ALIKE, _NEIGHBOURING_KEY, _OTHER_VOWEL, _OTHER_LETTER = 0.0, 0.5, 0.8, 1.8
_DOUBLE_PUT_IN, _SIGN_PUT_IN, _PUT_IN = 0.0, 0.0, 0.9
_DOUBLE_LEFT_OUT, _SIGN_LEFT_OUT, _VOWEL_LEFT_OUT, _LEFT_OUT = -0.4, -0.6, -0.4, 0.6
_SWAPPED = 1.2
_SECOND_SLIP = 2.2
_OTHER_BEGINNING, _OTHER_END = 1.1, 0.7
# Words of the dictionary are searched for in their base form mostly; with a capital, if they are names.
_BASE_FORM, _INFLECTED = -0.7, 0.5
_NO_NAME = 1.0
_MOST = 2.5  # that slips may cost; what is dearer is another word
_FREQUENT = -0.4  # for each e-fold of its count

_VOWELS, _SIGNS = "аеиоуыэюя", "ьъ"
_CASE_ENDING = re.compile(
    "(?:ами|ями|ого|его|ему|ому|ыми|ими|ая|ую|ый|ое|ые|(?<=к)(?:ий|ие)"
    "|ов|ев|ей|ой|ом|ем|ам|ям|ах|ях|ых|их|ым|им|а|у|е|ы|и|я|ю)$"
)
_DIGITS = str.maketrans("0346", "озчб")


def _either_way(*groups: str) -> frozenset[tuple[str, str]]:
    return frozenset((a, b) for group in groups for a in group for b in group if a != b)


_SOUNDS = _either_way(
    "оа", "еияэ", "ыи", "юу", "яа", "йи", "бп", "вф", "гк", "дт", "жш", "зс", "шщч", "цс", "цт", "гх", "гв"
)  # fmt: skip
_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_KEYS = _either_way(
    *(row[at : at + 2] for row in _ROWS for at in range(len(row))),
    *(
        a + b
        for up, low in pairwise(_ROWS)
        for shifted in (up, up[1:])
        for a, b in zip(shifted, low, strict=False)
    ),
)


def edits(form: str) -> int:
    """How many edits a folded form of this length may have."""
    if len(form) < SHORTEST or not form.replace("-", "").isalpha():
        return 0
    return 1 if len(form) <= ONE_EDIT_UP_TO else 2


def meant(
    form: str, near: Callable[[str, int], Mapping[str, int]], *, capitalised: bool = False
) -> str | None:
    """The archive's form that a misspelt folded form most likely stands for; None if there is none.

    `near` gives the archive's forms within so many edits, with their counts; `capitalised` says how the form
    was typed. A form that the archive only has in other cases is found by its stem.
    """
    most = edits(form)
    if not most:
        return None
    for spelling in (form, *russian_spellings(form)[:1]):
        if found := _best(spelling, near(spelling, most), capitalised):
            return found
    stem = _CASE_ENDING.sub("", form)
    if stem == form or len(stem) < SHORTEST + 1:
        return None
    near_stem = {other: count for ending in ("", "а") for other, count in near(stem + ending, 1).items()}
    found = _best(stem, near_stem, capitalised)
    cases = paradigm(stem + "ий") if not found and stem.endswith(("ск", "цк")) else ()
    return next((best for case in cases if (best := _best(case, near(case, 1), capitalised))), found)


def is_far(form: str, other: str) -> bool:
    """Whether it takes more than one edit to come from one form to the other."""
    return OSA.distance(form, other) > 1


def without_digits(form: str) -> str | None:
    """A Russian word with the letters its digits look like: к0мпания, 3авод; None if it is none."""
    mended = form.translate(_DIGITS)
    cyrillic = sum("а" <= letter <= "я" for letter in form)
    return mended if mended != form and mended.isalpha() and cyrillic > len(form) // 2 else None


def _best(form: str, near: Mapping[str, int], capitalised: bool) -> str | None:
    """The likeliest of some forms; a name that the dictionary does not have keeps its first letter.

    A surname's ending is no misprint: Абаев is not Абай, though Токаеев is Токаев.
    """
    possible = [
        other
        for other in near
        if other != form
        and (other[0] == form[0] or known(other))
        and not (is_surname(form) and form.startswith(other[:-1]) and not is_surname(other))
    ]
    costs = {other: _cost(form, other, capitalised) for other in possible}
    frequent = {other: _FREQUENT * math.log(near[other] + 1) for other in possible}
    best = min(possible, key=lambda other: (costs[other] + frequent[other], other), default=None)
    return best if best and (costs[best] <= _MOST or _in_other_case(form, best, capitalised)) else None


def _in_other_case(typed: str, other: str, capitalised: bool) -> bool:
    """Whether the stem was misspelt, by one slip, and the case is another; Погачар is no подача."""
    if capitalised and known(other) and not is_proper(other):
        return False
    stem, other_stem = _CASE_ENDING.sub("", typed), _CASE_ENDING.sub("", other)
    return len(stem) >= SHORTEST and not is_far(stem, other_stem)


def _cost(typed: str, other: str, capitalised: bool) -> float:
    """What the slips cost that turn one form into the other, however frequent that is."""
    cost = _slips(typed, other, edits(typed))
    cost += _SECOND_SLIP if is_far(typed, other) else 0.0
    cost += _OTHER_BEGINNING if typed[0] != other[0] else 0.0
    cost += _OTHER_END if typed[-1] != other[-1] else 0.0
    if not known(other):
        return cost
    cost += _NO_NAME if capitalised and not is_proper(other) else 0.0
    return cost + (_BASE_FORM if lemmas(other)[0].lemma == other else _INFLECTED)


def _slips(typed: str, meant: str, most: int, before: str = "") -> float:
    """What the cheapest slips cost that turn one form into the other; infinite where `most` are too few."""
    same = next((n for n, (a, b) in enumerate(zip(typed, meant, strict=False)) if a != b), None)
    same = min(len(typed), len(meant)) if same is None else same
    before, typed, meant = (typed[:same] or before)[-1:], typed[same:], meant[same:]
    if not typed and not meant:
        return 0.0
    if not most or abs(len(typed) - len(meant)) > most:
        return math.inf
    ways = []
    if typed and meant:
        ways.append(_replaced(typed[0], meant[0]) + _slips(typed[1:], meant[1:], most - 1, meant[0]))
    if typed:
        ways.append(_put_in(typed[0], before, typed[1:2]) + _slips(typed[1:], meant, most - 1, before))
    if meant:
        ways.append(_left_out(meant[0], before, meant[1:2]) + _slips(typed, meant[1:], most - 1, meant[0]))
    if typed[:2] == meant[1::-1] and len(typed) > 1:
        ways.append(_SWAPPED + _slips(typed[2:], meant[2:], most - 1, meant[1]))
    return min(ways, default=math.inf)


def _replaced(typed: str, meant: str) -> float:
    if (typed, meant) in _SOUNDS:
        return _HEARD_ALIKE
    if (typed, meant) in _KEYS:
        return _NEIGHBOURING_KEY
    return _OTHER_VOWEL if typed in _VOWELS and meant in _VOWELS else _OTHER_LETTER


def _put_in(letter: str, before: str, after: str) -> float:
    if letter in (before, after):
        return _DOUBLE_PUT_IN
    return _SIGN_PUT_IN if letter in _SIGNS else _PUT_IN


def _left_out(letter: str, before: str, after: str) -> float:
    if letter in (before, after):
        return _DOUBLE_LEFT_OUT
    if letter in _SIGNS:
        return _SIGN_LEFT_OUT
    return _VOWEL_LEFT_OUT if letter in _VOWELS else _LEFT_OUT
