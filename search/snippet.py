"""Which passage of an article to show, which words in it are marked, and why they matched.

An engine says where the question's terms stand in an article; what is made of that is the same for all.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import NamedTuple, TypeVar

from search.page import Mark, Place, Snippet
from search.query import AllOf, AnyOf, In, Node, Phrase, Prefix, Via, Word, is_weak, leaves
from search.russian.analysis import EXACT, analyse
from search.russian.folding import has_kazakh_letters

WEAK_WORD = 0.1  # a marked preposition makes a passage hardly better
REPEATED = 0.1  # the second mark of the same word tells little more
_CLEAREST = {Via.FORM: 2, Via.ABBREVIATION: 1}  # of several routes to a word, the one that is told
SAID = 2_000  # characters of a sentence that are compared with what is told
FIRST_SENTENCE = 0.01  # between equals the earlier passage
_WORD = re.compile(r"\w+")
_SIGNS = ' .!?…«»"'  # around many texts of the same words
_INFLECTED = (Via.FORM, Via.LEMMA)


class _Answer(NamedTuple):
    """What a term says of the token it is found at; the clearest of several terms is the greatest."""

    clearness: int
    weight: float
    leaf: int
    via: Via
    typed: str = ""  # of a word
    weak: bool = False


_UNSEEN = _Answer(0, 0.0, 0, Via.FORM)


class _Found(NamedTuple):
    """A token `[start, end)` that answers."""

    start: int
    end: int
    answer: _Answer


Spanning = TypeVar("Spanning", Mark, _Found)


class Wanted:
    """What a question asks of one field, ready to be looked for in many articles."""

    def __init__(self, root: Node, field: str) -> None:
        asked = list(_asked(root, field))
        mere = all(map(is_weak, leaves(root)))  # a question of prepositions means these
        self.worths = [WEAK_WORD if is_weak(leaf) and not mere else 1.0 for leaf in asked]
        self._terms: dict[str, _Answer] = {}
        for number, leaf in enumerate(asked):
            if isinstance(leaf, Word):
                said = leaf.text, leaf.weak and not mere
                for a in leaf.alternatives:
                    answer = _Answer(_CLEAREST.get(a.via, 0), a.weight, number, a.via, *said)
                    self._terms.setdefault(a.term, answer)
        self._prefixes = [
            (EXACT + leaf.prefix, _Answer(0, 1.0, number, Via.PREFIX))
            for number, leaf in enumerate(asked)
            if isinstance(leaf, Prefix)
        ]
        self._phrases = [
            (leaf.terms, _Answer(0, 1.0, number, Via.FORM))
            for number, leaf in enumerate(asked)
            if isinstance(leaf, Phrase)
        ]
        self._clearest: dict[tuple[str, ...], _Answer | None] = {}
        self._has_weak = any(answer.weak for answer in self._terms.values())

    def find(self, text: str, places: Sequence[Place]) -> list[_Found]:
        """The tokens that answer, in order; `places` are those that have any of the question's terms.

        A weak word answers only beside another: alone it stands in every other sentence.
        """
        found, clearest = [], self._clearest
        for _, start, end, terms in places:
            answer = clearest.get(terms, _UNSEEN)
            if answer is _UNSEEN:
                answer = clearest[terms] = self._of(terms)
            if answer:
                found.append(_Found(start, end, answer))
        if self._phrases:
            known = {one.start: one for one in found}
            for phrase, answer in self._phrases:
                for place in _in_runs(places, phrase):
                    known.setdefault(place.start, _Found(place.start, place.end, answer))
            found = [known[start] for start in sorted(known)]
        if not self._has_weak:
            return found
        return [one for run in runs(text, found) if not all(each.answer.weak for each in run) for one in run]

    def _of(self, terms: tuple[str, ...]) -> _Answer | None:
        """What the terms of a token say of it."""
        words = [answer for term in terms if (answer := self._terms.get(term))]
        if words:
            return max(words, key=_clearest)
        return next((a for start, a in self._prefixes if any(term.startswith(start) for term in terms)), None)


def marks(text: str, places: Sequence[Place], wanted: Wanted) -> tuple[Mark, ...]:
    """The words of a field that answer the question, in order and without overlap.

    `places` are the tokens that have any of the question's terms, at least.
    """
    return tuple(_mark(text, one) for one in wanted.find(text, places))


def runs(text: str, spans: Iterable[Spanning]) -> Iterator[list[Spanning]]:
    """The marks of a text that only spaces are between, together: what the eye takes for one place."""
    run: list[Spanning] = []
    for one in spans:
        between = text[run[-1].end : one.start] if run else "\n"
        if between.strip() or "\n" in between:
            if run:
                yield run
            run = []
        run.append(one)
    if run:
        yield run


def snippets(
    text: str,
    ends: Sequence[int],
    places: Sequence[Place],
    wanted: Wanted,
    most: int,
    length: int,
    headline: str = "",
) -> tuple[Snippet, ...]:
    """The passages that cover most of the question's words, in the text's order; each at most `length` long.

    `ends` is where the text's sentences end. None says the same as another or as the `headline` that is shown
    with them. Where no other has what is asked for, it is the beginning of the text.
    """
    if not most or not text.strip():
        return ()
    told = [(_first(headline), headline)]
    sentences = _with_marks(text, ends, wanted.find(text, places))
    chosen = _choose(text, sentences, wanted.worths, most, told) or [_beginning(text, ends, told)]
    return tuple(_cut(text, span, sentences.get(span, []), wanted.worths, length) for span in sorted(chosen))


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


_clearest = itemgetter(0, 1)


def _mark(text: str, found: _Found, begin: int = 0) -> Mark:
    """The mark of a token in what is shown of a text, from `begin` on."""
    return Mark(found.start - begin, found.end - begin, _via(text, found), found.answer.weak)


def _via(text: str, found: _Found) -> Via:
    """The route of a match; of a word's form or lemma, whether it is written in ё or in Kazakh letters."""
    answer = found.answer
    if not answer.typed or answer.via not in _INFLECTED:
        return answer.via
    spelling = _spelling(answer.typed, text[found.start : found.end])
    return spelling if spelling is Via.KAZAKH or (spelling and answer.via is Via.FORM) else answer.via


