"""A typed word becomes the index terms it may be found by, each with a weight and the route it takes."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from search.query import AllOf, Alternative, AnyOf, In, Node, Phrase, Via, Word
from search.ranking import EXACT_FORM, KIN
from search.russian import names
from search.russian.abbreviations import Shouting, is_written_small
from search.russian.analysis import (
    ABBREVIATION,
    CYRILLIC_SOUND,
    EXACT,
    FAMILY,
    LATIN_SOUND,
    SOUND,
    is_coarse,
    readings,
    split,
    terms,
)
from search.russian.families import families
from search.russian.folding import fold, other_alphabet, russian_spellings
from search.russian.latin import cyrillic_keys, cyrillic_spellings, is_latin
from search.russian.lemmas import Lemma, bases, is_proper, is_weak, known, parses
from search.russian.tokens import Token, tokenise

OTHER_ALPHABET = 0.6  # Samsung for Самсунг: the same name, but not as it was typed
COARSE = 0.2  # where only the consonants and the kinds of vowels are the same
SMALL_ABBREVIATION = 0.9  # дтп for ДТП
MOST_SPELLINGS = 6
MEANT_ITSELF = 0.9
WORDS_KEPT = 2_048  # of questions: they are typed again and again, and looked at again to be mended
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_HYPHENS = re.compile(r"[-‐‑]")


def words(text: str, where: In = In.ALL, *, exact: bool = False, shouted: bool = False) -> list[Node]:
    """The words of a plain text, as parts of a question; in exact mode only their very forms.

    `shouted` says that all is typed in capitals around it, so that they mean nothing.
    """
    if exact:
        return [exact_word(token, where) for token in tokenise(text)]
    inside = Shouting(text)
    return [word(token, where, shouted=shouted or inside.at(token.start)) for token in tokenise(text)]


def word(token: Token, where: In = In.ALL, *, shouted: bool = False) -> Node:
    """A word in any of its forms; one with a hyphen also as its parts side by side."""
    return _word(Token(0, len(token.text), token.text, token.kind), where, shouted)


@lru_cache(maxsize=WORDS_KEPT)
def _word(token: Token, where: In, shouted: bool) -> Node:
    found: dict[str, Alternative] = {}
    for alternative in _alternatives(token, shouted):
        held = found.get(alternative.term)
        if held is None or held.weight < alternative.weight:
            found[alternative.term] = alternative
    whole = Word(token.text, tuple(found.values()), where, weak=is_weak(fold(token.text)))
    parts = _in_words(token, where) or [part for part in [_side_by_side(token, where)] if part]
    return AnyOf((whole, *parts)) if parts else whole


def widened(node: Node) -> Iterator[Node]:
    """A part of a question of which not all need be found: hyphens open, words of a family count too."""
    if isinstance(node, AnyOf) and isinstance(node.parts[0], Word) and _opens(node):
        spaced = _HYPHENS.sub(" ", node.parts[0].text)
        yield from (_akin(part) for part in words(spaced, node.parts[0].where))
    else:
        yield _akin(node)


def _opens(node: AnyOf) -> bool:
    """Whether this is a word with a hyphen, not a name with a number as COVID-19."""
    return (
        len(node.parts) == 2
        and isinstance(node.parts[0], Word)
        and isinstance(node.parts[1], Phrase)
        and node.parts[0].text == node.parts[1].text
        and not any(map(str.isdigit, node.parts[0].text))
    )


def _akin(node: Node) -> Node:
    if isinstance(node, AllOf | AnyOf):
        return replace(node, parts=tuple(_akin(part) for part in node.parts))
    if not isinstance(node, Word) or not any(a.via is Via.LEMMA for a in node.alternatives):
        return node
    found = families(fold(node.text), node.text[:1].isupper())
    best = max(found.values(), default=1.0)
    # A family counts the word itself too, which then counts so much less by its own.
    alternatives = tuple(
        replace(a, weight=a.weight * (1.0 - KIN)) if found and a.via is Via.LEMMA else a
        for a in node.alternatives
    )
    kin = tuple((FAMILY + family, KIN * weight / best) for family, weight in found.items())
    return replace(node, alternatives=alternatives, kin=kin)


def elected(root: AllOf, counts: Callable[[Iterable[str]], Mapping[str, int]]) -> AllOf:
    """A question after the archive's vote on its names; `counts` gives the forms' article counts."""
    return replace(root, parts=tuple(_elected(part, counts) for part in root.parts))


def _elected(node: Node, counts: Callable[[Iterable[str]], Mapping[str, int]]) -> Node:
    if isinstance(node, AllOf | AnyOf):
        return replace(node, parts=tuple(_elected(part, counts) for part in node.parts))
    if not isinstance(node, Word) or not names.is_voted_on(fold(node.text)):
        return node
    lemmas = [a for a in node.alternatives if a.via is Via.LEMMA]
    if len(lemmas) < 2:
        return node
    having = counts({EXACT + form for lemma in lemmas for form in names.paradigm(lemma.term)})
    readings = (Lemma(lemma.term, lemma.weight) for lemma in lemmas)
    votes = dict(names.elected(fold(node.text), readings, lambda form: having.get(EXACT + form, 0)))
    best = max(votes.values())
    others = [a for a in node.alternatives if a.via is not Via.LEMMA]
    voted = [
        replace(a, weight=votes[a.term] / best)
        for a in sorted(lemmas, key=lambda a: (-votes[a.term], a.term))
    ]
    return replace(node, alternatives=(*others[:1], *voted, *others[1:]))


def _alternatives(token: Token, shouted: bool) -> Iterator[Alternative]:
    form = fold(token.text)
    found = terms(token.text, token.kind, shouted=shouted)
    asked = [(term, weight) for term, weight in found if not term.startswith(SOUND)]
    parts = _parts_of(token.text)
    asked = [(term, weight) for term, weight in asked if term not in parts]
    if "-" not in form and token.kind == "word":
        asked += _typed_small(form)
    asked = _without_curiosities(form, asked)
    asked = _as_named(token.text, form, asked)
    yield Alternative(exact_term(token, shouted=shouted), EXACT_FORM, Via.FORM)
    best = max((weight for _, weight in asked[1:]), default=1.0)
    kazakh = {lemma for spelling in russian_spellings(form) for lemma, _ in _any_reading(spelling)}
    for term, weight in asked[1:]:
        via = (
            Via.ABBREVIATION if term.startswith(ABBREVIATION) else Via.KAZAKH if term in kazakh else Via.LEMMA
        )
        yield Alternative(term, weight / best, via)
    if token.kind != "number":
        yield from _other_alphabet(token.text, form.partition(".")[0])


def _parts_of(written: str) -> set[str]:
    """The terms of the parts of премьер-министр or КазМунайГаз, which would find every министр and газ."""
    whole = fold(written)
    parts = [part for each in (written, written.lower()) for part in split(each)]
    return {term for part in parts if fold(part) != whole for term, _ in terms(part)}


def _without_curiosities(form: str, asked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """A base form that was typed means itself where other readings are rare: дорога, and not дорогой."""
    itself = dict(asked).get(form, 0.0)
    if not known(form) or itself < MEANT_ITSELF:
        return asked
    return [(term, weight) for term, weight in asked if weight > 1 - MEANT_ITSELF]


def _as_named(written: str, form: str, asked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """A name as it is typed means itself: Баку is of no бак, and Дулатов of no several дулат."""
    if not written[:1].isupper() or not written[1:].islower() or russian_spellings(form):
        return asked
    if known(form):
        is_base = any(lemma == form for lemma, _ in bases(form))
        return [one for one in asked if one[0] == form or not known(one[0])] if is_base else asked
    signed = (EXACT, ABBREVIATION)
    is_base = names.is_surname(form)
    return [one for one in asked if one[0] == form or one[0].startswith(signed)] if is_base else asked


def _typed_small(form: str) -> list[tuple[str, float]]:
    """What a reader who types no capitals may mean besides: an abbreviation, or a name."""
    found = [(ABBREVIATION + form, SMALL_ABBREVIATION)] if form.isalpha() else []
    if known(form) and names.is_surname(form):
        found.append((form, 1.0))
    return found


def _other_alphabet(written: str, form: str) -> Iterator[Alternative]:
    if written.isupper() and (same := other_alphabet(form)):  # EC for ЕС, letter by letter
        yield Alternative(ABBREVIATION + same, OTHER_ALPHABET, Via.LATIN)
    if is_latin(form):
        for spelling in cyrillic_spellings(form)[:MOST_SPELLINGS]:
            for lemma, weight in _any_reading(spelling):
                if lemma == spelling or not known(lemma):  # Sony is no сон, though сони is of one
                    yield Alternative(lemma, weight * OTHER_ALPHABET, Via.LATIN)
            if written.isupper():
                yield Alternative(ABBREVIATION + spelling, OTHER_ALPHABET, Via.LATIN)
        parts = _parts_of(written)
        for term, weight in terms(written):
            if term.startswith(LATIN_SOUND) and term not in parts:
                yield _sounding(CYRILLIC_SOUND + term.removeprefix(LATIN_SOUND), weight)
        return
    # A word of the dictionary is written as it sounds: спорт is not Superjet, of the same consonants.
    coarse = "*|" if not known(form) or "-" in form else "|" if is_proper(form) else ""
    for lemma in dict.fromkeys((form, *_heard(form))):
        keys = [key for key in cyrillic_keys(lemma) if key[0] not in "*|" or key[0] in coarse]
        for key in keys:  # a Latin word may have all of them: together they weigh as one
            yield _sounding(LATIN_SOUND + key, 1 / len(keys))


def _sounding(term: str, weight: float) -> Alternative:
    return Alternative(term, weight * OTHER_ALPHABET * (COARSE if is_coarse(term) else 1.0), Via.LATIN)


def _heard(form: str) -> Iterable[str]:
    """The lemmas of a form that a Latin name may be heard as: nouns, where the dictionary has it."""
    nouns = {fold(one.normal_form) for one in parses(form) if one.tag.POS == "NOUN"} if known(form) else None
    return (lemma for lemma, _ in _any_reading(form) if nouns is None or lemma in nouns)


def _any_reading(form: str) -> list[tuple[str, float]]:
    return [(lemma, weight) for lemma, weight in readings(form, capitalised=True, first=False)]


def _side_by_side(token: Token, where: In) -> Phrase | None:
    """премьер министр for премьер-министр, Нур Отан for НурОтан."""
    parts = [token for part in split(token.text) for token in tokenise(part)]
    if len(parts) < 2 or token.kind != "word":
        return None
    each = tuple(tuple(dict.fromkeys(_in_phrase(part))) for part in parts)
    return Phrase(token.text, each, where) if all(each) else None


def _in_words(token: Token, where: In) -> list[Phrase]:
    """24 декабря 2024, or without the year, for 24.12.2024."""
    date = _DATE.fullmatch(token.text)
    if not date or not 1 <= int(date[2]) <= len(_MONTHS):
        return []
    day, month, year = (str(int(date[1])),), (_MONTHS[int(date[2]) - 1],), (date[3],)
    return [Phrase(token.text, (day, month, year), where), Phrase(token.text, (day, month), where)]


def _in_phrase(part: Token) -> Iterator[str]:
    yield from (term for term, _ in terms(part.text, part.kind)[1:] if not term.startswith(SOUND))
    if part.kind == "word":
        heard = _other_alphabet(part.text, fold(part.text))
        yield from (one.term for one in heard if not is_coarse(one.term))


def exact_word(token: Token, where: In = In.ALL) -> Word:
    """A word in this form only."""
    return Word(token.text, (Alternative(exact_term(token), 1.0, Via.FORM),), where)


def exact_term(token: Token, *, shouted: bool = False) -> str:
    """The term of a token's exact form; for an abbreviation like КарТУ the one that карту does not have."""
    found = terms(token.text, token.kind, shouted=shouted)
    parts = set() if "-" not in fold(token.text) else _parts_of(token.text)
    own = next((term for term, _ in found if term.startswith(ABBREVIATION) and term not in parts), "")
    only_capital = own and "-" not in own and not is_latin(own[1:]) and not is_written_small(own[1:])
    return own if only_capital else found[0][0]


def exact_phrase(text: str, where: In = In.ALL, *, shouted: bool = False) -> Word | Phrase | None:
    """The quoted words in these forms, side by side; None where there is no word in it."""
    inside = Shouting(text)
    forms = [exact_term(token, shouted=shouted or inside.at(token.start)) for token in tokenise(text)]
    if not forms:
        return None
    if len(forms) == 1:
        return Word(text.strip(), (Alternative(forms[0], 1.0, Via.FORM),), where)
    return Phrase(text.strip(), tuple((form,) for form in forms), where)
