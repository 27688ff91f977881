"""Vocabulary: the forms and lemmas an index has, searched for those that are near to a misspelt one.

Every form is kept with the set of its letters as bits. One edit puts one letter into that set and takes one
out at most, so forms whose sets differ by more are passed over before any distance is computed.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from search.columns import Ints, smallest

_LONGEST = 255  # letters; longer forms are taken for no longer
_AT_ONCE = 1 << 14  # forms that are looked at together, for the sake of memory
_FIRST, _LETTERS = ord("а"), 32  # the Russian letters have a bit each; all others share the other 32


class Vocabulary:
    """Forms and their counts.

    `names` holds the forms' UTF-8 after each other from `start` on, each behind `sign` other bytes; form n
    ends at `ends[n]`. They are looked at where they lie, mapped from a file for example.
    """

    def __init__(
        self, names: NDArray[np.uint8], ends: Ints, counts: NDArray[Any], start: int = 0, sign: int = 0
    ) -> None:
        starts = np.concatenate([np.full(1, start, dtype=np.int64), ends[:-1]])[: len(ends)] + sign
        lengths, letters = np.empty(len(ends), dtype=np.uint8), np.empty(len(ends), dtype=np.uint64)
        for first in range(0, len(ends), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            lengths[some], letters[some] = _looked_at(names, starts[some], ends[some])
        order = np.argsort(lengths, kind="stable")  # so that forms of like length lie together
        self._names = names
        self._starts, self._ends = smallest(starts)[order], smallest(ends)[order]
        self._lengths, self._letters, self._counts = lengths[order], letters[order], smallest(counts)[order]

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Self:
        """The vocabulary of some counted forms."""
        names = [form.encode() for form in counts]
        ends = np.cumsum(np.array([len(name) for name in names], dtype=np.int64))
        whole = np.frombuffer(b"".join(names), dtype=np.uint8)
        return cls(whole, ends, np.array(list(counts.values()), dtype=np.int64))

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits, with their counts.

        An edit is a letter put in, left out, replaced, or swapped with its neighbour (Damerau, 1964; optimal
        string alignment).
        """
        chosen = self._possible(form, edits)
        if not len(chosen):
            return {}
        possible = self._forms(chosen)
        distances = cdist([form], possible, scorer=OSA.distance, score_cutoff=edits)[0]
        return {possible[at]: int(self._counts[chosen[at]]) for at in np.flatnonzero(distances <= edits)}

    def _forms(self, chosen: Ints) -> list[str]:
        """Some forms, decoded all at once."""
        starts = self._starts[chosen].astype(np.int64)
        sizes = self._ends[chosen] - starts + 1  # a line feed ends each
        lasts = np.cumsum(sizes)
        at = np.arange(lasts[-1]) + np.repeat(starts - lasts + sizes, sizes)
        letters = self._names.take(at, mode="clip")
        letters[lasts - 1] = ord("\n")
        whole: str = letters.tobytes().decode()
        return whole.split("\n")[:-1]

    def _possible(self, form: str, edits: int) -> Ints:
        letters = 0
        for code in map(ord, form):  # as `_bit` has it, which is for many
            own_bit = code - _FIRST if _FIRST <= code < _FIRST + _LETTERS else _LETTERS + code % _LETTERS
            letters |= 1 << own_bit
        sizes = min(max(len(form) - edits, 0), _LONGEST), min(len(form) + edits + 1, _LONGEST)
        first, last = self._lengths.searchsorted(np.array(sizes, dtype=np.uint8)).tolist()
        own = np.uint64(letters)
        # Most differ by too many letters altogether: these are not looked at more closely.
        differ = np.bitwise_count(self._letters[first:last] ^ own)
        some = first + np.flatnonzero(differ <= 2 * edits)
        longer, others = self._lengths[some].astype(np.int16) - len(form), self._letters[some]
        # A letter put in is only new, a letter left out only gone; a letter replaced is both.
        gone = np.bitwise_count(own & ~others) <= edits - np.maximum(longer, 0)
        new = np.bitwise_count(others & ~own) <= edits - np.maximum(-longer, 0)
        chosen: Ints = some[gone & new]
        return chosen


def _looked_at(names: NDArray[np.uint8], starts: Ints, ends: Ints) -> tuple[Ints, NDArray[np.uint64]]:
    """How many letters some forms have, and the set of these."""
    piece = names[starts[0] : ends[-1]]
    letters = np.frombuffer(piece.tobytes().decode().encode("utf-32-le"), dtype=np.uint32)
    before = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum((piece & 0xC0) != 0x80)])  # a byte
    bounds = np.stack([before[starts - starts[0]], before[ends - starts[0]]], axis=1)
    bits = np.left_shift(np.uint64(1), _bit(letters.astype(np.int64)).astype(np.uint64))
    bits = np.append(bits, np.uint64(0))  # the last form ends before it
    sets = np.bitwise_or.reduceat(bits, bounds.ravel())[::2]
    return np.minimum(bounds[:, 1] - bounds[:, 0], _LONGEST), sets


def _bit(letters: Ints) -> Ints:
    """The bit of each letter, given as code points."""
    own = (letters >= _FIRST) & (letters < _FIRST + _LETTERS)
    return np.where(own, letters - _FIRST, _LETTERS + letters % _LETTERS)
