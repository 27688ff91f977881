"""Bytes of unknown encoding become text: UTF-8 first, then the encodings of Cyrillic."""

import codecs
import re

from charset_normalizer import from_bytes

_SAMPLE_BYTES = 1 << 16
_CYRILLIC = ("cp1251", "koi8_r", "cp866")
_RUSSIAN = re.compile("[А-Яа-яЁё]")


def encoding(data: bytes) -> str:
    """The name of the encoding of some bytes; they may end in the middle of a character."""
    sample = data[:_SAMPLE_BYTES]
    if _nearly_utf8(sample):
        return "utf-8"
    best = from_bytes(sample, cp_isolation=list(_CYRILLIC)).best()
    return best.encoding if best else "cp1251"


def decoded(data: bytes, declared: str | None = None) -> str:
    """The text of some bytes; `declared` is believed only where they are not UTF-8."""
    if declared and not _nearly_utf8(data[:_SAMPLE_BYTES]) and _known(declared):
        return data.decode(declared, "replace")
    return data.decode(encoding(data), "replace")


def _nearly_utf8(sample: bytes) -> bool:
    # One broken byte does not make a UTF-8 file something else.
    text = codecs.getincrementaldecoder("utf-8")("replace").decode(sample)
    return len(_RUSSIAN.findall(text)) >= 10 * text.count("\ufffd")


def _known(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False
