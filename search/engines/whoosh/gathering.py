"""Which articles have what is asked for, and the sums of their scores: lists met, or united and counted.

numpy's way, which gives every article found. Where numba is installed (`svodka[fast]`), the loops of `kernel`
take over; they count the same articles and leave out those that cannot be among the best.
"""

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np

from search import ranking
from search.columns import Floats, Ints
from search.engines.whoosh.compiled import kernel
from search.engines.whoosh.lists import Postings, Room, Runs, Stand
from search.engines.whoosh.sets import NO_IDS, NO_INTS, Ids, Mask, inside, places, union

EVER: int = np.iinfo(np.int64).min
ALL: int = np.iinfo(np.int64).max
_STEPS = 1024
_COVER = ranking.coverage(np.arange(_STEPS + 1) / _STEPS)
LEADING = 6  # with more lists that an article may be met in first, uniting them all is faster
_SPARSE = 16  # lists that have more than one in so many articles are marked, others searched
_INSERTED = 256  # this many best are put in order by insertion
_ROWS = 1024  # that most questions need no more of
_NO_MASK: Mask = np.empty(0, dtype=np.bool_)


class Passing(NamedTuple):
    """What articles must be apart from their words: dated in [since, until), and allowed by a mask."""

    published: Ints
    since: int = EVER  # no bounds at all
    until: int = EVER
    allowed: Mask = _NO_MASK  # empty: all are

    def of(self, numbers: Ids) -> Ids:
        """Those of some articles that pass."""
        if self.since != EVER:
            dates = self.published[numbers]
            numbers = numbers[(dates >= self.since) & (dates < self.until)]
        return numbers[self.allowed[numbers]] if len(self.allowed) else numbers


class Asked(NamedTuple):
    """A question of leaves only: at least `needed` of the first, none of `without`, and `more` if there is.

    `kin` stand in for the first and `more` in articles that have not these themselves. `rise` is how far a
    score may still rise over what its sums say.
    """

    first: Sequence[Stand]
    needed: int
    without: Sequence[Stand]
    more: Sequence[Stand]
    passing: Passing
    rise: float
    kin: Sequence[Stand] = ()


class Gathered(NamedTuple):
    """How many articles were found; and of those, in order, the summed BM25 and the share of the question."""

    found: int
    numbers: Ids
    totals: Floats
    shares: Floats

    def of(self, chosen: Ints | slice) -> "Gathered":
        """Some of the articles."""
        return Gathered(self.found, self.numbers[chosen], self.totals[chosen], self.shares[chosen])


def gather(asked: Asked, most: int, room: Room | None) -> Gathered:
    """The articles of a question; all of them, or at least those that may be among the `most` best.

    The kernel needs room for them.
    """
    if len(asked.first) < asked.needed:
        return Gathered(0, np.empty(0, dtype=np.uint32), np.empty(0), np.empty(0))
    whole = sum([stand.weight for stand in (*asked.first, *asked.more)]) or 1.0
    loops = kernel() if room else None
    if room is None or loops is None:
        return _met(asked, whole) if asked.needed == len(asked.first) else _united(asked, whole)
    first = sorted(asked.first, key=_length)  # in either loop: so sums are the same to the last bit
    lists = [*first, *asked.without, *asked.more, *asked.kin]
    table = np.array([stand.place for stand in lists], dtype=np.int64)
    weights = np.array([stand.weight for stand in lists])
    question = (table, weights, whole, len(first), len(asked.without), asked.needed, *asked.passing)
    best = (most, _COVER, asked.rise, room.numbers, room.sums)
    leading = len(first) - asked.needed + 1
    if leading == 1 or (most and leading <= LEADING):
        found, kept = loops.meet(*question, *best, room.touched)
    else:
        found, kept = loops.sweep(*question, *best)
    totals, shares = room.sums[:, :kept].copy()
    return Gathered(found, room.numbers[:kept].copy(), totals, shares)


def _length(stand: Stand) -> int:
    return len(stand.ids)


def _met(asked: Asked, whole: float) -> Gathered:
    """The articles of all the first lists."""
    shortest, *others = sorted(asked.first, key=_length)
    numbers = asked.passing.of(shortest.ids)
    for stand in others:
        numbers = numbers[inside(numbers, stand.ids)]
    for stand in asked.without:
        numbers = numbers[~inside(numbers, stand.ids)]
    totals, shares = np.zeros(len(numbers)), np.zeros(len(numbers))
    for stand in (*asked.first, *asked.more, *asked.kin):
        at, here = places(numbers, stand.ids)
        totals[here] += stand.weight * stand.shares[at[here]]
        shares[here] += stand.weight / whole
    return Gathered(len(numbers), numbers, totals, shares)


