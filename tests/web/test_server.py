"""What only a real server shows: what it takes for an address."""

import json
import socket
from urllib.parse import urlsplit


def asked(service: str, target: bytes) -> tuple[str, bytes]:
    """The status line and the body of an answer to a target sent as it is typed."""
    place = urlsplit(service)
    with socket.create_connection((place.hostname, place.port), timeout=60) as line:
        line.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: svodka\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode(), body


def test_russian_letters_may_stand_in_an_address_as_they_are(service: str) -> None:
    status, body = asked(service, "/api/v1/search?q=мост&per_page=1".encode())
    assert status == "HTTP/1.1 200 OK"
    assert json.loads(body)["query"]["q"] == "мост"
    assert json.loads(body)["total"] > 0


def test_bytes_that_are_no_letters_make_no_fault(service: str) -> None:
    for path in (b"/", b"/api/v1/search", b"/search.csv", b"/\xff"):
        status = asked(service, path + b"?q=\xff\xfe\xed\xa0\x80")[0]
        assert not status.startswith("HTTP/1.1 5"), (path, status)


def test_control_characters_may_not(service: str) -> None:
    assert asked(service, b"/api/v1/search?q=\x01")[0].startswith("HTTP/1.1 400")
