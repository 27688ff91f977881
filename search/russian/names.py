"""Names outside the dictionary: which base forms a form may belong to.

A form of a surname or place is cut at each case ending it may bear; what remains, with the ending of the
base form, is a candidate. All forms of one name have that name among their candidates, and the forms an
archive has of it vote for it: Токаева and Токаеву, seen beside each other, are both of Токаев.
"""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

from search.russian.folding import fold
from search.russian.lemmas import FORMS_KEPT, Lemma, is_person, known, lemmas, likely, parses

SHORTEST_STEM = 3
_VOWELS = "аеиоуыэюя"
_BACK = "гкхжчшщ"  # after these, и is written where other stems have ы
_SIBILANTS = "жчшщц"  # after these, ей is written where other stems have ой
_NOMINAL = frozenset(("NOUN", "ADJF"))

# Токаев, Токаева, Токаеву, Токаевой, Токаевым, Токаевы, Токаевых
_POSSESSIVE = ("ов", "ев", "ин", "ын")
_POSSESSIVE_ENDINGS = ("ыми", "ой", "ым", "ых", "а", "у", "е", "ы")
# Ковалевский, Ковалевская
ADJECTIVE = ("ский", "цкий")
_ADJECTIVE_ENDINGS = ("ого", "ому", "ими", "им", "ом", "ая", "ой", "ую", "ие", "их")
# Маск, Эванс; Алденей; Дарига, Асия
_CONSONANT_ENDINGS = ("ами", "ах", "ам", "ов", "ом", "ем", "а", "у", "е", "ы", "и")
_SOFT_ENDINGS = ("ем", "я", "ю", "е", "и")
_HARD_FEMININE_ENDINGS = ("ой", "ою", "ей", "ы", "и", "е", "у")
_SOFT_FEMININE_ENDINGS = ("ей", "и", "е", "ю")

# How likely a form is the base form itself, by its last letter; the rest is shared by the candidates.
_ITSELF_CONSONANT = 0.6  # Гренелл
_ITSELF_VOWEL = 0.3  # Рааба may be she, or him in the genitive
_READ_BY_SUFFIX = 0.3  # what pymorphy3 takes an unknown word for, by its ending
_INVENTED = 0.2  # Маск, for Маска that the dictionary knows
_NEVER_BARE = 0.15
_VOTE = 0.3


@lru_cache(maxsize=FORMS_KEPT)
def name_lemmas(form: str) -> tuple[Lemma, ...]:
    """The base forms a folded form may have as a name, likeliest first; weights sum to 1."""
    possible = sorted(candidates(form))
    itself = _ITSELF_VOWEL if form[-1:] in _VOWELS else _ITSELF_CONSONANT
    weights = {form: itself if possible else 1.0}
    weights |= dict.fromkeys(possible, (1 - itself) / max(1, len(possible)))
    nominal = [reading for reading in parses(form) if reading.tag.POS in _NOMINAL]
    whole = sum(reading.score for reading in nominal)
    for reading in nominal:
        lemma = fold(reading.normal_form)
        weights[lemma] = weights.get(lemma, 0.0) + _READ_BY_SUFFIX * reading.score / whole
    return likely(weights, ())


@lru_cache(maxsize=FORMS_KEPT)
def invented(form: str) -> tuple[Lemma, ...]:
    """The base forms a word of the dictionary may have as a name; their weights sum to a small share."""
    possible = sorted(candidates(form) | {form})
    return tuple(Lemma(base, _INVENTED / len(possible)) for base in possible)


def elected(form: str, readings: Iterable[Lemma], count: Callable[[str], int]) -> tuple[Lemma, ...]:
    """The readings of a name after the archive's vote; `count` says how many articles have a form.

    A base form gains with every other form of it that the archive has, and with how often it has it bare; it
    loses where it never has. On words of the dictionary that are no people's names there is no vote.
    """
    if not is_voted_on(form):
        return tuple(readings)
    votes = {lemma: weight * _support(lemma, form, count) for lemma, weight in readings}
    whole = sum(votes.values())
    return tuple(Lemma(lemma, votes[lemma] / whole) for lemma in sorted(votes, key=lambda x: (-votes[x], x)))


def is_no_base(form: str, lemma: str) -> bool:
    """Whether a lemma of a form is not to be told: a case (Поклонской), or a call (Илон, of Илона)."""
    if lemma == form:
        cases = any(base.endswith(ADJECTIVE) for base in candidates(form))
        return cases and all(one.lemma != form for one in lemmas(form))
    own = [reading for reading in parses(form) if fold(reading.normal_form) == lemma] if known(form) else []
    return bool(own) and all("voct" in reading.tag for reading in own)


