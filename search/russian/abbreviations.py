"""Abbreviations are not words: КарТУ is not карту, МИДом is МИД.

What is an abbreviation is told by its capitals, and so only where the text around is not all capitals.
"""

import re

import numpy as np

from search.russian.folding import fold
from search.russian.lemmas import is_abbreviation, is_organisation, known

_UPPER = "A-ZА-ЯЁӘҒҚҢӨҰҮҺІ"
_LOWER = "a-zа-яёәғқңөұүһі"
# Case endings as they are added to an abbreviation that is read as a word: МИДа, МРОТом, вузов (ВУЗов).
_ENDING = "(?:ами|ах|ам|ов|ом|ем|ей|а|у|е|ы|и|я|ю)"
_CAPITALS = re.compile(rf"^[{_UPPER}\d]*[{_UPPER}][{_UPPER}\d]+$")
_WITH_ENDING = re.compile(rf"^([{_UPPER}\d]*[{_UPPER}]{{2,}}\d*)['’]?({_ENDING})$")
_MIXED = re.compile(
    rf"^[{_UPPER}][{_LOWER}]+[{_UPPER}][{_UPPER}{_LOWER}\d]*$|^[{_UPPER}]{{2,}}[{_LOWER}]+[{_UPPER}]+$"
)
_MIXED_ENDING = re.compile(rf"^(.*[{_LOWER}{_UPPER}])({_ENDING})$")
# МВДшник, КНБшный, МИДовский, ЛДПРовцы.
_DERIVED = re.compile(rf"^(.*)(?:шник|шниц|шн(?=[аоуыи])|овск|евск|овц|овец|евц|евец)[{_LOWER}]*$")
_CAPITAL = re.compile(rf"[{_UPPER}]")
_SMALL = re.compile(rf"[{_LOWER}]")
_SHOUTED_WORDS = 3
_SHOUTED_SHARE = 0.7
_IS_UPPER, _IS_LOWER = 1, 2
_CASES = np.array(
    [_IS_UPPER * bool(_CAPITAL.match(c)) + _IS_LOWER * bool(_SMALL.match(c)) for c in map(chr, range(0x530))],
    dtype=np.uint8,
)  # by code point; the last one has no case and stands for all after it
# A word of all capitals that is this long, and in the dictionary, is a shouted word (МОСКВА, СРОЧНО).
LONGEST_AMBIGUOUS = 5


def stems(written: str) -> tuple[str, ...]:
    """The folded abbreviations that a word as written may be a form of; empty if it is not one."""
    if written[1:].islower():  # as most words are
        return ()
    if _CAPITALS.match(written):
        form = fold(written)
        return () if len(form) > LONGEST_AMBIGUOUS and known(form) else (form,)
    if match := _WITH_ENDING.match(written):
        return (fold(match.group(1)),)
    if _MIXED.match(written):
        form = fold(written)
        match = _MIXED_ENDING.match(written)
        bare = fold(match.group(1)) if match and _SMALL.match(written[-1]) else form
        return tuple(dict.fromkeys((form, bare)))
    return ()


def is_written_small(stem: str) -> bool:
    """Whether small letters mean the abbreviation, too: дтп, вуз, and names such as казмунайгаз."""
    return is_abbreviation(stem) or not known(stem) or is_organisation(stem)


def is_derived(written: str) -> bool:
    """Whether a word is made of an abbreviation, as МВДшник and мидовский are."""
    match = _DERIVED.match(written)
    return bool(match and (_CAPITALS.match(match.group(1)) or is_abbreviation(fold(match.group(1)))))


class Shouting:
    """Which paragraphs of a text are written in capitals, so that capitals tell nothing there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = -1
        self._shouted = False

    def at(self, offset: int) -> bool:
        """Whether the paragraph at an offset is shouted; offsets must not go back."""
        if offset > self._end:
            start, end = self._text.rfind("\n", 0, offset) + 1, self._text.find("\n", offset)
            self._end = len(self._text) if end < 0 else end
            self._shouted = _is_shouted(self._text[start : self._end])
        return self._shouted


def shouted(text: str) -> list[tuple[int, int]]:
    """The paragraphs `[start, end)` of a long text that are written in capitals, all found at once."""
    letters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    ends = np.append(np.flatnonzero(letters == ord("\n")), len(letters))
    cased = _CASES[np.minimum(letters, len(_CASES) - 1)]
    upper, lower = (np.searchsorted(np.flatnonzero(cased == case), ends) for case in (_IS_UPPER, _IS_LOWER))
    upper, lower = np.diff(upper, prepend=0), np.diff(lower, prepend=0)
    possible = np.flatnonzero(upper > _SHOUTED_SHARE * (upper + lower)).tolist()
    starts = np.concatenate([[0], ends[:-1] + 1])
    spans = [(int(starts[number]), int(ends[number])) for number in possible]
    return [(start, end) for start, end in spans if _is_shouted(text[start:end])]


def _is_shouted(paragraph: str) -> bool:
    upper, lower = len(_CAPITAL.findall(paragraph)), len(_SMALL.findall(paragraph))
    return upper > _SHOUTED_SHARE * (upper + lower) and len(paragraph.split()) >= _SHOUTED_WORDS
