"""Where the terms of a field stand in one article: taken from many, packed beside it, read when found."""

import base64
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search import limits
from search.columns import Column
from search.page import Place
from search.terms import Terms

_HEADER = struct.Struct("<III")  # bytes of names, number of names, number of positions they stand at
_FAST = 1  # zlib's level: the numbers hardly get smaller


@dataclass(frozen=True, slots=True)
class Standing:
    """The terms of one field of one article in columns, as `Terms` has them."""

    names: list[str]
    weights: Column
    counts: Column
    positions: Column
    starts: Column
    sizes: Column

    def by_position(self) -> list[list[str]]:
        """The terms that stand at each position."""
        found: list[list[str]] = [[] for _ in range(len(self.starts))]
        at = iter(self.positions.tolist())
        for name, count in zip(self.names, self.counts.tolist(), strict=True):
            for _ in range(count):
                found[next(at)].append(name)
        return found

    def packed(self) -> str:
        """Names, positions and spans, for `Places`."""
        names = "\n".join(self.names).encode()
        header = _HEADER.pack(len(names), len(self.names), len(self.positions))
        starts = np.diff(self.starts.astype(np.int64), prepend=0)
        columns = (self.counts, self.positions, starts, self.sizes)
        numbers = b"".join(column.astype("<u4").tobytes() for column in columns)
        return base64.b64encode(zlib.compress(header + names + numbers, _FAST)).decode()


def split(terms: Terms) -> list[Standing]:
    """The terms of each article of many."""
    order = np.argsort(terms.articles, kind="stable")
    counts = terms.counts.astype(np.int64)
    begins = np.cumsum(counts) - counts
    names = np.repeat(np.arange(len(terms.names)), terms.having)[order].tolist()
    weights, counts, begins = terms.weights[order], counts[order], begins[order]
    ends = np.cumsum(counts)
    positions = terms.positions[np.repeat(begins - (ends - counts), counts) + np.arange(ends[-1:].sum())]
    postings = np.searchsorted(terms.articles[order], np.arange(len(terms.lengths) + 1)).tolist()
    places = np.concatenate([[0], ends])[postings].tolist()
    tokens = np.concatenate([[0], np.cumsum(terms.lengths, dtype=np.int64)]).tolist()
    return [
        Standing(
            [terms.names[name] for name in names[postings[n] : postings[n + 1]]],
            weights[postings[n] : postings[n + 1]],
            counts[postings[n] : postings[n + 1]].view(np.uint64),
            positions[places[n] : places[n + 1]],
            terms.starts[tokens[n] : tokens[n + 1]],
            terms.sizes[tokens[n] : tokens[n + 1]],
        )
        for n in range(len(terms.lengths))
    ]


class Packed:
    """The packed terms of one field of one article."""

    def __init__(self, pack: str) -> None:
        raw = zlib.decompress(base64.b64decode(pack))
        size, count, places = _HEADER.unpack_from(raw)
        self._names = b"\n%b\n" % raw[_HEADER.size : _HEADER.size + size]
        columns = np.frombuffer(raw, dtype="<u4", offset=_HEADER.size + size)
        self._counts, self._positions = columns[:count], columns[count : count + places]
        self._ends = np.cumsum(self._counts, dtype=np.int64)
        self._spans = columns[count + places :].reshape(2, -1)

    def positions(self, term: str) -> NDArray[np.uint32]:
        """Where a term stands, in order."""
        at = self._names.find(b"\n%b\n" % term.encode())
        if at < 0:
            return self._positions[:0]
        number = self._names.count(b"\n", 0, at)
        return self._positions[self._ends[number] - self._counts[number] : self._ends[number]]

    def places(self, terms: Iterable[str]) -> list[Place]:
        """The tokens where any of some terms stand, in order."""
        at: dict[int, list[str]] = {}
        for term in sorted(terms):
            for position in self.positions(term)[: limits.PLACES].tolist():
                at.setdefault(position, []).append(term)
        starts = np.cumsum(self._spans[0])
        ends = starts + self._spans[1]
        return [Place(p, int(starts[p]), int(ends[p]), tuple(at[p])) for p in sorted(at)]
