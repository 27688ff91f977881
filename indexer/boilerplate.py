"""What pages carry besides their article, told line by line.

Every rule wants evidence in the line itself: a known opening, a known whole line, a few words that only
stand together in a page's own voice. A line without it is body text.
"""

import re
from collections.abc import Sequence
from enum import Enum, auto

from indexer import phrases

_LINE_CHARACTERS = 300  # longer lines are text, whatever they begin with
_MENU_CHARACTERS = 120
_SHORT_CALL_CHARACTERS = 90
_CALL_WITHIN = 100  # characters; a call after as much text ends a paragraph of the article
_EDGES = " |•·/\\›»>→←↑↓▸►:;,…"
_PARTS = re.compile(r"\s*[|•·/\\›»>→←↑↓▸►:;,]+\s*|\s{2,}|\t")
_SPEECH = re.compile(r"[»\"”!?,.]\s*[—–-]\s")
_QUOTED = re.compile(r"«[^»]*»|\"[^\"]*\"|“[^”]*”")


class Kind(Enum):
    """What a line is, and by that what becomes of the lines after it."""

    BODY = auto()
    STRAY = auto()  # goes alone
    PROMO = auto()  # goes; what follows goes too if the text does not go on after it
    LIST = auto()  # heads a list of other articles: the list goes, the text may go on after it
    END = auto()  # the article is over, unless running text follows
    COMMENTS = auto()  # the article is over, unless more text follows than there was


def kind(line: str) -> Kind:
    """What a line of a page is; `line` has single spaces and none at its ends."""
    if not any(map(str.isalnum, line)) or phrases.COOKIES.fullmatch(line[:1000]):
        return Kind.STRAY
    if len(line) > _LINE_CHARACTERS:
        return Kind.BODY
    if phrases.HEADING.fullmatch(line):
        return Kind.LIST
    if phrases.COMMENTS.fullmatch(line):
        return Kind.COMMENTS
    if phrases.END.fullmatch(line) or phrases.IMPRINT.fullmatch(line):
        return Kind.END
    if is_menu(line) or phrases.STRAY.fullmatch(line):
        return Kind.STRAY
    if phrases.PROMO.match(line) or phrases.REFERENCE.fullmatch(line) or _calls(line):
        return Kind.PROMO
    return Kind.BODY


def is_menu(line: str) -> bool:
    """Whether a line is of a menu, of the way to the page («Главная / Общество») or of share buttons."""
    if len(line) <= _LINE_CHARACTERS and phrases.CRUMBS.fullmatch(line):
        return True
    parts = [part for part in _PARTS.split(line.strip(_EDGES).casefold()) if part]
    return _known(parts) or (len(line) < _MENU_CHARACTERS and _lists_sections(line))


def section(lines: Sequence[str]) -> str | None:
    """The section at the end of the way to a page, or the only one that lines of its own name."""
    ways = [line for line in lines if phrases.CRUMBS.fullmatch(line)]
    parts = [part for line in ways or lines for part in _PARTS.split(line)]
    named = [part for part in parts if part.casefold() in phrases.SECTIONS]
    if not named or (not ways and len(set(named)) > 1):
        return None
    return named[-1].capitalize() if named[-1].isupper() else named[-1]


def _known(parts: list[str]) -> bool:
    known = phrases.MENU | phrases.SECTIONS
    return bool(parts) and all(part in known or (len(part) < 2 and not part.isalnum()) for part in parts)


def _lists_sections(line: str) -> bool:
    # «Главное Россия Мир»: a title has capitals only in its first word and in names.
    words = line.split()
    known = sum(word.casefold() in phrases.MENU | phrases.SECTIONS for word in words)
    capital = sum(word[0].isupper() for word in words)
    return known == len(words) or (known > 1 and capital * 4 >= len(words) * 3 and line[-1].isalnum())


def _calls(line: str) -> bool:
    """Whether a page calls on its readers to follow it; in quotation marks somebody else is speaking."""
    said = _QUOTED.sub(" ", line)
    if line[0] in '«"“—–-' or not phrases.CHANNEL.search(line):
        return False
    short = len(line) <= _SHORT_CALL_CHARACTERS and not line.endswith((".", "»", ":"))
    if short and phrases.SHORT_CALL.fullmatch(said):
        return True
    call = phrases.CALL.search(said)
    if call is None or call.start() > _CALL_WITHIN or _SPEECH.search(line):
        return False
    return bool(phrases.OURS.search(said) or (len(line) <= _CALL_WITHIN and phrases.SUBSCRIBE.search(said)))
