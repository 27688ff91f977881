"""The wrong keyboard layout: fcnfyf for астана, ыфьыгтп for samsung."""

_LATIN_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_CYRILLIC_KEYS = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~'
_TO_CYRILLIC = str.maketrans(_LATIN_KEYS + _LATIN_SHIFTED, _CYRILLIC_KEYS + _CYRILLIC_KEYS.upper())
_TO_LATIN = str.maketrans(_CYRILLIC_KEYS + _CYRILLIC_KEYS.upper(), _LATIN_KEYS + _LATIN_SHIFTED)
_ENDING_SIGNS = ".,;:'\"!?"


def switched(typed: str) -> list[str]:
    """What the same keys would have given in the other layout; [] where that is no word.

    A sign at the end may be a letter's key or a sign (ghbdtn, is привет, or приветб): both are given.
    """
    letters = [letter for letter in typed if letter.isalpha()]
    latin = sum(letter.isascii() for letter in letters)
    if not letters or 0 < latin < len(letters):
        return []
    if not latin:
        word = typed.translate(_TO_LATIN)
        # б, ю, ж, э, х, ъ, ё are keys of signs, in no Latin word.
        return [word] if word.replace("-", "").isalnum() else []
    plain = typed.rstrip(_ENDING_SIGNS)
    both = (typed.translate(_TO_CYRILLIC), plain.translate(_TO_CYRILLIC) + typed[len(plain) :])
    return list(dict.fromkeys(both))
