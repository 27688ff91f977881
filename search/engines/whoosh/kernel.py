"""The loops of an evaluation, compiled: which articles have what is asked for, and which may be the best.

Both loops give the same as their counterparts in `gathering`, but for articles that cannot be among the best:
those are counted and left out. A list of articles comes as a row of three numbers: where its ids and its
shares lie in memory, and how many there are.

Lists are met by galloping (Bentley and Yao, «An almost optimal algorithm for unbounded searching», 1976);
unions are summed window by window, as in Lucene's BooleanScorer.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types

from search.engines.whoosh.walking import lowest, phrase_runs, places, pointer, unite

__all__ = ["meet", "phrase_runs", "places", "sweep", "unite"]

WINDOW = 4096  # articles summed at a time: their sums stay in the nearest cache

_numbers = types.Array(types.int64, 1, "C", readonly=True)
_floats = types.float64[::1]
_bounds = (_numbers, types.int64, types.int64, types.Array(types.boolean, 1, "C", readonly=True))
_best = (types.int64, _floats, types.float64, types.uint32[::1], types.float64[:, ::1])
_lists = (types.int64[:, ::1], _floats, _floats)
_two = types.UniTuple(types.int64, 2)


@njit(inline="always")
def _ids(lists: Any, n: int) -> Any:
    return carray(pointer(lists[n, 0]), lists[n, 2], np.uint32)


@njit(inline="always")
def _shares(lists: Any, n: int) -> Any:
    return carray(pointer(lists[n, 1]), lists[n, 2], np.float32)


@njit(cache=True)
def _seek(ids: Any, at: int, size: int, wanted: int) -> int:
    """The first place from `at` on whose id is not less than the wanted one."""
    if at >= size or ids[at] >= wanted:
        return at
    step = 1
    low = at
    high = at + 1
    while high < size and ids[high] < wanted:
        low = high
        step *= 2
        high = low + step
    high = min(high, size)
    while high - low > 1:
        middle = (low + high) >> 1
        if ids[middle] < wanted:
            low = middle
        else:
            high = middle
    return high


@njit(cache=True)
def _push(heap: Any, value: float) -> None:
    """Put a value in place of the least of a full heap."""
    size = len(heap)
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= value:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = value


@njit(cache=True)
def _rank(
    id: int,
    total: float,
    matched: float,
    kept: int,
    heap: Any,
    cover: Any,
    rise: float,
    numbers: Any,
    sums: Any,
) -> int:
    """Keep an article that may be among the best; how many are kept then."""
    if len(heap):
        last = len(cover) - 1
        step = int(matched * last - 1e-6)
        if total * cover[min(step + 1, last)] * rise < heap[0]:
            return kept
        least = total * cover[max(step, 0)] * (1.0 - 1e-9)
        if least > heap[0]:
            _push(heap, least)
    numbers[kept] = id
    sums[0, kept] = total
    sums[1, kept] = matched
    return kept + 1


@njit(cache=True)
def _cut(kept: int, heap: Any, cover: Any, rise: float, numbers: Any, sums: Any) -> int:
    """Leave out those that turned out not to be among the best."""
    if not len(heap):
        return kept
    left, last = 0, len(cover) - 1
    for at in range(kept):
        step = int(sums[1, at] * last - 1e-6)
        if sums[0, at] * cover[min(step + 1, last)] * rise >= heap[0]:
            numbers[left] = numbers[at]
            sums[0, left] = sums[0, at]
            sums[1, left] = sums[1, at]
            left += 1
    return left


@njit(_two(*_lists, types.int64, types.int64, *_bounds, *_best), cache=True)
def meet(
    lists: Any,
    weights: Any,
    portions: Any,
    required: int,
    without: int,
    published: Any,
    since: int,
    until: int,
    allowed: Any,
    most: int,
    cover: Any,
    rise: float,
    numbers: Any,
    sums: Any,
) -> tuple[int, int]:
    """The articles of all the first lists and of none of those `without`, summed over the rest, too.

    Gives how many there are, and how many of them were put down as possible ones of the `most` best (all, if
    that is 0).
    """
    heap = np.zeros(most)
    size = len(lists)
    places = np.zeros(size, np.int64)
    dated = since != np.iinfo(np.int64).min
    limited = len(allowed) > 0
    # Most of the work is in the two shortest lists: they are kept at hand.
    first = _ids(lists, 0)
    second = _ids(lists, 1 if required > 1 else 0)
    size_of_second = len(second)
    count = kept = next_of_second = 0
    for at in range(len(first)):
        id = first[at]
        if required > 1:
            next_of_second = _seek(second, next_of_second, size_of_second, id)
            if next_of_second >= size_of_second:
                break
            if second[next_of_second] != id:
                continue
            places[1] = next_of_second
        places[0] = at
        good = True
        for n in range(2, required):
            place = _seek(_ids(lists, n), places[n], lists[n, 2], id)
            places[n] = place
            if place >= lists[n, 2]:
                return count, _cut(kept, heap, cover, rise, numbers, sums)
            if _ids(lists, n)[place] != id:
                good = False
                break
        if not good or (limited and not allowed[id]):
            continue
        if dated and not (since <= published[id] < until):
            continue
        for n in range(required, required + without):
            place = _seek(_ids(lists, n), places[n], lists[n, 2], id)
            places[n] = place
            if place < lists[n, 2] and _ids(lists, n)[place] == id:
                good = False
                break
        if not good:
            continue
        count += 1
        total = matched = 0.0
        for n in range(required):
            total += weights[n] * _shares(lists, n)[places[n]]
            matched += portions[n]
        for n in range(required + without, size):
            place = _seek(_ids(lists, n), places[n], lists[n, 2], id)
            places[n] = place
            if place < lists[n, 2] and _ids(lists, n)[place] == id:
                total += weights[n] * _shares(lists, n)[place]
                matched += portions[n]
        if most == 0 or total * rise >= heap[0]:
            kept = _rank(id, total, matched, kept, heap, cover, rise, numbers, sums)
    return count, _cut(kept, heap, cover, rise, numbers, sums)


@njit(_two(*_lists, types.int64, types.int64, types.int64, *_bounds, *_best), cache=True)
def sweep(
    lists: Any,
    weights: Any,
    portions: Any,
    counting: int,
    without: int,
    needed: int,
    published: Any,
    since: int,
    until: int,
    allowed: Any,
    most: int,
    cover: Any,
    rise: float,
    numbers: Any,
    sums: Any,
) -> tuple[int, int]:
    """The articles of at least `needed` of the first lists and of none of those `without`.

    They are summed over the rest, too. Gives the same as `meet`.
    """
    heap = np.zeros(most)
    size = len(lists)
    places = np.zeros(size, np.int64)
    totals = np.zeros(WINDOW)
    matches = np.zeros(WINDOW)
    hits = np.zeros(WINDOW, np.int32)
    touched = np.zeros(WINDOW // 64, np.uint64)
    dated = since != np.iinfo(np.int64).min
    limited = len(allowed) > 0
    plain = not dated and not limited
    count = kept = 0
    while True:
        begin = -1
        for n in range(counting):
            if places[n] < lists[n, 2]:
                id = int(_ids(lists, n)[places[n]])
                if begin < 0 or id < begin:
                    begin = id
        if begin < 0:
            break
        begin -= begin % WINDOW
        end = begin + WINDOW
        for n in range(size):
            ids = _ids(lists, n)
            shares = _shares(lists, n)
            last = lists[n, 2]
            place = places[n]
            if place < last and ids[place] < begin:
                place = _seek(ids, place, last, begin)
            weight = weights[n]
            portion = portions[n]
            if n < counting:
                while place < last and ids[place] < end:
                    slot = ids[place] - begin
                    totals[slot] += weight * shares[place]
                    matches[slot] += portion
                    hits[slot] += 1
                    touched[slot >> 6] |= np.uint64(1) << np.uint64(slot & 63)
                    place += 1
            elif n < counting + without:
                while place < last and ids[place] < end:
                    hits[ids[place] - begin] = -size
                    place += 1
            else:
                while place < last and ids[place] < end:
                    slot = ids[place] - begin
                    totals[slot] += weight * shares[place]
                    matches[slot] += portion
                    place += 1
            places[n] = place
        for n in range(WINDOW // 64):
            word = touched[n]
            touched[n] = 0
            while word:
                slot = n * 64 + lowest(word)
                word &= word - np.uint64(1)
                id = begin + slot
                if hits[slot] >= needed and (
                    plain
                    or (
                        (not limited or allowed[id])
                        and (not dated or (published[id] >= since and published[id] < until))
                    )
                ):
                    count += 1
                    if most == 0 or totals[slot] * rise >= heap[0]:
                        kept = _rank(id, totals[slot], matches[slot], kept, heap, cover, rise, numbers, sums)
                if without == 0 and size == counting:
                    totals[slot] = 0.0
                    matches[slot] = 0.0
                    hits[slot] = 0
        if without > 0 or size > counting:
            totals[:] = 0.0
            matches[:] = 0.0
            hits[:] = 0
    return count, _cut(kept, heap, cover, rise, numbers, sums)