def _united(asked: Asked, whole: float) -> Gathered:
    """The articles of enough of the first lists."""
    articles = len(asked.passing.published)
    lists = [*asked.first, *asked.more, *asked.kin]
    ids = np.concatenate([stand.ids for stand in lists]).astype(np.intp)
    counted = sum(map(_length, asked.first))
    hits = np.bincount(ids[:counted], minlength=articles)
    for stand in asked.without:
        hits[stand.ids] = 0
    numbers = asked.passing.of(np.flatnonzero(hits >= asked.needed).astype(np.uint32))
    impacts = np.concatenate([stand.weight * stand.shares for stand in lists])
    totals = np.bincount(ids, weights=impacts, minlength=articles).astype(np.float64, copy=False)[numbers]
    portions = np.repeat([stand.weight / whole for stand in lists], list(map(_length, lists)))
    shares = np.bincount(ids, weights=portions, minlength=articles).astype(np.float64, copy=False)[numbers]
    return Gathered(len(numbers), numbers, totals, shares)


def best_first(
    numbers: Ids, scores: Floats, most: int, published: Ints, ties: Ints, room: Room | None
) -> tuple[Ids, Floats]:
    """The `most` best of some articles and their scores: by score, then newer, then by tie."""
    if (loops := kernel() if room else None) and most <= _INSERTED:
        numbers, scores = numbers.copy(), scores.copy()
        kept = loops.order(numbers, scores, published, ties, most)
        return numbers[:kept], scores[:kept]
    if len(numbers) > most:
        best = np.flatnonzero(scores >= np.partition(scores, -most)[-most])
        numbers, scores = numbers[best], scores[best]
    order = np.argsort(-scores, kind="stable")
    sorted_ = scores[order]
    if (sorted_[1:] == sorted_[:-1]).any():
        order = np.lexsort((ties[numbers], -published[numbers], -scores))
        sorted_ = scores[order]
    return numbers[order[:most]], sorted_[:most]


