"""15. A request is one line of JSON whatever it holds; no line shows an address, a key or a draft."""

import json
import logging
import random
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.promises.conftest import Service, filled, served, some_articles

PIECES = [
    "мост",
    "\r\n",
    "\n",
    "\r",
    "\x1b[31m",
    "\x1b]0;x\x07",
    "\0",
    "\x85",
    "\u2028",
    "\u202e",
    "\ufeff",
    '"',
    "\\",
    "\\u000a",
    '"}\n{"level": "INFO", "status": 200, "path": "/admin"}',
    "%0d%0a",
    "\ud7ff",
    "🌉",
    "\x7f",
    "', '",
    "{}",
    "a" * 600,
]
ADDRESS = "203.0.113.77"
DRAFT = "Совершенно секретный черновик"


@pytest.fixture
def logging_service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path, some_articles(3), access_log=str(tmp_path / "access.log"), log_queries=True)
    with made.reader:
        yield made
    for handler in logging.getLogger("svodka.access").handlers:
        handler.close()


def lines(service: Service) -> list[dict[str, Any]]:
    content = Path(service.settings.access_log).read_bytes()
    assert re.fullmatch(rb"[\x20-\x7e\n]*", content), "a control character or a letter beyond ASCII"
    return [json.loads(line) for line in content.decode().split("\n")[:-1]]


def test_every_request_is_one_line_that_cannot_be_forged(
    logging_service: Service, seed: int, size: int
) -> None:
    chance = random.Random(seed)
    client, asked = logging_service.client, []
    for _ in range(200 * size):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 6)))
        asked.append(text)
        path = chance.choice(["/?q=", "/api/v1/search?q=", "/api/v1/suggest?q="]) + quote(text)
        headers = {"X-Request-Id": re.sub(r"[\r\n]", " ", text).encode("utf-8").decode("latin-1")}
        client.get(path, headers=headers, environ_base={"REMOTE_ADDR": ADDRESS})
        client.get("/" + quote(text), environ_base={"REMOTE_ADDR": ADDRESS})
    found = lines(logging_service)
    assert len(found) == 2 * len(asked)
    for line, text in zip(found[::2], asked, strict=True):
        assert line["q"] == text[:512]
        assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", line["request_id"])


def test_secrets_are_not_told(logging_service: Service) -> None:
    client, key = logging_service.client, logging_service.key
    environment = {"REMOTE_ADDR": ADDRESS}
    headers = {"Authorization": f"Bearer {key}"}
    client.post("/api/v1/related", json={"text": DRAFT}, environ_base=environment)
    client.put(
        "/api/v1/articles/x", json={"title": DRAFT, "text": DRAFT}, headers=headers, environ_base=environment
    )
    client.put("/api/v1/articles/x", json={"title": DRAFT}, headers={"X-Api-Key": f"{key}x"})
    content = json.dumps(lines(logging_service), ensure_ascii=False)
    for secret in (ADDRESS, key, key.rpartition("_")[2], DRAFT):
        assert secret not in content


def test_what_the_server_cannot_take_is_told_by_its_kind_only(tmp_path: Path) -> None:
    key = "svodka_0a1b2c3d_secret"
    start = b"POST /api/v1/related HTTP/1.1\r\nHost: x\r\n"
    with served(filled(tmp_path, 1)) as server:
        for sent in (
            f"GET /x HTTP/1.1\r\nAuthorization Bearer {key}\r\n\r\n".encode(),
            f"GET /?q={key} \x01 HTTP/1.1\r\n\r\n".encode(),
            f"{key} / HTTP/1.1\r\n\r\n".encode(),
            f"GET / HTTP/{key}\r\n\r\n".encode(),
            start + f"Transfer-Encoding: {key}\r\n\r\n".encode(),
            start + f"Expect: {key}\r\n\r\n".encode(),
            start + f"Transfer-Encoding: chunked\r\n\r\n{key}\r\n".encode(),
            start + f"Transfer-Encoding: chunked\r\n\r\n1\r\n{key}\r\n".encode(),
        ):
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
                answer = b"".join(iter(lambda line=line: line.recv(65536), b""))  # type: ignore[misc]
                assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 501")), answer
        told = server.log.read_text()
    assert "Invalid request: InvalidHeader" in told
    assert key not in told
    assert "secret" not in told
    assert "ip=" not in told


def test_questions_are_told_only_where_they_are_wanted(tmp_path: Path) -> None:
    made = Service(tmp_path, some_articles(1), access_log=str(tmp_path / "access.log"))
    with made.reader:
        made.client.get("/?q=тайна")
    assert "q" not in lines(made)[0]
    for handler in logging.getLogger("svodka.access").handlers:
        handler.close()


def test_fault_is_one_line_too(logging_service: Service, capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging_service.app.logger.handlers[0]
    try:
        raise ValueError('x\n{"level": "INFO"}\x1b[31m')
    except ValueError as error:
        record = logging_service.app.logger.makeRecord(
            "web.app", logging.ERROR, "", 0, "беда\n", (), (type(error), error, None)
        )
    line = handler.format(record)
    assert re.fullmatch(r"[\x20-\x7e]*", line)
    assert json.loads(line)["message"] == "беда\n"
