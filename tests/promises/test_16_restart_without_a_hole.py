"""16. A restart leaves no hole: a reload under load fails no request, a killed worker only its own.

And nothing piles up: neither files held open nor threads.
"""

import gc
import os
import signal
import socket
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest

from search.engines import open_engine
from tests.conftest import articles, ask, indexed
from tests.promises.conftest import LONG, Server, filled, rounds, served, told

RELOADS, KILLS = (50, 20) if LONG else (2, 2)
CROWD = 200
PATIENT = {"SVODKA_PATIENCE": "600"}  # a busy machine refuses nobody here
PATH = "/api/v1/search?q=" + quote("мост")


@contextmanager
def asked(server: Server) -> Iterator[list[str]]:
    """Ask without a pause, by a connection each; gives what went wrong, and how many answers there were."""
    faults: list[str] = []
    stop = threading.Event()
    count = [0]

    def ask_on() -> None:
        while not stop.is_set():
            try:
                with urllib.request.urlopen(server.address + PATH, timeout=60) as response:
                    response.read()
                count[0] += 1
            except (OSError, HTTPException) as error:
                faults.append(repr(error))

    threads = [threading.Thread(target=ask_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        yield faults
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert count[0] > 0


def all_workers(server: Server, gone: list[int]) -> list[int]:
    """The processes that answer, once all of them run and none is of `gone`."""
    end = time.monotonic() + 120
    while set(now := server.workers()) & set(gone) or len(now) != server.WORKERS:
        assert time.monotonic() < end, (gone, now)
        time.sleep(0.1)
    return now


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(filled(tmp_path_factory.mktemp("home"), 30), **PATIENT) as running:
        yield running


def test_reload_fails_no_request(server: Server) -> None:
    with asked(server) as faults:
        workers = all_workers(server, gone=[])
        for _ in range(RELOADS):
            server.process.send_signal(signal.SIGHUP)
            workers = all_workers(server, gone=workers)
    told(reloads=RELOADS, failed=len(faults))
    assert faults == []


def test_killed_worker_takes_only_its_requests_with_it(server: Server) -> None:
    with asked(server) as faults:
        workers = all_workers(server, gone=[])
        for _ in range(KILLS):
            os.kill(workers[0], signal.SIGKILL)
            workers = all_workers(server, gone=workers[:1])
    told(kills=KILLS, failed=len(faults))
    assert len(faults) <= 3 * KILLS  # each of three clients may have been with it
    assert server.get(PATH)[0] == 200


def test_all_who_had_come_are_answered_before_a_stop(tmp_path: Path) -> None:
    """Those at work, those in the queue of a worker, and those whom no worker has accepted yet."""
    paths = [PATH if number % 10 == 0 else "/healthz" for number in range(CROWD)]
    with served(filled(tmp_path, 30), **PATIENT) as server, ExitStack() as stack:
        lines = [
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=120))
            for _ in range(CROWD)
        ]
        for line, path in zip(lines, paths, strict=True):
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert server.stop() == 0
        answers = Counter(line.makefile("rb").readline() for line in lines)
        assert answers == {b"HTTP/1.1 200 OK\r\n": CROWD}
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=120)


def test_who_does_not_leave_holds_nobody_up(tmp_path: Path) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with served(filled(tmp_path, 3), WEB_CONCURRENCY="1") as server, ExitStack() as stack:
        for _ in range(60):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=120))
            line.sendall(request)
        # Waited for one after another, they would be in the way for two minutes.
        assert server.get("/healthz", timeout=60)[0] == 200


def handles() -> int:
    gc.collect()  # a file that is mapped is let go of with what looks at it
    return len(os.listdir("/proc/self/fd"))


def test_nothing_is_held_after_closing(tmp_path: Path) -> None:
    indexed(tmp_path, articles(["Мост", "Река"])).close()
    engine = open_engine("whoosh:", tmp_path)
    before = handles(), threading.active_count()
    for _ in range(50):
        with engine.reader() as reader:
            ask(reader, "мост")
    assert handles() - before[0] <= 2
    assert threading.active_count() - before[1] <= 2


def test_memory_does_not_grow_with_searches(tmp_path: Path) -> None:
    """A worker's memory, over searches each of which is another."""
    with served(filled(tmp_path, 30), WEB_CONCURRENCY="1", **PATIENT) as server:
        before, searches = 0, 0
        for number in rounds(100_000, 400):
            assert server.get(f"{PATH}+{number}")[0] == 200
            searches += 1
            if number == 200:
                before = server.memory()
        growth = server.memory() / before - 1
    told(searches=searches, memory_growth=round(growth, 3))
    assert growth < 0.1 or not LONG
