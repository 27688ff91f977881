"""Answers that are made, and sent, again only when they have changed (RFC 9110, section 13)."""

from collections.abc import Callable
from typing import NamedTuple

from cachetools import LRUCache
from flask import Flask, Response, current_app, g, request
from werkzeug.datastructures import Headers

from web.desk import desk

# Anybody may keep an answer, but asks each time whether it still holds; the ETag makes that cheap.
FRESHNESS = "no-cache"
KEPT_BYTES = 8 << 20  # of answers, in each process: some hundreds, and many ask what others ask
LARGEST = KEPT_BYTES // 32


class _Kept(NamedTuple):
    """An answer as it was sent, and how what it tells was found."""

    body: bytes
    headers: Headers
    found: str | None


def install(app: Flask) -> None:
    """Keep the answers of an application."""
    app.extensions["kept"] = LRUCache[str, _Kept](KEPT_BYTES, lambda kept: len(kept.body))


def conditional(make: Callable[[], Response]) -> Response:
    """The answer that `make` makes, or made for the same request of this commit; 304 where the client has it.

    What a request must not be answered by (it is missing, it is not understood) is to be found out before.
    """
    etag = desk().etag(request.path, list(request.args.items(multi=True)), str(request.accept_mimetypes))
    response = Response(status=304) if request.if_none_match.contains_weak(etag) else _made(etag, make)
    response.set_etag(etag, weak=True)  # how long it took differs from time to time
    response.headers["Cache-Control"] = FRESHNESS
    return response


def _made(etag: str, make: Callable[[], Response]) -> Response:
    answers: LRUCache[str, _Kept] = current_app.extensions["kept"]
    if kept := answers.get(etag):
        g.found = kept.found
        return Response(kept.body, headers=kept.headers)
    response = make()
    body = response.get_data()
    if response.status_code == 200 and len(body) <= LARGEST:
        answers[etag] = _Kept(body, response.headers.copy(), g.get("found"))
    return response
