"""Spelling made equal: case, ё, stress marks, soft hyphens, look-alike letters, Kazakh letters."""

import re
import unicodedata

# What may stand inside a written word without being part of its spelling: the combining acute and grave
# (stress), the soft hyphen, zero-width characters.
INVISIBLE = "\u0300\u0301\u00ad\u200b\u200c\u200d\u2060\ufeff"
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_SPELLING = str.maketrans({"ё": "е", "‑": "-", "‐": "-", "’": "'", "ʼ": "'", "`": "'"})

_LATIN_LIKE_CYRILLIC = str.maketrans("aceopxykmhtbi", "асеорхукмнтві")
_CYRILLIC_LIKE_LATIN = str.maketrans("асеорхукмнтві", "aceopxykmhtbi")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-яёәғқңөұүһі]")
_LATIN_ALONE = re.compile(r"[b-bdf-gjlnq-wz]")
_CYRILLIC_ALONE = re.compile(r"[бгджзийлпфцчшщъыьэюяёәғқңөұүһ]")

_KAZAKH = str.maketrans("әғқңөұүһі", "агкноуухи")
_KAZAKH_LETTER = re.compile(r"[әғқңөұүһі]")


def fold(form: str) -> str:
    """A form as it is compared: composed, lower-case, е for ё, without stress marks and soft hyphens."""
    plain = unicodedata.normalize("NFC", form.translate(_INVISIBLE)) if not form.isascii() else form
    return one_alphabet(plain.lower().translate(_SPELLING))


def one_alphabet(form: str) -> str:
    """A lower-case form with look-alike letters of the other alphabet mended; others are left alone."""
    if not (_LATIN.search(form) and _CYRILLIC.search(form)):
        return form
    latin, cyrillic = _LATIN_ALONE.search(form), _CYRILLIC_ALONE.search(form)
    if latin and cyrillic:
        return form
    return form.translate(_CYRILLIC_LIKE_LATIN if latin else _LATIN_LIKE_CYRILLIC)


def russian_spelling(form: str) -> str | None:
    """How a folded form with Kazakh letters is spelled in Russian; None where it has none."""
    return form.translate(_KAZAKH) if _KAZAKH_LETTER.search(form) else None
