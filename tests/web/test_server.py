"""What only a real server shows: what it takes for an address, and what for a body."""

import json
import runpy
import socket
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from tests.conftest import ROOT


def told(service: str, request: bytes) -> tuple[str, bytes]:
    """The head and the body of the answer to a request sent as it is, and nothing after it."""
    place = urlsplit(service)
    with socket.create_connection((place.hostname, place.port), timeout=60) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


def asked(service: str, target: bytes) -> tuple[str, bytes]:
    """The status line and the body of an answer to a target sent as it is typed."""
    head, body = told(service, b"GET " + target + b" HTTP/1.1\r\nHost: svodka\r\nConnection: close\r\n\r\n")
    return head.split("\r\n")[0], body


def test_russian_letters_may_stand_in_an_address_as_they_are(service: str) -> None:
    status, body = asked(service, "/api/v1/search?q=мост&per_page=1".encode())
    assert status == "HTTP/1.1 200 OK"
    assert json.loads(body)["query"]["q"] == "мост"
    assert json.loads(body)["total"] > 0
    status, body = asked(service, "/api/v1/names/org/нет такой".replace(" ", "%20").encode())
    assert status == "HTTP/1.1 404 NOT FOUND"
    assert "нет такой" in json.loads(body)["instance"]


def test_bytes_that_are_no_letters_make_no_fault(service: str) -> None:
    for path in (b"/", b"/api/v1/search", b"/search.csv", b"/\xff"):
        status = asked(service, path + b"?q=\xff\xfe\xed\xa0\x80")[0]
        assert not status.startswith("HTTP/1.1 5"), (path, status)


def test_path_that_is_no_text_is_nobodys(service: str) -> None:
    for path, status in {b"a%ff": "400 BAD REQUEST", b"a%EF%BF%BD": "404 NOT FOUND"}.items():
        assert asked(service, b"/api/v1/articles/" + path)[0] == "HTTP/1.1 " + status


def test_control_characters_may_not(service: str) -> None:
    assert asked(service, b"/api/v1/search?q=\x01")[0].startswith("HTTP/1.1 400")


POST = b"POST /api/v1/related HTTP/1.1\r\nHost: svodka\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
DRAFT = b'{"text": "\xd0\x9c\xd0\xbe\xd1\x81\xd1\x82"}'


@pytest.mark.parametrize("start", [POST, POST.replace(b"POST /api/v1/related", b"GET /api/v1/search?q=a")])
@pytest.mark.parametrize("body", [b"zz\r\n", b"5\r\nhelloXX\r\n", b"\r\n", b"5\r\nhel"])
def test_malformed_body_is_the_clients_fault(service: str, start: bytes, body: bytes) -> None:
    head, problem = told(service, start + CHUNKED + body)
    assert head.startswith("HTTP/1.1 400")
    assert "Connection: close" in head
    assert json.loads(problem)["code"] == "bad_request"


def test_body_cut_short_is_not_taken_for_a_whole_one(service: str) -> None:
    whole = b"Content-Length: %d\r\n\r\n" % len(DRAFT) + DRAFT
    assert told(service, POST + whole)[0].startswith("HTTP/1.1 200")
    cut = b"Content-Length: 500\r\n\r\n" + DRAFT
    assert told(service, POST + cut)[0].startswith("HTTP/1.1 400")


def test_who_is_refused_before_the_body_is_read_learns_it_and_that_the_connection_ends(service: str) -> None:
    size = 20 << 20
    for path in (b"articles", b"related"):
        start = POST.replace(b"related", path) + b"Content-Length: %d\r\n\r\n" % size
        head, _ = told(service, start + b"x" * size)
        assert head.startswith(("HTTP/1.1 401", "HTTP/1.1 413"))
        assert "Connection: close" in head


def test_address_is_told_as_it_may_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    settings = runpy.run_path(str(ROOT / "web" / "gunicorn.conf.py"))
    bound = [("127.0.0.1", 8000), ("::1", 8000), "/run/svodka/web.sock"]
    settings["when_ready"](SimpleNamespace(cfg=SimpleNamespace(address=bound)))
    told = [line.split(" — ")[0].rpartition(" ")[2] for line in capsys.readouterr().out.splitlines()]
    assert told == ["http://127.0.0.1:8000", "http://[::1]:8000", "unix:/run/svodka/web.sock"]
