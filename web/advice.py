"""What would find something where a question finds nothing, each offer with its true count."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from search.errors import BadQuestion, QueryTooCostly
from search.query import LABELS

Pairs = list[tuple[str, str]]
MOST_WORDS = 8  # each is counted alone and left out
MOST_FILTERS = 8  # each is left out; of more only all at once are
FILTERS = (*LABELS, "from", "to", "in", "match")
# What must stand as it is typed: a phrase, or a word after «!»; those left out or of a field stay so.
_TO_THE_LETTER = re.compile(r'"([^"]*)"|«([^»]*)»|“([^”]*)”|„([^“]*)“|!+(\S+)')
_SIGN = re.compile(r'["«“„]|(?<![^\s(|:])!\w')
_FILTER = re.compile(r"(?!(?:заголовок|title|текст|text):)\w+:", re.IGNORECASE)  # its quotes hold a name
_CHUNK = re.compile(r'-?(?:\w+:)?(?:"[^"]*"|«[^»]*»|“[^”]*”|„[^“]*“|\([^)]*\))|\S+')


@dataclass(frozen=True, slots=True)
class Offer:
    """Other arguments and how many articles they find; where `relaxed`, by a part of the words.

    `left_out` is a filter's name, "all" for every filter, "form" for the exactness of phrases and forms, of
    which `text` is then free, or "" for a word.
    """

    text: str
    left_out: str
    arguments: Pairs
    count: int
    relaxed: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """How many articles each word finds alone in the whole archive, and the offers that find something.

    `exact` is whether any word of the question must stand as it is typed.
    """

    words: tuple[Offer, ...]
    offers: tuple[Offer, ...]
    exact: bool


def advice(pairs: Pairs, count: Callable[[Pairs], tuple[int, bool]]) -> Advice:
    """The advice for some arguments; `count` tells how many they find, and whether by a part of the words."""

    def offer(text: str, left_out: str, arguments: Pairs) -> Offer:
        try:
            return Offer(text, left_out, arguments, *count(arguments))
        except (QueryTooCostly, BadQuestion):
            return Offer(text, left_out, arguments, 0, relaxed=False)

    q = next((value for name, value in pairs if name == "q"), "")
    rest = [pair for pair in pairs if pair[0] not in ("q", "page")]
    typed = _CHUNK.findall(q)
    chunks = typed[:MOST_WORDS]
    several = chunks if len(chunks) > 1 else []
    everywhere = [pair for pair in rest if pair[0] not in FILTERS]
    words = [offer(chunk, "", [("q", chunk), *everywhere]) for chunk in several if chunk[0] != "-"]
    shorter = [
        offer(chunk, "", [("q", " ".join(chunks[:n] + chunks[n + 1 :])), *rest])
        for n, chunk in enumerate(several)
    ]
    filters = [pair for pair in rest if pair[0] in FILTERS]
    wider = [
        offer(pair[1], pair[0], [other for other in pairs if other != pair and other[0] != "page"])
        for pair in filters[:MOST_FILTERS]
    ]
    if len(filters) > 1:
        wider.append(offer("", "all", [("q", q), *everywhere] if q else everywhere))
    exact, free = any(map(_is_exact, typed)), [_freed(chunk) for chunk in typed]
    if exact and not any(map(_is_exact, free)):
        loose = [pair for pair in rest if pair[0] != "match"]
        wider.append(offer(" ".join(free), "form", [("q", " ".join(free)), *loose]))
    useful = [one for one in (*wider, *shorter) if one.count]
    return Advice(tuple(words), tuple(sorted(useful, key=lambda one: (one.relaxed, -one.count))), exact)


def _is_exact(chunk: str) -> bool:
    """Whether a piece of a question finds words only as they are typed; what it leaves out finds none."""
    return not (chunk.startswith("-") or _FILTER.match(chunk)) and bool(_SIGN.search(chunk))


def _freed(chunk: str) -> str:
    """A piece of a question whose words may have any form and order."""
    exact = _TO_THE_LETTER.fullmatch(chunk)
    return next(filter(None, exact.groups()), "").strip() if exact else chunk
