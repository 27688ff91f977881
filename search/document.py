"""Document: an article with its words analysed, ready for any engine."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from search import ranking
from search.article import Article
from search.russian.analysis import analyse

# Weights are whole multiples of 1 / GRAIN: sums of them are exact in any engine's arithmetic.
GRAIN = 256


class Posting(NamedTuple):
    """How one term stands in one field: its summed weight, and its positions in order."""

    weight: float
    positions: array[int]


@dataclass(frozen=True)
class Terms:
    """The terms of one field; `length` is its number of positions."""

    length: int
    postings: Mapping[str, Posting]

    @classmethod
    def of(cls, text: str) -> Terms:
        """The terms of a text, each occurrence weighted by its lemma's likelihood and its place."""
        weights: dict[str, int] = {}
        positions: dict[str, array[int]] = {}
        position = -1
        for position, token in enumerate(analyse(text)):
            factor = ranking.lead(position) * GRAIN
            for term, weight in token.terms:
                counted = max(1, round(weight * factor))
                if term in weights:
                    weights[term] += counted
                    positions[term].append(position)
                else:
                    weights[term] = counted
                    positions[term] = array("I", (position,))
        return cls(position + 1, {t: Posting(weights[t] / GRAIN, positions[t]) for t in weights})


@dataclass(frozen=True)
class Document:
    """An article and the terms of its two searched fields."""

    article: Article

    @cached_property
    def title(self) -> Terms:
        """The terms of the title."""
        return Terms.of(self.article.title)

    @cached_property
    def text(self) -> Terms:
        """The terms of the text."""
        return Terms.of(self.article.text)
