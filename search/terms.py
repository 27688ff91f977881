"""Terms: the words of one field, analysed and sorted out into posting lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from search import ranking
from search.columns import Column, Ints, ordered, smallest
from search.russian.analysis import FAMILY
from search.russian.forms import Forms

# Weights are whole multiples of 1 / GRAIN: sums of them are exact in any engine's arithmetic.
GRAIN = 256
_NOTHING: Column = np.empty(0, dtype=np.uint8)


class Posting(NamedTuple):
    """How one term stands in one field: its summed weight, and its positions in order."""

    weight: float
    positions: Column


@dataclass(frozen=True)
class Terms:
    """The analysed terms of one field of some articles, in columns.

    `names` are its distinct terms, and the first of them has the first `having[0]` postings, the second the
    next, and so on. A posting is of the article `articles` (its place among them, in order in a list), with
    its summed weight in grains; the next `counts` of all `positions` are its own, none for a family. The
    articles' tokens follow each other, too: the first has the first `lengths[0]` of them, each at
    `[starts, starts + sizes)` of its text. Every column is held in the smallest unsigned integers that hold
    its largest value.
    """

    names: tuple[str, ...]
    having: Column
    articles: Column
    weights: Column
    counts: Column
    positions: Column
    lengths: Column
    starts: Column
    sizes: Column

    @classmethod
    def of(cls, *texts: str) -> Terms:
        """The terms of some articles' texts, each occurrence weighted by its lemma's likelihood and place."""
        forms = _forms()
        found = forms.occurrences("\n".join(texts))  # a line ends every sentence and paragraph
        offsets = np.cumsum([0, *(len(text) + 1 for text in texts)])
        firsts = np.searchsorted(found.starts, offsets)
        lengths = np.diff(firsts)
        article = np.repeat(np.arange(len(texts)), lengths)
        place = np.arange(len(article)) - firsts[article]
        each, codes, grains = forms.terms(found.forms)
        token = np.repeat(np.arange(len(article)), each)
        order = ordered(codes)
        codes, token = codes[order], token[order]
        new_term = np.diff(codes, prepend=-1) != 0
        begins = np.flatnonzero(new_term | (np.diff(article[token], prepend=-1) != 0))
        weights = grains[order] * ranking.lead(place[token])
        terms = np.flatnonzero(new_term[begins])
        names = tuple(map(forms.names.__getitem__, codes[begins[terms]].tolist()))
        placed = np.array([not name.startswith(FAMILY) for name in names], dtype=np.bool_)
        stands = np.repeat(placed, np.diff(begins[terms], append=len(codes)))
        before = np.cumsum(np.concatenate([[0], stands]))
        return cls(
            names,
            smallest(np.diff(terms, append=len(begins))),
            smallest(article[token[begins]]),
            smallest((np.add.reduceat(weights, begins) if len(begins) else weights).astype(np.int64)),
            smallest(np.diff(before[np.append(begins, len(codes))])),
            smallest(place[token[stands]]),
            smallest(lengths),
            smallest(found.starts - offsets[article]),
            smallest(found.ends - found.starts),
        )

    @classmethod
    def listed(cls, *lists: Iterable[str]) -> Terms:
        """Names that only stand in a list, at no positions; each of `lists` is an article's."""
        having: dict[str, list[int]] = {}
        for number, names in enumerate(lists):
            for name in names:
                having.setdefault(name, []).append(number)
        articles = np.array([number for each in having.values() for number in each], dtype=np.uint32)
        sizes = np.array([len(each) for each in having.values()], dtype=np.uint32)
        once, never = np.ones(len(articles), dtype=np.uint8), np.zeros(len(articles), dtype=np.uint8)
        lengths = np.zeros(len(lists), dtype=np.uint8)
        return cls(tuple(having), sizes, articles, once, never, _NOTHING, lengths, _NOTHING, _NOTHING)

    @property
    def ends(self) -> Ints:
        """Where in its text each token ends."""
        return self.starts.astype(np.int64) + self.sizes

    @property
    def length(self) -> int:
        """The number of positions."""
        return len(self.starts)

    @cached_property
    def postings(self) -> Mapping[str, Posting]:
        """The terms of a single article by name."""
        ends = np.cumsum(self.counts).tolist()
        return {
            name: Posting(float(weight) / GRAIN, self.positions[end - count : end])
            for name, weight, count, end in zip(
                self.names, self.weights.tolist(), self.counts.tolist(), ends, strict=True
            )
        }


_known = Forms(GRAIN)


def _forms() -> Forms:
    """The dictionary of forms of this process."""
    global _known
    if _known.is_full:
        _known = Forms(GRAIN)
    return _known
