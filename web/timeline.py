"""The timeline of a results page: hits by day, week, month or year, empty ones kept."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from search.query import Filters, Interval

MOST_BARS = 120  # thinner ones cannot be told apart
_DAYS, _WEEKS = 45, 400  # the longest periods, in days, that are shown by day and by week


@dataclass(frozen=True, slots=True)
class Bar:
    """The hits of the days from `first` to `last`."""

    first: date
    last: date
    count: int


def interval(filters: Filters, now: datetime) -> Interval:
    """The interval that suits the period asked for."""
    if filters.since is None:
        return Interval.MONTH
    return _suiting(((filters.until or now) - filters.since).days)


def _suiting(days: int) -> Interval:
    return Interval.DAY if days <= _DAYS else Interval.WEEK if days <= _WEEKS else Interval.MONTH


def course(days: tuple[tuple[date, int], ...]) -> tuple[list[Bar], Interval | None]:
    """The timeline of hits by day, in bars that suit the time from the first to the last."""
    step = _suiting((days[-1][0] - days[0][0]).days) if days else Interval.DAY
    return timeline(days, step)


def timeline(histogram: Iterable[tuple[date, int]], interval: Interval) -> tuple[list[Bar], Interval | None]:
    """The bars from the first hit to the last and their interval, None for years; none where one would do."""
    counts: Counter[date] = Counter()
    for day, count in histogram:
        counts[interval.first(day)] += count
    if len(counts) < 2:
        return [], interval
    bars = _filled(counts, interval)
    if len(bars) <= MOST_BARS:
        return bars, interval
    by_year: Counter[int] = Counter()
    for first, count in counts.items():
        by_year[first.year] += count
    years = range(min(by_year), max(by_year) + 1)
    every = [Bar(date(year, 1, 1), date(year, 12, 31), by_year[year]) for year in years]
    return every[-MOST_BARS:], None


def _filled(counts: dict[date, int], interval: Interval) -> list[Bar]:
    bars: list[Bar] = []
    first = min(counts)
    while first <= max(counts) and len(bars) <= MOST_BARS:
        following = _following(first, interval)
        bars.append(Bar(first, following - timedelta(days=1), counts.get(first, 0)))
        first = following
    return bars


def _following(first: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if interval is Interval.WEEK else 1)
