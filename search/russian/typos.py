"""Misspelt words: which form of the archive was meant."""

import math
import re
from collections.abc import Callable, Mapping

from rapidfuzz.distance import OSA

from search.russian.folding import fold
from search.russian.lemmas import known
from search.russian.names import is_surname

SHORTEST = 4  # letters; shorter words are near to too many others
ONE_EDIT_UP_TO = 5  # letters; longer words may have two
# What a form costs or gains against an edit's 1. Weighed on half of typos-words; weights for each pair of
# letters gained nothing more there.
_SOUNDS_ALIKE = -0.6
_OTHER_BEGINNING = 0.3  # people rarely miss the first letter
_OTHER_END = 0.2
_SHORTER = 0.2  # a letter is left out more often than put in
_UNKNOWN = 0.6  # to the dictionary: it may be a misprint itself
_FREQUENT = -0.1  # for each e-fold of its count

_HEARD = str.maketrans("оеэяыюбвгджзщц", "аииииупфктшсшс", "ьъ")
_DOUBLED = re.compile(r"(.)\1+")
_CASE_ENDING = re.compile(
    "(?:ами|ями|ого|ему|ому|ыми|ими|ов|ев|ей|ой|ом|ем|ам|ям|ах|ях|ых|их|ым|им|а|у|е|ы|и|я|ю)$"
)
_DIGITS = str.maketrans("0346", "озчб")


def edits(form: str) -> int:
    """How many edits a folded form of this length may have."""
    if len(form) < SHORTEST or not form.replace("-", "").isalpha():
        return 0
    return 1 if len(form) <= ONE_EDIT_UP_TO else 2


def meant(form: str, near: Callable[[str, int], Mapping[str, int]]) -> str | None:
    """The archive's form that a misspelt folded form most likely stands for; None if there is none.

    `near` gives the archive's forms within so many edits, with their counts. A form that the archive only has
    in other cases is found by its stem.
    """
    most = edits(form)
    if not most:
        return None
    if found := _best(form, near(form, most)):
        return found
    stem = _CASE_ENDING.sub("", form)
    if stem == form or len(stem) < SHORTEST + 1:
        return None
    near_stem = {other: count for ending in ("", "а") for other, count in near(stem + ending, 1).items()}
    return _best(stem, near_stem)


def is_far(form: str, other: str) -> bool:
    """Whether it takes more than one edit to come from one form to the other."""
    return OSA.distance(form, other) > 1


def without_digits(form: str) -> str | None:
    """A Russian word with the letters its digits look like: к0мпания, 3авод; None if it is none."""
    mended = form.translate(_DIGITS)
    cyrillic = sum("а" <= letter <= "я" for letter in form)
    return mended if mended != form and mended.isalpha() and cyrillic > len(form) // 2 else None


def _best(form: str, near: Mapping[str, int]) -> str | None:
    """The likeliest of some forms; a name that the dictionary does not have keeps its first letter.

    A surname's ending is no misprint: Абаев is not Абай.
    """
    possible = [
        other
        for other in near
        if other != form
        and (other[0] == form[0] or known(other))
        and not (is_surname(form) and form.startswith(other[:-1]))
    ]
    return min(possible, key=lambda other: (_cost(form, other, near[other]), other), default=None)


def _cost(typed: str, other: str, count: int) -> float:
    cost = OSA.distance(typed, other) + _FREQUENT * math.log(count + 1)
    cost += _SOUNDS_ALIKE if _heard(typed) == _heard(other) else 0.0
    cost += _OTHER_BEGINNING if typed[0] != other[0] else 0.0
    cost += _OTHER_END if typed[-1] != other[-1] else 0.0
    cost += _SHORTER if len(other) < len(typed) else 0.0
    return cost + (0.0 if known(other) else _UNKNOWN)


def _heard(form: str) -> str:
    """How a form sounds without stress: презедент and президент alike."""
    return _DOUBLED.sub(r"\1", fold(form).translate(_HEARD).replace("тс", "с"))
