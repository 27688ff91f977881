"""The JSON API, version 1."""

from flask import Blueprint, Response, abort, jsonify, request, url_for
from werkzeug.datastructures import MIMEAccept

from search import limits
from search.answering import (
    article_json,
    development_json,
    dossier_json,
    relatives_json,
    review_json,
    to_json,
)
from search.article import Article
from search.asking import Question
from search.draft import read_draft
from search.errors import BadQuestion, ParameterError
from web.access import refuse_bad_key
from web.conditional import conditional
from web.desk import desk
from web.openapi import document
from web.parameters import only, question

blueprint = Blueprint("api", __name__)
JSON = "application/json"
blueprint.before_request(refuse_bad_key)


@blueprint.before_request
def acceptable() -> None:
    """Refuse a request that accepts no JSON. Parameters do not count: JSON is UTF-8 whatever they say."""
    kinds = MIMEAccept([(kind.partition(";")[0], quality) for kind, quality in request.accept_mimetypes])
    if kinds and not kinds.best_match((JSON, "application/problem+json")):
        abort(406)


@blueprint.get("/api/v1/search")
def search() -> Response:
    """Ranked hits with snippets; see /openapi.json."""
    asked = question()
    return conditional(lambda: _found(asked))


def _found(question: Question) -> Response:
    content = to_json(desk().answer(question), desk().settings.public_url + url_for("api.search"))
    response = jsonify(content)
    links = [f'<{url}>; rel="{name}"' for name in ("next", "prev") if (url := content[f"{name}_url"])]
    if links:
        response.headers["Link"] = ", ".join(links)
    return response


@blueprint.get("/api/v1/suggest")
def suggest() -> Response:
    """How what is being typed may go on."""
    typed = only("q", "per_page", per_page=limits.SUGGESTIONS)
    return conditional(lambda: _suggested(typed))


def _suggested(typed: Question) -> Response:
    found = desk().suggest(typed.q, typed.per_page)
    return jsonify({"q": typed.q, "suggestions": [{"text": one.text, "count": one.count} for one in found]})


@blueprint.get("/api/v1/articles/<own:id>")
def article(id: str) -> Response:
    """A whole article."""
    only()
    found = desk().article(id)
    return conditional(lambda: _whole(found))


def _whole(found: Article) -> Response:
    story, names, copies = desk().story(found.id), desk().names(found.id), desk().copies(found.id)
    return jsonify(article_json(found, story, names, copies))


@blueprint.get("/api/v1/articles/<id:id>/related")
def related(id: str) -> Response:
    """What else there is on an article's story."""
    most, found = _wanted(), desk().article(id)
    return conditional(lambda: jsonify(relatives_json(desk().related(found, most))))


@blueprint.get("/api/v1/stories/<story>")
def story(story: str) -> Response:
    """The articles on one event in time."""
    only()
    found = desk().development(story)
    return conditional(lambda: jsonify(development_json(found)))


@blueprint.get("/api/v1/names/<kind>/<id:name>")
def name(kind: str, name: str) -> Response:
    """In which articles a name stands, and with whom."""
    only()
    found = desk().dossier(kind, name)
    return conditional(lambda: jsonify(dossier_json(found)))


@blueprint.post("/api/v1/related")
def related_to_draft() -> Response:
    """What there is on a draft's story, and in its words; the draft is neither kept nor logged."""
    most = _wanted()
    try:
        draft = request.get_json(force=True, silent=True)
    except RecursionError:  # brackets within brackets without end
        draft = None
    request.stream.read(1)  # a chunked body is cut at the limit silently: asking for more is 413
    if not isinstance(draft, dict):
        raise BadQuestion([ParameterError("body", "нужен объект JSON с полями title и text")])
    article = read_draft(draft, desk().settings.timezone)
    response = jsonify(review_json(desk().review(article, most), article.text))
    response.headers["Cache-Control"] = "no-store"
    return response


def _wanted() -> int:
    """How many relatives are asked for."""
    return only("per_page", per_page=limits.RELATED).per_page


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this API."""
    only()
    return conditional(lambda: jsonify(document()), of_index=False)
