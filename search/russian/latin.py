"""Latin and Cyrillic spellings of one name meet by how they sound: QARMET and Кармет, Tokayev and Токаев.

A spelling of either alphabet is written down as sounds, one character each. Spellings of one name differ
most in vowels, so besides all sounds two coarser keys are taken: with every run of vowels as one of two
signs, and, for longer names, the consonants alone and whether a vowel comes first. (The idea is Soundex's:
Odell and Russell, 1918.)
"""

import re
import unicodedata
from functools import lru_cache
from itertools import chain, product

from search.russian.brands import READ_OTHERWISE

FORMS_KEPT = 50_000
SHORTEST = 3  # sounds of the fullest key
RUNS_FROM = 3  # consonants that make the key of vowel runs tell names apart
BONES_FROM = 4  # consonants that do so without vowels
MOST_SPELLINGS = 12

_VOWELS = "aeiou"
_CYRILLIC = dict(zip("абвгдежзийклмнопрстуфхцчшщыэюя", "abvgdeJziiklmnoprstufhCcwwieua", strict=True))


class _Sounds(dict[int, str]):
    """For str.translate: what has no sound is left out."""

    def __missing__(self, code: int) -> str:
        return ""


_SOUND_OF = _Sounds({ord(letter): sound for letter, sound in _CYRILLIC.items()})

# Latin letters and groups as sounds, the longer first; several sounds where languages differ.
_LATIN: dict[str, tuple[str, ...]] = {
    "shch": ("w",),
    "dge": ("J", "Je"),
    "cci": ("ci", "ki"),
    "tsch": ("c",),
    "sch": ("w",),
    "tch": ("c",),
    "dzh": ("J",),
    "you": ("u",),
    "sh": ("w",),
    "ch": ("c", "k", "w"),
    "zh": ("J",),
    "kh": ("h",),
    "ph": ("f",),
    "th": ("t",),
    "wh": ("v",),
    "gh": ("g",),
    "ck": ("k",),
    "ts": ("C",),
    "tz": ("C",),
    "dj": ("J",),
    "qu": ("kv",),
    "oo": ("u",),
    "ee": ("i",),
    "ou": ("u",),
    "au": ("au", "o"),
    "ea": ("ea", "i", "e"),
    "ya": ("a",),
    "ja": ("a", "Ja"),
    "ia": ("ia", "a"),
    "yu": ("u",),
    "ju": ("u", "Ju"),
    "iu": ("u",),
    "yo": ("o", "io", "e"),
    "ye": ("e",),
    "ce": ("se", "Ce"),
    "ci": ("si", "Ci"),
    "cy": ("si",),
    "ge": ("ge", "Je"),
    "gi": ("gi", "Ji"),
    "a": ("a",),
    "b": ("b",),
    "c": ("k", "C"),
    "d": ("d",),
    "e": ("e",),
    "f": ("f",),
    "g": ("g",),
    "h": ("h", "g", ""),
    "i": ("i",),
    "j": ("J", "i"),
    "k": ("k",),
    "l": ("l",),
    "m": ("m",),
    "n": ("n",),
    "o": ("o",),
    "p": ("p",),
    "q": ("k",),
    "r": ("r",),
    "s": ("s", "z"),
    "t": ("t",),
    "u": ("u", "a"),
    "v": ("v",),
    "w": ("v", "u"),
    "x": ("ks", "s"),
    "y": ("i",),
    "z": ("z",),
    "ç": ("c",),
    "ş": ("w",),
    "ğ": ("g",),
    "ı": ("i",),
}
_GROUP = re.compile("|".join(sorted(_LATIN, key=len, reverse=True)))
_RUSSIAN = re.compile("[а-я]")
_DOUBLED = re.compile(r"(.)(?=\1)")
_RUN = re.compile(f"[{_VOWELS}]+")
_NOT_LAST = re.compile(f"[{_VOWELS}](?=[{_VOWELS}])")
_SILENT_E = re.compile(rf"(?<=[^{_VOWELS}])e$")
_SLAVIC = re.compile(r"(?<=[bcdgjklmnrstvz])ic$")
_ALIKE = str.maketrans("iouzC", "eaass")  # Scholz and Шольц, but not Python and Путин
_BONES = str.maketrans("vzCg", "fssh")  # what is heard alike: Volkswagen and Фольксваген

