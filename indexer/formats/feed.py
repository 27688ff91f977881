"""Feeds (RSS, Atom): one article an entry."""

import json
import re
from calendar import timegm
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import feedparser

from indexer import cleaning
from indexer.formats.items import Item, Origin
from indexer.formats.markup import plain_text
from indexer.formats.streams import whole

_OFFSET = re.compile(r"(?:[+-]\d\d:?\d\d|Z|GMT|UTC?)\s*$")
_MOSCOW = re.compile(r"\s*MSK\s*$")
_AMERICAN = re.compile(r"[ECMP][SD]T\s*$")  # the names of zones that RFC 822 knows
_ZONE_NAME = re.compile(r"\s+[A-Z]{2,5}\s*$")


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """An item for every entry; one Rejection for a document that is no feed or declares entities."""
    data = whole(pieces)
    if b"<!ENTITY" in data:
        yield origin.rejection(
            "XML объявляет сущности (ENTITY): такие документы не разбираются", data, "feed"
        )
        return
    # Given bytes as a stream, feedparser has no address it could fetch.
    parsed = feedparser.parse(BytesIO(data))
    if not parsed.entries:
        yield origin.rejection("в ленте нет записей", data, "feed")
    source = plain_text(parsed.feed.get("title", ""))
    for number, entry in enumerate(parsed.entries, 1):
        yield _item(origin, entry, source, number)


def _item(origin: Origin, entry: Any, source: str, number: int) -> Item:
    tags = [
        label
        for tag in entry.get("tags", ())
        if (label := (tag.get("label") or tag.get("term") or "").strip())
    ]
    title = plain_text(entry.get("title", ""))
    record = {
        "title": title,
        "text": "\n".join(cleaning.article(plain_text(_body(entry)).split("\n"), title)),
        "url": entry.get("link"),
        "published": _moment(entry, "published") or _moment(entry, "updated"),
        "modified": _moment(entry, "updated"),
        "source": source,
        "author": entry.get("author"),
        "section": tags[0] if tags else None,
        "tags": tags,
    }
    known = {key: value for key, value in record.items() if value}
    return origin.item(known, f"запись {number}", _raw(known), "jsonl")


def _body(entry: Any) -> str:
    """The fullest text an entry has; Russian outlets give theirs to Yandex in an element of its own."""
    bodies = [content.get("value", "") for content in entry.get("content", ())]
    bodies += [entry.get("yandex_full-text", ""), entry.get("summary", "")]
    return next((body for body in bodies if plain_text(body)), "")


def _moment(entry: Any, key: str) -> str | None:
    # Asked in its own way, feedparser gives the one date for the other.
    text, parsed = dict.get(entry, key), dict.get(entry, f"{key}_parsed")
    if not text:
        return None
    text = _MOSCOW.sub(" +0300", text)
    if _AMERICAN.search(text) and parsed:
        return datetime.fromtimestamp(timegm(parsed), UTC).isoformat()
    return str(text) if _OFFSET.search(text) else _ZONE_NAME.sub("", text)


def _raw(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()
