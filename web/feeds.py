"""The answer to a question as a feed, as a table, and as a search engine that browsers can add.

Atom is RFC 4287 with OpenSearch 1.1's counts; the other feed is JSON Feed 1.1; the table is RFC 4180. They
take the API's parameters and count what it counts.
"""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from io import StringIO
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from flask import Blueprint, Response, jsonify, request, url_for

from search import limits
from search.answer import Answer
from search.answering import html
from search.article import Article
from search.asking import Question
from search.errors import BadQuestion, ParameterError
from search.page import Hit
from search.query import Sort
from web.access import refuse_bad_key
from web.conditional import conditional
from web.desk import desk
from web.parameters import arguments, only, question

blueprint = Blueprint("feeds", __name__)
ATOM = "http://www.w3.org/2005/Atom"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
# What spreadsheets would take for a formula.
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEVER = "1970-01-01T00:00:00+00:00"
for _prefix, _name in (("", ATOM), ("opensearch", OPENSEARCH)):
    ElementTree.register_namespace(_prefix, _name)
blueprint.before_request(refuse_bad_key)


@blueprint.get("/search.atom")
def atom() -> Response:
    """The newest hits as an Atom feed."""
    return _answered(_atom)


@blueprint.get("/search.json")
def json_feed() -> Response:
    """The newest hits as a JSON Feed."""
    return _answered(_json_feed)


@blueprint.get("/search.csv")
def table() -> Response:
    """All hits that page numbers reach, as a table; or the page that is asked for."""
    asked = question()
    if not {"page", "per_page"} & set(request.args):
        asked = replace(asked, per_page=limits.RESULT_WINDOW)
    if "snippets" not in request.args:
        asked = replace(asked, snippets=1)
    fields = _told(asked) if request.args.get("fields") else USUAL
    return conditional(lambda: _table(desk().answer(asked), fields))


@blueprint.get("/opensearch.xml")
def description() -> Response:
    """How a browser may ask here."""
    root = ElementTree.Element(f"{{{OPENSEARCH}}}OpenSearchDescription")

    def add(name: str, text: str = "", **attributes: str) -> None:
        _add(root, OPENSEARCH, name, text, **attributes)

    add("ShortName", "Сводка")
    add("Description", "Поиск по новостям на русском языке")
    add("InputEncoding", "UTF-8")
    add("Image", here("static", filename="favicon.svg"), type="image/svg+xml", width="16", height="16")
    terms = "?q={searchTerms}"
    add("Url", type="text/html", template=here("pages.search") + terms)
    add("Url", type="application/atom+xml", template=here("feeds.atom") + terms)
    add("Url", type="application/x-suggestions+json", template=here("feeds.suggestions") + terms)
    return _xml(root, "application/opensearchdescription+xml")


@blueprint.get("/search.suggestions")
def suggestions() -> Response:
    """Suggestions in the form that browsers ask for (OpenSearch Suggestions 1.0)."""
    typed = only("q", "per_page")
    found = [one.text for one in desk().suggest(typed.q, typed.per_page)]
    response = jsonify([typed.q, found])
    response.content_type = "application/x-suggestions+json"
    return response


def here(endpoint: str, **values: Any) -> str:
    """An address of ours with its host."""
    return (desk().settings.public_url or request.url_root.rstrip("/")) + url_for(endpoint, **values)


def _answered(make: Callable[[Answer], Response]) -> Response:
    asked = question(Sort.NEWEST)
    if fields := request.args.get("fields"):
        raise BadQuestion([ParameterError("fields", "у записей ленты поля всегда одни", fields[:200])])
    return conditional(lambda: make(desk().answer(asked)))


def _asked(question: Question) -> list[tuple[str, str]]:
    return [(name, value) for name, value in question.arguments if name != "sort"]


def _page(question: Question) -> str:
    return f"{here('pages.search')}?{urlencode(_asked(question))}"


def _self() -> str:
    """The address that was asked, as others have it."""
    asked = urlencode(arguments())
    return here(str(request.endpoint)) + (f"?{asked}" if asked else "")


def _following(answer: Answer) -> str | None:
    """The address of what comes after, of this same kind."""
    if answer.following is None:
        return None
    arguments = [*answer.question.arguments, ("cursor", str(answer.following))]
    return f"{here(str(request.endpoint))}?{urlencode(arguments)}"


def _title(question: Question) -> str:
    return f"{question.q.strip() or 'Все статьи'} — Сводка"


def _web_page(article: Article) -> str:
    return here("pages.article", id=article.id)


def _atom(answer: Answer) -> Response:
    question, page = answer.question, answer.page
    root = ElementTree.Element(f"{{{ATOM}}}feed", {"xml:lang": "ru"})
    _add(root, ATOM, "id", f"urn:svodka:question:{quote(urlencode(_asked(question)))}")
    _add(root, ATOM, "title", _title(question))
    changes = (hit.article.modified or hit.article.published for hit in page.hits)
    newest = max(filter(None, changes), default=None)
    _add(root, ATOM, "updated", newest.isoformat() if newest else _NEVER)
    _add(root, ATOM, "link", rel="self", type="application/atom+xml", href=_self())
    _add(root, ATOM, "link", rel="alternate", type="text/html", href=_page(question))
    _add(
        root,
        ATOM,
        "link",
        rel="search",
        type="application/opensearchdescription+xml",
        href=here("feeds.description"),
    )
    if following := _following(answer):
        _add(root, ATOM, "link", rel="next", type="application/atom+xml", href=following)
    _add(root, OPENSEARCH, "totalResults", str(page.total))
    _add(root, OPENSEARCH, "itemsPerPage", str(question.per_page))
    for hit in page.hits:
        _entry(root, hit)
    return _xml(root, "application/atom+xml")


