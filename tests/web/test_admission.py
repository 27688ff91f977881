"""One question at a time, a queue in the order of arrival, and no waiting in vain."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.exceptions import ServiceUnavailable

from search.engine import Reader
from search.errors import IndexMissing
from search.settings import Settings
from tests.conftest import NOW, articles, indexed
from web.admission import AT_THE_DOOR, QUEUE, Gate
from web.app import create_app

LONG = 120.0


def waiting(gate: Gate, count: int) -> None:
    """Wait until so many wait at a gate."""
    end = time.monotonic() + LONG
    while len(gate._waiting) < count:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_those_who_wait_are_let_in_one_at_a_time_in_their_order() -> None:
    gate, order, inside = Gate(LONG), [], []

    def ask(number: int) -> None:
        with gate:
            inside.append(number)
            order.append(number)
            assert inside == [number]
            inside.remove(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    with gate:
        for number, thread in enumerate(threads, 1):
            thread.start()
            waiting(gate, number)
    for thread in threads:
        thread.join(LONG)
    assert order == list(range(20))


def test_who_waits_too_long_is_refused_and_leaves_the_queue() -> None:
    gate = Gate(0.05)
    with gate, pytest.raises(ServiceUnavailable), gate:
        pass
    with gate:
        pass


def test_who_would_wait_too_long_does_not_wait_but_the_first_in_line_may() -> None:
    moments = iter([0.0, *[100_000.0] * 9])  # the first question takes more than a day
    gate = Gate(LONG, lambda: next(moments))
    with gate:
        pass
    assert not gate.full
    with gate:
        assert not gate.full
        thread = threading.Thread(target=lambda: gate.__enter__().__exit__())
        thread.start()
        waiting(gate, 1)
        assert gate.full
        started = time.monotonic()
        with pytest.raises(ServiceUnavailable), gate:
            pass
        assert time.monotonic() - started < LONG
    thread.join(LONG)
    assert not gate.full


def test_the_question_at_work_counts_for_the_wait() -> None:
    moments = iter([0.0, 1_000.0, *[1_000.0] * 9])
    gate = Gate(75.0, lambda: next(moments))  # half as much more than a question is now thought to take
    with gate:
        pass
    with gate:
        thread = threading.Thread(target=lambda: gate.__enter__().__exit__())
        thread.start()
        waiting(gate, 1)
        assert gate.full  # the one at work and the one that waits would take 100
    thread.join(LONG)


def test_the_queue_is_bounded() -> None:
    gate = Gate(LONG)
    threads = [threading.Thread(target=lambda: gate.__enter__().__exit__()) for _ in range(QUEUE)]
    with gate:
        for thread in threads:
            thread.start()
        waiting(gate, QUEUE)
        with pytest.raises(ServiceUnavailable), gate:
            pass
    for thread in threads:
        thread.join(LONG)
    with gate:
        pass


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Callable[..., FlaskClient]]:
    reader = indexed(tmp_path / "index", articles(["Мост"]))

    def made(open_reader: Callable[[], Reader] = lambda: reader, **more: object) -> FlaskClient:
        settings = Settings(home=tmp_path, **more)  # type: ignore[arg-type]
        return create_app(open_reader, settings, lambda: NOW).test_client()

    with reader:
        yield made


def test_busy_service_says_so_and_its_health_answers(service: Callable[..., FlaskClient]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> Reader:
        begun.set()
        go_on.wait(LONG)
        raise IndexMissing("")

    client = service(slow, patience=0.05)
    thread = threading.Thread(target=lambda: client.application.test_client().get("/?q=мост"))
    thread.start()
    begun.wait(LONG)
    for path in ("/?q=мост", "/api/v1/search?q=мост", "/articles/t0"):
        response = client.get(path)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
    assert response.headers["Content-Security-Policy"]
    assert client.get("/healthz").status_code == 200
    assert client.get("/openapi.json").status_code in (200, 503)
    go_on.set()
    thread.join(LONG)
    assert client.get("/?q=мост").get_data()  # whoever is through leaves the gate open


def test_nobody_waits_or_computes_at_the_door(service: Callable[..., FlaskClient]) -> None:
    client = service()
    at_the_door = AT_THE_DOOR.set(True)
    try:
        assert client.get("/?q=мост").status_code == 503
        assert client.get("/healthz").status_code == 200
        assert client.get("/нет").status_code == 404
    finally:
        AT_THE_DOOR.reset(at_the_door)
    assert client.get("/?q=мост").status_code == 200


def test_every_answer_and_every_error_leaves_the_gate_open(service: Callable[..., FlaskClient]) -> None:
    client = service(patience=0.01)
    for path in ("/?q=мост", "/?page=x", "/articles/нет", "/api/v1/search?x=1", "/нет", "/api/v1/related"):
        for method in ("GET", "POST", "HEAD", "OPTIONS"):
            assert client.open(path, method=method).status_code < 500
