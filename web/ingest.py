"""Handing articles in over HTTP: what is acknowledged by 202 outlives a power cut; the index follows soon."""

import json
import re
from collections import Counter
from itertools import islice

from flask import Blueprint, Response, abort, current_app, jsonify, request

from search.errors import ArticleUnknown, BadQuestion, InvalidArticle, ParameterError, field_error
from search.inbox import Fate, Inbox, Receipt
from web.access import require
from web.keys import Scope
from web.parameters import only

blueprint = Blueprint("ingest", __name__)
# The longest article there may be, in the worst spelling of JSON, or some thousands of usual ones.
LARGEST_BODY = 16 << 20
MOST_LINES = 10_000  # that are not blank
_SAID = re.compile(rb"\S[^\n]*")
JSON = "application/json"
NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")


class _BadArticle(BadQuestion):
    """What was handed in is no article; `errors` names the field."""

    code = InvalidArticle.code


@blueprint.put("/api/v1/articles/<own:id>")
def put(id: str) -> tuple[Response, int]:
    """Keep an article under an id, in place of the one that was there."""
    require(Scope.WRITE)
    only()
    record = _body(JSON)
    try:
        fate = _inbox().put(id, record)
    except InvalidArticle as error:
        raise _BadArticle([field_error(error, _fields(record))]) from error
    return jsonify({"id": id, "fate": fate.value}), 202


@blueprint.delete("/api/v1/articles/<own:id>")
def delete(id: str) -> tuple[Response, int]:
    """Take an article out."""
    require(Scope.WRITE)
    only()
    if not _inbox().remove(id):
        raise ArticleUnknown(f"Статьи с id «{id[:200]}» нет: возможно, её уже удалили.")
    return jsonify({"id": id, "fate": "removed"}), 202


@blueprint.post("/api/v1/articles")
def post() -> tuple[Response, int]:
    """Take articles in, one a line; tells the fate of each."""
    key = require(Scope.WRITE)
    only()
    lines = _body(*NDJSON)
    if any(islice(_SAID.finditer(lines), MOST_LINES, None)):
        abort(413)
    receipts = _inbox().take(lines, key.name)
    if not receipts:
        raise BadQuestion([ParameterError("body", "нужны статьи, по одному объекту JSON в строке")])
    sums = Counter(receipt.fate for receipt in receipts)
    fates = {fate.value: sums[fate] for fate in Fate}
    return jsonify({"read": len(receipts), **fates, "items": [_told(one) for one in receipts]}), 202


def _fields(record: bytes) -> dict[str, object]:
    """The fields of a record that was refused; none where it is no object."""
    try:
        fields = json.loads(record)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _told(receipt: Receipt) -> dict[str, object]:
    told = {"line": receipt.line, "fate": receipt.fate.value, "id": receipt.id, "reason": receipt.reason}
    return {name: value for name, value in told.items() if value is not None}


def _body(*kinds: str) -> bytes:
    """The whole body; refuses it by 413 or 415. Called once the client may write."""
    packed = {
        coding.strip().lower()
        for name in ("Content-Encoding", "Transfer-Encoding")
        for coding in request.headers.get(name, "").split(",")
    } - {"", "identity", "chunked"}
    if request.mimetype not in kinds or packed:
        abort(415)
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=False)
    request.stream.read(1)  # a chunked body is cut at the limit silently: asking for more is 413
    return body


def _inbox() -> Inbox:
    found: Inbox = current_app.extensions["inbox"]
    return found
