"""A text becomes analysed tokens: each with all the terms it may be asked by, at one position.

Terms of one token live in one vocabulary, told apart by how they begin:

    токаев      a lemma
    =токаева    the exact form
    #карту      an abbreviation, so that КарТУ is not карту
    ~lqarmet    how a Latin spelling sounds, for a Cyrillic question
    ~cкармет    how a Cyrillic name sounds, for a Latin question
    ~fканад     the family of канада and канадский; it stands at no position
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from search.russian import abbreviations
from search.russian.families import families
from search.russian.folding import fold, russian_spellings
from search.russian.latin import cyrillic_keys, cyrillic_spellings, is_coarse_key, is_latin, latin_keys
from search.russian.lemmas import (
    FORMS_KEPT,
    Lemma,
    bases,
    capitalised_lemmas,
    is_proper,
    known,
    lemmas,
    likely,
)
from search.russian.names import invented, may_be_name, name_lemmas
from search.russian.tokens import tokenise

# To be raised whenever an article gets other terms or labels: an index of another version is built anew.
VERSION = 9

EXACT = "="
ABBREVIATION = "#"
SOUND = "~"
LATIN_SOUND = SOUND + "l"
CYRILLIC_SOUND = SOUND + "c"
FAMILY = SOUND + "f"
LONGEST_TERM = 64  # letters; what is longer is not a word, and is known by its beginning
PART_WEIGHT = 0.7  # министр in премьер-министр tells less than министр alone
RUSSIAN_SPELLING = 0.9  # караганда for Қарағанды
SOUND_WEIGHT = 0.8
IN_CYRILLIC, MOST_IN_CYRILLIC = 0.6, 2  # ИТ-специалист for IT-специалист

_SENTENCE_END = re.compile(r"[.!?…\n:«„“]")
_SPACES = re.compile(r"\s")
_HYPHEN = re.compile(r"[-‐‑]")
_ORDINAL = re.compile(r"(\d+)-(?:[йяюех]|го|му|м|ой|ый|ого|ому|ом|ая|ую|ые|ых|ми)")
_CAMEL = re.compile(r"(?<=\w[a-zа-яё])(?=[A-ZА-ЯЁ])")  # iPhone is one word
# Nouns that the dictionary does not have: written short, or never declined (it takes тенге for a тенг).
NOUNS = {
    "млн": "миллион", "млрд": "миллиард", "трлн": "триллион", "тыс": "тысяча", "руб": "рубль",
    "тенге": "тенге", "%": "процент",
}  # fmt: skip

Terms = list[tuple[str, float]]


class Written(NamedTuple):
    """A token as it stands in a text: what its terms are made from."""

    text: str
    kind: str
    first: bool  # begins a sentence
    shouted: bool  # all around it is written in capitals


class Analysed(NamedTuple):
    """A token `[start, end)` of a text and its terms with their weights in (0, 1]."""

    start: int
    end: int
    text: str
    terms: tuple[tuple[str, float], ...]


def analyse(text: str) -> Iterator[Analysed]:
    """The tokens of a text with their terms."""
    for start, end, token in occurrences(text):
        yield Analysed(start, end, token.text, terms(*token))


def occurrences(text: str) -> Iterator[tuple[int, int, Written]]:
    """The tokens of a text as (start, end, token)."""
    last = 0
    shouted = abbreviations.Shouting(text)
    for start, end, written, kind in tokenise(text):
        first = last == 0 or ends_sentence(text[last:start])
        yield start, end, Written(written, kind, first, shouted.at(start))
        last = end


def ends_sentence(between: str) -> bool:
    """Whether a sentence ends in what stands between two tokens."""
    return _SENTENCE_END.search(between) is not None


@lru_cache(maxsize=FORMS_KEPT)
def terms(
    written: str, kind: str = "word", first: bool = False, shouted: bool = False
) -> tuple[tuple[str, float], ...]:
    """The terms of one token as written: its exact form first, then the others.

    `first` says that it begins a sentence, `shouted` that all is written in capitals around it.
    """
    if kind == "number":
        return _number(written)
    form = fold(written)[:LONGEST_TERM]
    found: dict[str, float] = {EXACT + form: 1.0}
    if kind == "host":
        more: Terms = [(form, 1.0), *_parts(form.split(".")[:-1], first, shouted)]
    elif "-" in form:
        more = _hyphenated(written, form, first, shouted)
    else:
        more = word_terms(written, form, first, shouted)
        inside = not written[1:].islower() and _CAMEL.search(written)
        more += _parts(split(written), first, shouted) if inside else []
    for term, weight in more:
        found[term] = max(found.get(term, 0.0), weight)
    return tuple(found.items())


def word_terms(written: str, form: str, first: bool, shouted: bool) -> Terms:
    """The terms of a word without hyphens, other than its exact form."""
    if is_latin(form):
        return _latin(written, form, shouted)
    capitalised, first = written[:1].isupper(), first or shouted
    if not shouted and (short := abbreviations.stems(written)):
        found: Terms = [(ABBREVIATION + stem, 1.0) for stem in short]
        small = [stem for stem in short if abbreviations.is_written_small(stem)]
        found += [(stem, 1.0) for stem in small] + _sounds(small)
        places = bases(form) if written.isupper() else ()  # КИЕВ, but not ОСИ for Ося
        return found + list(places) + _sounds(lemma for lemma, _ in places)
    return _word(form, capitalised, first)


def _word(form: str, capitalised: bool, first: bool) -> Terms:
    """The terms of a folded Cyrillic word that is no abbreviation."""
    found: Terms = list(readings(form, capitalised=capitalised, first=first))
    if may_be_name(form, capitalised=capitalised, first=first) or (capitalised and is_proper(form)):
        found += _sounds(lemma for lemma, _ in found if not known(lemma) or is_proper(lemma))
    for russian in russian_spellings(form):
        likely = readings(russian, capitalised=capitalised, first=first)
        found += [(lemma, weight * RUSSIAN_SPELLING) for lemma, weight in likely]
    return found + [(FAMILY + family, weight) for family, weight in families(form, capitalised).items()]


def readings(form: str, *, capitalised: bool, first: bool) -> tuple[Lemma, ...]:
    """The lemmas of a folded form, those of the name it may be among them."""
    word, hyphen, number = form.rpartition("-")
    if hyphen and number.isdigit():  # поток-2 for потока-2
        found = readings(word, capitalised=capitalised, first=first)
        return tuple(Lemma(lemma + hyphen + number, weight) for lemma, weight in found)
    if hyphen and (ordinal := _ORDINAL.fullmatch(form)):  # 21-й for 21-м, 2025-го
        return (Lemma(ordinal[1] + "-й", 1.0),)
    if form in NOUNS:
        return (Lemma(NOUNS[form], 1.0),)
    if not may_be_name(form, capitalised=capitalised, first=first):
        return lemmas(form)
    if known(form):
        return merged(lemmas(form) if first else capitalised_lemmas(form), invented(form))
    return name_lemmas(form) if capitalised else merged(name_lemmas(form), lemmas(form))


def merged(some: Iterable[Lemma], others: Iterable[Lemma]) -> tuple[Lemma, ...]:
    """Two sets of readings as one, likeliest first; weights sum to 1."""
    weights = dict(some)
    for lemma, weight in others:
        weights[lemma] = weights.get(lemma, 0.0) + weight
    return likely(weights, ())


def _latin(written: str, form: str, shouted: bool) -> Terms:
    """A Latin word: itself, the abbreviation it may be, and how it sounds."""
    found: Terms = [(form, 1.0), *((LATIN_SOUND + key, SOUND_WEIGHT) for key in latin_keys(form))]
    if not shouted and written.isupper():
        found.append((ABBREVIATION + form, 1.0))
    return found


def _sounds(lemmas: Iterable[str]) -> Terms:
    """The coarsest key of each Cyrillic name: one more term, and only for names."""
    keys = (cyrillic_keys(lemma)[-1:] for lemma in lemmas)
    return [(CYRILLIC_SOUND + key, SOUND_WEIGHT) for each in keys for key in each]


def _hyphenated(written: str, form: str, first: bool, shouted: bool) -> Terms:
    """A hyphenated word whole, written as one, and by its parts."""
    found: Terms = []
    for spelling in (form, *russian_spellings(form)):
        for lemma, weight in readings(spelling, capitalised=written[:1].isupper(), first=first):
            found += [(lemma, weight), (lemma.replace("-", ""), weight * PART_WEIGHT)]
    if is_latin(form):
        found += [(LATIN_SOUND + key, SOUND_WEIGHT) for key in latin_keys(form)]
    found += _in_cyrillic(written, form, first)
    return found + _parts(_HYPHEN.split(written), first, shouted)


def _in_cyrillic(written: str, form: str, first: bool) -> Terms:
    """A word of which some parts are Latin as it may be written without: ИТ-специалист, сим-карта."""
    parts = form.split("-")
    latin = list(map(is_latin, parts))
    if not any(latin) or all(latin) or any(map(str.isdigit, form)):
        return []
    spellings = [cyrillic_spellings(part) if spell else () for part, spell in zip(parts, latin, strict=True)]
    ways = [spelt or (part,) for part, spelt in zip(parts, spellings, strict=True)]
    found: Terms = []
    for number in range(MOST_IN_CYRILLIC):
        spelt = "-".join(way[min(number, len(way) - 1)] for way in ways)
        likely = readings(spelt, capitalised=written[:1].isupper(), first=first)
        found += [(lemma, weight * IN_CYRILLIC) for lemma, weight in likely]
    return found


def split(written: str) -> list[str]:
    """The parts of a word with hyphens or with capitals inside: премьер-министр, КазМунайГаз."""
    return (_HYPHEN if _HYPHEN.search(written) else _CAMEL).split(written)


def _parts(parts: Iterable[str], first: bool, shouted: bool) -> Terms:
    return [
        (term, weight * PART_WEIGHT)
        for part in parts
        if len(part) > 1
        for term, weight in word_terms(part, fold(part), first, shouted)
    ]


def _number(written: str) -> tuple[tuple[str, float], ...]:
    plain = _SPACES.sub("", written).replace(",", ".")
    return ((EXACT + plain, 1.0), (plain, 1.0))


def is_coarse(term: str) -> bool:
    """Whether an index term is a sound that words of other names may share."""
    return any(
        term.startswith(sound) and is_coarse_key(term.removeprefix(sound))
        for sound in (LATIN_SOUND, CYRILLIC_SOUND)
    )
