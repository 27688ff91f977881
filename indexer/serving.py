"""Serving: the web server and the loader run side by side; who ends one of them ends both."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import click

_LOADER_PAUSE_SECONDS = 2.0  # before a loader that broke down is started again
_GRACE_SECONDS = 35.0  # longer than the server's own grace for requests under way


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, instead of breaking off what is being done."""
    stop = threading.Event()
    former = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def serve(host: str, port: int) -> int:
    """Run both until a signal or until the web server ends by itself; the exit code of the server."""
    with stopped_by_signals() as stop:
        server = subprocess.Popen(_server(host, port), start_new_session=True)  # noqa: S603 # our own words
        loader = _start_loader()
        try:
            while not stop.wait(0.2) and server.poll() is None:
                if loader.poll() is not None:
                    click.echo("Загрузчик остановился; запускаю его снова.", err=True)
                    time.sleep(_LOADER_PAUSE_SECONDS)
                    loader = _start_loader()
        finally:
            asked = server.poll() is None
            for process in (server, loader):
                _end(process)
    return 0 if asked else int(server.returncode or 0)


def _server(host: str, port: int) -> list[str]:
    found = find_spec("web")
    if found is None or found.origin is None:
        raise FileNotFoundError("web")
    config = Path(found.origin).with_name("gunicorn.conf.py")
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", place, "wsgi:app"]


def _start_loader() -> "subprocess.Popen[bytes]":
    # In a session of its own, so that Ctrl+C reaches it once, through us.
    command = [sys.executable, "-m", "indexer.cli", "load", "--follow"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(command, start_new_session=True, env=environment)  # noqa: S603 # our own words


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
