"""Facets and histograms, counted by the cluster."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from search.engines import counting
from search.engines.opensearch.matching import Clause, passing
from search.page import Facet
from search.query import Labels, Query

_VALUES = 10_000  # of one label field that are counted; what is beyond them counts as other
Labelling = Callable[[str, str], str | None]
Bars = tuple[tuple[date, int], ...]


def asked(query: Query, matched: Clause) -> dict[str, Any] | None:
    """The search that counts what a question wants counted over the articles it matches."""
    counted: dict[str, Any] = {
        name: {
            "filter": passing(query.filters, but="" if name in query.within else name),
            "aggs": {"values": {"terms": {"field": name, "size": _VALUES}}, **_chosen(query, name)},
        }
        for name in query.facets
    }
    if query.histogram is not None:
        bars = {
            "field": "published",
            "calendar_interval": query.histogram.value,
            "time_zone": _zone(query.now.tzinfo if query.now else None),
            "format": "yyyy-MM-dd",
            "min_doc_count": 1,
        }
        counted["_bars"] = {
            "filter": passing(query.filters),
            "aggs": {"values": {"date_histogram": bars}},
        }
    return {"query": matched, "size": 0, "track_total_hits": False, "aggs": counted} if counted else None


def counted(query: Query, answer: dict[str, Any] | None, label: Labelling) -> tuple[tuple[Facet, ...], Bars]:
    """The facets and the histogram in an answer; `label` tells how one is written."""
    if answer is None:
        return (), ()
    found = answer["aggregations"]
    facets = []
    for name in query.facets:
        values = found[name]["values"]
        counts, asked = _counts(values), _counts(found[name].get("chosen", {"buckets": ()}))
        beyond = values["sum_other_doc_count"] - sum((asked - counts).values())
        chosen: Labels = getattr(query.filters, name)
        facet = counting.facet(
            name,
            asked | counts,
            lambda key, name=name: label(name, key),  # type: ignore[misc] # mypy infers no lambda with a default
            chosen.include,
        )
        facets.append(Facet(name, facet.values, facet.other + beyond))
    if query.histogram is None:
        return tuple(facets), ()
    bars = found["_bars"]["values"]["buckets"]
    return tuple(facets), tuple((date.fromisoformat(bar["key_as_string"]), bar["doc_count"]) for bar in bars)


def _chosen(query: Query, field: str) -> dict[str, Any]:
    """What counts the values that the question asks for, however rare they are."""
    asked: Labels = getattr(query.filters, field)
    keys = sorted(asked.include)
    return {"chosen": {"terms": {"field": field, "include": keys, "size": len(keys)}}} if keys else {}


def _counts(values: dict[str, Any]) -> Counter[str]:
    return Counter({bucket["key"]: bucket["doc_count"] for bucket in values["buckets"]})


def _zone(zone: tzinfo | None) -> str:
    """A time zone as the cluster knows it."""
    if isinstance(zone, ZoneInfo):
        return zone.key
    offset = (zone or UTC).utcoffset(None) or timedelta()
    minutes = int(offset.total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
