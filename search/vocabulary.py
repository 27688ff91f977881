"""Vocabulary: the forms an index has, searched for those that are near to a misspelt one.

Every form is kept with the set of its letters as bits. One edit changes that set by two letters at most, so
forms whose sets differ by more are passed over before any distance is computed.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

_CYRILLIC = {letter: bit for bit, letter in enumerate("абвгдежзийклмнопрстуфхцчшщъыьэюя")}
_BITS = 64


class Vocabulary:
    """Forms and their counts, both in any order but the same."""

    def __init__(self, forms: Sequence[str], counts: Sequence[int]) -> None:
        self._forms = forms
        self._counts = counts
        self._lengths = np.fromiter(map(len, forms), dtype=np.int16, count=len(forms))
        self._letters = np.fromiter(map(_letters, forms), dtype=np.uint64, count=len(forms))

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits, with their counts.

        An edit is a letter put in, left out, replaced, or swapped with its neighbour (Damerau, 1964; optimal
        string alignment).
        """
        chosen = self._possible(form, edits)
        possible = [self._forms[number] for number in chosen]
        if not possible:
            return {}
        distances = cdist([form], possible, scorer=OSA.distance, score_cutoff=edits)[0]
        return {
            possible[at]: int(self._counts[chosen[at]]) for at in np.flatnonzero(distances <= edits).tolist()
        }

    def _possible(self, form: str, edits: int) -> NDArray[np.int64]:
        fits = np.abs(self._lengths - len(form)) <= edits
        fits &= np.bitwise_count(self._letters ^ np.uint64(_letters(form))) <= 2 * edits
        return np.flatnonzero(fits)


def _letters(form: str) -> int:
    bits = 0
    for letter in form:
        bits |= 1 << _CYRILLIC.get(letter, 32 + ord(letter) % 32)
    return bits