# Sounds as Russian letters, for spelling a Latin name in Cyrillic.
_LETTERS = {
    "shch": ("щ",), "sch": ("ш", "щ"), "dzh": ("дж",), "tch": ("ч",), "sh": ("ш",), "ch": ("ч", "к"),
    "zh": ("ж",), "kh": ("х",), "ph": ("ф",), "th": ("т",), "ts": ("ц",), "tz": ("ц",), "ck": ("к",),
    "oo": ("у",), "ee": ("и",), "ou": ("у",),
    "ya": ("я",), "yu": ("ю",), "yo": ("е", "йо"), "ye": ("е",),
    "ia": ("ия", "иа", "я"),
    "aye": ("ае",), "oye": ("ое",), "iye": ("ие",), "eye": ("ее",), "ey": ("ей",), "ay": ("ай",),
    "iy": ("ий",), "yi": ("ый",), "qu": ("кв",),
    "a": ("а",), "b": ("б",), "c": ("к", "с"), "d": ("д",), "e": ("е", "э"), "f": ("ф",), "g": ("г",),
    "h": ("х", "г"), "i": ("и",), "j": ("ж", "дж"), "k": ("к",), "l": ("л", "ль"), "m": ("м",), "n": ("н",),
    "o": ("о",), "p": ("п",), "q": ("к",), "r": ("р",), "s": ("с",), "t": ("т",), "u": ("у",), "v": ("в",),
    "w": ("в", "у"), "x": ("кс",), "y": ("ы", "и", "й"), "z": ("з",),
    "ç": ("ч",), "ş": ("ш",), "ğ": ("г",), "ı": ("ы", "и"),
}  # fmt: skip
_CONSONANTS, _BARE = "*", "|"  # what begins a key of consonants, with the kinds of its vowels or without
_LETTER_GROUP = re.compile("|".join(sorted(_LETTERS, key=len, reverse=True)))


def is_coarse_key(key: str) -> bool:
    """Whether a key is of consonants mostly, which words of other names may share."""
    return key.startswith((_CONSONANTS, _BARE))


def is_latin(form: str) -> bool:
    """Whether a folded form is a Latin spelling that may have a Cyrillic one."""
    if _RUSSIAN.search(form):  # as most forms have, which need not be taken apart
        return False
    return all(c.isascii() or c in _LATIN for c in plain(form)) and sum(c.isalpha() for c in form) >= 2


def plain(form: str) -> str:
    """A folded form without the accents of Latin letters; Turkic letters that sound otherwise stay."""
    if form.isascii():
        return form
    letters = (c for c in form if not unicodedata.combining(c))
    return "".join(
        c if c in _LATIN else unicodedata.normalize("NFD", c)[0] if "LATIN" in unicodedata.name(c, "") else c
        for c in letters
    )


@lru_cache(maxsize=FORMS_KEPT)
def latin_keys(form: str) -> tuple[str, ...]:
    """The keys of a folded Latin spelling, for every way it may be read."""
    if form in READ_OTHERWISE:
        return tuple(
            dict.fromkeys(key for each in READ_OTHERWISE[form].split() for key in cyrillic_keys(each))
        )
    read = (_GROUP.findall(each) for each in _read(form))
    return _keys(
        tuple(chain.from_iterable(_some(tuple(_LATIN[group] for group in groups)) for groups in read))
    )


@lru_cache(maxsize=FORMS_KEPT)
def cyrillic_keys(form: str) -> tuple[str, ...]:
    """The keys of a folded Cyrillic spelling, the fullest first."""
    return _keys((form.translate(_SOUND_OF).replace("dJ", "J").replace("ts", "C"),))


@lru_cache(maxsize=FORMS_KEPT)
def cyrillic_spellings(form: str) -> tuple[str, ...]:
    """How a folded Latin spelling may be written in Cyrillic, the most regular first."""
    if form in READ_OTHERWISE:
        return tuple(READ_OTHERWISE[form].split())
    read = (_LETTER_GROUP.findall(each) for each in _read(form))
    found = tuple(chain.from_iterable(_some(tuple(_LETTERS[group] for group in groups)) for groups in read))
    return tuple(dict.fromkeys(found + tuple(_SINGLE.sub(r"\1", spelling) for spelling in found)))


def _read(form: str) -> tuple[str, ...]:
    """A Latin spelling as it may be read: Titanic is Титаник, and Djokovic Джокович."""
    letters = plain(form)
    return (letters + "h", letters) if _SLAVIC.search(letters) else (letters,)


_SINGLE = re.compile(r"([бвгджзклмнпрстфх])\1")


def _some(ways: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The first few of all combinations, those that differ least from the regular one first."""
    total = 1
    kept: list[tuple[str, ...]] = []
    for way in reversed(ways):  # what comes first in a word is read most regularly
        room = max(1, MOST_SPELLINGS // total)
        kept.append(way[:room])
        total *= len(kept[-1])
    return tuple("".join(spelling) for spelling in product(*reversed(kept)))


def _keys(sounds: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in sounds:
        whole = _DOUBLED.sub("", each)
        for sound in dict.fromkeys((whole, _SILENT_E.sub("", whole))):
            bones = _DOUBLED.sub("", _RUN.sub("", sound).translate(_BONES))
            if len(sound) >= SHORTEST:
                found[sound] = None
            if len(bones) >= RUNS_FROM:
                found[_CONSONANTS + _NOT_LAST.sub("", sound).translate(_ALIKE)] = None
            if len(bones) >= BONES_FROM and (vowel := _RUN.search(sound)):  # BLCC has none: it is no name
                found[_BARE + ("*" if vowel.start() == 0 else "") + bones] = None
    return tuple(found)