def is_voted_on(form: str) -> bool:
    """Whether a form may be of a name whose base form the archive tells better than the dictionary."""
    return not known(form) or is_person(form)


def _support(base: str, form: str, count: Callable[[str], int]) -> float:
    others = sum(1 for other in paradigm(base) if other not in (form, base) and count(other))
    bare = 1.0 + math.log1p(count(base)) if base == form or count(base) else _NEVER_BARE
    return bare * (1.0 + _VOTE * others)


def paradigm(base: str) -> Iterable[str]:
    """The forms a name has in Russian cases, the base form first."""
    yield base
    if base.endswith(ADJECTIVE):
        yield from (base[:-2] + ending for ending in _ADJECTIVE_ENDINGS)
    elif base.endswith(_POSSESSIVE):
        yield from (base + ending for ending in _POSSESSIVE_ENDINGS)
    elif base[-1:] == "а":
        yield from (base[:-1] + ending for ending in _HARD_FEMININE_ENDINGS)
    elif base[-1:] == "я":
        yield from (base[:-1] + ending for ending in _SOFT_FEMININE_ENDINGS)
    elif base[-1:] in "йь":
        yield from (base[:-1] + ending for ending in _SOFT_ENDINGS)
    elif base[-1:] not in _VOWELS:
        yield from (base + ending for ending in _CONSONANT_ENDINGS)


def candidates(form: str) -> set[str]:
    """The base forms that a declension of Russian names can make this form from, itself left out."""
    for ending in _ADJECTIVE_ENDINGS if form.endswith(_ADJECTIVE_ENDINGS) else ():
        if form.endswith(ending) and (form[: -len(ending)] + "ий").endswith(ADJECTIVE):
            # под Щучинском
            return {form[: -len(ending)] + "ий"} | ({form.removesuffix("ом")} if ending == "ом" else set())
    for ending in _POSSESSIVE_ENDINGS if form.endswith(_POSSESSIVE_ENDINGS) else ():
        if form.endswith(ending) and form[: -len(ending)].endswith(_POSSESSIVE):
            return _long_enough({form[: -len(ending)]}, form)
    if form.endswith(_POSSESSIVE):
        return set()
    found = set(_without(form, _CONSONANT_ENDINGS, _hard))
    found |= {stem + ("й" if stem[-1:] in _VOWELS else "ь") for stem in _without(form, _SOFT_ENDINGS, _any)}
    found |= {stem + "а" for stem in _without(form, _HARD_FEMININE_ENDINGS, _hard)}
    found |= {stem + "я" for stem in _without(form, _SOFT_FEMININE_ENDINGS, _soft)}
    return _long_enough(found, form)


def _without(form: str, endings: tuple[str, ...], fits: Callable[[str, str], bool]) -> Iterable[str]:
    for ending in endings if form.endswith(endings) else ():
        stem = form.removesuffix(ending)
        if len(stem) < len(form) and stem and fits(stem, ending):
            yield stem


def _hard(stem: str, ending: str) -> bool:
    if stem[-1] in _VOWELS + "йьъ":
        return False
    if ending == "ей":
        return stem[-1] in _SIBILANTS
    return (stem[-1] in _BACK) == (ending == "и") if ending in ("и", "ы") else True


def _soft(stem: str, _: str) -> bool:
    return stem[-1] not in _BACK + "йъ"


def _any(stem: str, _: str) -> bool:
    return stem[-1] not in "йьъ"


def _long_enough(found: set[str], form: str) -> set[str]:
    return {base for base in found if len(base) >= SHORTEST_STEM and base != form}


def feminine(base: str) -> str | None:
    """What a surname, or an adjective in a name, is in the feminine: Захарова, Киевская; None for others."""
    if base.endswith(ADJECTIVE):
        return base[:-2] + "ая"
    return base + "а" if is_surname(base) else None


def is_surname(form: str) -> bool:
    """Whether a folded form ends as Russian and Kazakh surnames do (токаев, though it is of токай, too)."""
    return len(form) > SHORTEST_STEM + 1 and form.endswith(_POSSESSIVE)


def may_be_name(form: str, *, capitalised: bool, first: bool) -> bool:
    """Whether a form that is written so may be a name the dictionary does not have.

    An unknown word may be one however it is written (readers type names small); a known word only where a
    capital inside a sentence says so (Илона Маска), or a surname's ending.
    """
    return not known(form) or (capitalised and (not first or is_surname(form)))
