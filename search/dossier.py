"""A dossier: all that the archive has of one name, its articles in time and who it appears with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from search.engine import Reader
from search.errors import NameUnknown
from search.names import KINDS, name_key
from search.page import Facet, Page
from search.query import Filters, Interval, Labels, Query, Sort

SHOWN = 50  # articles of a dossier, the newest first


@dataclass(frozen=True, slots=True)
class Dossier:
    """A name and its articles; the page counts them by day."""

    kind: str
    key: str
    name: str
    page: Page

    @property
    def company(self) -> tuple[Facet, ...]:
        """The names that stand in the same articles, by kind, itself left out."""
        found = []
        for facet in self.page.facets:
            if facet.field in KINDS:
                others = (one for one in facet.values if (facet.field, one[0]) != (self.kind, self.key))
                found.append(Facet(facet.field, tuple(others), facet.other))
        return tuple(found)

    @property
    def outlets(self) -> Facet:
        """Who wrote of it."""
        return self.page.facets[-1]


def dossier(reader: Reader, kind: str, name: str, now: datetime) -> Dossier:
    """The dossier of a name of one of `KINDS`; days are those of the time zone of `now`.

    Raises NameUnknown, and what a Reader raises.
    """
    key = name_key(name)
    page = None
    if kind in KINDS and key:
        query = Query(
            filters=Filters(**dict[str, Any]({kind: Labels(frozenset((key,)))})),
            sort=Sort.NEWEST,
            limit=SHOWN,
            now=now,
            facets=(facets := (*KINDS, "source")),
            within=frozenset(facets),
            histogram=Interval.DAY,
        )
        page = reader.search(query)
    if page is None or not page.hits:
        raise NameUnknown(f"Имени «{name[:80]}» в архиве нет: возможно, его ещё не нашли.")
    own = page.facets[KINDS.index(kind)]
    return Dossier(kind, key, next((label for of, label, _ in own.values if of == key), name), page)
