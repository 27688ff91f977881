"""Answers that are made, and sent, again only when they have changed (RFC 9110, section 13)."""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from cachetools import LRUCache
from flask import Flask, Response, current_app, g, make_response, request
from werkzeug.datastructures import Headers

from web.desk import desk

# Anybody may keep an answer, but asks each time whether it still holds; the ETag makes that cheap.
FRESHNESS = "no-cache"
KEPT_BYTES = 8 << 20  # of answers, in each process: some hundreds, and many ask what others ask
LARGEST = KEPT_BYTES // 32
_DIGEST_BYTES = 12
_PROGRAM = (".py", ".html", ".po", ".css", ".js")


class _Kept(NamedTuple):
    """An answer as it was sent, and how what it tells was found."""

    body: bytes
    headers: Headers
    found: str | None


def install(app: Flask) -> None:
    """Keep the answers of an application."""
    app.extensions["kept"] = LRUCache[str, _Kept](KEPT_BYTES, lambda kept: len(kept.body))
    app.extensions["release"] = _digest(_program() + repr(app.extensions["desk"].settings).encode())


def conditional(make: Callable[[], Response | str], of_index: bool = True) -> Response:
    """The answer that `make` makes, or made for the same request of this commit; 304 where the client has it.

    What a request must not be answered by (it is missing, it is not understood) is to be found out before.
    What does not come from the index (`of_index`) holds until the program or a setting is another.
    """
    etag = _etag(of_index)
    response = Response(status=304) if request.if_none_match.contains_weak(etag) else _made(etag, make)
    if not g.get("partial"):
        response.set_etag(etag, weak=True)  # how long it took differs from time to time
    response.headers["Cache-Control"] = FRESHNESS
    return response


def partial() -> None:
    """This answer lacks something that cost too much now; another time it may be whole."""
    g.partial = True


def _etag(of_index: bool) -> str:
    """What stays the same as long as a request has the same answer."""
    # By day, for freshness counts in the order and dates are told as today's.
    moment = (desk().state().generation, desk().now().date()) if of_index else ()
    # By host, for whoever asks by a false one must not have others led there.
    asked = (
        (request.scheme, request.host, request.root_path),
        request.path,
        list(request.args.items(multi=True)),
        str(request.accept_mimetypes),
    )
    facts = current_app.extensions["release"], *moment, *asked
    return _digest(repr(facts).encode("utf-8", "replace"))


def _made(etag: str, make: Callable[[], Response | str]) -> Response:
    answers: LRUCache[str, _Kept] = current_app.extensions["kept"]
    if kept := answers.get(etag):
        g.found = kept.found
        return Response(kept.body, headers=kept.headers.copy())  # to which more are added
    response = make_response(make())
    body = response.get_data()
    if response.status_code == 200 and len(body) <= LARGEST and not g.get("partial"):
        answers[etag] = _Kept(body, response.headers.copy(), g.get("found"))
    return response


@cache
def _program() -> bytes:
    """What is another for every other version of the program."""
    sources = (file.read_bytes() for room in ("search", "web") for file in _sources(files(room)))
    return _digest(b"\0".join(sources)).encode()


def _sources(folder: Traversable) -> list[Traversable]:
    found = []
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir():
            found += _sources(each)
        elif each.name.endswith(_PROGRAM):
            found.append(each)
    return found


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
