"""Answers that are sent again only when they have changed (RFC 9110, section 13)."""

from collections.abc import Callable

from flask import Response, request

from web.desk import desk

# Anybody may keep an answer, but asks each time whether it still holds; the ETag makes that cheap.
FRESHNESS = "no-cache"


def conditional(make: Callable[[], Response]) -> Response:
    """The answer that `make` makes, or 304 where the client has it.

    What a request must not be answered by (it is missing, it is not understood) is to be found out before.
    """
    etag = desk().etag(request.path, sorted(request.args.items(multi=True)), str(request.accept_mimetypes))
    response = Response(status=304) if request.if_none_match.contains_weak(etag) else make()
    response.set_etag(etag, weak=True)  # how long it took differs from time to time
    response.headers["Cache-Control"] = FRESHNESS
    return response
