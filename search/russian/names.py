"""Names outside the dictionary: which base forms a capitalised form may belong to.

A form of a surname or place is cut at each case ending it may bear; what remains, with the ending of the
base form, is a candidate. All forms of one name have that name among their candidates.
"""

from functools import lru_cache

from search.russian.lemmas import FORMS_KEPT, Lemma, known, likely, parses

_VOWELS = "аеиоуыэюя"
_NOMINAL = frozenset(("NOUN", "ADJF"))
SHORTEST_STEM = 3

# (ending of the form, ending of the base form), from the declensions of Russian names.
_POSSESSIVE = ("ов", "ев", "ин", "ын")  # Токаев, Токаева, Токаеву, Токаевой, Токаевым, Токаевы, Токаевых
_POSSESSIVE_ENDINGS = ("ыми", "ой", "ым", "ых", "а", "у", "е", "ы")
_ADJECTIVE = {  # Ковалевский, Ковалевская
    "ского": "ский",
    "скому": "ский",
    "ским": "ский",
    "ском": "ский",
    "ская": "ский",
    "ской": "ский",
    "скую": "ский",
    "ские": "ский",
    "ских": "ский",
    "скими": "ский",
    "цкого": "цкий",
    "цкому": "цкий",
    "цким": "цкий",
    "цком": "цкий",
    "цкая": "цкий",
    "цкой": "цкий",
    "цкую": "цкий",
    "цкие": "цкий",
    "цких": "цкий",
}
_CONSONANT = ("ами", "ах", "ам", "ов", "ом", "ем", "а", "у", "е", "ы", "и")  # Маск, Эванс, Ким
_SOFT = {"я": ("й", "ь"), "ю": ("й", "ь"), "ем": ("й", "ь"), "е": ("й", "ь"), "и": ("й", "ь")}  # Алденей
_FEMININE = {  # Дарига, Астана, Сауле
    "ы": "а",
    "и": "а",
    "е": "а",
    "у": "а",
    "ой": "а",
    "ою": "а",
    "ю": "я",
    "ей": "я",
}


@lru_cache(maxsize=FORMS_KEPT)
def name_lemmas(form: str) -> tuple[Lemma, ...]:
    """The base forms a folded form may have as a name, likeliest first; weights sum to 1."""
    weights = dict.fromkeys(candidates(form), 0.15)
    weights[form] = 0.35
    readings = tuple(reading for reading in parses(form) if reading.tag.POS in _NOMINAL)
    return likely(weights, readings)


def candidates(form: str) -> set[str]:
    """The base forms that a declension of Russian names can make this form from, itself left out."""
    found = {form[: -len(ending)] + base for ending, base in _ADJECTIVE.items() if form.endswith(ending)}
    if found:
        return found
    for ending in _POSSESSIVE_ENDINGS:
        if form.endswith(ending) and form[: -len(ending)].endswith(_POSSESSIVE):
            return {form[: -len(ending)]}
    if form.endswith(_POSSESSIVE):
        return set()
    found = {form[: -len(ending)] for ending in _CONSONANT if form.endswith(ending)}
    found = {base for base in found if base[-1:] not in _VOWELS + "йьъ"}
    for ending, bases in _SOFT.items():
        if form.endswith(ending):
            stem = form[: -len(ending)]
            found |= {stem + "й"} if stem[-1:] in _VOWELS else {stem + "ь"} & {stem + base for base in bases}
    found |= {form[: -len(ending)] + base for ending, base in _FEMININE.items() if form.endswith(ending)}
    return {base for base in found if len(base) >= SHORTEST_STEM and base != form}


def may_be_name(form: str, *, capitalised: bool, first: bool) -> bool:
    """Whether a form that is written so may be a name the dictionary does not have.

    An unknown word may be one however it is written (readers type names small); a known word only where a
    capital inside a sentence says so (Илона Маска), or a surname's ending (Токаев, though токаев is of токай).
    """
    return not known(form) or (capitalised and (not first or is_surname(form)))


def is_surname(form: str) -> bool:
    """Whether a folded form ends as Russian and Kazakh surnames do, though the dictionary has another word
    of this form (токаев, of токай).
    """
    return len(form) > SHORTEST_STEM + 1 and form.endswith(_POSSESSIVE)
