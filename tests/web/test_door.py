"""Where more is asked than can be answered, the server refuses at its door, and waits there for nobody."""

import json
import os
import re
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.promises.conftest import Server, filled, free_port, served
from tests.web.test_server import DRAFT, POST, told

QUESTION = b"GET /api/v1/search?q=a HTTP/1.1\r\nHost: svodka\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: svodka\r\n"
LAST = b"Connection: close\r\n\r\n"
UNREAD = 4_000  # answers that are asked for and not read: more than a connection can hold


def rest(line: socket.socket) -> bytes:
    """What comes on a connection until its end."""
    return b"".join(iter(lambda: line.recv(65536), b""))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = filled(tmp_path_factory.mktemp("home"), 3)
    with served(home, "tests.web.crowded:app", WEB_CONCURRENCY="1") as server:
        yield server


def test_refusal_at_the_door_is_as_any_other(crowded: Server) -> None:
    head, body = told(crowded.address, QUESTION + b"X-Request-Id: ours\r\n" + LAST)
    assert head.startswith("HTTP/1.1 503")
    for header in (
        "Retry-After: 1",
        "X-Request-Id: ours",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    ):
        assert header in head
    assert json.loads(body)["code"] == "service_unavailable"
    head, body = told(crowded.address, b"GET / HTTP/1.1\r\nHost: svodka\r\n" + LAST)
    assert head.startswith("HTTP/1.1 503")
    assert "повторите через секунду" in body.decode()
    head, body = told(crowded.address, QUESTION.replace(b"GET", b"HEAD") + LAST)
    assert head.startswith("HTTP/1.1 503")
    assert not body
    assert b'svodka_requests_total{kind="api.search",outcome="unavailable"}' in crowded.get("/metrics")[1]


def test_what_asks_nothing_of_the_index_is_answered(crowded: Server) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/static/style.css"):
        assert crowded.get(path)[0] == 200, path


@pytest.mark.parametrize("path", ["/%73tatic/style.css", "/static%2Fstyle.css", "/news/static/style.css"])
def test_file_is_sent_whole_however_its_address_is_spelled(crowded: Server, path: str) -> None:
    mounted = "SCRIPT_NAME: /news\r\n" if path.startswith("/news/") else ""
    request = f"GET {path} HTTP/1.1\r\nHost: svodka\r\n{mounted}".encode() + LAST
    head, body = told(crowded.address, request)
    assert head.startswith("HTTP/1.1 200")
    assert f"Content-Length: {len(body)}\r\n" in head
    assert body == crowded.get("/static/style.css")[1]


def test_connection_goes_on_after_a_refusal(crowded: Server) -> None:
    with socket.create_connection(("127.0.0.1", crowded.port), timeout=60) as line:
        for _ in range(3):
            line.sendall(QUESTION + b"\r\n")
            head, _, rest = line.recv(65536).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503")
            assert b"Connection: keep-alive" in head
            assert json.loads(rest)["status"] == 503


def test_questions_sent_together_are_each_answered(crowded: Server) -> None:
    answers = told(crowded.address, 2 * (HEALTH + b"\r\n") + HEALTH + LAST)
    assert answers[1].count(b"HTTP/1.1 200 OK") == 2
    assert answers[0].startswith("HTTP/1.1 200 OK")


@pytest.mark.parametrize("at", [0, 3, len(QUESTION), len(QUESTION + LAST) - 2])
def test_who_is_slow_to_ask_is_heard_out(crowded: Server, at: int) -> None:
    whole = QUESTION + LAST
    with socket.create_connection(("127.0.0.1", crowded.port), timeout=60) as line:
        line.sendall(whole[:at])
        time.sleep(0.3)
        line.sendall(whole[at:])
        answer = rest(line)
    assert answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 200"))
    assert json.loads(answer.partition(b"\r\n\r\n")[2])


