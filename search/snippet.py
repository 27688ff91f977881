"""Which passage of an article to show, which words in it are marked, and why they matched.

Works on the stored text with the same analysis as the index, so it serves every engine.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from search.page import Mark, Snippet
from search.query import AllOf, Alternative, AnyOf, In, Node, Phrase, Prefix, Via, Word
from search.russian.analysis import EXACT, Analysed, analyse
from search.russian.folding import has_kazakh_letters

# The end of a sentence: its sign with closing quotes and brackets, or a line feed.
_SENTENCE = re.compile(r"[.!?…]+[»”\")\]]*(?=\s+[«„“\"(\[—–-]?\s*[А-ЯЁA-ZӘҒҚҢӨҰҮҺІ\d])|\n+")
# Points that end no sentence: initials and the shortest abbreviations (А. Иванов, г. Астана, 5 млн. тенге).
_NO_END = re.compile(
    r"(?:^|[\s(«])(?:[А-ЯЁA-Z]|г|ул|им|тыс|млн|млрд|руб|тг|т\.д|т\.п|т\.е|др|пр|стр|гг|в|вв|св|см)\.$"
)
WEAK_WORD = 0.1  # a marked preposition makes a passage hardly better
REPEATED = 0.1  # the second mark of the same word tells little more
FIRST_SENTENCE = 0.01  # between equals the earlier passage


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one leaf of the question looks for: single terms, phrases and beginnings."""

    leaf: Word | Phrase | Prefix
    worth: float


@dataclass(frozen=True, slots=True)
class _Found:
    """A mark and the number of the leaf it answers."""

    mark: Mark
    leaf: int


def marks(text: str, root: Node, field: str) -> tuple[Mark, ...]:
    """The words of a field that answer the question, in order and without overlap."""
    return tuple(found.mark for found in _find(text, root, field)[0])


def snippets(text: str, root: Node, most: int, length: int) -> tuple[Snippet, ...]:
    """The passages that cover most of the question's words, in the text's order; each at most `length` long.

    Where nothing in the text is asked for, it is the beginning of the text.
    """
    if not most:
        return ()
    found, worths = _find(text, root, "text")
    sentences = list(_sentences(text))
    chosen = _choose(sentences, found, worths, most) or sentences[:1]
    return tuple(_cut(text, start, end, found, length) for start, end in sorted(chosen))


def _asked(node: Node, field: str) -> Iterator[Word | Phrase | Prefix]:
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from _asked(part, field)
    elif node.where is In.ALL or node.where.value == field:
        yield node


def _find(text: str, root: Node, field: str) -> tuple[list[_Found], list[float]]:
    asked = list(_asked(root, field))
    worths = [WEAK_WORD if isinstance(leaf, Word) and leaf.weak else 1.0 for leaf in asked]
    if not asked:
        return [], worths
    terms: dict[str, tuple[int, Word, Alternative]] = {}
    for number, leaf in enumerate(asked):
        if isinstance(leaf, Word):
            for alternative in leaf.alternatives:
                terms.setdefault(alternative.term, (number, leaf, alternative))
    prefixes = [(n, leaf.prefix) for n, leaf in enumerate(asked) if isinstance(leaf, Prefix)]
    phrases = [(n, leaf.terms) for n, leaf in enumerate(asked) if isinstance(leaf, Phrase)]
    tokens = list(analyse(text))
    found: dict[int, _Found] = {}
    for token in tokens:
        answer = _word(token, terms) or _prefix(token, prefixes)
        if answer:
            found[token.start] = answer
    for number, phrase in phrases:
        for run in _runs(tokens, phrase):
            for token in run:
                found.setdefault(token.start, _Found(Mark(token.start, token.end, Via.FORM), number))
    return [found[start] for start in sorted(found)], worths


def _word(token: Analysed, terms: dict[str, tuple[int, Word, Alternative]]) -> _Found | None:
    best: tuple[float, int, Via] | None = None
    for term, weight in token.terms:
        if term in terms:
            number, word, alternative = terms[term]
            worth = weight * alternative.weight + (1.0 if alternative.via is Via.FORM else 0.0)
            if best is None or worth > best[0]:
                best = (worth, number, _via(token.text, word.text, alternative.via))
    return _Found(Mark(token.start, token.end, best[2]), best[1]) if best else None


def _via(written: str, typed: str, via: Via) -> Via:
    """The route of a match by form or lemma, where the spellings differ: in ё, or in Kazakh letters."""
    if via in (Via.FORM, Via.LEMMA) and has_kazakh_letters(written) != has_kazakh_letters(typed):
        return Via.KAZAKH
    if via is Via.FORM and written.lower() != typed.lower():
        return Via.YO if written.lower().replace("ё", "е") == typed.lower().replace("ё", "е") else via
    return via


def _prefix(token: Analysed, prefixes: list[tuple[int, str]]) -> _Found | None:
    for number, prefix in prefixes:
        if any(term.lstrip(EXACT).startswith(prefix) for term, _ in token.terms if term.startswith(EXACT)):
            return _Found(Mark(token.start, token.end, Via.PREFIX), number)
    return None


def _runs(tokens: list[Analysed], phrase: tuple[tuple[str, ...], ...]) -> Iterator[list[Analysed]]:
    having = [{term for term, _ in token.terms} for token in tokens]
    for start in range(len(tokens) - len(phrase) + 1):
        if all(having[start + i].intersection(alternatives) for i, alternatives in enumerate(phrase)):
            yield tokens[start : start + len(phrase)]


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
