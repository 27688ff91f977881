"""The loops over posting lists as they lie in the files, compiled: unions and phrases.

They give the same as their counterparts in `gathering`. A list comes as the rows of `Postings.table`.
"""

from typing import Any

import numpy as np
from numba import carray, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

_floats = types.float64[::1]


@intrinsic
def pointer(context: Any, address: Any) -> Any:  # noqa: ARG001 # numba hands it to every intrinsic
    """What lies at an address."""

    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), code


@njit(inline="always")
def lowest(word: Any) -> Any:
    """The number of the lowest bit that is set."""
    return np.int64(_trailing_zeros(word))


@intrinsic
def _trailing_zeros(context: Any, word: Any) -> Any:  # noqa: ARG001 # numba hands it to every intrinsic
    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.uint64(types.uint64), code


@njit(inline="always")
def number_at(address: Any, width: int, at: int) -> Any:
    """A number of a column that has so many bytes for each."""
    if width == 1:
        return np.int64(carray(pointer(address + at), 1, np.uint8)[0])
    if width == 2:
        return np.int64(carray(pointer(address + 2 * at), 1, np.uint16)[0])
    return np.int64(carray(pointer(address + 4 * at), 1, np.uint32)[0])


@njit(cache=True)
def sum_of(address: int, width: int, begin: int, end: int) -> int:
    """The sum of a part of a column."""
    total = 0
    if width == 1:
        for one in carray(pointer(address), end, np.uint8)[begin:]:
            total += one
    elif width == 2:
        for one in carray(pointer(address), end, np.uint16)[begin:]:
            total += one
    else:
        for one in carray(pointer(address), end, np.uint32)[begin:]:
            total += one
    return total


@njit(cache=True)
def sought(address: int, width: int, at: int, size: int, wanted: int) -> int:
    """`_seek` in a column that has so many bytes for each id."""
    if at >= size or number_at(address, width, at) >= wanted:
        return at
    step = 1
    low = at
    high = at + 1
    while high < size and number_at(address, width, high) < wanted:
        low = high
        step *= 2
        high = low + step
    high = min(high, size)
    while high - low > 1:
        middle = (low + high) >> 1
        if number_at(address, width, middle) < wanted:
            low = middle
        else:
            high = middle
    return high


@intrinsic
def ones(context: Any, word: Any) -> Any:  # noqa: ARG001 # numba hands it to every intrinsic
    """How many bits are set."""

    def code(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), code


_columns = types.int64[:, ::1]
_places = types.int64[::1]


@njit(inline="always")
def _before(address: int, width: int, number: int) -> Any:
    """The running sum up to a number, itself left out."""
    return number_at(address, width, number - 1) if number else np.int64(0)


@njit(cache=True)
def _comes(table: Any, number: int, name: Any) -> int:
    """Whether a term of a table comes before a name (-1), is it (0), or comes after it (1)."""
    begin, end = _before(table[3], table[4], number), number_at(table[3], table[4], number)
    term = carray(pointer(table[1] + begin), end - begin, np.uint8)
    for at in range(min(len(term), len(name))):
        if term[at] != name[at]:
            return -1 if term[at] < name[at] else 1
    return -1 if len(term) < len(name) else int(len(term) > len(name))


@njit(
    types.int64(
        _columns, types.Array(types.uint8, 1, "C", readonly=True), _places, _places, _columns, _columns
    ),
    cache=True,
)
def look_up(tables: Any, names: Any, ends: Any, lasts: Any, rows: Any, where: Any) -> int:
    """The posting lists of some names, one after the other up to `ends`, in some tables.

    A table comes as the number of its first article, and `Table.lies`. Put down are the rows of
    `Postings.table`; beside each which table it is of and the term's number in that; and for each name up to
    which row they are its own. Gives how many there are.
    """
    count = 0
    for n in range(len(ends)):
        name = names[ends[n - 1] if n else 0 : ends[n]]
        for of in range(len(tables)):
            table = tables[of]
            low, high = np.int64(0), table[2]
            while low < high:
                middle = (low + high) >> 1
                if _comes(table, middle, name) < 0:
                    low = middle + 1
                else:
                    high = middle
            if low == table[2] or _comes(table, low, name):
                continue
            first, place = _before(table[5], table[6], low), _before(table[7], table[8], low)
            row = rows[count]
            row[0], row[1], row[3] = table[9] + first * table[10], table[10], table[0]
            row[2] = number_at(table[5], table[6], low) - first
            row[4], row[5] = table[11] + first * table[12], table[12]
            row[6], row[7] = table[13] + place * table[14], table[14]
            row[8], row[9] = table[15] + first * table[16], table[16]
            where[count, 0], where[count, 1] = of, low
            count += 1
        lasts[n] = count
    return count


