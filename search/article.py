"""Article: one news item, and what makes two items the same one.

An article travels between programs as a *record*: a JSON object with the keys `id`, `url`, `title`,
`text`, `published`, `modified`, `source`, `section`, `author`, `tags`, `lang`. Unknown keys are kept
in `extra`.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urldefrag, urlsplit

from courlan import normalize_url
from dateutil import parser as dates

from search import limits
from search.errors import InvalidArticle
from search.russian import sentences
from search.russian.origin import origin

_KEYS = frozenset(
    ("id", "url", "title", "text", "published", "modified", "source", "section", "author", "tags", "lang")
)
_DATES = ("published", "modified")
# What a value of JSON is, for who wrote it in another language.
_KINDS = {bool: "true или false", int: "число", float: "число", str: "строка", list: "список", dict: "объект"}
_NO_EXTRA: Mapping[str, Any] = {}
# What turns the direction of writing, for what follows too.
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_YEAR = re.compile(r"\d{4}\b")
YEARS = range(1800, 9000)  # of news; what lies outside stands for «unknown» or «never» where it was written
UNREAD = ""  # of an origin that nobody has looked for yet; so is no sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news item as it was published. Dates are aware; None stands for what is not known."""

    id: str
    title: str
    text: str
    url: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    source: str | None = None
    section: str | None = None
    author: str | None = None
    tags: tuple[str, ...] = ()
    lang: str | None = None
    extra: Mapping[str, Any] = field(default_factory=lambda: _NO_EXTRA)
    _origin: str | None = field(default=UNREAD, init=False, repr=False, compare=False)
    _sentences: tuple[int, ...] = field(default=(), init=False, repr=False, compare=False)

    @classmethod
    def from_record(cls, record: Mapping[str, Any], timezone: tzinfo = UTC) -> "Article":
        """The article a record describes.

        A date without an offset is read in `timezone`. Without an id it is derived from the canonical
        address, else from source, title and date. Raises InvalidArticle naming the field at fault.
        """
        title = _text(record, "title", limits.TITLE_CHARACTERS)
        text = _text(record, "text", limits.TEXT_CHARACTERS)
        if not title:
            raise InvalidArticle("title: нет заголовка")
        if not text:
            raise InvalidArticle("text: нет текста")
        url = _url(record)
        published = _date(record, "published", timezone)
        source = _label(record, "source") or (_host(url) if url else None)
        given = _text(record, "id", limits.ID_CHARACTERS)
        return cls(
            id=given or derived_id(url, source, title, published),
            title=" ".join(title.split()),
            text=text,
            url=url,
            published=published,
            modified=_date(record, "modified", timezone),
            source=source,
            section=_label(record, "section"),
            author=_label(record, "author"),
            tags=_tags(record),
            lang=_label(record, "lang"),
            extra=_extra(record),
        )

    @classmethod
    def kept(
        cls, record: Mapping[str, Any], origin: str | None = UNREAD, sentences: tuple[int, ...] = ()
    ) -> "Article":
        """The article of a record that `record` gave: nothing in it is looked at again.

        Nor in its text, where the origin and the ends of the sentences that it has are given. A date that
        would be refused today is not known.
        """
        known = {key: value for key, value in dated(record).items() if key in _KEYS}
        for key in _DATES:
            if key in known:
                known[key] = datetime.fromisoformat(known[key])
        if "tags" in known:
            known["tags"] = tuple(known["tags"])
        if len(known) < len(record):
            known["extra"] = {key: value for key, value in record.items() if key not in _KEYS}
        article = cls(**known)
        object.__setattr__(article, "_origin", origin)
        object.__setattr__(article, "_sentences", sentences)
        return article

    def record(self) -> dict[str, Any]:
        """The record of this article, without the keys that are not known."""
        known: dict[str, Any] = {
            "id": self.id,
            "url": self.url,
            "title": self.title,
            "text": self.text,
            "published": self.published and self.published.isoformat(),
            "modified": self.modified and self.modified.isoformat(),
            "source": self.source,
            "section": self.section,
            "author": self.author,
            "tags": list(self.tags),
            "lang": self.lang,
        }
        return {**self.extra, **{key: value for key, value in known.items() if value}}

    @property
    def host(self) -> str | None:
        """The site that it stands on."""
        return _host(self.url) if self.url else None

    @property
    def opening(self) -> str:
        """What is read closely of the text: all of it, unless it is a book."""
        return self.text[: limits.READ_CLOSELY]

    @property
    def origin(self) -> str | None:
        """The outlet that the article says it took its story from; looked for once."""
        if self._origin == UNREAD:
            object.__setattr__(self, "_origin", origin(self.text, self.source))
        return self._origin

    @property
    def sentences(self) -> tuple[int, ...]:
        """Where the sentences of the text end; looked for once."""
        if not self._sentences:
            object.__setattr__(self, "_sentences", sentences.ends(self.text))
        return self._sentences

    def labels(self) -> dict[str, frozenset[str]]:
        """The keys each label field is filtered by; a person is found by each of their names, too."""
        author = label_key(self.author or "")
        return {
            "source": frozenset((label_key(self.source),) if self.source else ()),
            "section": frozenset((label_key(self.section),) if self.section else ()),
            "author": frozenset((author, *author.split())) - {""},
            "tag": frozenset(label_key(tag) for tag in self.tags),
            "origin": frozenset((label_key(named),) if (named := self.origin) else ()),
        }

    def fingerprint(self) -> str:
        """A digest of the whole record: equal for the same content, other for any change."""
        return fingerprint(self.record())