def marked(stand: Stand, articles: int, room: Room | None) -> Stand:
    """A stand, with marks for the kernel where it has a good part of the articles."""
    if (loops := kernel() if room else None) and len(stand.ids) * _SPARSE > articles:
        marks = np.zeros((articles // 64 + 1, 2), dtype=np.uint64)
        loops.mark(stand.ids, marks)
        stand.mark(marks)
    return stand


def standing(lists: Sequence[Postings | Runs], numbers: Ids, most: int = ALL) -> Ints:
    """Where some terms stand in some articles, given in order; of each in each the `most` first places.

    Rows of (place of the article among them, place of the term among the lists, position).
    """
    each = [postings.within(numbers, most) for postings in lists]
    sizes = [len(which) for which, _ in each]
    terms = np.repeat(np.arange(len(lists)), sizes)
    columns = [np.concatenate([NO_INTS, *some]) for some in zip(*each, strict=True)] or [NO_INTS] * 2
    return np.stack([columns[0], terms, columns[1]], axis=1)


def closely(stands: Sequence[Stand], numbers: Ids, room: Room | None) -> tuple[Floats, Floats]:
    """How near neighbours of some leaves stand in some articles, given in order, and where each leads.

    A row for each pair of neighbours; and one for each leaf, of the share of the fields that it leads in.
    """
    fields = len(ranking.FIELDS)
    if loops := kernel() if room else None:
        nears, leads = (
            np.zeros((max(0, len(stands) - 1), len(numbers))),
            np.zeros((len(stands), len(numbers))),
        )
        each = [stand.rows for stand in stands]
        table = np.concatenate([rows for rows, _ in each])
        of_field = np.concatenate([of for _, of in each])
        owners = np.repeat(np.arange(len(each)), [len(of) for _, of in each])
        rules = ranking.PROXIMITY_WINDOW, ranking.PROXIMITY_NEAR, ranking.LEAD_WORDS
        loops.closely(table, owners, of_field, numbers, *rules, nears, leads)
        return nears, leads / fields
    both = fields, len(numbers)  # an article's fields are told apart as if articles
    most = fields * len(numbers)
    places = [stand.places for stand in stands]
    lists = list(chain.from_iterable(places))
    rows = standing([one for _, one in lists], numbers)
    bases = np.array([field * len(numbers) for field, _ in lists], dtype=np.int64)
    every = ((bases[rows[:, 1]] + rows[:, 0]) << 32) + rows[:, 2]
    ends = rows[:, 1].searchsorted(np.cumsum(list(map(len, places)))).tolist()
    keys = [np.sort(every[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]
    near = [ranking.nearness(*pair, most).reshape(both).max(axis=0) for pair in pairwise(keys)]
    lead = [ranking.in_lead(one, most).reshape(both).mean(axis=0) for one in keys]
    return np.array(near), np.array(lead)


def phrase_runs(
    steps: Sequence[Sequence[Postings]], offsets: Sequence[int], room: Room | None
) -> tuple[Ids, Ints]:
    """Where a phrase begins: articles and positions, in order.

    Each step is given by lists of which any will do, and by how many words it stands behind the beginning.
    """
    articles = union([postings.ids for postings in steps[0]], NO_IDS)
    loops = kernel() if room else None
    if loops is None:
        for lists in steps[1:]:
            articles = articles[np.logical_or.reduce([inside(articles, one.ids) for one in lists])]
        starts: Ints | None = None
        for lists, offset in zip(steps, offsets, strict=True):
            rows = standing(lists, articles)
            keys = np.unique((rows[:, 0] << 32) + rows[:, 2]) - offset
            starts = keys if starts is None else starts[inside(starts, keys)]
        return (NO_IDS, NO_INTS) if starts is None else (articles[starts >> 32], starts & 0xFFFFFFFF)
    each = [postings.table for lists in steps for postings in lists]
    of_step = [len(postings.table) * [number] for number, lists in enumerate(steps) for postings in lists]
    table, owners = np.concatenate(each), np.array(list(chain.from_iterable(of_step)), dtype=np.int64)
    numbers, begins = np.empty(_ROWS, dtype=np.uint32), np.empty(_ROWS, dtype=np.int64)
    behind = np.array(offsets, dtype=np.int64)
    count = loops.phrase_runs(table, owners, behind, articles, numbers, begins)
    if count > len(numbers):
        numbers, begins = np.empty(count, dtype=np.uint32), np.empty(count, dtype=np.int64)
        loops.phrase_runs(table, owners, behind, articles, numbers, begins)
    return numbers[:count], begins[:count]


def united(
    lists: Sequence[Postings],
    fields: Sequence[int],
    weights: Sequence[float],
    evened: Floats,
    live: Mask,
    room: Room | None,
) -> tuple[Ids, Floats]:
    """The living articles of some lists, in order, and how often these stand in each, evened out.

    Each list is of one of the fields, for which `evened` has a row, and a grain of it has a weight.
    """
    loops = kernel() if room else None
    if room is None or loops is None:
        each = [one.ids for one in lists]
        parts = zip(lists, fields, weights, each, strict=True)
        return summed(each, [weight * one.grains * evened[n][ids] for one, n, weight, ids in parts], live)
    if not lists:
        return NO_IDS, np.empty(0)
    table = np.concatenate([one.table for one in lists])
    sizes = [len(one.table) for one in lists]
    most = min(int(table[:, 2].sum()), len(live))
    numbers, sums = np.empty(most, dtype=np.uint32), np.empty(most)
    of_field, weighing = np.repeat(np.array(fields), sizes), np.repeat(np.array(weights), sizes)
    rest = evened, live, room.nothing, room.touched, numbers, sums
    count = loops.unite(table, len(lists) == 1, of_field, weighing, *rest)
    return (numbers, sums) if count == most else (numbers[:count].copy(), sums[:count].copy())


def summed(ids: Sequence[Ids], frequencies: Sequence[Floats], live: Mask) -> tuple[Ids, Floats]:
    """The living articles of some lists once each, in order, with their frequencies summed."""
    if not ids:
        return NO_IDS, np.empty(0)
    numbers, sums = ids[0], frequencies[0]
    if len(ids) > 1 and (len(every := np.concatenate(ids))):
        order = np.argsort(every, kind="stable")
        every = every[order]
        begins = np.flatnonzero(np.concatenate([[True], every[1:] != every[:-1]]))
        numbers, sums = every[begins], np.add.reduceat(np.concatenate(frequencies)[order], begins)
    living = live[numbers]
    return numbers[living], sums[living]
