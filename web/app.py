"""The application: everything of this room put together."""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from flask import Flask, abort, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from search.copies import Copies
from search.engine import Reader
from search.inbox import Inbox
from search.settings import Settings
from web import (
    admission,
    api,
    compression,
    conditional,
    errors,
    feeds,
    headers,
    health,
    ingest,
    languages,
    logs,
    metrics,
    pages,
    parameters,
    reference,
    shares,
)
from web.desk import Desk
from web.keys import Keys

# The largest draft that is looked for in the archive.
LARGEST_BODY = 512 * 1024


class _Id(BaseConverter):
    """An article's id in a path: any characters, slashes at its ends and line feeds too."""

    regex = r"(?s:.+)"
    part_isolating = False


class _Own(_Id):
    """An article's id at the end of a path, where what is related to it has an address of its own."""

    regex = r"(?!(?s:.*)/related$)(?s:.+)"


def _addressed() -> None:
    """Refuse a host that is none, and a path that is no UTF-8: with its bytes replaced it is another."""
    if cast("parameters.Request", request).astray:
        abort(400)
    try:
        request.environ["PATH_INFO"].encode("latin-1").decode()
    except UnicodeDecodeError:
        abort(400)


def create_app(
    open_reader: Callable[[], Reader],
    settings: Settings,
    clock: Callable[[], datetime],
    inbox: Inbox | None = None,
    copies: Copies | None = None,
) -> Flask:
    """The WSGI application. `open_reader` is called once per process, at its first question.

    `clock` gives the present moment, aware of its time zone. Without an inbox nothing can be handed in;
    without `copies` no article has any.
    """
    app = Flask(__name__)
    app.request_class = parameters.Request
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # Flask's own provider has it
    app.json.sort_keys = False  # type: ignore[attr-defined] # Flask's own provider has it
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.converters["id"] = _Id
    app.url_map.converters["own"] = _Own
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["desk"] = Desk(open_reader, settings, clock, copies)
    app.extensions["keys"] = Keys(settings.keys)
    app.extensions["inbox"] = inbox
    if hops := settings.proxies:
        proxied = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
        app.wsgi_app = proxied  # type: ignore[method-assign] # the way Flask's documents tell
    metrics.install(app)
    headers.install(app)
    compression.install(app)
    conditional.install(app)
    languages.install(app)
    logs.install(app, settings.access_log, settings.log_queries)
    errors.install(app)
    app.before_request(_addressed)
    shares.install(app, settings.rate_limit)
    admission.install(app, settings.patience)
    for room in (pages, feeds, reference, api, health, metrics, *((ingest,) if inbox else ())):
        app.register_blueprint(room.blueprint)
    return app
