"""Facets and histograms: hits counted by label and by date. Shared by the engines that count themselves."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from search import limits
from search.article import Article
from search.names import KINDS, Names, key_of
from search.page import Facet
from search.query import Interval

NO_DAY = np.iinfo(np.int64).min
_DAY = 86_400
_FIRST, _LAST = -62_000_000_000, 253_000_000_000  # moments that are within the calendar in every time zone


def facet(
    field: str,
    counts: Counter[str],
    label: Callable[[str], str | None],
    chosen: Iterable[str] = (),
) -> Facet:
    """The facet of a field from its counted keys; `label` tells how an article that bears one writes it.

    Keys that only find a label (one name of an author) are no values of their own. Those that are `chosen`
    are told in any case.
    """
    values: list[tuple[str, str, int]] = []
    other = 0
    every = {**dict.fromkeys(chosen, 0), **counts}
    told = set(chosen)
    for key, count in sorted(every.items(), key=lambda item: (-item[1], item[0])):
        if key not in told and (not count or len(values) >= limits.FACET_VALUES):
            other += 0 if field == "author" and " " not in key else count
        elif (written := label(key)) is not None:
            values.append((key, written, count))
    return Facet(field, tuple(values), other)


def label(field: str, key: str, article: Article, names: Names) -> str | None:
    """A label as an article writes it; None where the article only answers to it."""
    written: tuple[str, ...] = (
        getattr(names, field)
        if field in KINDS
        else article.tags
        if field == "tag"
        else (getattr(article, field) or "",)
    )
    return next((label for label in written if key_of(field, label) == key), None)


def histogram(
    moments: Iterable[tuple[int, int]], interval: Interval, zone: tzinfo | None
) -> tuple[tuple[date, int], ...]:
    """The hits of (second, how many) by the first day of their interval."""
    dated = ((second, count) for second, count in moments if _FIRST <= second < _LAST)
    each = ((datetime.fromtimestamp(second, zone or UTC).date(), count) for second, count in dated)
    return bars(each, interval)


def bars(dated: Iterable[tuple[date, int]], interval: Interval) -> tuple[tuple[date, int], ...]:
    """The hits of (day, how many) by the first day of their interval."""
    counts: Counter[date] = Counter()
    for day, count in dated:
        counts[interval.first(day)] += count
    return tuple(sorted(counts.items()))


def days(seconds: NDArray[np.int64], zone: tzinfo | None) -> NDArray[np.int64]:
    """The days of some moments in a time zone, counted from 1970; NO_DAY for what is no date."""
    dates = (seconds >= _FIRST) & (seconds < _LAST)
    utc, which = np.unique(np.where(dates, seconds, 0) // _DAY, return_inverse=True)

    def offsets(moments: NDArray[np.int64]) -> NDArray[np.int64]:
        each = (datetime.fromtimestamp(one, zone or UTC).utcoffset() for one in moments.tolist())
        return np.array([offset.total_seconds() if offset else 0 for offset in each], dtype=np.int64)

    # A time zone is asked for two moments of a day; for each one only of the days when its clock is changed.
    morning, evening = offsets(utc * _DAY), offsets(utc * _DAY + _DAY - 1)
    shift = morning[which]
    changing = np.flatnonzero((morning != evening)[which] & dates)
    shift[changing] = offsets(seconds[changing])
    return np.where(dates, (seconds + shift) // _DAY, NO_DAY)
