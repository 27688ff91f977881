"""Serving: the web server, the loader and, where there are watches, who sends their notices, side by side.

Who ends the server ends all of them.
"""

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
from queue import SimpleQueue

from indexer import telling
from search.settings import Settings

_PAUSE_SECONDS = 2.0  # before a process that broke down is started again
_NOTICES = "Рассылка извещений"
# Of the threads of a worker one computes at a time: what one has given back another may have.
_LEAN = {"MALLOC_ARENA_MAX": "1"}
_GRACE_SECONDS = 35.0  # longer than the server's own grace for requests under way


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, instead of breaking off what is being done.

    So does SIGHUP, as a terminal sends it that is closed, but where `nohup` has it ignored.
    """
    # A handler interrupts whoever waits for the event, perhaps just while they hold its lock: setting it
    # there would wait for that lock for ever. To put into a simple queue is safe at any moment.
    stop, told = threading.Event(), SimpleQueue[None]()

    def pass_on() -> None:
        told.get()
        stop.set()

    passing = threading.Thread(target=pass_on, daemon=True)
    passing.start()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    former = {number: signal.signal(number, lambda *_: told.put(None)) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
        told.put(None)
        passing.join()


def serve(host: str, port: int, workers: int | None, settings: Settings) -> bool:
    """Run all until a signal or until the web server ends by itself; whether it ended as it should.

    Notices are sent from when the file of the watches is there. Who broke down is not started again before
    there is an archive: who begins without one would make one, and it would pass for the one that is gone.
    """
    with stopped_by_signals() as stop:
        command = _server(host, port, workers)
        environment = {**_LEAN, **os.environ}
        server = subprocess.Popen(command, start_new_session=True, env=environment)  # noqa: S603 # our own words
        commands = {"Загрузчик": ("load", "--follow"), _NOTICES: ("watch", "run", "--follow")}
        beside = {"Загрузчик": _start(*commands["Загрузчик"])}
        try:
            while not stop.wait(0.2) and server.poll() is None:
                if _NOTICES not in beside and settings.watches.exists():
                    beside[_NOTICES] = _start(*commands[_NOTICES])
                for name, process in beside.items():
                    if process.poll() is not None and settings.archive.exists():
                        telling.say(f"{name}: процесс остановился; запускаю его снова.", err=True)
                        time.sleep(_PAUSE_SECONDS)
                        beside[name] = _start(*commands[name])
        finally:
            asked = server.poll() is None
            for process in (server, *beside.values()):
                _end(process)
    return asked or server.returncode == 0


def _server(host: str, port: int, workers: int | None) -> list[str]:
    found = find_spec("web")
    if found is None or found.origin is None:
        raise FileNotFoundError("web")
    config = Path(found.origin).with_name("gunicorn.conf.py")
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    more = ["--workers", str(workers)] if workers else []
    return [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", place, *more, "wsgi:app"]


def _start(*words: str) -> "subprocess.Popen[bytes]":
    # In a session of its own, so that Ctrl+C reaches it once, through us.
    command = [sys.executable, "-m", "indexer.cli", *words]
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
