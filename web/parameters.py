"""The parameters of a request, of which an address takes all or only some."""

from collections.abc import Container
from contextlib import suppress
from typing import Any, cast
from urllib.parse import parse_qsl
from wsgiref.types import WSGIEnvironment

import flask
from flask import request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from search import limits
from search.asking import Question, once, read_question, read_some
from search.errors import BadQuestion, ParameterError
from search.query import Sort
from web.desk import desk

Pairs = list[tuple[str, str]]
_SHOWN = "werkzeug.url_quote"  # bytes that are no UTF-8 stay percent-encoded


class Request(flask.Request):
    """A request that may have any bytes after its question mark, and any for its host.

    `astray` is one whose host no name server can have; it is answered as one without a host.
    """

    def __init__(self, environ: WSGIEnvironment, *more: Any, **others: Any) -> None:
        super().__init__(environ, *more, **others)
        name = self.host.partition(":")[0]
        self.astray = False
        try:
            name.encode("idna").decode("idna")  # as addresses are made of it
        except UnicodeError:
            self.astray = True
            environ["HTTP_HOST"] = ""

    @cached_property
    def pairs(self) -> Pairs:
        """The arguments in order; raises UnicodeDecodeError where one is no UTF-8."""
        return _pairs(self.query_string, "strict")

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The arguments, those that are no UTF-8 as they were sent: for telling them, not for taking them."""
        try:
            return ImmutableMultiDict(self.pairs)
        except UnicodeDecodeError:
            return ImmutableMultiDict(_pairs(self.query_string, _SHOWN))


def arguments(names: Container[str] | None = None) -> Pairs:
    """The request's arguments, each value of a filter once, or those of some names.

    Raises BadQuestion where they are no UTF-8.
    """
    with suppress(UnicodeDecodeError):
        pairs = cast("Request", request).pairs
        return once(pair for pair in pairs if names is None or pair[0] in names)
    shown = _pairs(request.query_string, _SHOWN)
    read = _pairs(request.query_string, "surrogateescape")
    asked = [(one, other) for one, other in zip(shown, read, strict=True) if names is None or one[0] in names]
    faults = [
        ParameterError(name[:80], "текст должен быть в UTF-8", value[:200])
        for (name, value), other in asked
        if other != (name, value)
    ]
    if faults:
        raise BadQuestion(faults)
    return once(pair for pair, _ in asked)


def question(sort: Sort | None = None) -> Question:
    """The question that a request asks, in the order `sort` where it names none; raises BadQuestion."""
    return read_question(arguments(), desk().settings.timezone, sort)


def only(*names: str, per_page: int = limits.PER_PAGE) -> Question:
    """What a request asks where there are no other parameters than these; raises BadQuestion."""
    return read_some(names, arguments(), desk().settings.timezone, per_page)


def _pairs(query: bytes, errors: str) -> Pairs:
    return parse_qsl(query.decode(errors=_SHOWN), keep_blank_values=True, errors=errors)
