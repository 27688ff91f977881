"""Document: an article with its words analysed, ready for any engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search import ranking
from search.article import Article
from search.russian import analysis
from search.russian.lemmas import FORMS_KEPT
from search.russian.phrases import phrases

# Weights are whole multiples of 1 / GRAIN: sums of them are exact in any engine's arithmetic.
GRAIN = 256
Numbers = NDArray[np.uint32]


class Posting(NamedTuple):
    """How one term stands in one field: its summed weight, and its positions in order."""

    weight: float
    positions: Numbers


@dataclass(frozen=True)
class Terms:
    """The analysed terms of one field, in columns.

    `names` are its distinct terms; `weights` their summed weights in grains and `counts` how often each
    stands there. `positions` are those of the first term in order, then of the second, and so on. The token
    at each position stands at `[starts, ends)` of the text.
    """

    names: tuple[str, ...]
    weights: Numbers
    counts: Numbers
    positions: Numbers
    starts: Numbers
    ends: Numbers

    @classmethod
    def of(cls, text: str) -> Terms:
        """The terms of a text, each occurrence weighted by its lemma's likelihood and its place."""
        tokens = list(analysis.occurrences(text))
        coded = [_coded(token) for _, _, token in tokens]
        if not tokens:
            nothing = np.empty(0, dtype=np.uint32)
            return cls((), nothing, nothing, nothing, nothing, nothing)
        codes = np.concatenate([each.codes for each in coded])
        places = np.repeat(np.arange(len(coded)), [len(each.codes) for each in coded])
        weights = np.concatenate([each.grains for each in coded]) * ranking.lead(places)
        order = np.argsort(codes, kind="stable")
        distinct, begins, counts = np.unique(codes[order], return_index=True, return_counts=True)
        return cls(
            tuple(_names[code] for code in distinct.tolist()),
            np.add.reduceat(weights[order], begins).astype(np.uint32),
            counts.astype(np.uint32),
            places[order].astype(np.uint32),
            np.array([start for start, _, _ in tokens], dtype=np.uint32),
            np.array([end for _, end, _ in tokens], dtype=np.uint32),
        )

    @classmethod
    def listed(cls, names: Iterable[str]) -> Terms:
        """Names that only stand in a list, at no positions."""
        listed = tuple(names)
        once, nothing = np.ones(len(listed), dtype=np.uint32), np.empty(0, dtype=np.uint32)
        return cls(listed, once, once - 1, nothing, nothing, nothing)

    @property
    def length(self) -> int:
        """The number of positions."""
        return len(self.starts)

    @cached_property
    def postings(self) -> Mapping[str, Posting]:
        """The terms by name."""
        ends = np.cumsum(self.counts).tolist()
        return {
            name: Posting(float(weight) / GRAIN, self.positions[end - count : end])
            for name, weight, count, end in zip(
                self.names, self.weights.tolist(), self.counts.tolist(), ends, strict=True
            )
        }


@dataclass(frozen=True)
class Document:
    """An article, the terms of its two searched fields, and what its title lends to suggestions."""

    article: Article

    @cached_property
    def title(self) -> Terms:
        """The terms of the title."""
        return Terms.of(self.article.title)

    @cached_property
    def text(self) -> Terms:
        """The terms of the text."""
        return Terms.of(self.article.text)

    @cached_property
    def phrases(self) -> Terms:
        """The words and phrases of the title that may be suggested."""
        return Terms.listed(phrases(self.article.title))


class _Coded(NamedTuple):
    """The terms of one token as numbers, and their weights in grains."""

    codes: NDArray[np.int64]
    grains: NDArray[np.float64]


# Every term met so far has a number, so that a text is sorted by numbers and not by strings.
_names: list[str] = []
_codes: dict[str, int] = {}


@lru_cache(maxsize=FORMS_KEPT)
def _coded(token: analysis.Written) -> _Coded:
    found = analysis.terms(*token)
    codes = [_code(term) for term, _ in found]
    grains = [max(1, round(weight * GRAIN)) for _, weight in found]
    return _Coded(np.array(codes, dtype=np.int64), np.array(grains, dtype=np.float64))


def _code(term: str) -> int:
    code = _codes.setdefault(term, len(_names))
    if code == len(_names):
        _names.append(term)
    return code
