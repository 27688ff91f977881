"""How hits are put in order: one table of numbers, and the few formulas they enter.

The formulas take floats or numpy arrays alike, so the engine that scans and the engine that is fast
share them.

BM25F: Robertson, Zaragoza, «The Probabilistic Relevance Framework: BM25 and Beyond», 2009, section 3.5.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import numpy as np

from search.columns import Floats, Ints
from search.query import In, Leaf, Word, is_weak

Numeric = TypeVar("Numeric", float, Floats)


@dataclass(frozen=True, slots=True)
class FieldRow:
    """How a field counts: its weight, and how far its length is evened out (BM25's b)."""

    weight: float
    b: float


# A headline is the editor's own summary: a word there says more than a word in the text.
FIELDS: Final = {"title": FieldRow(1.5, 0.5), "text": FieldRow(1.0, 0.75)}
# Where more of the same word stops to count.
K1: Final = 1.2
# News tells the matter first: its first words count more. Multiples of 1/2 keep the sums exact.
LEAD: Final = ((20, 3.0), (40, 2.0), (80, 1.5))
# These are what an article is about.
LEAD_WORDS: Final = 40
# An occurrence in the very form that was typed counts this much more than another form of the lemma.
EXACT_FORM: Final = 0.25
# Where a part of the words is enough, an occurrence of another word of the family counts this much.
KIN: Final = 0.3
# A hit that has the question's words in its title and its lead (half for each) rises by up to this share.
LEAD_COVERAGE: Final = 0.6
# A hit whose neighbouring question words stand next to each other rises by up to this share…
PROXIMITY: Final = 0.5
# …and by this part of it when they are only close, or in the other order, within so many words.
PROXIMITY_NEAR: Final = 0.4
PROXIMITY_WINDOW: Final = 5
# Only the best hits are looked at so closely.
PROXIMITY_HITS: Final = 100
# A hit that lacks part of the question (a quorum) keeps (share of the question's weight) ** this.
COVERAGE: Final = 0.4
# A preposition or the like in a question tells so much of what its rarity says.
WEAK: Final = 0.1
# A number tells more than its rarity says: it is of this story, or of another.
NUMBER: Final = 1.5
# An article of this moment rises by this share; the gain halves every half-life.
FRESHNESS: Final = 0.1


def fields(where: In) -> list[str]:
    """The fields that are looked in."""
    return [name for name in FIELDS if where is In.ALL or where.value == name]


def lead(positions: Ints) -> Floats:
    """What occurrences at some positions of the text count for."""
    ends, factors = zip(*LEAD, strict=True)
    weights: Floats = np.array([*factors, 1.0])[np.searchsorted(ends, positions, side="right")]
    return weights


def telling(leaf: Leaf, documents: int, containing: int) -> float:
    """How much a leaf of a question tells (idf), from how many of the articles have it."""
    idf = float(np.log1p((documents - containing + 0.5) / (containing + 0.5)))
    if is_weak(leaf):
        return idf * WEAK
    return idf * NUMBER if isinstance(leaf, Word) and leaf.text[:1].isdigit() else idf


def evened(field: str, frequency: Numeric, length: Numeric, average: float) -> Numeric:
    """A field's share of a word's frequency: weighted, and evened out by the field's length."""
    row = FIELDS[field]
    return row.weight * frequency / (1.0 - row.b + row.b * length / average)


def saturated(frequency: Numeric) -> Numeric:
    """BM25's growth towards 1 with the summed frequency of all fields."""
    return frequency / (frequency + K1)


def freshness(age_seconds: Floats, half_life_days: float) -> Floats:
    """The factor of an article's age; articles of the future count as of this moment."""
    days: Floats = np.maximum(age_seconds, 0.0) / 86_400.0
    fresh: Floats = 1.0 + FRESHNESS * np.exp2(-days / half_life_days)
    return fresh


def coverage(share: Numeric) -> Numeric:
    """The factor of what share of the question's weight a hit has."""
    factor: Numeric = share**COVERAGE
    return factor


def nearness(first: Ints, second: Ints, articles: int) -> Floats:
    """How near two neighbouring words of a question stand in each of some articles: 1 side by side, in order.

    Both are given as sorted keys, number of the article * 2**32 + position.
    """
    near = np.zeros(articles)
    if not len(first) or not len(second):
        return near
    after = np.searchsorted(second, first, side="right")
    forward = second[np.minimum(after, len(second) - 1)] - first
    backward = first - second[np.maximum(np.searchsorted(second, first, side="left") - 1, 0)]
    close = ((forward > 0) & (forward <= PROXIMITY_WINDOW)) | (
        (backward > 0) & (backward <= PROXIMITY_WINDOW)
    )
    near[first[close] >> 32] = PROXIMITY_NEAR
    near[first[forward == 1] >> 32] = 1.0
    return near


def proximity(weights: Sequence[float], nears: Iterable[Floats]) -> Floats:
    """The factors of nearness of some articles, from the weight and nearness of each pair of neighbours."""
    share = sum((weight * near for weight, near in zip(weights, nears, strict=True)), np.zeros(1))
    factors: Floats = 1.0 + PROXIMITY * share / (sum(weights) or 1.0)
    return factors


def in_lead(places: Ints, articles: int) -> Floats:
    """1 for each of some articles that a word stands in the lead of; `places` as in `nearness`."""
    standing = np.zeros(articles)
    standing[places[(places & 0xFFFFFFFF) < LEAD_WORDS] >> 32] = 1.0
    return standing


def lead_coverage(weights: Sequence[float], standing: Iterable[Floats]) -> Floats:
    """The factors of some articles' leads, from each word's weight and in what share of fields it leads."""
    share = sum((weight * here for weight, here in zip(weights, standing, strict=True)), np.zeros(1))
    factors: Floats = 1.0 + LEAD_COVERAGE * share / (sum(weights) or 1.0)
    return factors


def seconds(moment: datetime) -> int:
    """A moment as engines keep it: whole seconds since 1970 in UTC."""
    return int(moment.timestamp())


def tie(id: str) -> int:
    """What decides between hits of equal score and date: always the same, favouring no outlet."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest()) >> 1
