"""Text becomes tokens: words, hyphenated words, numbers, host names, model numbers, with offsets."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from search.russian.folding import INVISIBLE

# й and ё may come in two pieces. (Written so that a run of letters is one step for the regex engine.)
_MARKS = rf"[{INVISIBLE}\u0302-\u036f]+"
_WORD = rf"[^\W_]+(?:(?<!\d){_MARKS}[^\W_]*)*(?:['’ʼ][^\W\d_]+(?:{_MARKS}[^\W\d_]*)*)*"

TOKEN = re.compile(
    rf"""
    (?P<host> (?<![\w@.-]) (?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+ [A-Za-z]{{2,10}} (?![\w-]) )
  | (?P<number> (?<![\w.,]) (?: \d{{1,3}}(?:[ \u00a0\u2009\u202f]\d{{3}})+ (?!\d) | \d+ )
                (?:[.,]\d+)* (?!\d) (?![\w-]*[^\W\d_]) (?!-\d) )
  | (?P<word> {_WORD}(?:[-‐‑]{_WORD})* | (?:(?<=\d)|(?<=\d[ \u00a0\u2009\u202f]))%(?!\w) )
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A token `[start, end)` of a text; `kind` is "word", "number" or "host".

    A % after a number is a word.
    """

    start: int
    end: int
    text: str
    kind: str


def tokenise(text: str) -> Iterator[Token]:
    """The tokens of a text, left to right, with offsets in code points."""
    for match in TOKEN.finditer(text):
        yield Token(match.start(), match.end(), match.group(), match.lastgroup or "word")
