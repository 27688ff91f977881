"""Who is asking: the key that a request shows, and what it is good for."""

from flask import current_app, g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from web.keys import Key, Keys, Scope

_CHALLENGE = WWWAuthenticate("bearer", {"realm": "svodka"})


def shown_key() -> Key | None:
    """The key of the request, None where it shows none; one that is not good is refused by 401."""
    if "key" not in g:
        g.key = _read()
    key: Key | None = g.key
    return key


def refuse_bad_key() -> None:
    """Refuse a key that is none, even where none is needed: its owner would not learn that it was revoked."""
    shown_key()


def require(scope: Scope) -> Key:
    """The key of the request, if it is good for this; refuses the request by 401 or 403 otherwise."""
    key = shown_key()
    if key is None:
        raise Unauthorized(www_authenticate=_CHALLENGE)
    if not key.may(scope):
        raise Forbidden
    return key


def _read() -> Key | None:
    authorization = request.authorization
    bearer = authorization.token if authorization and authorization.type == "bearer" else None
    secret = bearer or request.headers.get("X-Api-Key")
    if not secret:
        return None
    keys: Keys = current_app.extensions["keys"]
    found = keys.find(secret)
    if found is None:
        raise Unauthorized(www_authenticate=_CHALLENGE)
    return found
