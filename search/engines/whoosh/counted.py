"""What is counted over all articles found: the values of label fields, and days."""

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date, tzinfo

import numpy as np

from search import limits
from search.columns import Ints
from search.engines import counting
from search.engines.whoosh.sets import Ids
from search.engines.whoosh.snapshot import Snapshot
from search.page import Facet
from search.query import Interval

_EPOCH = date(1970, 1, 1).toordinal()
_LIKELY = 50  # values of a field that a facet looks at first


def facet(snapshot: Snapshot, field: str, numbers: Ids, chosen: Collection[str]) -> Facet:
    """The commonest values of a label field among some articles, and in any case those that are chosen."""
    bearers = snapshot.labels(field)
    counts = bearers.counts(numbers)
    values = np.flatnonzero(counts)
    asked = np.array([bearers.numbers[key] for key in chosen if key in bearers.numbers], dtype=np.int64)
    values = likely = np.union1d(values, asked) if len(asked) else values
    if len(values) > _LIKELY:  # of thousands of names those that are told, and what the rest add up to
        worth = counts[values] * len(counts) - bearers.ranks[values]
        likely = np.union1d(values[np.argpartition(-worth, _LIKELY)[:_LIKELY]], asked)

    def label(key: str) -> str | None:
        return snapshot.label(field, key)

    def told(some: Ints) -> Facet:
        each = {bearers.values[at]: int(counts[at]) for at in some.tolist()}
        return counting.facet(field, Counter(each), label, chosen)

    found = told(likely)
    if len(likely) == len(values):
        return found
    if field == "author" or len(found.values) < limits.FACET_VALUES:  # some keys are no values
        return told(values)
    return replace(found, other=found.other + int(counts.sum() - counts[likely].sum()))


def histogram(
    snapshot: Snapshot, numbers: Ids, interval: Interval, zone: tzinfo | None
) -> tuple[tuple[date, int], ...]:
    """How many of some articles are of each interval of a time zone's calendar."""
    days = snapshot.days(zone)[numbers]
    days = days[days != counting.NO_DAY]
    first = int(days.min()) if len(days) else 0
    counts = np.bincount(days - first)
    having = np.flatnonzero(counts)
    each = zip((having + first + _EPOCH).tolist(), counts[having].tolist(), strict=True)
    return counting.bars(((date.fromordinal(day), count) for day, count in each), interval)
