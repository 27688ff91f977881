"""Signals that end `svodka serve`, the loader and who sends notices."""

import subprocess
import sys

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
