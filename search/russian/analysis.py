"""A text becomes analysed tokens: each with all the terms it may be asked by, at one position.

Terms of one token live in one vocabulary, told apart by their first character:

    токаев      a lemma
    =токаева    the exact form
    #карту      an abbreviation, so that КарТУ is not карту
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from search.russian import abbreviations
from search.russian.folding import fold, russian_spelling
from search.russian.lemmas import FORMS_KEPT, Lemma, known, lemmas
from search.russian.names import may_be_name, name_lemmas
from search.russian.tokens import Token, tokenise

EXACT = "="
ABBREVIATION = "#"
LONGEST_TERM = 64  # letters; what is longer is not a word, and is known by its beginning
PART_WEIGHT = 0.7  # министр in премьер-министр tells less than министр alone
RUSSIAN_SPELLING = 0.9

_SENTENCE_END = re.compile(r"[.!?…\n:«„“]")
_SPACES = re.compile(r"\s")


class Analysed(NamedTuple):
    """A token `[start, end)` of a text and its terms with their weights in (0, 1]."""

    start: int
    end: int
    text: str
    terms: tuple[tuple[str, float], ...]


def analyse(text: str) -> Iterator[Analysed]:
    """The tokens of a text with their terms."""
    end = 0
    shouted = abbreviations.Shouting(text)
    for token in tokenise(text):
        first = end == 0 or _SENTENCE_END.search(text, end, token.start) is not None
        yield Analysed(
            token.start, token.end, token.text, terms(token.text, token.kind, first, shouted.at(token.start))
        )
        end = token.end


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
        _add(found, ((part, PART_WEIGHT) for part in form.split(".")[:-1]))
        _add(found, [(form, 1.0)])
    elif "-" in form:
        _add(found, _hyphenated(written, form, first, shouted))
    else:
        _add(found, word_terms(written, form, first, shouted))
    return tuple(found.items())


def word_terms(written: str, form: str, first: bool, shouted: bool) -> list[tuple[str, float]]:
    """The terms of a word without hyphens, other than its exact form."""
    if not shouted and (short := abbreviations.stems(written)):
        found = [(ABBREVIATION + stem, 1.0) for stem in short]
        return found + [(stem, 1.0) for stem in short if abbreviations.is_written_small(stem)]
    found = list(_readings(form, written[:1].isupper(), first or shouted))
    if (russian := russian_spelling(form)) is not None:
        readings = _readings(russian, written[:1].isupper(), first or shouted)
        found += [(lemma, weight * RUSSIAN_SPELLING) for lemma, weight in readings]
    return found


def _readings(form: str, capitalised: bool, first: bool) -> tuple[Lemma, ...]:
    if not may_be_name(form, capitalised=capitalised, first=first):
        return lemmas(form)
    if not known(form):
        return name_lemmas(form) if capitalised else _unknown(form)
    names = {lemma: weight / 2 for lemma, weight in name_lemmas(form)}
    return tuple(
        Lemma(*item)
        for item in (names | {x.lemma: names.get(x.lemma, 0) + x.weight / 2 for x in lemmas(form)}).items()
    )


def _unknown(form: str) -> tuple[Lemma, ...]:
    names, words = name_lemmas(form), lemmas(form)
    weights = {lemma: weight / 2 for lemma, weight in names}
    for lemma, weight in words:
        weights[lemma] = weights.get(lemma, 0.0) + weight / 2
    return tuple(Lemma(*item) for item in weights.items())


def _hyphenated(written: str, form: str, first: bool, shouted: bool) -> Iterator[tuple[str, float]]:
    """A hyphenated word whole, written as one, and by its parts."""
    yield from ((lemma, weight) for lemma, weight in _readings(form, written[:1].isupper(), first))
    yield form.replace("-", ""), PART_WEIGHT
    for part in re.split(r"[-‐‑]", written):
        if len(part) > 1:
            for term, weight in word_terms(part, fold(part), first, shouted):
                yield term, weight * PART_WEIGHT


def _number(written: str) -> tuple[tuple[str, float], ...]:
    plain = _SPACES.sub("", written).replace(",", ".")
    return ((EXACT + plain, 1.0), (plain, 1.0))


def _add(found: dict[str, float], more: Iterator[tuple[str, float]] | list[tuple[str, float]]) -> None:
    for term, weight in more:
        found[term] = max(found.get(term, 0.0), weight)


__all__ = ["ABBREVIATION", "EXACT", "Analysed", "Token", "analyse", "terms"]
