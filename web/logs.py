"""What is logged: one line of JSON for each request, where asked for, and for each thing that goes wrong.

Everything that is not ASCII is escaped, so no line can be forged, split or coloured by what a client sends.
Addresses are told by a hash whose key is forgotten with the server; bodies are never told, questions only
where the operator wants them.
"""

import logging
import sys
import time
from collections.abc import Mapping
from hashlib import blake2b
from logging.handlers import WatchedFileHandler
from secrets import token_bytes
from typing import Any

from flask import Flask, Response, g, request
from pythonjsonlogger.json import JsonFormatter

from web.metrics import outcome
from web.shares import client_address

_ACCESS = "svodka.access"
_FORMAT = "%(levelname)s %(name)s %(message)s"
_MOST_CHARACTERS = 512  # of a path or a question
_KEY = token_bytes(16)


def formatter() -> logging.Formatter:
    """Makes a line of JSON of a record; also named by the server's configuration."""
    return JsonFormatter(
        _FORMAT,
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "error"},
        timestamp="time",
        json_ensure_ascii=True,
    )


class Discreet(logging.Filter):
    """Of a request that the server could not take, its log tells no more than the kind of the fault.

    What the client sent would stand there as it came, keys among it, and who it was.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; it is to be logged."""
        fault = sys.exc_info()[0]
        told = str(record.msg)
        if told.startswith("Invalid request from"):
            record.msg = f"Invalid request: {fault.__name__ if fault else 'no kind'}"
        elif told.startswith("Error handling request"):
            record.msg, record.args = "Error handling request", ()
        return True


def install(app: Flask, access_log: str, with_questions: bool) -> None:
    """Log the faults of an application to stderr, and its requests to a file, or to stdout by `-`."""
    _written_by(app.logger, logging.StreamHandler(sys.stderr))
    if not access_log:
        return
    access = logging.getLogger(_ACCESS)
    place = logging.StreamHandler(sys.stdout) if access_log == "-" else WatchedFileHandler(access_log)
    _written_by(access, place)

    @app.after_request
    def log(response: Response) -> Response:
        access.info("request", extra=_facts(response, with_questions))
        return response


def _facts(response: Response, with_questions: bool) -> Mapping[str, Any]:
    facts: dict[str, Any] = {
        "request_id": g.request_id,
        "client": blake2b(client_address().encode(), digest_size=6, key=_KEY).hexdigest(),
        "method": request.method[:20],
        "path": request.path[:_MOST_CHARACTERS],
        "status": response.status_code,
        "outcome": outcome(response),
        "bytes": response.content_length,
        "ms": round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
    }
    if key := g.get("key"):
        facts["key"] = key.id
    if with_questions and "q" in request.args:
        facts["q"] = request.args["q"][:_MOST_CHARACTERS]
    return facts


def _written_by(logger: logging.Logger, handler: logging.Handler) -> None:
    handler.setFormatter(formatter())
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
