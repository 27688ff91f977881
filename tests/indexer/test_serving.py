"""Signals that end `svodka serve`, the loader and who sends notices."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT

_WAITERS = """
import os, random, signal, threading
from indexer.serving import stopped_by_signals

for _ in range(200):
    with stopped_by_signals() as stop:
        threading.Timer(random.random() / 100, os.kill, (os.getpid(), signal.SIGTERM)).start()
        while not stop.wait(0):
            pass
"""


def test_signal_is_heard_at_whatever_moment_of_waiting_it_comes() -> None:
    subprocess.run([sys.executable, "-c", _WAITERS], cwd=ROOT, check=True, timeout=120)


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@pytest.mark.parametrize("before", [[], ["nohup"]])
def test_closed_terminal_ends_all_that_serves_unless_it_is_ignored(tmp_path: Path, before: list[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*before, sys.executable, "-m", "indexer.cli", "serve", "--port", str(port), "--workers", "1"]
    with (tmp_path / "log").open("wb") as log:
        serving = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "SVODKA_HOME": str(tmp_path)}, stdout=log, stderr=log
        )
    try:
        while not answers(port):
            assert serving.poll() is None
            time.sleep(0.1)
        serving.send_signal(signal.SIGHUP)
        if before:
            with pytest.raises(subprocess.TimeoutExpired):
                serving.wait(1)
            assert answers(port)
            serving.terminate()
        assert serving.wait(60) == 0
        assert not answers(port)
    finally:
        serving.kill()
