"""Sorted lists of numbers as sets."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from search.columns import Ints

Ids = NDArray[np.uint32]  # numbers of articles
Mask = NDArray[np.bool_]
Numbers = TypeVar("Numbers", bound=NDArray[np.integer])
Scalar = TypeVar("Scalar", bound=np.generic)
NO_IDS: Ids = np.empty(0, dtype=np.uint32)
NO_INTS: Ints = np.empty(0, dtype=np.int64)


def union(each: Sequence[Numbers], none: Numbers) -> Numbers:
    """Every number of some sorted lists once, in order; `none` is an empty list of their kind."""
    each = [numbers for numbers in each if len(numbers)]
    if len(each) < 2:
        return each[0] if each else none
    numbers = np.sort(np.concatenate(each), kind="stable")  # which merges what is in order already
    fresh = np.empty(len(numbers), dtype=np.bool_)
    fresh[0] = True
    np.not_equal(numbers[1:], numbers[:-1], out=fresh[1:])
    return numbers[fresh]  # type: ignore[return-value] # numpy forgets which integers


def inside(numbers: NDArray[np.integer], among: NDArray[np.integer]) -> Mask:
    """Which numbers are among some sorted ones."""
    return places(numbers, among)[1]


def places(numbers: NDArray[np.integer], among: NDArray[np.integer]) -> tuple[Ints, Mask]:
    """Where numbers stand among some sorted ones, and which of them do."""
    if not len(among):
        return np.zeros(len(numbers), dtype=np.int64), np.zeros(len(numbers), dtype=np.bool_)
    at = np.searchsorted(among, numbers)
    at[at == len(among)] = 0
    return at, among[at] == numbers


def joined(arrays: list[NDArray[Scalar]]) -> NDArray[Scalar]:
    """Some columns one after the other."""
    if len(arrays) == 1:
        return arrays[0]
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.int64)
