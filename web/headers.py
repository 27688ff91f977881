"""The headers that every response carries, each with its reason."""

import re
from random import getrandbits
from typing import Final

from flask import Flask, Response, g, request

# Nothing but our own style and pictures; no script from anywhere but our own files, none inside a page.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    # A JSON answer with markup in it must never be taken for a page.
    "X-Content-Type-Options": "nosniff",
    # What a reader searched for is nobody's business when they go on to an outlet's site.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_DAY, _YEAR = 86_400, 31_536_000
OPEN_TO_ALL: Final = ("/api/", "/search.", "/openapi.json")
EXPOSED: Final = "ETag, Link, X-Request-Id, X-Total-Count, Retry-After"


def install(app: Flask) -> None:
    """Give every response of the application its headers."""

    @app.before_request
    def name_request() -> None:
        given = request.headers.get("X-Request-Id", "")
        # No call of the system, after which another thread would come first.
        g.request_id = given if _SANE_ID.fullmatch(given) else f"{getrandbits(64):016x}"  # nosec B311 # a name, no secret

    @app.after_request
    def dress(response: Response) -> Response:
        given = {name for name, _ in response.headers}
        response.headers.extend([header for header in HEADERS.items() if header[0] not in given])
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.vary.add("Accept")
        if request.is_secure:  # said by the proxy
            response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        if request.path.startswith(OPEN_TO_ALL):
            # The archive is public: any page may read it, none with a reader's credentials.
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = EXPOSED
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = "GET"
                response.headers["Access-Control-Allow-Headers"] = "If-None-Match, X-Request-Id"
                response.headers["Access-Control-Max-Age"] = str(_DAY)
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        else:
            response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint == "static" and "v" in request.args and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
        elif request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-cache")
        return response