@njit(
    types.int64(
        _columns,
        types.boolean,
        _places,
        _floats,
        types.float64[:, ::1],
        types.Array(types.boolean, 1, "C", readonly=True),
        _floats,
        types.uint64[::1],
        types.uint32[::1],
        _floats,
    ),
    cache=True,
)
def unite(
    lists: Any,
    alone: bool,
    fields: Any,
    weights: Any,
    evened: Any,
    live: Any,
    nothing: Any,
    touched: Any,
    numbers: Any,
    sums: Any,
) -> int:
    """The living articles of some lists, in order, and how often these stand in each, evened out.

    The lists come as `Postings.table` has them, each of one of the fields and with its weight; `alone` if
    they are the parts of one, in order. `nothing` and `touched` are zeros, and are so again in the end.
    Gives how many articles there are.
    """
    count = 0
    for n in range(len(lists)):
        ids, width, size, base = lists[n, 0], lists[n, 1], lists[n, 2], lists[n, 3]
        grains, width_of_grains = lists[n, 8], lists[n, 9]
        own = evened[fields[n]]
        for at in range(size):
            id = number_at(ids, width, at) + base
            frequency = weights[n] * number_at(grains, width_of_grains, at) * own[id]
            if not alone:
                nothing[id] += frequency
                touched[id >> 6] |= np.uint64(1) << np.uint64(id & 63)
            elif live[id]:
                numbers[count] = id
                sums[count] = frequency
                count += 1
    if alone:
        return count
    for n in range(len(touched)):
        word = touched[n]
        touched[n] = 0
        while word:
            id = n * 64 + lowest(word)
            word &= word - np.uint64(1)
            if live[id]:
                numbers[count] = id
                sums[count] = nothing[id]
                count += 1
            nothing[id] = 0.0
    return count


@njit(cache=True)
def _going_on(found: Any, left: int, kept: int, listed: Any, begin: int, end: int, offset: int) -> int:
    """Move those of the beginnings `[left, kept)` that a list goes on from in front of the others."""
    for at in range(left, kept):
        wanted = found[at] + offset
        low, high = begin, end
        while low < high:
            middle = (low + high) >> 1
            if number_at(listed[6], listed[7], middle) < wanted:
                low = middle + 1
            else:
                high = middle
        if low < end and number_at(listed[6], listed[7], low) == wanted:
            found[at], found[left] = found[left], found[at]
            left += 1
    return left


@njit(types.int64(_columns, _places, _places, types.uint32[::1], types.uint32[::1], _places), cache=True)
def phrase_runs(lists: Any, steps: Any, offsets: Any, articles: Any, numbers: Any, begins: Any) -> int:
    """Where a phrase begins in some articles, given in order: their numbers, and the positions in order.

    The lists come as `Postings.table` has them, step by step of the phrase: list n is of step `steps[n]`, any
    of whose lists will do, and which stands `offsets` words behind the beginning. Gives how many beginnings
    there are; those that there was no room for are only counted.
    """
    size = len(lists)
    ats = np.zeros(size, np.int64)  # of each list, the place that was reached,
    sums = np.zeros(size, np.int64)  # and how many positions lie before it
    found = np.zeros(64, np.int64)  # beginnings that are still possible
    count = 0
    for id in articles:
        kept = n = 0
        for step in range(len(offsets)):
            if step and not kept:
                break
            left = 0  # of those possible before, the ones that go on; in the first step all there are
            while n < size and steps[n] == step:
                ids, width, own = lists[n, 0], lists[n, 1], np.int64(id) - lists[n, 3]
                at = ats[n]
                if own >= 0:
                    ats[n] = sought(ids, width, at, lists[n, 2], own)
                    sums[n] += sum_of(lists[n, 4], lists[n, 5], at, ats[n])
                    at = ats[n]
                if own >= 0 and at < lists[n, 2] and number_at(ids, width, at) == own:
                    begin = sums[n]
                    end = begin + number_at(lists[n, 4], lists[n, 5], at)
                    if step == 0:
                        while len(found) < left + end - begin:
                            found = np.append(found, np.zeros(len(found), np.int64))
                        for place in range(begin, end):
                            found[left] = number_at(lists[n, 6], lists[n, 7], place) - offsets[0]
                            left += 1
                    else:
                        left = _going_on(found, left, kept, lists[n], begin, end, offsets[step])
                n += 1
            kept = left
        if len(offsets) and kept:
            found[:kept].sort()
            last = np.int64(-1)
            for at in range(kept):
                if found[at] != last and found[at] >= 0:
                    if count < len(numbers):
                        numbers[count] = id
                        begins[count] = found[at]
                    count += 1
                last = found[at]
    return count
