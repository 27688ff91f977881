"""Repairs of a question that finds nothing: the wrong keyboard layout or alphabet, look-alike digits, typos.

Only plain words are repaired, never what stands in quotes, after `!` or before `*`; and only words that the
archive does not have, into words that it has. A word of the dictionary is never taken for a typo.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from search.engine import Reader
from search.query import AllOf, Alternative, AnyOf, Node, Phrase, Query, Sort, Via, Word
from search.russian import layout, typos
from search.russian.abbreviations import is_derived
from search.russian.analysis import EXACT, is_coarse
from search.russian.folding import fold
from search.russian.latin import cyrillic_spellings, is_latin
from search.russian.lemmas import is_abbreviation, is_proper, is_weak, known, parses
from search.russian.names import candidates, paradigm
from search.russian.question import words
from search.russian.tokens import tokenise

_CHUNK = re.compile(r"\S+")
_LETTER_SIGN = re.compile(r"""[\[\]{}<>;`~]|[,.:'"](?=[a-zA-Z])""")  # б, ю, ж, э, х, ъ, ё in the other layout
_ENGLISH = re.compile(r"c(?!h)|[qwx]|th|ph|ee|oo|ea|ou")  # in no Russian word in Latin letters
_LOOKALIKE = "lookalike"
_ROUTES = {"layout": Via.LAYOUT, "typo": Via.TYPO, _LOOKALIKE: Via.TYPO, "translit": Via.LATIN}


@dataclass(frozen=True, slots=True)
class Repair:
    """A piece `[start, end)` of the question's text, what it becomes, and what was wrong with it.

    It is `sure` where nothing in the archive speaks for what was typed.
    """

    start: int
    end: int
    kind: str
    typed: str
    to: str
    sure: bool = True


HARDLY_ANY = 50  # articles; a form in so few may be a misprint there
FAR_MORE = 20  # times as many articles must have the form that is taken for the right one
SHORTEST_NAME = 4  # letters, that may be meant by what was typed in the other layout
SHORTEST_LATIN = 5  # letters, of a word that was typed in the other alphabet; fewer are some brand's
SHORTEST_HALF = 3  # letters, of a word that was written as two
GLUED_BY_CHANCE = 10  # articles; where fewer have an unknown word, its spaces got lost: западезаявили
MOST_SPLITS = 3  # ways of reading a word as two that are looked at, the more frequent words first
_NO_NAMES = frozenset(("ADJF", "ADVB", "INFN", "VERB"))
UNHEARD = 10  # times, where a Latin word sounds like the typed one: прымер is пример, and not Primer


def repairs(
    text: str, plain: Iterable[tuple[int, int]], reader: Reader, found: Callable[[], int]
) -> list[Repair]:
    """What may be mended in the plain spans of a question, left to right; `found` tells how many it finds.

    A wrong layout and a word that the archive does not have show by themselves, whatever the typed letters
    may sound like. Where hardly anything is found, words that the archive hardly ever has count as misspelt,
    too, beside a much more frequent spelling.
    """
    chunks = [chunk for start, end in plain for chunk in _CHUNK.finditer(text, start, end)]
    made = {repair.start: repair for repair in _in_other_layout(chunks, reader)}
    for joined in _apart(text, chunks, reader, found):
        made.setdefault(joined.start, joined)
    for chunk in chunks:
        if any(repair.start <= chunk.start() < repair.end for repair in made.values()):
            continue
        for token in tokenise(chunk.group()):
            at = chunk.start() + token.start
            if repair := _mended(token.text, at, reader, found):
                made[at] = repair
    return [made[start] for start in sorted(made)]


def repaired(text: str, made: Iterable[Repair]) -> str:
    """The text with its repairs made."""
    for repair in sorted(made, key=lambda repair: -repair.start):
        text = text[: repair.start] + repair.to + text[repair.end :]
    return text


def routed(root: AllOf, made: Iterable[Repair]) -> AllOf:
    """A repaired question whose mended words say by what route they match."""
    routes = {fold(token.text): _ROUTES[repair.kind] for repair in made for token in tokenise(repair.to)}
    return replace(
        root,
        parts=tuple(_routed(part, routes) for part in root.parts),
    )


def _routed(node: Node, routes: Mapping[str, Via]) -> Node:
    if isinstance(node, AllOf | AnyOf):
        return replace(node, parts=tuple(_routed(part, routes) for part in node.parts))
    if not isinstance(node, Word) or fold(node.text) not in routes:
        return node
    via = routes[fold(node.text)]
    return replace(node, alternatives=tuple(replace(a, via=via) for a in node.alternatives))


def _in_other_layout(chunks: list[re.Match[str]], reader: Reader) -> Iterator[Repair]:
    found = {chunk: to for chunk in chunks if (to := _other_layout(chunk.group(), reader))}
    alphabets = {_is_in_latin(chunk.group()) for chunk in found}
    for chunk in chunks:
        # A single letter tells nothing alone: it goes with the words of its alphabet around it.
        goes = _letters(chunk.group()) == 1 and _is_in_latin(chunk.group()) in alphabets
        alone = layout.switched(chunk.group()) if goes else []
        if to := found.get(chunk) or next(iter(alone), None):
            yield Repair(chunk.start(), chunk.end(), "layout", chunk.group(), to)


def _other_layout(chunk: str, reader: Reader) -> str | None:
    """The chunk as the other layout gives it, if those are words and what was typed is not.

    Pieces of a word parted by the signs of its letters may be words by chance: Xt[bb is Чехии.
    """
    typed = [token.text for token in tokenise(chunk)]
    if _letters(chunk) < 2 or all(known(fold(text)) for text in typed):
        return None
    if all(_has(text, reader) for text in typed):
        parted = layout.switched(chunk) if chunk.isascii() and _LETTER_SIGN.search(chunk) else ()
        return next((word for word in parted if known(fold(word)) and _count(fold(word), reader)), None)
    for candidate in layout.switched(chunk):
        tokens = list(tokenise(candidate))
        if tokens and all(_may_be_meant(token.text, reader) for token in tokens):
            return candidate
    return None


def _may_be_meant(written: str, reader: Reader) -> bool:
    """Whether this is a word, or a Russian name that the archive has in whatever form."""
    is_word = known(fold(written)) or _has(written, reader)
    may_be_name = len(written) >= SHORTEST_NAME and not is_latin(fold(written))
    return is_word or (may_be_name and _answers(written, reader))


def _is_in_latin(chunk: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in chunk)


def _letters(chunk: str) -> int:
    return sum(map(str.isalpha, chunk))


def _mended(written: str, at: int, reader: Reader, found_all: Callable[[], int]) -> Repair | None:
    form, end = fold(written), at + len(written)
    # One letter begins a sentence, and an abbreviation is one in small letters, too: neither is looked up.
    may_shout = len(written) > 1 and written.isupper() and not is_abbreviation(form)
    if may_shout and (shouted := _shouted(written, at, reader)):
        return shouted
    if known(form):
        return None
    if _answers(written, reader) and not _only_sounds(written, form, reader):
        usual = _usual(written, form, reader) if found_all() <= HARDLY_ANY else None
        return Repair(at, end, "typo", written, usual, sure=False) if usual else None
    if spelt := _in_cyrillic(written, form, reader):
        return Repair(at, end, "translit", written, spelt)
    if is_derived(written):
        return None
    if (plain := typos.without_digits(form)) and _has(plain, reader):
        return Repair(at, end, _LOOKALIKE, written, plain)
    found = typos.meant(form, reader.near, capitalised=written[:1].isupper())
    if found is None or typos.is_far(form, found):
        found = _split(form, reader) or found
    return Repair(at, end, "typo", written, found) if found else None


def _in_cyrillic(written: str, form: str, reader: Reader) -> str | None:
    """The Russian word that was typed in Latin letters: nalogi. With a capital it may be a name."""
    if not is_latin(form) or not written.islower() or len(form) < SHORTEST_LATIN or _ENGLISH.search(form):
        return None
    spellings = cyrillic_spellings(form)
    if form.startswith("e"):
        spellings += tuple("э" + spelling[1:] for spelling in spellings)
    return next((each for each in spellings if known(each) and _count(each, reader)), None)


def _shouted(written: str, at: int, reader: Reader) -> Repair | None:
    """The word in small letters, where Caps Lock was on: as an abbreviation the archive hardly has it."""
    small = written.lower()
    typed, usual = (_hits(words(word), reader) for word in (written, small))
    if usual >= FAR_MORE * max(1, typed) or (known(small) and not _answers(written, reader)):
        return Repair(at, at + len(written), "layout", written, small, sure=not typed)
    return None


def _only_sounds(written: str, form: str, reader: Reader) -> bool:
    """Whether only a Latin word that sounds so speaks for it, and some spelling is far more frequent."""
    if _count(form, reader):
        return False
    by_sound = _hits(words(written), reader, lambda one: one.via is Via.LATIN and not is_coarse(one.term))
    otherwise = _hits(words(written), reader, lambda one: one.via is not Via.LATIN and _is_of(one, form))
    found = typos.meant(form, reader.near) if by_sound and not otherwise else None
    return found is not None and not is_weak(found) and _count(found, reader) >= UNHEARD * by_sound


def _usual(written: str, form: str, reader: Reader) -> str | None:
    """The usual spelling of a form that the archive hardly ever has."""
    count = _count(form, reader)
    if count > HARDLY_ANY or is_latin(form):
        return None
    capitalised = written[:1].isupper()
    found = typos.meant(form, reader.near, capitalised=capitalised)
    if found is None or is_weak(found) or (capitalised and _is_other_word(form, found)):
        return None
    return found if _hits(words(found), reader) >= FAR_MORE * max(1, count) else None


def _is_other_word(name: str, found: str) -> bool:
    """Whether what a name is near to is some word, and no slip of a phone that begins with a capital."""
    is_word = known(found) and not is_proper(found)
    return is_word and (typos.edits(name) == 1 or typos.is_far(name, found))


def _apart(
    text: str, chunks: list[re.Match[str]], reader: Reader, found: Callable[[], int]
) -> Iterator[Repair]:
    """One word written as two that stand side by side nowhere: корона вирус."""
    for left, right in pairwise(chunks):
        halves, start, end = (left.group(), right.group()), left.start(), right.end()
        between = text[left.end() : right.start()]
        if not (between.isspace() and right.group().islower() and all(map(_may_be_half, halves))):
            continue
        one = fold("".join(halves))
        is_word = _has(one, reader) if known(one) else _count(one, reader) >= GLUED_BY_CHANCE
        if not is_word or found() > HARDLY_ANY:
            continue
        apart = Phrase(" ".join(halves), tuple((EXACT + fold(half),) for half in halves))
        if not _hits([apart], reader):
            yield Repair(start, end, "typo", text[start:end], one, sure=not found())


def _may_be_half(written: str) -> bool:
    return len(written) >= SHORTEST_HALF and written.isalpha() and not is_weak(fold(written))


def _split(form: str, reader: Reader) -> str | None:
    """Two words written as one that stand side by side elsewhere: небыло, but not саги нова (Сагинова)."""
    if not form.isalpha() or len(form) < typos.SHORTEST:
        return None
    halves = [(form[:at], form[at:]) for at in range(2, len(form) - 2)]
    both = [(a, b) for a, b in halves if known(a) and known(b)]
    counted = sorted(((min(_count(a, reader), _count(b, reader)), a, b) for a, b in both), reverse=True)
    for _, a, b in counted[:MOST_SPLITS]:
        if _hits([Phrase(f"{a} {b}", ((EXACT + a,), (EXACT + b,)))], reader):
            return f"{a} {b}"
    return None


def _has(written: str, reader: Reader) -> bool:
    """Whether the archive has this very form, or knows the word by another one."""
    return bool(_count(fold(written), reader)) or (known(fold(written)) and _answers(written, reader))


def _count(form: str, reader: Reader) -> int:
    return reader.counts((EXACT + form,)).get(EXACT + form, 0)


def _answers(written: str, reader: Reader) -> bool:
    """Whether any article speaks for this word: by its form, its lemmas, or how it fully sounds.

    Only the consonants of some Latin word are no evidence: капууста is not Cupisti.
    """
    form = fold(written)
    if _count(form, reader):
        return True

    def counts(one: Alternative) -> bool:
        return not is_coarse(one.term) and (_is_of(one, form) or _is_name(one, form, reader))

    return _hits(words(written), reader, counts) > 0


def _is_of(alternative: Alternative, form: str) -> bool:
    """Whether a form may be of this lemma: one that the dictionary does not have is of none that it has."""
    return alternative.via is not Via.LEMMA or known(form) or not known(alternative.term)


def _is_name(alternative: Alternative, form: str, reader: Reader) -> bool:
    """Whether a form is of a name that the archive has, though to the dictionary that is a word: Продан."""
    base = alternative.term
    if alternative.via is not Via.LEMMA or base not in candidates(form):
        return False
    if any(reading.tag.POS in _NO_NAMES for reading in parses(base)):
        return False
    return bool(reader.counts([EXACT + other for other in paradigm(base)]))


def _hits(
    asked: Iterable[Node], reader: Reader, counts: Callable[[Alternative], bool] = lambda _: True
) -> int:
    """How many articles have all of some words, by those of their alternatives that count."""
    root = AllOf(tuple(_kept(part, counts) for part in asked))
    return reader.search(Query(root, sort=Sort.NEWEST, limit=0)).total if root.parts else 0


def _kept(node: Node, counts: Callable[[Alternative], bool]) -> Node:
    if not isinstance(node, Word):
        return node
    return replace(node, alternatives=tuple(a for a in node.alternatives if counts(a)))
