"""Lemmas of a form with their likelihoods, from pymorphy3's dictionary.

Korobov, «Morphological Analyzer and Generator for Russian and Ukrainian Languages», 2015: P(lemma | form)
comes from OpenCorpora's disambiguated texts.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from pymorphy3.analyzer import Parse

from search.russian.folding import fold
from search.russian.morphology import morphology

# Forms whose analysis is remembered, for whoever asks next: the many that are met while indexing are told by
# their numbers (`forms`), and who asks for ever new words must not grow a worker for ever.
FORMS_KEPT = 30_000
LEAST_LIKELY = 0.02  # readings rarer than this are the dictionary's curiosities, not the text's
_PROPER = frozenset(("Geox", "Name", "Surn"))
_NAMES = _PROPER | {"Patr", "Orgn"}
_PERSON = frozenset(("Name", "Surn", "Patr"))
_SURNAMES = frozenset(("Surn", "plur"))
_OF_SOMEBODY = frozenset(("ADJF", "ADJS"))
_LETTERS = re.compile("[а-яa-z-]*")
_WEAK = frozenset(("PREP", "CONJ", "PRCL", "INTJ", "NPRO"))


class Lemma(NamedTuple):
    """A dictionary form and how likely a form belongs to it, in (0, 1]."""

    lemma: str
    weight: float


@lru_cache(maxsize=FORMS_KEPT)
def parses(form: str) -> tuple[Parse, ...]:
    """The readings of a folded form, likeliest first; none for letters that Unicode has no names for.

    Left out is what the dictionary allows and nobody writes: first names in the plural (Абаев is a surname),
    verbs cut short (ум. for умер), бывший as a participle of быть, Иваново as something of Иван's, and стать
    as a noun.
    """
    if not _LETTERS.fullmatch(form) and not all(unicodedata.name(letter, "") for letter in form):
        return ()  # pymorphy3 asks for the names
    found = [(one, one.tag.grammemes) for one in morphology().parse(form)]
    is_place = any("Geox" in tag and "neut" in tag and one.normal_form == form for one, tag in found)
    return tuple(
        one
        for one, tag in found
        if not ("plur" in tag and "Name" in tag)
        and not ("Abbr" in tag and "VERB" in tag)
        and not (one.normal_form == "быть" and "PRTF" in tag and form.startswith("бывш"))
        and not (is_place and _OF_SOMEBODY & tag)
        and not (one.normal_form == "стать" and "NOUN" in tag)
    )


@lru_cache(maxsize=FORMS_KEPT)
def known(form: str) -> bool:
    """Whether the dictionary has this folded form."""
    return bool(morphology().word_is_known(form) and parses(form))


@lru_cache(maxsize=FORMS_KEPT)
def lemmas(form: str) -> tuple[Lemma, ...]:
    """The plausible lemmas of a folded form, likeliest first; their weights sum to 1."""
    return likely({}, parses(form)) or (Lemma(form, 1.0),)


@lru_cache(maxsize=FORMS_KEPT)
def surnames(form: str) -> tuple[Lemma, ...]:
    """The lemmas of a form as a name, where the dictionary has it as a surname: Песков is not песок."""
    tags = [reading.tag.grammemes for reading in parses(form)] if known(form) else []
    if not any("Surn" in tag for tag in tags):
        return ()
    kept = [one for one in parses(form) if _NAMES & one.tag.grammemes]
    if any("Surn" in one.tag and fold(one.normal_form) == form for one in kept):
        # Морозов is he, and not of several called Мороз.
        kept = [one for one in kept if fold(one.normal_form) == form or not one.tag.grammemes >= _SURNAMES]
    return likely({}, tuple(kept))


@lru_cache(maxsize=FORMS_KEPT)
def capitalised_lemmas(form: str) -> tuple[Lemma, ...]:
    """The lemmas of a form with a capital inside a sentence: as a surname, or as no comparative of -ей.

    Милей is not милый.
    """
    found = parses(form) if form.endswith("ей") else ()
    no_more = tuple(one for one in found if "COMP" not in one.tag.grammemes)
    return surnames(form) or likely({}, no_more) or lemmas(form)


@lru_cache(maxsize=FORMS_KEPT)
def bases(form: str) -> tuple[Lemma, ...]:
    """The lemmas of a folded form that is the base form of a name of the dictionary."""
    named = [one for one in parses(form) if _PROPER & one.tag.grammemes] if is_proper(form) else []
    return likely({}, tuple(one for one in named if "nomn" in one.tag))


def likely(start: dict[str, float], readings: tuple[Parse, ...]) -> tuple[Lemma, ...]:
    """The lemmas of some readings, weighed together with those already in `start`."""
    scores: dict[str, float] = {}
    for reading in readings:
        scores[reading.normal_form] = scores.get(reading.normal_form, 0.0) + reading.score
    weights = dict(start)
    for normal_form, score in scores.items():
        lemma = fold(normal_form)
        weights[lemma] = weights.get(lemma, 0.0) + score
    if len(weights) == 1:
        return tuple(Lemma(lemma, 1.0) for lemma in weights)
    whole = sum(weights.values())
    kept = {lemma: weight for lemma, weight in weights.items() if weight >= LEAST_LIKELY * whole}
    whole = sum(kept.values())
    ordered = sorted(kept.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Lemma(lemma, weight / whole) for lemma, weight in ordered)


@lru_cache(maxsize=FORMS_KEPT)
def is_weak(form: str) -> bool:
    """Whether a folded form is a preposition, conjunction, particle or pronoun: it tells little alone."""
    readings = parses(form)
    return (len(form) == 1 and not form.isdigit()) or any(_WEAK & one.tag.grammemes for one in readings[:1])


@lru_cache(maxsize=FORMS_KEPT)
def is_proper(form: str) -> bool:
    """Whether a folded form may be a name of the dictionary: киев, абай."""
    tags = [reading.tag.grammemes for reading in parses(form)] if known(form) else []
    return any(_PROPER & tag for tag in tags) and not any("Abbr" in tag for tag in tags)


@lru_cache(maxsize=FORMS_KEPT)
def is_person(form: str) -> bool:
    """Whether a folded form may be a first name or surname of the dictionary."""
    return known(form) and any(_PERSON & reading.tag.grammemes for reading in parses(form))


@lru_cache(maxsize=FORMS_KEPT)
def is_abbreviation(form: str) -> bool:
    """Whether a folded form in small letters means only an abbreviation: вуз, but not воз (a load)."""
    tags = [reading.tag.grammemes for reading in parses(form) if "NOUN" in reading.tag.grammemes]
    return bool(tags) and all("Abbr" in tag for tag in tags)


@lru_cache(maxsize=FORMS_KEPT)
def is_organisation(form: str) -> bool:
    """Whether a folded form may be the name of an organisation, read as a word: камаз, минздрав."""
    tags = [reading.tag.grammemes for reading in parses(form)] if known(form) else []
    return any("Orgn" in tag and "Abbr" not in tag for tag in tags)
