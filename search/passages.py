"""Passages that stand word for word, or nearly so, in two texts.

Words are compared by their first letters, so that in most of them another ending makes no difference. Runs
of equal words are found by the word triples they begin with; runs that follow each other in both texts with
a few other words between them are one passage.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

LETTERS = 6  # of a word, that are compared
RUN = 3  # words that a run has at least
GAP = 3  # other words that a passage may have in one place
PASSAGE = 8  # equal words that are no passage when there are fewer: set phrases are shorter
TRIPLES = 3  # that a passage has at least
COMMON = 8  # a triple that a text has more often begins no run


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage `[start, end)` of one text, where it stands in the other, and how many words are equal."""

    start: int
    end: int
    other_start: int
    other_end: int
    words: int


_WORD = re.compile(r"\w+")


class Words:
    """The words of a text, ready to be compared."""

    def __init__(self, text: str) -> None:
        self._text = text
        # All at once: a line feed is in no word.
        lowered = "\n".join(_WORD.findall(text)).lower().replace("ё", "е")
        self.keys = [word[:LETTERS] for word in lowered.split("\n")] if lowered else []

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each stands in the text."""
        return [match.span() for match in _WORD.finditer(self._text)]

    @cached_property
    def triples(self) -> frozenset[tuple[str, ...]]:
        """All runs of three words."""
        return frozenset(zip(self.keys, self.keys[1:], self.keys[2:], strict=False))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """All numbers."""
        return frozenset(key for key in set(self.keys) if key[0].isdigit())


@dataclass(slots=True)
class _Run:
    """Words `[first, last)` of one text that stand in the other, too; `equal` of them are the same."""

    first: int
    last: int
    other_first: int
    other_last: int
    equal: int


def passages(one: Words, other: Words) -> list[Passage]:
    """The passages of one text that another has, in the order of the one."""
    if len(one.triples & other.triples) < TRIPLES:
        return []
    return [
        Passage(
            one.spans[run.first][0],
            one.spans[run.last - 1][1],
            other.spans[run.other_first][0],
            other.spans[run.other_last - 1][1],
            run.equal,
        )
        for run in _joined(_runs(one.keys, other.keys))
        if run.equal >= PASSAGE
    ]


def share(words: Words, found: Sequence[Passage]) -> float:
    """The share of a text's words that is in some passages of it, from 0 to 1."""
    return min(1.0, sum(passage.words for passage in found) / max(1, len(words)))


def _runs(one: list[str], other: list[str]) -> list[_Run]:
    """The longest runs of equal words, none within another, left to right in the one."""
    begins: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(other) - RUN + 1):
        begins.setdefault(tuple(other[at : at + RUN]), []).append(at)
    runs: list[_Run] = []
    at = 0
    while at <= len(one) - RUN:
        places = begins.get(tuple(one[at : at + RUN]), ())
        lengths = [(_length(one, other, at, place), -place) for place in places[:COMMON]]
        if not lengths:
            at += 1
            continue
        length, place = max(lengths)
        runs.append(_Run(at, at + length, -place, -place + length, length))
        at += length
    return runs


def _length(one: list[str], other: list[str], at: int, place: int) -> int:
    length = RUN
    most = min(len(one) - at, len(other) - place)
    while length < most and one[at + length] == other[place + length]:
        length += 1
    return length


def _joined(runs: list[_Run]) -> list[_Run]:
    """Runs that follow each other in both texts as one."""
    found: list[_Run] = []
    for run in runs:
        last = found[-1] if found else None
        if last and run.first - last.last <= GAP and 0 <= run.other_first - last.other_last <= GAP:
            last.last, last.other_last, last.equal = run.last, run.other_last, last.equal + run.equal
        else:
            found.append(run)
    return found
