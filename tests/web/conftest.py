"""A small service over invented articles; `svodka serve` over the samples, and a browser before it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.support.ui import WebDriverWait

from search.article import Article
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW, ROOT, indexed
from web.app import create_app

HOSTILE = "<img src=x onerror=alert(1)>\"'</mark>"


def some_articles() -> list[Article]:
    bridge = [
        Article(
            id=f"most-{number}",
            title=f"Мост через реку, день {number}",
            text=f"Рабочие осмотрели мост. На мосту заменили опору номер {number}.\nАким доволен.",
            url=f"https://vestnik.example/{number}",
            source="Вестник",
            section="Общество",
            published=NOW - timedelta(days=number, hours=1),
        )
        for number in range(45)
    ]
    return [
        *bridge,
        Article(
            id="путь/с косой?#%",
            title=HOSTILE,
            text=f"Паводок пришёл ночью. {HOSTILE}",
            source="Курьер",
            author="Олег Рябых",
            tags=("паводок",),
            published=datetime(2024, 3, 5, 4, 7, tzinfo=UTC),
        ),
    ]


@pytest.fixture(scope="package")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder = tmp_path_factory.mktemp("index")
    reader = indexed(folder, some_articles())
    with reader:
        yield create_app(lambda: reader, Settings(home=folder), lambda: NOW).test_client()


@pytest.fixture
def empty(tmp_path: Path) -> FlaskClient:
    """A service before anything was indexed."""
    reader = open_engine("whoosh:", tmp_path).reader
    return create_app(reader, Settings(home=tmp_path), lambda: NOW).test_client()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of `svodka serve` over the samples."""
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, "SVODKA_HOME": str(home)}
    svodka = [sys.executable, "-m", "indexer.cli"]
    subprocess.run([*svodka, "add", "samples"], env=environment, cwd=ROOT, check=False, capture_output=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [*svodka, "serve", "--port", str(port)],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, "the service ended by itself"
                time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(200) == 0


def waiting(driver: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    # A page may give way to the next between being found and being read: the browser tells it in many ways.
    return WebDriverWait(driver, 60, ignored_exceptions=[WebDriverException])
