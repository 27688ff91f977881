"""Facets and histograms: hits counted by label and by date. Shared by the engines that count themselves."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

from search import limits
from search.article import Article, label_key
from search.page import Facet
from search.query import Interval


def facet(field: str, counts: Counter[str], example: Callable[[str], Article | None]) -> Facet:
    """The facet of a field from its counted keys; `example` finds an article that bears one.

    Keys that only find a label (one name of an author) are no values of their own.
    """
    values: list[tuple[str, str, int]] = []
    other = 0
    for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        if not count or (len(values) == limits.FACET_VALUES and field == "author" and " " not in key):
            continue
        if len(values) == limits.FACET_VALUES:
            other += count
            continue
        label = _label(field, key, example(key))
        if label is not None:
            values.append((key, label, count))
    return Facet(field, tuple(values), other)


def _label(field: str, key: str, article: Article | None) -> str | None:
    """The label as an article writes it."""
    if article is None:
        return None
    written = article.tags if field == "tag" else (getattr(article, field) or "",)
    return next((label for label in written if label_key(label) == key), None)


def histogram(
    moments: Iterable[tuple[int, int]], interval: Interval, zone: tzinfo | None
) -> tuple[tuple[date, int], ...]:
    """The hits of (second, how many) by the first day of their interval."""
    counts: Counter[date] = Counter()
    for second, count in moments:
        counts[_first(datetime.fromtimestamp(second, zone or UTC).date(), interval)] += count
    return tuple(sorted(counts.items()))


def _first(day: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if interval is Interval.WEEK else day
