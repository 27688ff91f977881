"""The text of a page, copied or saved, becomes a title, a body and what the page says of them."""

import re
import unicodedata
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from indexer import bylines
from indexer.boilerplate import Kind, is_menu, kind, section

_BODY_LETTERS = 150  # less running text than this is no article
_CYRILLIC_SHARE = 0.5
_TITLE_WORDS = 3
_TITLE_LETTERS = 15
_SURE_TITLE_LETTERS = 25  # no item of a menu is as long
_TITLE_CHARACTERS = 200  # of a title made from a first sentence
_RUNNING_LETTERS = 60
_NO_TITLE_LETTERS = 220  # no title is as long, whatever it ends with
_SITE_NAME_LETTERS = 40
_RESUMED_LETTERS = 150  # of running text after the end of an article: it was not the end
_SUBTITLE_WORDS = 4
_OVER = (Kind.END, Kind.COMMENTS)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_LINE_ENDS = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_ENDED = re.compile(r".*[.…:;][»\"”’)\]]*", re.S)
_BESIDE = re.compile(r"\s+[|•·]\s+|\t+")
_SENTENCE = re.compile(r".{20,}?[.!?…](?=\s|$)", re.S)
_DATELINE = re.compile(r"[А-ЯЁ]{3,}[^a-zа-яё!?]{0,20}(?:[^!?—–-]{0,40}[\s.,])?[—–-]\s+(?=[А-ЯЁ«\"])")


