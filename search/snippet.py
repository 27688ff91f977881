"""Which passage of an article to show, which words in it are marked, and why they matched.

An engine says where the question's terms stand in an article; what is made of that is the same for all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.page import Mark, Place, Snippet
from search.query import AllOf, Alternative, AnyOf, In, Node, Phrase, Prefix, Via, Word
from search.russian.analysis import EXACT, analyse
from search.russian.folding import has_kazakh_letters

# The end of a sentence: its sign with closing quotes and brackets, or a line feed.
_SENTENCE = re.compile(r"[.!?…]+[»”\")\]]*(?=\s+[«„“\"(\[—–-]?\s*[А-ЯЁA-ZӘҒҚҢӨҰҮҺІ\d])|\n+")
# Points that end no sentence: initials and the shortest abbreviations (А. Иванов, г. Астана, 5 млн. тенге).
_NO_END = re.compile(
    r"(?:^|[\s(«])(?:[А-ЯЁA-Z]|г|ул|им|тыс|млн|млрд|руб|тг|т\.д|т\.п|т\.е|др|пр|стр|гг|в|вв|св|см)\.$"
)
WEAK_WORD = 0.1  # a marked preposition makes a passage hardly better
REPEATED = 0.1  # the second mark of the same word tells little more
_CLEAREST = {Via.FORM: 2, Via.ABBREVIATION: 1}  # of several routes to a word, the one that is told
FIRST_SENTENCE = 0.01  # between equals the earlier passage


@dataclass(frozen=True, slots=True)
class _Found:
    """A mark and the number of the leaf it answers."""

    mark: Mark
    leaf: int


def marks(text: str, places: Sequence[Place], root: Node, field: str) -> tuple[Mark, ...]:
    """The words of a field that answer the question, in order and without overlap.

    `places` are the tokens that have any of the question's terms, at least.
    """
    return tuple(found.mark for found in _find(text, places, root, field)[0])


def snippets(text: str, places: Sequence[Place], root: Node, most: int, length: int) -> tuple[Snippet, ...]:
    """The passages that cover most of the question's words, in the text's order; each at most `length` long.

    Where nothing in the text is asked for, it is the beginning of the text.
    """
    if not most:
        return ()
    found, worths = _find(text, places, root, "text")
    sentences = list(_sentences(text))
    chosen = _choose(sentences, found, worths, most) or sentences[:1]
    return tuple(_cut(text, start, end, found, length) for start, end in sorted(chosen))


def all_places(text: str) -> list[Place]:
    """The tokens of a text with all their terms, for a text that comes from no engine."""
    return [
        Place(number, token.start, token.end, tuple(term for term, _ in token.terms))
        for number, token in enumerate(analyse(text))
    ]


def _asked(node: Node, field: str) -> Iterator[Word | Phrase | Prefix]:
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from _asked(part, field)
    elif node.where is In.ALL or node.where.value == field:
        yield node


def _find(text: str, places: Sequence[Place], root: Node, field: str) -> tuple[list[_Found], list[float]]:
    asked = list(_asked(root, field))
    worths = [WEAK_WORD if isinstance(leaf, Word) and leaf.weak else 1.0 for leaf in asked]
    terms: dict[str, tuple[int, Word, Alternative]] = {}
    for number, leaf in enumerate(asked):
        if isinstance(leaf, Word):
            for alternative in leaf.alternatives:
                terms.setdefault(alternative.term, (number, leaf, alternative))
    prefixes = [(n, EXACT + leaf.prefix) for n, leaf in enumerate(asked) if isinstance(leaf, Prefix)]
    phrases = [(n, leaf.terms) for n, leaf in enumerate(asked) if isinstance(leaf, Phrase)]
    found: dict[int, _Found] = {}
    for place in places:
        if answer := _word(text, place, terms) or _prefix(place, prefixes):
            found[place.start] = answer
    for number, phrase in phrases:
        for place in _in_runs(places, phrase):
            found.setdefault(place.start, _Found(Mark(place.start, place.end, Via.FORM), number))
    return [found[start] for start in sorted(found)], worths


def _word(text: str, place: Place, terms: dict[str, tuple[int, Word, Alternative]]) -> _Found | None:
    possible = [terms[term] for term in place.terms if term in terms]
    if not possible:
        return None
    number, word, best = max(possible, key=lambda one: (_CLEAREST.get(one[2].via, 0), one[2].weight))
    via = _via(text[place.start : place.end], word.text, best.via)
    return _Found(Mark(place.start, place.end, via), number)


def _via(written: str, typed: str, via: Via) -> Via:
    """The route of a match by form or lemma, where the spellings differ: in ё, or in Kazakh letters."""
    if via in (Via.FORM, Via.LEMMA) and has_kazakh_letters(written) != has_kazakh_letters(typed):
        return Via.KAZAKH
    if via is Via.FORM and written.lower() != typed.lower():
        return Via.YO if written.lower().replace("ё", "е") == typed.lower().replace("ё", "е") else via
    return via


def _prefix(place: Place, prefixes: list[tuple[int, str]]) -> _Found | None:
    for number, prefix in prefixes:
        if any(term.startswith(prefix) for term in place.terms):
            return _Found(Mark(place.start, place.end, Via.PREFIX), number)
    return None


def _in_runs(places: Sequence[Place], phrase: tuple[tuple[str, ...], ...]) -> Iterator[Place]:
    """The places that belong to an occurrence of a phrase."""
    at = {place.position: place for place in places}
    for place in places:
        run = [at.get(place.position + step) for step in range(len(phrase))]
        if all(
            one is not None and not set(alternatives).isdisjoint(one.terms)
            for one, alternatives in zip(run, phrase, strict=True)
        ):
            yield from (one for one in run if one is not None)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """The sentences of a text as spans without outer spaces."""
    start = 0
    for match in _SENTENCE.finditer(text):
        if match.group()[0] != "\n" and _NO_END.search(text[max(start, match.end() - 6) : match.end()]):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    if piece.strip():
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _choose(
    sentences: list[tuple[int, int]], found: list[_Found], worths: list[float], most: int
) -> list[tuple[int, int]]:
    """Greedily the sentences that add most to what is covered so far."""
    inside: dict[tuple[int, int], list[int]] = {span: [] for span in sentences}
    spans = iter(sentences)
    span = next(spans, None)
    for one in found:
        while span and one.mark.start >= span[1]:
            span = next(spans, None)
        if span:
            inside[span].append(one.leaf)
    order = {span: number for number, span in enumerate(sentences)}
    covered: dict[int, int] = {}
    chosen: list[tuple[int, int]] = []

    def gain(span: tuple[int, int]) -> float:
        new = set(inside[span])
        worth = sum(worths[leaf] * REPEATED ** covered.get(leaf, 0) for leaf in new)
        return worth + min(len(inside[span]), 8) * REPEATED**2 - FIRST_SENTENCE * order[span] / len(sentences)

    candidates = [span for span in sentences if inside[span]]
    while candidates and len(chosen) < most:
        best = max(candidates, key=gain)
        candidates.remove(best)
        chosen.append(best)
        for leaf in set(inside[best]):
            covered[leaf] = covered.get(leaf, 0) + 1
    return chosen


def _cut(text: str, start: int, end: int, found: list[_Found], length: int) -> Snippet:
    """A sentence as a snippet; a long one is cut at word edges around the window with most marks."""
    inside = [one.mark for one in found if start <= one.mark.start and one.mark.end <= end]
    first, last = (start, end) if end - start <= length else _window(text, start, end, inside, length)
    shown = tuple(
        Mark(mark.start - first, mark.end - first, mark.via)
        for mark in inside
        if first <= mark.start and mark.end <= last
    )
    return Snippet("text", text[first:last], shown, before=first > start, after=last < end)


def _window(text: str, start: int, end: int, inside: list[Mark], length: int) -> tuple[int, int]:
    best = (0, start)
    for mark in inside:
        count = sum(
            mark.start <= other.start and other.end <= mark.start + length * 3 // 4 for other in inside
        )
        best = max(best, (count, -mark.start)) if best[0] else (count, -mark.start)
    anchor = -best[1] if best[0] else start
    first = max(start, min(anchor - length // 5, end - length))
    last = min(end, first + length)
    if first > start:
        space = text.find(" ", first, max(anchor, first))
        first = space + 1 if space >= 0 else first
    if last < end:
        space = text.rfind(" ", first, last + 1)
        last = space if space > anchor else last
    return first, last