@lru_cache(maxsize=10_000)
def _spelling(typed: str, written: str) -> Via | None:
    """What differs between a word as typed and as written: Kazakh letters, or ё alone."""
    if has_kazakh_letters(written) != has_kazakh_letters(typed):
        return Via.KAZAKH
    typed, written = typed.lower(), written.lower()
    return Via.YO if written != typed and _folded(written) == _folded(typed) else None


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


Span = tuple[int, int]
Told = list[tuple[str, str]]  # texts that are shown already, each behind its first word


def _sentence(text: str, ends: Sequence[int], at: int) -> Span:
    """The sentence around a place as a span without outer spaces."""
    number = bisect_right(ends, at, hi=len(ends) - 1)
    begin, end = ends[number - 1] if number else 0, ends[number]
    piece = text[begin:end]
    return end - len(piece.lstrip()), begin + len(piece.rstrip())


def _beginning(text: str, ends: Sequence[int], told: Told) -> Span:
    """The first sentence that says what is not told, or else the first."""
    begins = (begin for begin, end in zip((0, *ends), ends, strict=False) if text[begin:end].strip())
    spans = (_sentence(text, ends, begin) for begin in begins)
    first = next(spans)
    return next((span for span in chain([first], spans) if not _is_told(_said(text, span), told)), first)


def _said(text: str, span: Span) -> str:
    """What a sentence says; of one that goes on and on, what it begins with."""
    return text[span[0] : min(span[1], span[0] + SAID)]


def _is_told(said: str, told: Told) -> bool:
    """Whether a text has the same words as one that is shown already."""
    first = _first(said)
    for begin, other in told:
        # By the first word alone most differ; of those that do not, most are the same letter by letter.
        if begin == first and (said.strip(_SIGNS) == other.strip(_SIGNS) or _words(said) == _words(other)):
            return True
    return False


def _first(text: str) -> str:
    word = _WORD.search(text)
    return _folded(word.group()) if word else ""


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")


def _with_marks(text: str, ends: Sequence[int], found: list[_Found]) -> dict[Span, list[_Found]]:
    """The sentences that have marks, in order, each with what is found there."""
    inside: dict[Span, list[_Found]] = {}
    end = 0
    for one in found:
        if one.start >= end:
            span = _sentence(text, ends, one.start)
            here, end = inside.setdefault(span, []), span[1]
        here.append(one)
    return inside


def _choose(
    text: str, inside: dict[Span, list[_Found]], worths: list[float], most: int, told: Told
) -> list[Span]:
    """Greedily the sentences that add most to what is covered so far, but none that says what is `told`."""
    left = worths[:]  # of each leaf, in a sentence more
    rest = [
        (
            span,
            {one.answer.leaf for one in here},
            min(len(here), 8) * REPEATED**2 - FIRST_SENTENCE * span[0] / len(text),
        )
        for span, here in inside.items()
    ]
    chosen: list[Span] = []
    while rest and len(chosen) < most:
        added = [sum(map(left.__getitem__, answered)) + own for _, answered, own in rest]
        span, answered, _ = rest.pop(added.index(max(added)))
        if _is_told(said := _said(text, span), told):  # then so do many, perhaps
            rest = [one for one in rest if not _is_told(_said(text, one[0]), told)]
            continue
        told.append((_first(said), said))
        chosen.append(span)
        for leaf in answered:
            left[leaf] *= REPEATED
    return chosen


def _cut(text: str, span: Span, found: list[_Found], worths: list[float], length: int) -> Snippet:
    """A sentence as a snippet; a long one is cut at word edges around the window that says most."""
    start, end = span
    inside = [one for one in found if one.end <= end]
    long = end - start > length
    first, last = _window(text, start, end, inside, worths, length) if long else span
    marked = tuple(_mark(text, one, first) for one in inside if first <= one.start and one.end <= last)
    return Snippet("text", text[first:last], marked, before=first > start, after=last < end)


def _window(
    text: str, start: int, end: int, inside: list[_Found], worths: list[float], length: int
) -> tuple[int, int]:
    best = (0.0, -start)
    counts, last = [0] * len(worths), 0  # of each leaf's marks in the window; its end
    for one in inside:
        while last < len(inside) and inside[last].end <= one.start + length * 3 // 4:
            counts[inside[last].answer.leaf] += 1
            last += 1
        worth = sum(w * (1 + REPEATED * (n - 1)) for w, n in zip(worths, counts, strict=True) if n > 0)
        best = max(best, (round(worth, 9), -one.start))
        counts[one.answer.leaf] -= 1
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
