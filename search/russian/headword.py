"""Headwords: what a term is called where a text writes it.

A term is folded: прессслужба, токаев, дтп. Readers know it as пресс-служба, Токаев, ДТП.
"""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from search.russian import abbreviations
from search.russian.analysis import ABBREVIATION, LONGEST_TERM, ends_sentence, readings, split
from search.russian.declension import FEMININE, MASCULINE, of_person, plain
from search.russian.folding import fold
from search.russian.lemmas import is_organisation, is_person, is_proper, is_weak, known, lemmas, parses
from search.russian.names import feminine

_BEFORE = 3  # characters before a word that tell whether its capital is of a beginning
# What stands before a word within a sentence, with the quotes that may open at the word.
_WITHIN = re.compile(r"[\w,;)»”%.][^\S\n]*[«„“\"(]?$")


class Span(NamedTuple):
    """A word `[start, end)` of a text."""

    text: str
    start: int
    end: int

    @property
    def first(self) -> bool:
        """Whether it begins a sentence, a line or what somebody says, so that its capital tells nothing."""
        before = self.text[max(0, self.start - _BEFORE) : self.start]
        return ends_sentence(before) or not _WITHIN.search(before)

    @property
    def before(self) -> str:
        """The word before it, if one stands near."""
        return next(iter(self.text[max(0, self.start - LONGEST_TERM) : self.start].split()[-1:]), "")

    @property
    def written(self) -> str:
        """The word as it is written."""
        return self.text[self.start : self.end]


def headword(term: str, spans: Iterable[Span]) -> str:
    """The base form of a term, with hyphens and capitals as it has them at one of the places it stands at."""
    # What is somewhere written small is no name.
    spans = list(spans)
    span = min(spans, key=lambda span: (span.first, not span.written.islower()))
    head = _headword(term.lstrip(ABBREVIATION), span.written, span.first)
    hers = feminine(term)
    return _capitals(hers, head) if hers and head[:1].isupper() and _is_hers(term, hers, spans) else head


def _is_hers(his: str, hers: str, spans: list[Span]) -> bool:
    """Whether more of some places have a name in the feminine, as a first name before it may tell."""
    genders: Counter[str] = Counter()
    for span in spans:
        beside = [one for one in of_person(fold(span.before)) if one.parse and is_person(fold(span.before))]
        genders.update(
            {
                one.gender
                for one in of_person(fold(span.written))
                if plain(one.base) in (his, hers) and (not beside or any(one.agrees(b) for b in beside))
            }
        )
    return genders[FEMININE] > genders[MASCULINE]


def _headword(term: str, written: str, first: bool) -> str:
    if term in abbreviations.stems(written):
        return written[: len(term)]
    form, base = fold(written), term
    if "-" in form:
        bases = _lemmas(form, written)
        base = next((one for one in bases if term == one.replace("-", "")), term)
        if base not in bases:
            part = next((one for one in split(written) if term in _lemmas(fold(one), one)), "")
            if known(fold(part)):
                return _headword(term, part, first)
            base = bases[0]  # Северо-Казахстанский: Северо is no word alone
        base = _joined(base, written)
    base = next((one.normal_form for one in parses(form) if fold(one.normal_form) == base), base)
    telling = not (first or written.isupper()) or is_proper(form) or is_organisation(form) or not known(form)
    return _capitals(base, written) if telling else base


def _joined(base: str, written: str) -> str:
    """The base form of a hyphenated word, by its parts where the dictionary has only those: страна-член."""
    parts = [fold(part) for part in split(written)]
    if known("-".join(parts)) or not known(parts[-1]) or any(map(is_weak, parts)):
        return base
    return "-".join(lemmas(part)[0].lemma if known(part) else part for part in parts)


def _lemmas(form: str, written: str) -> list[str]:
    return [lemma for lemma, _ in readings(form, capitalised=written[:1].isupper(), first=False)]


def _capitals(base: str, written: str) -> str:
    """A base form with capitals where the written word has them: Ростов-на-Дону, COVID-19, DDoS-атака."""
    parts, models = base.split("-"), split(written)
    if len(parts) != len(models):
        parts, models = [base], [written]
    return "-".join(_capital(part, model) for part, model in zip(parts, models, strict=True))


def _capital(part: str, model: str) -> str:
    if part in abbreviations.stems(model):
        return model[: len(part)]
    return part[:1].upper() + part[1:] if model[:1].isupper() else part