def _entry(root: ElementTree.Element, hit: Hit) -> None:
    article = hit.article
    entry = ElementTree.SubElement(root, f"{{{ATOM}}}entry")
    _add(entry, ATOM, "id", f"urn:svodka:article:{quote(article.id, safe='')}")
    _add(entry, ATOM, "title", article.title)
    published = article.published.isoformat() if article.published else None
    _add(entry, ATOM, "updated", article.modified.isoformat() if article.modified else published or _NEVER)
    if published:
        _add(entry, ATOM, "published", published)
    _link(entry, "alternate", article.url or _web_page(article))
    _link(entry, "related", _web_page(article))
    author = ElementTree.SubElement(entry, f"{{{ATOM}}}author")
    _add(author, ATOM, "name", article.author or article.source or "—")
    for term in (article.section, *article.tags):
        if term:
            _add(entry, ATOM, "category", term=term)
    passages = " … ".join(str(html(snippet.text, snippet.marks)) for snippet in hit.snippets)
    _add(entry, ATOM, "summary", passages, type="html")


def _json_feed(answer: Answer) -> Response:
    question = answer.question
    response = jsonify(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": _title(question),
            "language": "ru",
            "home_page_url": _page(question),
            "feed_url": _self(),
            **({"next_url": url} if (url := _following(answer)) else {}),
            "_svodka": {"total": answer.page.total},
            "items": [_item(hit) for hit in answer.page.hits],
        }
    )
    response.content_type = "application/feed+json"
    return response


def _item(hit: Hit) -> dict[str, Any]:
    article = hit.article
    known = {
        "external_url": article.url,
        "date_published": article.published.isoformat() if article.published else None,
        "date_modified": article.modified.isoformat() if article.modified else None,
        "authors": [{"name": article.author}] if article.author else None,
        "tags": [term for term in (article.section, *article.tags) if term] or None,
    }
    return {
        "id": article.id,
        "url": _web_page(article),
        "title": article.title,
        "content_text": " … ".join(snippet.text for snippet in hit.snippets),
        **{name: value for name, value in known.items() if value is not None},
    }


def _told(question: Question) -> tuple[str, ...]:
    """The fields of a table that are asked for, in the order of the table; raises BadQuestion."""
    if unfit := [name for name in question.fields if name not in _CELLS]:
        message = f"в таблице бывает: {', '.join(_CELLS)}"
        raise BadQuestion([ParameterError("fields", message, ",".join(unfit), tuple(_CELLS))])
    return tuple(name for name in _CELLS if name in question.fields)


def _table(answer: Answer, fields: tuple[str, ...]) -> Response:
    written = StringIO()
    lines = csv.writer(written)
    lines.writerow(_HEADINGS.get(name, name) for name in fields)
    lines.writerows([_CELLS[name](hit) for name in fields] for hit in answer.page.hits)
    # Excel takes UTF-8 for what it is only after a byte order mark; programs would take it for a letter.
    opened_by_a_person = "text/html" in str(request.accept_mimetypes)
    response = Response(("\ufeff" if opened_by_a_person else "") + written.getvalue())
    response.content_type = "text/csv; charset=utf-8; header=present"
    response.headers["Content-Disposition"] = 'attachment; filename="svodka.csv"'
    response.headers["X-Total-Count"] = str(answer.page.total)
    if following := _following(answer):
        response.headers["Link"] = f'<{following}>; rel="next"'
    return response


def _cell(text: str | None) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text and _FORMULA.match(text) else text or ""


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


# By the fields of a hit, in the order of the table.
_CELLS: dict[str, Callable[[Hit], str]] = {
    "id": lambda hit: _cell(hit.article.id),
    "url": lambda hit: _cell(hit.article.url),
    "title": lambda hit: _cell(hit.article.title),
    "source": lambda hit: _cell(hit.article.source),
    "author": lambda hit: _cell(hit.article.author),
    "section": lambda hit: _cell(hit.article.section),
    "tags": lambda hit: _cell(", ".join(hit.article.tags)),
    "origin": lambda hit: _cell(hit.article.origin),
    "published_at": lambda hit: _moment(hit.article.published),
    "modified_at": lambda hit: _moment(hit.article.modified),
    "score": lambda hit: str(round(hit.score, 6)),
    "snippets": lambda hit: _cell(" … ".join(snippet.text for snippet in hit.snippets)),
}
USUAL = tuple(name for name in _CELLS if name not in ("origin", "score"))
_HEADINGS = {"snippets": "snippet"}  # one passage, where no more are asked for


def _link(parent: ElementTree.Element, relation: str, address: str, kind: str = "text/html") -> None:
    _add(parent, ATOM, "link", rel=relation, type=kind, href=address)


def _add(parent: ElementTree.Element, space: str, name: str, text: str = "", **attributes: str) -> None:
    attributes = {key: _NOT_XML.sub("", value) for key, value in attributes.items()}
    child = ElementTree.SubElement(parent, f"{{{space}}}{name}", attributes)
    child.text = _NOT_XML.sub("", text) or None


def _xml(root: ElementTree.Element, kind: str) -> Response:
    content = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, content_type=f"{kind}; charset=utf-8")
