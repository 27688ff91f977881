"""The loops of an evaluation, compiled: which articles have what is asked for, and which may be the best.

Both loops give the same as their counterparts in `gathering`, but for articles that cannot be among the best:
those are counted and left out. A list of articles comes as a row of four numbers: where its ids and its
shares lie in memory, how many there are, and where its marks lie (see `mark`), or 0.

Lists are met by galloping (Bentley and Yao, «An almost optimal algorithm for unbounded searching», 1976),
long ones by their marks; what only the lists that tell least have is counted, not summed, once it cannot be
among the best (Turtle and Flood, «Query evaluation: strategies and optimizations», 1995). Unions of many
lists are summed window by window, as in Lucene's BooleanScorer.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types

from search.engines.whoosh.spotting import closely, placed
from search.engines.whoosh.walking import look_up, lowest, ones, phrase_runs, pointer, unite

__all__ = ["closely", "look_up", "mark", "meet", "order", "phrase_runs", "placed", "sweep", "unite"]

WINDOW = 4096  # articles summed at a time: their sums stay in the nearest cache

_numbers = types.Array(types.int64, 1, "C", readonly=True)
_floats = types.float64[::1]
_bounds = (_numbers, types.int64, types.int64, types.Array(types.boolean, 1, "C", readonly=True))
_best = (types.int64, _floats, types.float64, types.uint32[::1], types.float64[:, ::1])
_lists = (types.int64[:, ::1], _floats, types.float64, types.int64, types.int64, types.int64)
_asked = (*_lists, *_bounds, *_best)
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


@njit(types.void(types.uint32[::1], types.uint64[:, ::1]), cache=True)
def mark(ids: Any, marks: Any) -> None:
    """Of each 64 articles, put down which are in a list, as bits, and how many stand in it before them."""
    for id in ids:
        marks[id >> 6, 0] |= np.uint64(1) << np.uint64(id & 63)
    before = np.uint64(0)
    for row in marks:
        row[1] = before
        before += ones(row[0])


@njit(inline="always")
def _marks(lists: Any, n: int, id: int) -> Any:
    return carray(pointer(lists[n, 3] + 16 * (np.int64(id) >> 6)), 2, np.uint64)


@njit(inline="always")
def _has(lists: Any, n: int, places: Any, id: int) -> Any:
    """Whether a list has an article, which is sought from the place that was reached."""
    if lists[n, 3]:
        return (_marks(lists, n, id)[0] >> np.uint64(id & 63)) & np.uint64(1) != 0
    ids, size = _ids(lists, n), lists[n, 2]
    place = places[n] = _seek(ids, places[n], size, id)
    return place < size and ids[place] == id


@njit(inline="always")
def _share(lists: Any, n: int, places: Any, id: int) -> Any:
    """The share of an article that a list has, as was just found."""
    if lists[n, 3]:
        marks = _marks(lists, n, id)
        before = marks[0] & ((np.uint64(1) << np.uint64(id & 63)) - np.uint64(1))
        return _shares(lists, n)[np.int64(marks[1] + ones(before))]
    return _shares(lists, n)[places[n]]


@njit(cache=True)
def _unseen(ids: Any, seen: Any) -> Any:
    """How many of some articles are not seen yet; they are then."""
    count = np.uint64(0)
    for id in ids:
        word, at = seen[id >> 6], np.uint64(id & 63)
        count += (~word >> at) & np.uint64(1)
        seen[id >> 6] = word | (np.uint64(1) << at)
    return np.int64(count)


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


@njit(_two(*_asked, types.uint64[::1]), cache=True)
def meet(
    lists: Any,
    weights: Any,
    whole: float,
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
    seen: Any,
) -> tuple[int, int]:
    """The articles of at least `needed` of the first lists and of none of those `without`.

    They are summed over the rest, too. Gives how many there are, and how many of them were put down as
    possible ones of the `most` best (all, if that is 0). `seen` are zeros, and are so again in the end.
    """
    heap = np.zeros(most)
    size, last = len(lists), len(cover) - 1
    dated = since != np.iinfo(np.int64).min
    limited = len(allowed) > 0
    plain = needed == 1 and without == 0 and not dated and not limited
    # An article that is in `needed` of the lists is in one of these; it is looked at where it is met first.
    leading = counting - needed + 1
    places = np.zeros(size, np.int64)
    count = kept = 0
    for lead in range(leading):
        ids, shares, weight = _ids(lists, lead), _shares(lists, lead), weights[lead]
        places[:] = 0
        others = 0.0  # what all the other lists may add to an article that is met here
        for n in range(lead + 1, size):
            if not counting <= n < counting + without:
                others += weights[n]
        step = int(min((weight + others) / whole, 1.0) * last - 1e-6)
        reach = rise * cover[min(step + 1, last)]
        if plain and most and (weight + others) * reach < heap[0]:
            count += _unseen(ids, seen)  # none can be among the best
            continue
        for at in range(len(ids)):
            id = ids[at]
            if leading > 1:
                word, bit = seen[id >> 6], np.uint64(1) << np.uint64(id & 63)
                if word & bit:
                    continue
                seen[id >> 6] = word | bit
            if limited and not allowed[id]:
                continue
            if dated and not (since <= published[id] < until):
                continue
            missing, n = needed - 1, lead + 1
            while 0 < missing <= counting - n:
                if _has(lists, n, places, id):
                    missing -= 1
                n += 1
            if missing > 0:
                continue
            good = True
            for n in range(counting, counting + without):
                if _has(lists, n, places, id):
                    good = False
                    break
            if not good:
                continue
            count += 1
            total = weight * shares[at]
            if most and (total + others) * reach < heap[0]:
                continue
            matched = weight / whole
            for n in range(lead + 1, size):
                if not counting <= n < counting + without and _has(lists, n, places, id):
                    total += weights[n] * _share(lists, n, places, id)
                    matched += weights[n] / whole
            if most == 0 or total * rise >= heap[0]:
                kept = _rank(id, total, matched, kept, heap, cover, rise, numbers, sums)
    if leading > 1:
        seen[:] = 0
    return count, _cut(kept, heap, cover, rise, numbers, sums)


@njit(cache=True)
def _comes_before(one: int, score: float, other: int, its: float, published: Any, ties: Any) -> Any:
    if score != its:
        return score > its
    if published[one] != published[other]:
        return published[one] > published[other]
    return ties[one] < ties[other]


@njit(types.int64(types.uint32[::1], _floats, _numbers, _numbers, types.int64), cache=True)
def order(numbers: Any, scores: Any, published: Any, ties: Any, most: int) -> int:
    """Put the `most` best of some articles in front, by score, then newer, then by tie; how many they are."""
    kept = 0
    for at in range(len(numbers)):
        id, score = numbers[at], scores[at]
        place = kept
        while place and _comes_before(id, score, numbers[place - 1], scores[place - 1], published, ties):
            place -= 1
        kept = min(kept + 1, most)
        for n in range(kept - 1, place, -1):
            numbers[n], scores[n] = numbers[n - 1], scores[n - 1]
        if place < kept:
            numbers[place], scores[place] = id, score
    return kept


@njit(_two(*_asked), cache=True)
def sweep(
    lists: Any,
    weights: Any,
    whole: float,
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
            portion = weight / whole
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
