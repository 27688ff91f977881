"""HTML pages: the article without the site around it."""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import trafilatura
from lxml.html import HtmlElement
from trafilatura.settings import Document

from indexer import bylines, cleaning
from indexer.formats import metadata
from indexer.formats.encodings import decoded
from indexer.formats.items import Item, Origin
from indexer.formats.markup import tree
from indexer.formats.streams import whole

_CHARSET = re.compile(rb"<(?:meta|\?xml)\b[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.I)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_TEXT_LETTERS = 200  # less is an error page, a stub or a form
_HEAD_BYTES = 4096
_DATE_CHARACTERS = 80  # of a line that is there to tell a date


# What the library cannot make of a page is told by the Rejection, not on the terminal.
logging.getLogger("trafilatura").addHandler(logging.NullHandler())


class _NoArticle(ValueError):
    """A page holds no article; the message says what it is instead."""


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """The article of the page, or one Rejection."""
    data = whole(pieces)
    try:
        page = _page(data)
        facts = metadata.facts(page)
        record = _record(page, facts)
    except _NoArticle as error:
        yield origin.rejection(str(error), data, "html")
        return
    local = replace(origin, timezone=metadata.zone(facts) or origin.timezone)
    yield local.item(record, "", data, "html")


def _page(data: bytes) -> HtmlElement:
    declared = _CHARSET.search(data[:_HEAD_BYTES])
    text = decoded(data, declared[1].decode("ascii", "replace") if declared else None)
    page = tree(_DECLARATION.sub("", text))
    if page is None:
        raise _NoArticle("страница пуста")
    return page


def _record(page: HtmlElement, facts: metadata.Facts) -> dict[str, Any]:
    if metadata.is_front(facts):
        raise _NoArticle("похоже на главную страницу, а не на статью")
    found = _extracted(page)
    title = metadata.title(page, facts) or found.get("title") or ""
    apart = {*metadata.headings(page), f"by {facts.author}"}
    lines = [line for line in (found.get("text") or "").split("\n") if line not in apart]
    lines = cleaning.article(lines, title)
    if sum(map(str.isalpha, "".join(lines))) < _TEXT_LETTERS:
        raise _NoArticle(f"на странице меньше {_TEXT_LETTERS} букв связного текста")
    if not metadata.is_article(facts) and not cleaning.is_running(lines):
        raise _NoArticle("похоже на список заголовков, а не на статью")
    source = facts.source or found.get("sitename")
    author = facts.author or found.get("author")
    record = {
        "url": facts.url,
        "title": title,
        "text": "\n".join(lines),
        "published": facts.published or _shown(page, found.get("date")),
        "modified": facts.modified,
        "source": source,
        "author": author if author != source else None,
        "section": facts.section,
        "tags": facts.tags or None,
    }
    return {key: value for key, value in record.items() if value}


def _shown(page: HtmlElement, day: str | None) -> str | None:
    """The day that was found, with the time that a line of the page tells beside it."""
    lines = (" ".join(text.split()) for text in page.itertext() if len(text) <= _DATE_CHARACTERS)
    told = (bylines.moment(line) for line in lines if bylines.is_date(line))
    return next((moment for moment in told if day and moment and moment.startswith(f"{day}T")), day)


def _extracted(page: HtmlElement) -> dict[str, Any]:
    """What trafilatura finds; its careful way first, its greedy way where that finds too little."""
    for careful in (True, False):
        try:
            found = trafilatura.bare_extraction(
                page, with_metadata=True, include_comments=False, favor_precision=careful, deduplicate=False
            )
        # Whatever goes wrong in the library on a hostile page, the page is rejected and the rest goes on.
        except Exception as error:
            raise _NoArticle(f"страница не разбирается: {type(error).__name__}") from error
        if isinstance(found, Document) and len(found.text or "") >= _TEXT_LETTERS:
            return found.as_dict()
    return {}
