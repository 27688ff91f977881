"""13. Every answer of every route, errors and files included, carries the headers that protect its reader."""

import re

import pytest
from flask.testing import FlaskClient

from tests.promises.conftest import Service
from web.headers import HEADERS

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
VALUES = {"filename": "style.css"}  # of what a route names; all else is an id


def addresses(service: Service) -> list[str]:
    """An address of every route there is, and some that are none."""
    rules = [rule.rule for rule in service.app.url_map.iter_rules()]
    routes = [
        re.sub(r"<(?:\w+:)?(\w+)>", lambda found: VALUES.get(found[1], "most-1"), rule) for rule in rules
    ]
    odd = [
        "/нет",
        "/api/v1/нет",
        "/static/нет",
        "/articles/нет",
        "/?page=x",
        "/api/v1/search?x=1",
        "//",
        "/%00",
    ]
    return [*routes, *odd]


def protects(client: FlaskClient, method: str, path: str) -> None:
    with client.open(path, method=method) as response:
        context = (method, path, response.status_code)
        assert response.status_code < 500, context
        for name, value in HEADERS.items():
            assert response.headers.getlist(name) == [value], context
        assert response.headers.get("X-Request-Id"), context
        assert "Set-Cookie" not in response.headers, context
        assert "Server" not in response.headers, context
        assert response.headers.get("Access-Control-Allow-Credentials") is None, context


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_has_its_headers(service: Service, method: str) -> None:
    for path in addresses(service):
        protects(service.client, method, path)


def test_the_headers_are_those_that_are_promised() -> None:
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    policy = HEADERS["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert {"Referrer-Policy", "Cross-Origin-Opener-Policy", "Permissions-Policy"} <= set(HEADERS)


def test_answers_over_tls_ask_for_tls(service: Service) -> None:
    assert "Strict-Transport-Security" not in service.client.get("/").headers
    assert (
        "max-age"
        in service.client.get("/", base_url="https://localhost").headers["Strict-Transport-Security"]
    )