def fingerprint(record: Mapping[str, Any]) -> str:
    """The fingerprint of the article that has this record."""
    return _digest(json.dumps(record, sort_keys=True))


def dated(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record that `Article.record` gave, without dates that are refused today: older releases took them."""
    odd = [key for key in _DATES if key in record and int(record[key][:4]) not in YEARS]
    return {key: value for key, value in record.items() if key not in odd} if odd else record


def derived_id(url: str | None, source: str | None, title: str, published: datetime | None) -> str:
    """The id of an article that brings none: from its address, else from source, title and date."""
    if url:
        return _digest(normalize_url(urldefrag(url).url, strict=False, trailing_slash=False))[:20]
    day = published.isoformat() if published else ""
    return _digest("\n".join((source or "", title, day)))[:20]


def days_between(one: Article, other: Article) -> float | None:
    """How many days after one article another was published; None where one of them has no date."""
    if one.published is None or other.published is None:
        return None
    return (other.published - one.published).total_seconds() / 86_400


def label_key(name: str) -> str:
    """What makes two names of a source, section, author or tag the same: case, ё and spaces do not."""
    return " ".join(name.casefold().replace("ё", "е").split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def kind(value: object) -> str:
    """What a value of JSON is, in a word."""
    return _KINDS.get(type(value), "null")


def _text(record: Mapping[str, Any], key: str, most: int) -> str:
    value = record.get(key)
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and key == "id":
        value = str(value)
    if not isinstance(value, str):
        raise InvalidArticle(f"{key}: нужна строка, а здесь {kind(value)}")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InvalidArticle(f"{key}: половина суррогатной пары на месте {error.start}") from error
    value = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    if len(value) > most:
        raise InvalidArticle(f"{key}: {len(value)} знаков, можно не больше {most}")
    return value


def _label(record: Mapping[str, Any], key: str) -> str | None:
    return " ".join(_TURNS.sub("", _text(record, key, limits.LABEL_CHARACTERS)).split()) or None


def _url(record: Mapping[str, Any]) -> str | None:
    url = _text(record, "url", limits.URL_CHARACTERS)
    if not url:
        return None
    if not url.lower().startswith(("http://", "https://")) or any(c.isspace() for c in url):
        raise InvalidArticle(f"url: {url[:80]!r} — нужен адрес http:// или https://")
    try:
        urlsplit(url)
    except ValueError as error:
        raise InvalidArticle(f"url: {url[:80]!r} — не адрес: {error}") from error
    return url


def _host(url: str) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") or None


def _tags(record: Mapping[str, Any]) -> tuple[str, ...]:
    value = record.get("tags")
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, list | tuple):
        raise InvalidArticle(f"tags: нужен список строк, а здесь {kind(value)}")
    if len(value) > limits.TAGS:
        raise InvalidArticle(f"tags: {len(value)} меток, можно не больше {limits.TAGS}")
    tags = (_label({"tags": tag}, "tags") for tag in value)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _extra(record: Mapping[str, Any]) -> dict[str, Any]:
    extra = {key: value for key, value in record.items() if key not in _KEYS}
    for key, value in extra.items():
        try:
            json.dumps({key: value}, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError as error:
            named = key.encode("utf-8", "replace").decode()
            raise InvalidArticle(f"{named}: половина суррогатной пары") from error
    return extra


def _date(record: Mapping[str, Any], key: str, timezone: tzinfo) -> datetime | None:
    text = _text(record, key, 100)
    return parse_date(text, timezone, key) if text else None


def parse_date(text: str, timezone: tzinfo, key: str = "published") -> datetime:
    """The moment a text names: ISO 8601, RFC 822 or day.month.year; raises InvalidArticle."""
    try:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            default = datetime(1, 1, 1)  # noqa: DTZ001 # lends a day and month; the zone is given below
            moment = dates.parse(text, dayfirst=not _YEAR.match(text), default=default)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone)
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidArticle(f"{key}: {text[:40]!r} — не дата; нужна вида 2025-06-01T12:00+05:00") from error
    if moment.year not in YEARS:
        raise InvalidArticle(f"{key}: {text[:40]!r} — год {moment.year} не бывает у новости")
    return moment
