"""Names: the people, organisations and places an article speaks of. Derived data, found by the loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from search.article import label_key

KINDS = ("person", "org", "place")  # label fields, and the parameters that filter by them


@dataclass(frozen=True, slots=True)
class Names:
    """The names of an article in their base forms, those it speaks of most first."""

    person: tuple[str, ...] = ()
    org: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    @classmethod
    def kept(cls, record: Mapping[str, Any]) -> Names:
        """The names of a record that `record` gave."""
        return cls(**{kind: tuple(record.get(kind, ())) for kind in KINDS})

    def record(self) -> dict[str, list[str]]:
        """The names by kind, without the kinds that there are none of."""
        return {kind: list(names) for kind, names in asdict(self).items() if names}

    def labels(self) -> dict[str, frozenset[str]]:
        """The keys each kind is filtered by."""
        return {kind: frozenset(map(label_key, names)) for kind, names in asdict(self).items()}


NONE = Names()
