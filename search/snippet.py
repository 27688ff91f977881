"""Which passage of an article to show, which words in it are marked, and why they matched.

An engine says where the question's terms stand in an article; what is made of that is the same for all.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
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


class _Answer(NamedTuple):
    """What a term says of the token it is found at; the clearest of several terms is the greatest."""

    clearness: int
    weight: float
    leaf: int
    via: Via
    typed: str = ""  # of a word
    is_kazakh: bool = False
    weak: bool = False


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
                said = leaf.text, has_kazakh_letters(leaf.text), leaf.weak and not mere
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
            if terms not in clearest:
                clearest[terms] = self._of(terms)
            if answer := clearest[terms]:
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
    found, told = wanted.find(text, places), {_said(headline)}
    sentences = _with_marks(text, ends, found)
    chosen = _choose(text, sentences, wanted.worths, most, told) or [_beginning(text, ends, told)]
    return tuple(_cut(text, start, end, found, wanted.worths, length) for start, end in sorted(chosen))


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
    answer, written = found.answer, text[found.start : found.end]
    if not answer.typed or written == answer.typed or answer.via not in (Via.FORM, Via.LEMMA):
        return answer.via
    if has_kazakh_letters(written) != answer.is_kazakh:
        return Via.KAZAKH
    if answer.via is Via.FORM and written.lower() != answer.typed.lower():
        same = written.lower().replace("ё", "е") == answer.typed.lower().replace("ё", "е")
        return Via.YO if same else answer.via
    return answer.via


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
Said = tuple[str, ...]


def _sentence(text: str, ends: Sequence[int], at: int) -> Span:
    """The sentence around a place as a span without outer spaces."""
    number = bisect_right(ends, at, hi=len(ends) - 1)
    begin, end = ends[number - 1] if number else 0, ends[number]
    piece = text[begin:end]
    return begin + len(piece) - len(piece.lstrip()), begin + len(piece.rstrip())


def _beginning(text: str, ends: Sequence[int], told: set[Said]) -> Span:
    """The first sentence that says what is not told, or else the first."""
    begins = (begin for begin, end in zip((0, *ends), ends, strict=False) if text[begin:end].strip())
    spans = (_sentence(text, ends, begin) for begin in begins)
    first = next(spans)
    new = (span for span in chain([first], spans) if _said_at(text, span) not in told)
    return next(new, first)


def _said(text: str) -> Said:
    """The words of a text, as one text is compared with another."""
    return tuple(_WORD.findall(text.lower().replace("ё", "е")))


def _said_at(text: str, span: Span) -> Said:
    """What a sentence says; of one that goes on and on, what it begins with."""
    return _said(text[span[0] : min(span[1], span[0] + SAID)])


def _with_marks(text: str, ends: Sequence[int], found: list[_Found]) -> dict[Span, list[int]]:
    """The sentences that have marks, in order, each with the leaves that these answer."""
    inside: dict[Span, list[int]] = {}
    span = (0, 0)
    for start, _, answer in found:
        if start >= span[1]:
            span = _sentence(text, ends, start)
        inside.setdefault(span, []).append(answer.leaf)
    return inside


def _choose(
    text: str, inside: dict[Span, list[int]], worths: list[float], most: int, told: set[Said]
) -> list[Span]:
    """Greedily the sentences that add most to what is covered so far, but none that says what is `told`."""
    covered = {span: set(answered) for span, answered in inside.items()}
    own = {
        span: min(len(answered), 8) * REPEATED**2 - FIRST_SENTENCE * span[0] / len(text)
        for span, answered in inside.items()
    }
    left = worths[:]  # of each leaf, in a sentence more
    chosen: list[Span] = []
    while own and len(chosen) < most:
        best = max(own, key=lambda span: sum([left[leaf] for leaf in covered[span]]) + own[span])
        del own[best]
        if (said := _said_at(text, best)) in told:  # then so do many, perhaps
            own = {span: worth for span, worth in own.items() if _said_at(text, span) not in told}
            continue
        told.add(said)
        chosen.append(best)
        for leaf in covered[best]:
            left[leaf] *= REPEATED
    return chosen


def _cut(text: str, start: int, end: int, found: list[_Found], worths: list[float], length: int) -> Snippet:
    """A sentence as a snippet; a long one is cut at word edges around the window that says most."""
    inside = [one for one in found if start <= one.start and one.end <= end]
    long = end - start > length
    first, last = _window(text, start, end, inside, worths, length) if long else (start, end)
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
