"""The dictionary of forms: each token met so far has a number, and its terms are kept as numbers in columns.

A text of known tokens is so analysed without any work per token but one look into a dictionary. The rules are
those of `analysis`; here they are only remembered.
"""

from array import array
from dataclasses import dataclass

import numpy as np

from search.columns import Ints
from search.russian import abbreviations, analysis
from search.russian.tokens import TOKEN

FORMS_KEPT = 500_000  # the vocabulary of some 50,000 articles, in about 150 MB
_KINDS = tuple(
    sorted(TOKEN.groupindex, key=TOKEN.groupindex.__getitem__)
)  # as the groups come out of a split
_STRIDE = len(_KINDS) + 1


@dataclass(frozen=True, slots=True)
class Occurrences:
    """The tokens of a text: for each the number of its form, and `[starts, ends)` in the text."""

    forms: Ints
    starts: Ints
    ends: Ints


class Forms:
    """Tokens as written, by their numbers, and the terms they have; weights are multiples of 1 / grain."""

    def __init__(self, grain: int) -> None:
        self._grain = grain
        self.names: list[str] = []  # of terms, by number
        self._numbers = _Numbers(self.names)
        # Terms and weights of all forms, one form's after the other's, and where each form's end.
        self._listed, self._grains, self._ends = array("i"), array("H"), array("q", [0])
        # By whether a token begins a sentence, and whether all around it is written in capitals.
        self.met = {
            (first, loud): _Met(self, first, loud) for first in (False, True) for loud in (False, True)
        }
        self._breaks = _Breaks()

    @property
    def is_full(self) -> bool:
        """Whether it is time for a fresh dictionary."""
        return len(self._ends) > FORMS_KEPT

    def occurrences(self, text: str) -> Occurrences:
        """The tokens of a text, as `analysis.occurrences` gives them."""
        pieces = TOKEN.split(text)
        between, kinds = pieces[0:-1:_STRIDE], {kind: pieces[n::_STRIDE] for n, kind in enumerate(_KINDS, 1)}
        tokens: list[str | tuple[str, str]] = kinds["word"]
        sizes = np.fromiter(map(len, (token or "" for token in tokens)), np.int64, len(tokens))
        for number in [number for number, token in enumerate(tokens) if token is None]:
            kind, token = next((kind, each[number]) for kind, each in kinds.items() if each[number])
            tokens[number], sizes[number] = (token, kind), len(token)
        gaps = np.fromiter(map(len, between), np.int64, len(between))
        ends = np.cumsum(gaps + sizes)
        starts = ends - sizes
        firsts = list(map(self._breaks.__getitem__, between))
        if firsts:
            firsts[0] = True
        inside, opening = self.met[False, False], self.met[True, False]
        found = [
            opening[token] if first else inside[token] for token, first in zip(tokens, firsts, strict=True)
        ]
        for start, end in abbreviations.shouted(text):
            for number in range(*np.searchsorted(starts, (start, end)).tolist()):
                found[number] = self.met[firsts[number], True][tokens[number]]
        return Occurrences(np.array(found, dtype=np.int64), starts, ends)

    def terms(self, forms: Ints) -> tuple[Ints, Ints, Ints]:
        """Of some forms how many terms each has, and the numbers and weights in grains of all these."""
        every = np.frombuffer(self._ends, np.int64)
        begins = every[forms]
        sizes = every[forms + 1] - begins
        lasts = np.cumsum(sizes)
        at = np.arange(int(lasts[-1]) if len(lasts) else 0) + np.repeat(begins - lasts + sizes, sizes)
        return sizes, np.frombuffer(self._listed, np.int32)[at], np.frombuffer(self._grains, np.uint16)[at]

    def add(self, terms: tuple[tuple[str, float], ...]) -> int:
        """A number for a form with these terms."""
        self._listed.extend([self._numbers[term] for term, _ in terms])
        self._grains.extend([round(weight * self._grain) or 1 for _, weight in terms])
        self._ends.append(len(self._listed))
        return len(self._ends) - 2


class _Numbers(dict[str, int]):
    """The numbers of terms, of which there is a list."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self._names)
        self._names.append(term)
        return number


class _Met(dict[str | tuple[str, str], int]):
    """The numbers of tokens that stand in one kind of place: a word, or another token with its kind."""

    def __init__(self, forms: Forms, first: bool, shouted: bool) -> None:
        super().__init__()
        self._all, self._first, self._shouted = forms, first, shouted

    def __missing__(self, token: str | tuple[str, str]) -> int:
        text, kind = (token, "word") if isinstance(token, str) else token
        plain = self._all.met[False, False]
        if self is not plain and text == text.lower():  # the place only tells what capitals mean
            number = self[token] = plain[token]
            return number
        make = analysis.terms.__wrapped__  # what is remembered here need not be there, too
        number = self[token] = self._all.add(make(text, kind, self._first, self._shouted))
        return number


class _Breaks(dict[str, bool]):
    """Whether a sentence ends in what stands between two tokens."""

    MOST = 10_000

    def __missing__(self, between: str) -> bool:
        if len(self) >= self.MOST:
            self.clear()
        ends = self[between] = analysis.ends_sentence(between)
        return ends
