"""What a page says of itself in its head: JSON-LD, OpenGraph, microdata."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from indexer.bylines import moment
from search import limits
from search.article import parse_date
from search.errors import InvalidArticle

_ARTICLE_TYPES = re.compile(r"(?:\w*Article|BlogPosting|Report|Review|LiveBlogPosting)$")
_FRONT_PATH = re.compile(r"/?(?:(?:ru|rus|kz|en|kk)/?)?(?:(?:index|home|main|default)(?:\.\w+)?/?)?$", re.I)
_SITE_SUFFIX = re.compile(r"\s+(?:[|–—•·»:-]|::)\s+[^|–—•·»]{2,40}$")
_CLOCK = re.compile(r"[T\s]\d\d:?\d\d")
_URL = re.compile(r"https?://\S+", re.I)
_DEPTH = 20
_AUTHOR = (
    "//*[@rel='author'] | //*[@itemprop='author']/descendant-or-self::*[@itemprop='name' or not(*)]"
    " | //*[contains(@class, 'author-name')]"
)
_DATE_NAMES = (
    "article:published_time",
    "datepublished",
    "mediator_published_time",
    "pubdate",
    "publish-date",
    "date",
)
_DATE_ATTRIBUTES = (
    "//*[@itemprop='datePublished']/@*[name()='datetime' or name()='content'] | //time/@datetime"
)
_NAMED_ZONE = re.compile(r"\s(?!GMT|UTC|AM|PM)[A-Z]{2,5}\s*$")  # nobody knows which CST is meant
_ZONES = {  # dates without an offset are local, and these countries' outlets keep one time
    "ru": "Europe/Moscow",
    "su": "Europe/Moscow",
    "kz": "Asia/Almaty",
    "by": "Europe/Minsk",
    "kg": "Asia/Bishkek",
    "md": "Europe/Chisinau",
    "tj": "Asia/Dushanbe",
    "ua": "Europe/Kyiv",
    "uz": "Asia/Tashkent",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a page's head states; None for what it does not."""

    kind: str | None = None  # the type of OpenGraph: "article", "website", ...
    ld_type: str | None = None  # the type in JSON-LD, if it is an article's
    url: str | None = None
    headline: str | None = None
    published: str | None = None
    modified: str | None = None
    source: str | None = None
    author: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()


def facts(page: HtmlElement) -> Facts:
    """What the head of a page, its JSON-LD and its microdata state; nothing in it is trusted to be true."""
    meta, article = _meta(page), _json_ld(page)
    author, section = _names(article.get("author")), article.get("articleSection")
    return Facts(
        kind=meta.get("og:type"),
        ld_type=_type(article) or None,
        url=_first(_urls(page, meta, article)),
        headline=_label(article.get("headline")),
        published=_exact(_dates(page, meta, article)),
        modified=_exact([article.get("dateModified"), meta.get("article:modified_time")]),
        source=_label(meta.get("og:site_name")) or _names(article.get("publisher")),
        author=author or _label(meta.get("author")) or _first(map(_text, page.xpath(_AUTHOR))),
        section=_label(section[0] if isinstance(section, list) and section else section)
        or _label(meta.get("article:section")),
        tags=_tags(page, article),
    )


def is_front(facts: Facts) -> bool:
    """Whether a page says that it is the front page of a site."""
    return facts.url is not None and bool(_FRONT_PATH.fullmatch(urlsplit(facts.url).path))


def is_article(facts: Facts) -> bool:
    """Whether a page says that it is one article; the type of OpenGraph alone is on too many pages."""
    return bool(facts.ld_type or (facts.published and facts.kind == "article"))


def headings(page: HtmlElement) -> list[str]:
    """The headings of the first level: the title, or other words for it."""
    return [text for heading in page.xpath("//h1") if (text := " ".join("".join(heading.itertext()).split()))]


