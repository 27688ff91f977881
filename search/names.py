"""Names: the people, organisations and places an article speaks of. Derived data, found by the loader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

from search.article import label_key
from search.russian.folding import fold
from search.russian.tokens import tokenise

KINDS = ("person", "org", "place")  # label fields, and the parameters that filter by them


_KEYS_KEPT = 50_000


@lru_cache(maxsize=_KEYS_KEPT)
def name_key(name: str) -> str:
    """What makes two names the same: their words; quotes, full stops and look-alike letters do not count."""
    return " ".join(fold(token.text) for token in tokenise(name)) or label_key(name)


def key_of(field: str, label: str) -> str:
    """The key of a label of some field, by which it is filtered and counted."""
    return name_key(label) if field in KINDS else label_key(label)


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
        return {kind: frozenset(map(name_key, names)) for kind, names in asdict(self).items()}


NONE = Names()