class NotAPage(ValueError):
    """A text is no page of an article; the message says why."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was learned from the text of a page; None stands for what it does not say."""

    title: str
    text: str
    published: str | None = None
    source: str | None = None
    author: str | None = None
    section: str | None = None

    def record(self) -> Mapping[str, Any]:
        """The page as a record an article can be made from."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return {name: value for name, value in known.items() if value}


def page(text: str) -> Page:
    """The article of a page's text: its title once, its body without what belongs to the site.

    Raises NotAPage where there is no running Russian text.
    """
    lines = paragraphs(text)
    _check(lines, 0)
    seen = Counter(map(_key, lines))
    start = next(
        (number for number, line in enumerate(lines) if _opens(line) and seen[_key(line)] == 1), None
    )
    header = [part for line in lines[:start] for part in _beside(line)]
    title, below = _title(header)
    above = [line for line in below if len(line.split()) >= _SUBTITLE_WORDS and not bylines.person(line)]
    body, signature = _unsigned(article([*above, *(lines[start:] if start is not None else ())], title))
    _check(body, _BODY_LETTERS)
    return Page(
        title or _first_sentence(body[0]),
        "\n".join(body),
        published=_first(_published, [*header, *signature]),
        source=_first(bylines.source, body[:2]),
        author=_first(bylines.author, lines) or _first(bylines.person, [*below, *signature]),
        section=section([line for line in header if is_menu(line)]),
    )


def paragraphs(text: str) -> list[str]:
    """The lines of a text that are not blank, with single spaces; hard-wrapped paragraphs made whole."""
    text = _INVISIBLE.sub("", _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)))
    blocks = (re.sub(r"[^\S\n\t]+", " ", block) for block in re.split(r"\n\s*\n", text))
    lines = [line for block in blocks for line in _unwrapped([line.strip() for line in block.split("\n")])]
    return [line for line in lines if line]


def article(lines: Iterable[str], title: str | None = None) -> list[str]:
    """The lines that belong to an article: no repeated title, no stray lines, no tail."""
    left = deque(line for line in lines if not title or _key(line) != _key(title))
    kept: list[str] = []
    while left:
        line = left.popleft()
        what = kind(line)
        if what is Kind.BODY:
            if not bylines.author(line) and (any(map(_opens, kept)) or not bylines.is_date(line)):
                kept.append(line)
        elif what is not Kind.STRAY and any(map(_opens, kept)):
            left = deque(_continued(what, list(left), kept))
    # A lone number at the end counts views or comments; several are a table.
    if len(kept) > 1 and not _letters(kept[-1]) and _letters(kept[-2]):
        kept.pop()
    return kept


def is_running(lines: Iterable[str]) -> bool:
    """Whether at least half of the letters stand in whole sentences, as in no list of headlines."""
    letters = [(_letters(line), _opens(line) or _states(line)) for line in lines]
    return sum(count for count, runs in letters if runs) * 2 >= max(1, sum(count for count, _ in letters))


def _continued(what: Kind, rest: list[str], kept: list[str]) -> list[str]:
    """What of the lines after one that is not of the article can be of it again."""
    kinds = [kind(line) for line in rest]
    if what in _OVER:
        running = [number for number, line in enumerate(rest) if _opens(line) and _ended(line)]
        weight = sum(_letters(rest[number]) for number in running)
        # Comments can be as long as text: only a second half of the article outweighs the first.
        least = sum(map(_letters, kept)) if what is Kind.COMMENTS else _RESUMED_LETTERS
        return rest[running[0] :] if weight > least else []
    stops = _OVER if what is Kind.PROMO else (*_OVER, Kind.PROMO, Kind.LIST)
    stop = next((number for number, each in enumerate(kinds) if each in stops), len(rest))
    stated = (number for number in range(stop) if kinds[number] is Kind.BODY and _states(rest[number]))
    start = next(stated, None)
    if start is None:
        return rest[stop:]
    return rest[start:] if what is Kind.LIST else rest


def _title(header: Sequence[str]) -> tuple[str | None, list[str]]:
    """The title among the lines above the body, and the lines between it and the body."""
    named = [line for line in header if kind(line) is Kind.BODY and _letters(line) and not _is_byline(line)]
    twice = (
        line for line in named if _substantial(line) and sum(_repeats(other, line) for other in named) > 1
    )
    long = (line for line in named if _letters(line) >= _SURE_TITLE_LETTERS and not _ended(line))
    first = (line for line in named if _substantial(line))
    title = (
        next(twice, None) or next(long, None) or next(first, None) or max(named, key=_letters, default=None)
    )
    if title is None:
        return None, list(header)
    last = max(number for number, line in enumerate(header) if _repeats(line, title))
    return title, list(header[last + 1 :])


def _repeats(line: str, title: str) -> bool:
    # The title of a browser's tab adds the name of the site.
    line, title = _key(line), _key(title)
    return line.startswith(title) and len(line) - len(title) <= _SITE_NAME_LETTERS


def _beside(line: str) -> list[str]:
    return [line] if is_menu(line) else [part for part in _BESIDE.split(line) if part]


def _unwrapped(lines: list[str]) -> list[str]:
    """The lines of a block; one line if they are a paragraph broken to a width."""
    broken = lines[:-1]
    ended = sum(bool(_ENDED.fullmatch(line)) for line in broken)
    if len(lines) > 2 and all(50 <= len(line) <= 100 for line in broken) and ended * 3 <= len(broken):
        return [" ".join(lines)]
    joined: list[str] = []
    for line in lines:
        if joined and line[:1].islower() and len(joined[-1]) >= 40 and not _ENDED.fullmatch(joined[-1]):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def _unsigned(body: list[str]) -> tuple[list[str], list[str]]:
    """The body without the dates and the name at its end, and these; three names or more are a list."""
    end = len(body)
    while end > 1 and (bylines.is_date(body[end - 1]) or bylines.person(body[end - 1])):
        end -= 1
    return (body[:end], body[end:]) if len(body) - end <= 2 else (body, [])


def _check(lines: Sequence[str], least: int) -> None:
    letters = [character for line in lines for character in line if character.isalpha()]
    cyrillic = sum("\u0400" <= character <= "\u04ff" for character in letters)
    if len(letters) < least:
        raise NotAPage(f"связного текста меньше {least} букв")
    if not letters or cyrillic < len(letters) * _CYRILLIC_SHARE:
        raise NotAPage("нет русского текста")
    if least and not any(map(_opens, lines)):
        raise NotAPage("нет связного текста, только короткие строки")


def _published(line: str) -> str | None:
    if not bylines.is_date(line) or line.casefold().startswith(("обновлен", "изменен")):
        return None
    return bylines.moment(line)


def _first(rule: Callable[[str], str | None], lines: Iterable[str]) -> str | None:
    return next(filter(None, map(rule, lines)), None)


def _first_sentence(paragraph: str) -> str:
    paragraph = _DATELINE.sub("", paragraph, count=1) if _DATELINE.match(paragraph) else paragraph
    found = _SENTENCE.match(paragraph)
    return shorten(found[0] if found else paragraph, _TITLE_CHARACTERS, placeholder="…")


def _opens(line: str) -> bool:
    """Whether a line is running text, as no title and no item of a menu is."""
    letters = _letters(line)
    return (
        letters >= _RUNNING_LETTERS
        and (letters >= _NO_TITLE_LETTERS or _ended(line))
        and kind(line) is Kind.BODY
    )


def _states(line: str) -> bool:
    if line[0] in "—–" or _letters(line) >= _NO_TITLE_LETTERS:
        return True
    return _ended(line) and len(line.split()) > _TITLE_WORDS


def _is_byline(line: str) -> bool:
    return bylines.is_date(line) or bylines.author(line) is not None


def _ended(line: str) -> bool:
    return bool(_ENDED.fullmatch(line))


def _substantial(line: str) -> bool:
    return len(line.split()) >= _TITLE_WORDS and _letters(line) >= _TITLE_LETTERS


def _letters(line: str) -> int:
    return sum(map(str.isalpha, line))


def _key(line: str) -> str:
    return "".join(filter(str.isalnum, line.casefold().replace("ё", "е")))
