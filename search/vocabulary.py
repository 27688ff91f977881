"""Vocabulary: the forms and lemmas an index has, searched for those that are near to a misspelt one.

Every form is kept with the set of its letters as bits. One edit puts one letter into that set and takes one
out at most, so forms whose sets differ by more are passed over before any distance is computed.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

Ints = NDArray[np.int64]
_FIRST, _LETTERS = ord("а"), 32  # the Russian letters have a bit each; all others share the other 32


class Vocabulary:
    """Forms and their counts: the forms' UTF-8 after each other, where each ends, and its count."""

    def __init__(self, names: bytes, ends: Ints, counts: Ints) -> None:
        starts = np.concatenate([np.zeros(1, dtype=np.int64), ends[:-1]])
        whole = np.frombuffer(names.decode().encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
        begins = (np.frombuffer(names, dtype=np.uint8) & 0xC0) != 0x80  # of a letter, among its bytes
        last = np.cumsum(begins)[ends - 1] if len(ends) else ends
        lengths = np.diff(last, prepend=0)
        bits = np.left_shift(np.uint64(1), _bit(whole).astype(np.uint64))
        letters = np.bitwise_or.reduceat(bits, last - lengths) if len(ends) else bits
        order = np.argsort(lengths, kind="stable")  # so that forms of like length lie together
        self._names = names
        self._starts, self._ends = starts[order], ends[order]
        self._lengths, self._letters, self._counts = lengths[order], letters[order], counts[order]

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """The vocabulary of some counted forms."""
        names = [form.encode() for form in counts]
        ends = np.cumsum(np.array([len(name) for name in names], dtype=np.int64))
        return cls(b"".join(names), ends, np.array(list(counts.values()), dtype=np.int64))

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits, with their counts.

        An edit is a letter put in, left out, replaced, or swapped with its neighbour (Damerau, 1964; optimal
        string alignment).
        """
        chosen = self._possible(form, edits).tolist()
        possible = [self._names[self._starts[n] : self._ends[n]].decode() for n in chosen]
        if not possible:
            return {}
        distances = cdist([form], possible, scorer=OSA.distance, score_cutoff=edits)[0]
        return {possible[at]: int(self._counts[chosen[at]]) for at in np.flatnonzero(distances <= edits)}

    def _possible(self, form: str, edits: int) -> Ints:
        letters = 0
        for letter in form:
            letters |= 1 << int(_bit(np.int64(ord(letter))))
        sizes = len(form) - edits, len(form) + edits + 1
        first, last = np.searchsorted(self._lengths, sizes).tolist()
        longer, own = self._lengths[first:last] - len(form), np.uint64(letters)
        others = self._letters[first:last]
        # A letter put in is only new, a letter left out only gone; a letter replaced is both.
        gone = np.bitwise_count(own & ~others) <= edits - np.maximum(longer, 0)
        new = np.bitwise_count(others & ~own) <= edits - np.maximum(-longer, 0)
        chosen: Ints = first + np.flatnonzero(gone & new)
        return chosen


def _bit(letters: Ints | np.int64) -> Ints:
    """The bit of each letter, given as code points."""
    own = (letters >= _FIRST) & (letters < _FIRST + _LETTERS)
    return np.where(own, letters - _FIRST, _LETTERS + letters % _LETTERS)
