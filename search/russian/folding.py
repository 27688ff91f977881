"""Spelling made equal: case, ё, stress marks, soft hyphens, look-alike letters, Kazakh letters."""

import re
import unicodedata

# What may stand inside a written word without being part of its spelling: the combining acute and grave
# (stress), the soft hyphen, zero-width characters.
INVISIBLE = "\u0300\u0301\u00ad\u200b\u200c\u200d\u2060\ufeff"
_INVISIBLE = dict.fromkeys(map(ord, INVISIBLE))
_SPELLING = str.maketrans({"ё": "е", "‑": "-", "‐": "-", "’": "'", "ʼ": "'", "`": "'"})

_SIMPLE = re.compile(r"[А-Яа-я]+")  # most words: there is nothing to mend but capitals

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
    "ң": ("н", "нг"),
    "ө": ("о", "у"),
    "ұ": ("у",),
    "ү": ("у", "ю"),
    "һ": ("х", "г"),
    "і": ("и", "ы", "е", ""),
    "ы": ("ы", "и", "у"),
    "йы": ("и", "йы"),
    "йі": ("и", "йи"),
    "уе": ("уе", "уэ"),
    "ауы": ("ау", "ауы"),
    "ия": ("ия", "ья"),
    # After a front vowel л is soft: Айгуль, Асель, Есиль.
    "ел": ("ел", "ель"),
    "үл": ("ул", "уль", "юл"),
    "өл": ("ол", "оль", "ул"),
    "іл": ("ил", "ыл", "иль", "ел", "л"),
}
# Names that Russian has its own spelling of.
_IN_RUSSIAN = {
    "домбыра": "домбра", "ертіс": "иртыш", "қорғас": "хоргос", "сырдария": "сырдарья", "ыбырай": "ибрай",
}  # fmt: skip
_KAZAKH_LETTER = re.compile(r"[әғқңөұүһі]")
_KAZAKH_SOUND = re.compile(r"[әғқңөұүһі]|йы|ауы")
_LETTER = re.compile(r"йы|йі|уе|ауы|ия|[еүөі]л(?!л)|.")
MOST_SPELLINGS = 12


def fold(form: str) -> str:
    """A form as it is compared: composed, lower-case, е for ё, without stress marks and soft hyphens."""
    if _SIMPLE.fullmatch(form):
        return form.lower()
    plain = unicodedata.normalize("NFC", form.translate(_INVISIBLE)) if not form.isascii() else form
    parts = plain.lower().translate(_SPELLING).split("-")
    if min(map(len, parts)) > 1:  # SIM-карта is of two alphabets, and C-400 of one
        return "-".join(map(one_alphabet, parts))
    return one_alphabet("-".join(parts))


def one_alphabet(form: str) -> str:
    """A lower-case form with look-alike letters of the other alphabet mended; others are left alone."""
    if not (_LATIN.search(form) and _CYRILLIC.search(form)):
        return form
    latin, cyrillic = _LATIN_ALONE.search(form), _CYRILLIC_ALONE.search(form)
    if latin and cyrillic:
        return form
    return form.translate(_CYRILLIC_LIKE_LATIN if latin else _LATIN_LIKE_CYRILLIC)


def other_alphabet(form: str) -> str | None:
    """A folded form in look-alike letters of the other alphabet, where it has no others: ес for ec."""
    for table in (_LATIN_LIKE_CYRILLIC, _CYRILLIC_LIKE_LATIN):
        if all(ord(letter) in table for letter in form):
            return form.translate(table)
    return None


def has_kazakh_letters(written: str) -> bool:
    """Whether a word as written has a letter that Russian does not."""
    return _KAZAKH_LETTER.search(written.lower()) is not None


def russian_spellings(form: str) -> tuple[str, ...]:
    """The Russian spellings of a folded form with Kazakh letters or sounds, the usual one first; else ()."""
    if form in _IN_RUSSIAN:
        return (_IN_RUSSIAN[form],)
    if not _KAZAKH_SOUND.search(form):
        return ()
    # A name begins as it sounds: Қ is К there (Қарағанды), and the vowel the usual one, but for Өмірзақ.
    kept = [(0, "")]
    for at, letter in enumerate(_LETTER.findall(form)):
        ways = _KAZAKH.get(letter, (letter,))[: None if at or letter[0] == "ө" or len(letter) > 1 else 1]
        longer = ((odd + rank, head + way) for odd, head in kept for rank, way in enumerate(ways))
        kept = sorted(longer, key=lambda spelling: spelling[0])[:MOST_SPELLINGS]
    return tuple(spelling for _, spelling in kept)
