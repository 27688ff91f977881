"""8. No input makes an answer of 5xx, one outside the described contract, or one that shows our insides."""

import random
import re
import socket
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from werkzeug.test import TestResponse

from search.asking import PARAMETERS
from tests.promises.conftest import LONG, Service, filled, served
from web.openapi import document

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
INSIDES = re.compile(r"Traceback|File \"|\.py\b|/home/|/tmp/|sqlite3|whoosh")
PAGES = ("/", "/articles/most-1", "/help", "/search.atom", "/search.csv", "/opensearch.xml", "/desk")
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")
MACHINES = ("/api/v1/search", "/api/v1/suggest", "/api/v1/articles/most-1", "/api/v1/articles/most-1/related")
AMOUNT = settings(
    max_examples=2_000 if LONG else 40,
    deadline=None,
    derandomize=not LONG,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(['"', "(", ")", "-", "*", "!", "ИЛИ", "мост", ":", "с:2025", "\0", "\u202e", "🌉"])
    ).map(" ".join),
)


OPERATIONS = [
    f"{method.upper()} {path}"
    for path, operations in document()["paths"].items()
    for method in operations
    if method in ("get", "post", "put", "delete")
]


@schemathesis.serializer("application/x-ndjson")
def as_lines(_: schemathesis.SerializationContext, value: object) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.mark.parametrize("label", OPERATIONS)
def test_every_described_request_is_answered_as_described(service: Service, label: str) -> None:
    described = schemathesis.openapi.from_wsgi("/openapi.json", service.app)
    operation = described.find_operation_by_label(label)
    assert operation is not None
    headers = {"Authorization": f"Bearer {service.key}"}

    @AMOUNT
    @given(case=operation.as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)

    check()


def is_told_well(response: TestResponse, path: str) -> None:
    assert response.status_code < 500, (path, response.text)
    if response.status_code >= 400:
        assert not INSIDES.search(response.text), response.text
        if path.startswith("/api/"):
            assert response.content_type == "application/problem+json"
            assert response.json is not None
            assert set(response.json) == {"type", "title", "status", "detail", "instance", "code", "errors"}


@AMOUNT
@given(arguments=st.dictionaries(st.sampled_from(list(PARAMETERS)), TEXTS, max_size=4))
def test_no_text_in_a_parameter_makes_a_fault(service: Service, arguments: dict[str, str]) -> None:
    for path in (*PAGES, *MACHINES):
        is_told_well(service.client.get(path, query_string=arguments), path)


@AMOUNT
@given(path=st.text(max_size=30), method=st.sampled_from(METHODS))
def test_no_path_makes_a_fault(service: Service, path: str, method: str) -> None:
    for before in ("/", "/api/v1/", "/api/v1/articles/", "/articles/", "/static/"):
        given = {"PATH_INFO": (before + path).encode().decode("latin-1")}  # as a server gives it
        is_told_well(service.client.open("/", method=method, environ_overrides=given), before)


@AMOUNT
@given(
    body=st.binary(max_size=200), kind=st.sampled_from(["application/json", "application/x-ndjson", "x", ""])
)
def test_no_body_makes_a_fault(service: Service, body: bytes, kind: str) -> None:
    headers = {"Authorization": f"Bearer {service.key}"}
    for method, path in (
        ("POST", "/api/v1/related"),
        ("POST", "/api/v1/draft"),
        ("POST", "/api/v1/articles"),
        ("PUT", "/api/v1/articles/x"),
    ):
        response = service.client.open(path, method=method, data=body, content_type=kind, headers=headers)
        is_told_well(response, path)


@AMOUNT
@given(
    headers=st.dictionaries(
        st.sampled_from(
            [
                "Accept",
                "Authorization",
                "X-Api-Key",
                "If-None-Match",
                "X-Request-Id",
                "Range",
                "Origin",
                "Content-Encoding",
                "Host",
                "X-Forwarded-For",
                "Cookie",
                "Accept-Language",
            ]
        ),
        st.text(st.characters(codec="latin-1", exclude_characters="\r\n"), max_size=30),
        max_size=4,
    )
)
def test_no_header_makes_a_fault(service: Service, headers: dict[str, str]) -> None:
    for path in ("/", "/api/v1/search?q=мост", "/healthz"):
        is_told_well(service.client.get(path, headers=headers), path)


GARBAGE = [
    b"",
    b"\0" * 100,
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"GET /?q=\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    b"POST /api/v1/related HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    b"POST /api/v1/related HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST /api/v1/related HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]


def test_no_garbage_on_the_line_makes_a_fault(tmp_path: Path, seed: int, size: int) -> None:
    chance = random.Random(seed)
    whole = b"GET /api/v1/search?q=a HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n"
    torn = [
        bytes(chance.choice(whole) if chance.random() < 0.9 else chance.randrange(256) for _ in whole)
        for _ in range(20 * size)
    ]
    with served(filled(tmp_path, 3)) as server:
        for content in (*GARBAGE, *torn):
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
                line.sendall(content)
                line.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while piece := line.recv(65536):
                        answer += piece
                except ConnectionResetError:
                    pass
            assert not answer.startswith((b"HTTP/1.1 5", b"HTTP/1.0 5")), (content, answer)
            assert b"Traceback" not in answer
        assert server.get("/healthz")[0] == 200
        assert server.get("/api/v1/search?q=a")[0] == 200
        assert "Traceback" not in server.log.read_text()