def test_what_comes_with_a_body_is_read(crowded: Server) -> None:
    assert told(crowded.address, POST + b"Content-Length: %d\r\n\r\n" % len(DRAFT) + DRAFT)[0][9:12] == "200"
    head, _ = told(crowded.address, QUESTION + b"Content-Length: 5\r\n\r\nhello")
    assert head.startswith("HTTP/1.1 200")


@pytest.mark.parametrize("line", [b"GET /a b c", b"GET /a HTTP/9", b"GET /a HTTP/1.1\r\nX Y: z"])
def test_malformed_request_is_told(crowded: Server, line: bytes) -> None:
    assert told(crowded.address, line + b"\r\n\r\n")[0].startswith(("HTTP/1.1 400", "HTTP/1.1 505"))


def test_who_does_not_read_is_given_up_and_holds_nobody_up(crowded: Server) -> None:
    def asked() -> int:
        metrics = crowded.get("/metrics", timeout=20)[1]
        return sum(
            int(float(count)) for count in re.findall(rb'requests_total{kind="pages.search".*} (.+)', metrics)
        )

    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.connect(("127.0.0.1", crowded.port))
        before = asked()
        for number in range(1, UNREAD):
            try:
                line.sendall(b"GET / HTTP/1.1\r\nHost: svodka\r\n\r\n")
            except OSError:
                break
            # Each is to come alone, or a thread would have the next; the last is never counted.
            any(asked() >= before + number for _ in range(20))
        else:
            pytest.fail("the server is still sending")


def test_many_who_come_at_once_are_all_refused(crowded: Server) -> None:
    lines = [socket.create_connection(("127.0.0.1", crowded.port), timeout=60) for _ in range(100)]
    for line in lines:
        line.sendall(QUESTION + LAST)
    for line in lines:
        assert rest(line).startswith(b"HTTP/1.1 503")
        line.close()


def test_more_connections_than_handles_end_no_worker(tmp_path: Path) -> None:
    kind = resource.RLIMIT_NOFILE
    soft, hard = resource.getrlimit(kind)
    if soft < 1_200:
        pytest.skip("the test itself needs more handles")
    resource.setrlimit(kind, (512, hard))
    with ExitStack() as stack:
        try:
            server = stack.enter_context(served(filled(tmp_path, 3), WEB_CONCURRENCY="1"))
        finally:
            resource.setrlimit(kind, (soft, hard))
        workers = server.workers()
        with ExitStack() as lines:
            for _ in range(520):
                lines.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            time.sleep(0.5)
        assert server.get("/healthz")[0] == 200
        assert server.workers() == workers


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_connection_of_a_server_that_ends_tls_itself_goes_on(tmp_path: Path) -> None:
    key, certificate, port = tmp_path / "key.pem", tmp_path / "certificate.pem", free_port()
    new = f"req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout {key} -out {certificate}"
    subprocess.run(["openssl", *new.split()], check=True, capture_output=True)
    bound = f"--bind 127.0.0.1:{port} --keyfile {key} --certfile {certificate} --workers 1"
    command = [sys.executable, "-m", "gunicorn", "--config", "web/gunicorn.conf.py", *bound.split()]
    environment = {**os.environ, "SVODKA_HOME": str(filled(tmp_path, 3))}
    server = subprocess.Popen([*command, "tests.web.crowded:app"], cwd=ROOT, env=environment)
    try:
        while True:
            with suppress(ConnectionRefusedError):
                line = socket.create_connection(("127.0.0.1", port), timeout=60)
                break
            assert server.poll() is None
            time.sleep(0.1)
        with ssl.create_default_context(cafile=certificate).wrap_socket(
            line, server_hostname="localhost"
        ) as safe:
            for _ in range(3):
                safe.sendall(HEALTH + b"\r\n")
                assert safe.recv(65536).startswith(b"HTTP/1.1 200")
    finally:
        server.terminate()
        server.wait(60)
