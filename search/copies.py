"""Copies: articles whose texts are the same but for small changes, or one of which is the other cut short.

Whether two are is decided by their words. Which pairs are worth that is told by *sketches*: of the runs of
three words a text has, those whose numbers are small are kept. Texts that share most of their runs share most
of their sketches, also where one is much the shorter, which hashing by the smallest of many permutations
would not tell. After Broder, «On the resemblance and containment of documents», 1997.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from search.article import Article, days_between, label_key
from search.passages import TRIPLES, Words

SAME = 0.6  # of a text's word triples that its copy has, at least
SAME_NUMBERS = 0.75  # and of its numbers
SAME_OF_SERIAL = 0.9  # where they may be notices of one form
PART = 0.3  # of the longer text's, where what is the same is less than a lead
LEAD = 30  # word triples
SOON = 7.0  # days, in which outlets take over from each other
FORM = 60  # word triples that a form has at most
KEPT_OF = 16  # one of so many runs is in a sketch
FEWEST, MOST = 16, 256  # runs of a sketch
LIKELY = 0.25  # of the smaller sketch, as far as both reach, is shared by texts that may be copies, at least
LIKELY_RUNS = 2  # and so many runs
LIKELY_OF_ONE = 0.6  # of the larger, where both are of one outlet
_BITS = 47  # of a run's number: fewer bytes on disk
_FACTORS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)
_WORDS_KNOWN = 200_000


class Copies(Protocol):
    """Knows the copies of articles."""

    def of(self, id: str) -> list[str]:
        """Ids of the copies of an article, the earliest first, those without a date last.

        Some may be gone by now; there are none where the article is not known.
        """
        ...


def are_copies(one: Article, one_words: Words, other: Article, other_words: Words) -> bool:
    """Whether two articles, whose texts' words are given, are copies."""
    sources = label_key(one.source or ""), label_key(other.source or "")
    one_outlet = sources[0] == sources[1] != ""
    days = abs(days_between(one, other) or 0.0)
    return is_copy(one_words, other_words, one_outlet=one_outlet, days=days)


def is_copy(one: Words, other: Words, *, one_outlet: bool, days: float = 0.0) -> bool:
    """Whether two texts are the same but for small changes, or one of them is the other cut short.

    An outlet repeats its own background and fills one form with other numbers (fuel prices, power cuts), and
    what two outlets say in a few words weeks apart is often such a form; so there only what is all but equal
    is a copy. Nor is a sentence that stands in a long text its copy; fewer than five words («Фото дня») are
    nobody's.
    """
    if one.keys == other.keys:
        return len(one.triples) >= TRIPLES
    common = len(one.triples & other.triples)
    sizes = len(one.triples), len(other.triples)
    serial = one_outlet or (days > SOON and common < FORM)
    if common < max(TRIPLES, SAME_OF_SERIAL * max(sizes) if serial else SAME * min(sizes)):
        return False
    if common < min(LEAD, PART * max(sizes)):
        return False
    if serial:
        return one.numbers == other.numbers
    shorter = min(one.numbers, other.numbers, key=len)
    return len(one.numbers & other.numbers) >= SAME_NUMBERS * len(shorter)


class Sketch(NamedTuple):
    """What finds the copies of a text: digests of its words and of its numbers, and some of its runs."""

    words: int
    numbers: int
    runs: list[int]

    @property
    def bound(self) -> int:
        """The sketch has all runs of the text up to this one."""
        return self.runs[-1] if len(self.runs) >= FEWEST else 1 << _BITS


def sketch(words: Words) -> Sketch:
    """The sketch of a text. The same words have the same, in any process."""
    numbers = " ".join(sorted(words.numbers))
    return Sketch(_digest(" ".join(words.keys)), _digest(numbers), _runs(words))


def _runs(words: Words) -> list[int]:
    if len(words) < 3:
        return []
    keys = np.fromiter(map(_number, words.keys), np.uint64, len(words))
    mixed = keys[:-2] * _FACTORS[0] + keys[1:-1] * _FACTORS[1] + keys[2:] * _FACTORS[2]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FACTORS[1]
    runs: NDArray[np.uint64] = np.unique(mixed >> np.uint64(64 - _BITS))
    small = int(np.searchsorted(runs, np.uint64((1 << _BITS) // KEPT_OF)))
    kept: list[int] = runs[: min(MOST, max(FEWEST, small))].tolist()
    return kept


@lru_cache(_WORDS_KNOWN)
def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "little")


def _digest(text: str) -> int:
    """63 bits, which SQLite keeps as a number."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") >> 1
