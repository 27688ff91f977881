"""Spelling made equal: case, ё, stress marks, soft hyphens, look-alike letters, Kazakh letters."""

import re
import unicodedata
from itertools import islice, product

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

# How Russian texts write Kazakh letters, the usual way first: Қазақстан is Казахстан, Жеңіс Женис.
_KAZAKH = {
    "ә": ("а", "я", "э"),
    "ғ": ("г",),
    "қ": ("к", "х"),
    "ң": ("н",),
    "ө": ("о", "у"),
    "ұ": ("у",),
    "ү": ("у", "ю"),
    "һ": ("х", "г"),
    "і": ("и", "е", "ы"),
    "ы": ("ы", "и"),
}
_KAZAKH_LETTER = re.compile(r"[әғқңөұүһі]")
MOST_SPELLINGS = 8


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


def has_kazakh_letters(written: str) -> bool:
    """Whether a word as written has a letter that Russian does not."""
    return _KAZAKH_LETTER.search(written.lower()) is not None


def russian_spellings(form: str) -> tuple[str, ...]:
    """The Russian spellings of a folded form with Kazakh letters, the usual one first; () without any."""
    if not _KAZAKH_LETTER.search(form):
        return ()
    # A name begins as it sounds: Қ is К there (Қарағанды), and the vowel the usual one.
    ways = [_KAZAKH.get(c, (c,))[: 1 if at == 0 else 3] for at, c in enumerate(form)]
    return tuple("".join(spelling) for spelling in islice(product(*ways), MOST_SPELLINGS))
