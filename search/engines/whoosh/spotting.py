"""The loops over where words stand in articles, compiled: how near to each other, and place by place.

They give the same as their counterparts in numpy. A list comes as the rows of `Postings.table`.
"""

from typing import Any

import numpy as np
from numba import njit, types

from search.engines.whoosh.walking import number_at, sought, sum_of

_columns = types.int64[:, ::1]
_places = types.int64[::1]
_floats = types.float64[:, ::1]
_two = types.UniTuple(types.int64, 2)


@njit(cache=True)
def _near(
    one: Any, at: int, size: int, other: Any, its: int, its_size: int, window: int, close: float
) -> float:
    """How near the positions of two lists come to each other in an article: 1 side by side, in order."""
    near = 0.0
    before = after = 0  # of the other's, how many stand before a position, and how many no later
    for place in range(at, at + size):
        position = number_at(one[6], one[7], place)
        while before < its_size and number_at(other[6], other[7], its + before) < position:
            before += 1
        after = max(after, before)
        while after < its_size and number_at(other[6], other[7], its + after) <= position:
            after += 1
        if after < its_size:
            ahead = number_at(other[6], other[7], its + after) - position
            if ahead == 1:
                return 1.0
            if ahead <= window:
                near = close
        if before and position - number_at(other[6], other[7], its + before - 1) <= window:
            near = close
    return near


@njit(
    types.void(
        _columns,
        _places,
        _places,
        types.uint32[::1],
        types.int64,
        types.float64,
        types.int64,
        _floats,
        _floats,
    ),
    cache=True,
)
def closely(
    lists: Any,
    owners: Any,
    fields: Any,
    numbers: Any,
    window: int,
    close: float,
    lead: int,
    nears: Any,
    leads: Any,
) -> None:
    """How near neighbouring owners stand in some articles, given in order, and in how many fields each leads.

    The lists come in the order of their owners, an owner's in that of their fields. What is found is put down
    in zeros, for each pair of neighbours and each owner.
    """
    size = len(lists)
    ats, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)  # as in `phrase_runs`
    having, sizes = np.zeros(size, np.int64), np.zeros(size, np.int64)  # the lists that have an article
    for which in range(len(numbers)):
        held = 0
        owner = field = -1  # that was found to lead last
        for n in range(size):
            id, at = np.int64(numbers[which]) - lists[n, 3], ats[n]
            if id < 0 or at >= lists[n, 2]:
                continue
            ats[n] = sought(lists[n, 0], lists[n, 1], at, lists[n, 2], id)
            sums[n] += sum_of(lists[n, 4], lists[n, 5], at, ats[n])
            if ats[n] >= lists[n, 2] or number_at(lists[n, 0], lists[n, 1], ats[n]) != id:
                continue
            standing = number_at(lists[n, 4], lists[n, 5], ats[n])
            if not standing:  # a family has no places
                continue
            having[held], sizes[held] = n, standing
            held += 1
            led = owners[n] == owner and fields[n] == field
            if not led and number_at(lists[n, 6], lists[n, 7], sums[n]) < lead:
                owner, field = owners[n], fields[n]
                leads[owner, which] += 1.0
        for a in range(held):
            n = having[a]
            pair = owners[n]
            for b in range(a + 1, held):
                m = having[b]
                if owners[m] > pair + 1:
                    break
                if owners[m] == pair or fields[m] != fields[n] or nears[pair, which] == 1.0:
                    continue
                near = _near(lists[n], sums[n], sizes[a], lists[m], sums[m], sizes[b], window, close)
                nears[pair, which] = max(nears[pair, which], near)


@njit(
    _two(
        _columns,
        _places,
        types.uint32[::1],
        types.int64[:, :, ::1],
        types.int64,
        _places,
        _columns,
        _places,
    ),
    cache=True,
)
def placed(
    lists: Any, fields: Any, numbers: Any, tokens: Any, most: int, bounds: Any, found: Any, terms: Any
) -> tuple[int, int]:
    """Where some terms stand in some articles, given in order, place by place.

    The lists are each of one of the fields; `tokens` has rows for each segment and field, see
    `Snapshot.spans`. Of each list in an article only the `most` first places count. Put down are: for each
    place its position, where its token begins and ends, and up to where `terms` (numbers of rows) are its
    own; for each article and field up to where the places are its own, behind a nought. Gives how many places
    and terms there are; those that there was no room for are only counted.
    """
    size = len(lists)
    ats, sums = np.zeros(size, np.int64), np.zeros(size, np.int64)  # as in `phrase_runs`
    having, nexts, lasts = np.zeros(size, np.int64), np.zeros(size, np.int64), np.zeros(size, np.int64)
    segment = count = named = 0
    for which in range(len(numbers)):
        number = np.int64(numbers[which])
        while segment + 1 < len(tokens) and tokens[segment + 1, 0, 0] <= number:
            segment += 1
        held = 0
        for n in range(size):
            id, at = number - lists[n, 3], ats[n]
            if id < 0 or at >= lists[n, 2]:
                continue
            ats[n] = sought(lists[n, 0], lists[n, 1], at, lists[n, 2], id)
            sums[n] += sum_of(lists[n, 4], lists[n, 5], at, ats[n])
            if ats[n] < lists[n, 2] and number_at(lists[n, 0], lists[n, 1], ats[n]) == id:
                having[held], nexts[held] = n, sums[n]
                lasts[held] = sums[n] + min(most, number_at(lists[n, 4], lists[n, 5], ats[n]))
                held += 1
        for field in range(tokens.shape[1]):
            lie = tokens[segment, field]
            own = number - lie[0]
            first = number_at(lie[1], lie[2], own - 1) if own else 0
            while True:
                position = np.int64(-1)
                for h in range(held):
                    n = having[h]
                    if fields[n] == field and nexts[h] < lasts[h]:
                        here = number_at(lists[n, 6], lists[n, 7], nexts[h])
                        if position < 0 or here < position:
                            position = here
                if position < 0:
                    break
                for h in range(held):
                    n = having[h]
                    if fields[n] != field or nexts[h] == lasts[h]:
                        continue
                    if number_at(lists[n, 6], lists[n, 7], nexts[h]) == position:
                        nexts[h] += 1
                        if named < len(terms):
                            terms[named] = n
                        named += 1
                if count < found.shape[1]:
                    start = number_at(lie[3], lie[4], first + position)
                    found[0, count], found[1, count] = position, start
                    found[2, count] = start + number_at(lie[5], lie[6], first + position)
                    found[3, count] = named
                count += 1
            bounds[which * tokens.shape[1] + field + 1] = count
    return count, named