def title(page: HtmlElement, facts: Facts) -> str | None:
    """The title of a page, without the name of the site after it."""
    shown = headings(page)
    meta = _meta(page)
    named = meta.get("og:title") or meta.get("twitter:title") or facts.headline or _first(shown)
    named = named or _first(map(_text, page.xpath("//head/title")))
    if not named or named == facts.source:
        return _first(shown) or named
    for shorter in filter(None, (facts.headline, *shown)):
        if named.startswith(shorter) and re.match(r"\s*[|–—•·»:-]", named[len(shorter) :]):
            return shorter
    if facts.source and named.casefold().endswith(facts.source.casefold()):
        return _SITE_SUFFIX.sub("", named)
    return named


def zone(facts: Facts) -> ZoneInfo | None:
    """The time zone of most sites of a country, by the last part of the host's name; None if not known."""
    host = urlsplit(facts.url).hostname if facts.url else None
    name = _ZONES.get(host.rpartition(".")[2]) if host else None
    return ZoneInfo(name) if name else None


def _meta(page: HtmlElement) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in page.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        content = " ".join((element.get("content") or "").split())
        if name and content:
            found.setdefault(name.casefold(), content)
    return found


def _json_ld(page: HtmlElement) -> dict[str, Any]:
    for script in page.xpath("//script[contains(@type, 'ld+json')]"):
        with suppress(ValueError, RecursionError):
            for value in _objects(json.loads(script.text or "", strict=False), _DEPTH):
                if _type(value):
                    return value
    return {}


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list) and depth:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner, depth - 1)


def _type(value: dict[str, Any]) -> str:
    kinds = value.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return next((kind for kind in named if isinstance(kind, str) and _ARTICLE_TYPES.fullmatch(kind)), "")


def _urls(page: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> Iterator[str | None]:
    main = article.get("mainEntityOfPage")
    named = main.get("@id") if isinstance(main, dict) else main
    candidates = [
        *page.xpath("//link[@rel='canonical']/@href"),
        meta.get("og:url"),
        article.get("url"),
        named,
    ]
    for url in candidates:
        if isinstance(url, str) and _URL.fullmatch(url.strip()) and len(url) <= limits.URL_CHARACTERS:
            with suppress(ValueError):
                urlsplit(url.strip())
                yield url.strip()


def _dates(page: HtmlElement, meta: dict[str, str], article: dict[str, Any]) -> list[Any]:
    stated = [article.get("datePublished"), *(meta.get(name) for name in _DATE_NAMES)]
    return [*stated, *page.xpath(_DATE_ATTRIBUTES), *page.xpath("//*[@itemprop='datePublished']/text()")]


def _exact(candidates: Iterable[Any]) -> str | None:
    """The first of the dates that tells the time too, else the first."""
    valid = [text for each in candidates if (text := _date(each))]
    return next((text for text in valid if _CLOCK.search(text)), _first(valid))


def _date(value: Any) -> str | None:
    if not isinstance(value, str) or not value.strip() or _NAMED_ZONE.search(value):
        return None
    text = moment(value) if re.search("[а-я]", value) else value.strip()
    try:
        parse_date(text or "", UTC)
    except InvalidArticle:
        return None
    return text


def _names(value: Any) -> str | None:
    people = value if isinstance(value, list) else [value]
    names = [person.get("name") if isinstance(person, dict) else person for person in people]
    return _label(", ".join(name for name in names if isinstance(name, str) and name.strip()))


def _tags(page: HtmlElement, article: dict[str, Any]) -> tuple[str, ...]:
    words = article.get("keywords")
    listed = words.split(",") if isinstance(words, str) else words if isinstance(words, list) else []
    tags = map(_label, [*page.xpath("//meta[@property='article:tag']/@content"), *listed])
    return tuple(dict.fromkeys(tag for tag in tags if tag))[: limits.TAGS]


def _label(value: Any) -> str | None:
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if 0 < len(text) <= limits.LABEL_CHARACTERS and not _URL.match(text) else None


def _text(element: HtmlElement) -> str | None:
    return _label("".join(element.itertext()))


def _first(values: Iterable[str | None]) -> str | None:
    return next(filter(None, values), None)
