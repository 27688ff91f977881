"""How names decline: what a form of one may be, in which case and gender, and which forms a name has."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from pymorphy3.analyzer import Parse
from rapidfuzz.distance import Prefix

from search.russian.folding import fold
from search.russian.latin import is_latin
from search.russian.lemmas import FORMS_KEPT, known, parses
from search.russian.names import SHORTEST_STEM

MASCULINE, FEMININE, NEUTER, PLURAL, ANY = "mfnp*"
NOMINATIVE = "n"
CASES = {
    "nomn": NOMINATIVE,
    "gent": "g",
    "datv": "d",
    "accs": "a",
    "ablt": "i",
    "loct": "l",
    "gen2": "g",
    "loc2": "l",
}
_GENDERS = {"masc": MASCULINE, "femn": FEMININE, "neut": NEUTER}
_PEOPLE = frozenset(("Name", "Surn", "Patr"))
_NOMINAL = frozenset(("NOUN", "ADJF", "PRTF", "ADJS"))
_VOWELS, _BACK = "аеиоуыэюя", "гкхжчшщц"
_INVENTED = 0.2  # what a form of the dictionary weighs as one of a name the dictionary does not have
_PREDICTED = 0.3  # what pymorphy3 takes an unknown word for, by its ending
_UNDECLINED = {"о": 0.6} | dict.fromkeys("еиуыэю", 0.2)  # Лукашенко; Месси, but also Абаи, Абаю
_UNDECLINED_WOMAN = 0.4  # whose surname ends in a consonant
_ENDED = ("ов", "ев", "ин", "ын", "ой", "ым", "ом", "ем")  # what she has not, as it would be declined
_LIKE_A_CASE = {"ом": 0.15, "ем": 0.15, "ым": 0.15, "ой": 0.3}  # how likely a base form ends so

# (what base forms end in, of it what changes, gender, endings by case)
_PARADIGMS = tuple(
    (
        ends,
        changing,
        gender,
        tuple(zip("ngdail", (each.split("|") for each in endings.split(",")), strict=True)),
    )
    for ends, changing, gender, endings in (
        (("ов", "ев", "ин", "ын"), "", MASCULINE, ",а,у,а,ым,е"),
        (("ова", "ева", "ина", "ына"), "а", FEMININE, "а,ой,ой,у,ой,ой"),
        (("ский", "цкий"), "ий", MASCULINE, "ий,ого,ому,ого,им,ом"),
        (("ская", "цкая"), "ая", FEMININE, "ая,ой,ой,ую,ой,ой"),
        ((), "", MASCULINE, ",а,у,а,ом|ем,е"),
        (("й",), "й", MASCULINE, "й,я,ю,я,ем,е|и"),
        (("ь",), "ь", MASCULINE, "ь,я,ю,я,ем,е"),
        (("а",), "а", ANY, "а,ы|и,е,у,ой|ей|ою,е"),
        (("я",), "я", ANY, "я,и,е|и,ю,ей,е|и"),
    )
)


class Reading(NamedTuple):
    """What a form may be: a base form in some gender (or the plural) and case, and how likely it is."""

    base: str
    gender: str
    case: str
    weight: float
    parse: Parse | None = None

    def agrees(self, other: "Reading") -> bool:
        """Whether both may be of one name: in one gender and case."""
        return agree(self.gender, other.gender) and agree(self.case, other.case)


def agree(one: str, other: str) -> bool:
    """Whether two genders or two cases may be the same."""
    return one == other or ANY in (one, other)


@lru_cache(maxsize=FORMS_KEPT)
def of_person(form: str) -> tuple[Reading, ...]:
    """What a folded form may be as a first name, patronymic or surname."""
    if is_latin(form):
        return (Reading(form, ANY, ANY, 1.0),)
    found = [
        one
        for one in parses(form)
        if _PEOPLE & one.tag.grammemes and one.tag.number == "sing" and one.tag.case != "voct"
    ]
    if known(form) and found:
        # Санду is a form of Санда, and may be a name that has no others.
        as_it_is = () if any(one.tag.case == "nomn" for one in found) else _undeclined(form)
        invented = (one._replace(weight=one.weight * _INVENTED) for one in (*_regular(form), *as_it_is))
        return (*_read(found, 1.0), *invented)
    return (*_regular(form), *_undeclined(form), *_read(found, _PREDICTED))


@lru_cache(maxsize=FORMS_KEPT)
def of_thing(form: str) -> tuple[Reading, ...]:
    """What a folded form may be as a noun or adjective in the name of a place or an organisation."""
    if is_latin(form):
        return (Reading(form, ANY, ANY, 1.0),)
    found = tuple(_read([one for one in parses(form) if one.tag.POS in _NOMINAL], 1.0))
    if known(form) and found:
        return found
    predicted = (one._replace(weight=one.weight * _PREDICTED) for one in found)
    return (*_regular(form), *_undeclined(form), *predicted)


def forms(base: str, gender: str) -> Iterator[str]:
    """The forms that a name of this base form and gender has, by rule."""
    for ends, changing, its, endings in _PARADIGMS:
        if agree(its, gender) and _is_base(base, ends):
            stem = base.removesuffix(changing)
            yield from (stem + ending for _, each in endings for ending in each)


def _read(found: list[Parse], weight: float) -> Iterator[Reading]:
    """Readings of the dictionary; their weights sum to `weight`."""
    whole = sum(one.score for one in found) or 1.0
    for one in found:
        gender = PLURAL if one.tag.number == "plur" else _GENDERS.get(str(one.tag.gender), ANY)
        case = ANY if "Fixd" in one.tag else CASES.get(str(one.tag.case), ANY)
        yield Reading(_nominative(one), gender, case, weight * one.score / whole, one)


def _nominative(one: Parse) -> str:
    """The nominative in the same number and gender; the most like the form (высший, not высочайший)."""
    if not one.tag.case or "nomn" in one.tag:
        return str(one.word)
    same = {"nomn", one.tag.number, one.tag.gender if one.tag.number == "sing" else None} - {None}
    found = [other.word for other in one.lexeme if same <= other.tag.grammemes]
    return str(max(found, key=lambda word: Prefix.similarity(word, one.word), default=one.word))


def _regular(form: str) -> Iterator[Reading]:
    """What a form may be by the rules that names decline by."""
    for ends, changing, gender, endings in _PARADIGMS:
        for case, each in endings:
            for ending in each:
                stem = form.removesuffix(ending)
                base = stem + changing
                if form.endswith(ending) and _is_base(base, ends) and _is_spelt(stem, ending, ends):
                    itself = _LIKE_A_CASE.get(form[-2:], 1.0) if base == form else 1.0
                    yield Reading(base, gender, case, itself)


def _undeclined(form: str) -> Iterator[Reading]:
    if form[-1:] in _UNDECLINED:
        yield Reading(form, ANY, ANY, _UNDECLINED[form[-1]])
    elif form[-1:] not in "ая" and not form.endswith(_ENDED):
        yield Reading(form, FEMININE, ANY, _UNDECLINED_WOMAN)


def _is_base(base: str, ends: tuple[str, ...]) -> bool:
    if len(base) < SHORTEST_STEM:
        return False
    return base.endswith(ends) if ends else base[-1] not in _VOWELS + "йьъ"


def _is_spelt(stem: str, ending: str, ends: tuple[str, ...]) -> bool:
    """Whether an ending is written so after this stem."""
    last = stem[-1:]
    if ends in (("й",), ("я",)) and last in _BACK:
        return False
    if ends == ("й",):
        return last in _VOWELS
    if ends in (("ь",), ("а",)) and last in _VOWELS + "йьъ":
        return False
    if ending in ("ы", "и") and ends == ("а",):
        return (last in _BACK and last != "ц") == (ending == "и")
    if ending in ("ем", "ей") and ends in ((), ("а",)):
        return last in "жчшщц"
    return bool(last)


def plain(base: str) -> str:
    """A base form as forms are compared."""
    return fold(base)
