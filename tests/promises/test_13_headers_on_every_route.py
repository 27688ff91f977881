"""13. Every answer of every route, errors and files included, carries the headers that protect its reader."""

import re
from pathlib import Path
from typing import Any

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


def protects(client: FlaskClient, method: str, path: str, **more: Any) -> int:
    with client.open(path, method=method, **more) as response:
        context = (method, path, response.status_code)
        assert response.status_code < 500, context
        for name, value in HEADERS.items():
            assert response.headers.getlist(name) == [value], context
        assert response.headers.get("X-Request-Id"), context
        assert "Set-Cookie" not in response.headers, context
        assert "Server" not in response.headers, context
        assert response.headers.get("Access-Control-Allow-Credentials") is None, context
        return response.status_code


@pytest.mark.parametrize("method", METHODS)
def test_every_answer_has_its_headers(service: Service, method: str) -> None:
    for path in addresses(service):
        protects(service.client, method, path)


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("Host", "x" * 300),
        ("Host", ".."),
        ("X-Forwarded-Host", ".."),
        ("X-Forwarded-Host", "xn--a-ecp.ru"),  # as a Host it is too much for the client of these tests
    ],
)
def test_a_host_that_is_none_is_refused_with_them(tmp_path: Path, header: str, host: str) -> None:
    made = Service(tmp_path, [], proxies=int(header != "Host"))
    environment = {f"HTTP_{header.upper().replace('-', '_')}": host}
    with made.reader:
        client = made.app.test_client(use_cookies=False)  # for which it would look at the host
        for path in addresses(made):
            assert protects(client, "GET", path, environ_overrides=environment) == 400, path
        problem = client.get("/api/v1/search", environ_overrides=environment)
        assert (problem.content_type, problem.json and problem.json["code"]) == (
            "application/problem+json",
            "bad_request",
        )
        assert "Запрос не понят" in client.get("/desk", environ_overrides=environment).text


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
