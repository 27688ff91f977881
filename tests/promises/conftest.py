"""What the promises share: their size, their seed, and a service to try them on.

The quick size runs with all tests; `make promises` runs the long one (SVODKA_PROMISES=long). The seed is
printed when a test fails; SVODKA_SEED repeats it. SVODKA_MINUTES ends each of the long ones sooner.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from indexer.archive import Archive
from indexer.inbox import ArchiveInbox
from search.article import Article
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW, ROOT, indexed
from web.app import create_app
from web.keys import Keys, Scope

MOST_SECONDS = 120.0  # for a server to start or to end, on a busy machine
LONG = os.environ.get("SVODKA_PROMISES") == "long"
MINUTES = float(os.environ.get("SVODKA_MINUTES", "inf"))


def rounds(long: int, quick: int) -> Iterator[int]:
    """The numbers of a test's rounds: as many as its size has, or as fit into SVODKA_MINUTES."""
    end = time.monotonic() + 60 * MINUTES
    for number in range(long if LONG else quick):
        if number and LONG and time.monotonic() > end:
            return
        yield number


@pytest.fixture(scope="session")
def size() -> int:
    """How many times the quick amount of work is to be done."""
    return 50 if LONG else 1


@pytest.fixture
def seed() -> int:
    """Where chance begins: the same in the quick size, another each time in the long one."""
    given = os.environ.get("SVODKA_SEED")
    chosen = int(given) if given else random.randrange(1 << 31) if LONG else 1
    print(f"SVODKA_SEED={chosen}")
    return chosen


def some_articles(count: int) -> list[Article]:
    """News of a bridge, a day apart each."""
    return [
        Article(
            id=f"most-{number}",
            title=f"Мост через реку, день {number}",
            text=f"Рабочие осмотрели мост. На мосту заменили опору номер {number}.\nАким доволен.",
            url=f"https://vestnik.example/{number}",
            source="Вестник",
            section="Общество",
            author="Олег Рябых",
            tags=("мост",),
            published=NOW - timedelta(days=number, hours=1),
        )
        for number in range(count)
    ]


class Service:
    """A service in this process, with an inbox and a key that may write."""

    def __init__(self, home: Path, articles: list[Article], **more: object) -> None:
        self.settings = Settings(home=home, **more)  # type: ignore[arg-type]
        self.key = Keys(self.settings.keys).add("лента", [Scope.WRITE], NOW)
        self.reader = indexed(self.settings.index, articles)
        Archive(self.settings.archive).close()
        inbox = ArchiveInbox(self.settings.archive, UTC)
        self.app = create_app(lambda: self.reader, self.settings, lambda: NOW, inbox)
        self.client: FlaskClient = self.app.test_client()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    made = Service(tmp_path_factory.mktemp("home"), some_articles(30))
    with made.reader:
        yield made


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A real server over a home, in processes of its own."""

    WORKERS = 2

    def __init__(self, home: Path, application: str = "wsgi:app", **variables: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        environment = {
            "MALLOC_ARENA_MAX": "1",  # as `svodka serve` and the unit of systemd have it
            **os.environ,
            "SVODKA_HOME": str(home),
            "WEB_CONCURRENCY": str(self.WORKERS),
            **variables,
        }
        command = [sys.executable, "-m", "gunicorn", "--config", "web/gunicorn.conf.py"]
        self.log = home / "server.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, "--bind", f"127.0.0.1:{self.port}", application],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + MOST_SECONDS
        while True:
            try:
                self.get("/healthz")
                break
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                assert time.monotonic() < end, self.log.read_text()
                time.sleep(0.1)

    def get(self, path: str, timeout: float = 60) -> tuple[int, bytes]:
        """The status and the body of an answer."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=timeout) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def workers(self) -> list[int]:
        """The processes that answer."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    def memory(self) -> int:
        """The bytes that those who answer hold."""
        states = (Path(f"/proc/{pid}/status").read_text() for pid in self.workers())
        return sum(1024 * int(state.partition("VmRSS:")[2].split()[0]) for state in states)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(MOST_SECONDS)


@contextmanager
def served(home: Path, application: str = "wsgi:app", **variables: str) -> Iterator[Server]:
    """A real server, ended in the end."""
    server = Server(home, application, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            assert server.stop() == 0


def filled(home: Path, count: int) -> Path:
    """A home with an archive and an index of some articles."""
    from indexer import intake, loading

    settings = Settings(home=home)
    with Archive(settings.archive) as archive:
        intake.take(archive, some_articles(count))
        loading.load(archive, open_engine(settings.engine, settings.index))
    return home


def told(**figures: object) -> None:
    """Print what was measured; docs/promises.md has the latest of the long size."""
    print("measured:", json.dumps(figures, ensure_ascii=False))
