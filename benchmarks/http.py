"""How many full answers a second the service gives over HTTP: ten hits with snippets, by wrk.

python -m benchmarks.http HOME [--workers 2] [--connections 16] [--seconds 10]

Twice: with the questions of `benchmarks.answers` asked again and again, which a worker answers from what it
keeps of a commit; and with questions that nobody asked before, drawn in the same way. wrk (Debian's) and the
workers share the machine. Answers that are not 200 (a queue that is full is told by 503) are counted apart.
Then the private memory of each worker.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from benchmarks.answers import private, questions

MANY = 60_000  # questions: more than can be answered in the time

_SCRIPT = """
local asked, n = %s, 0
request = function()
  n = n %% #asked + 1
  return wrk.format("GET", "/api/v1/search?per_page=10&q=" .. asked[n])
end
"""


def main() -> None:
    """Serve an index, ask it without a pause, and print what wrk says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    if not shutil.which("wrk"):
        sys.exit("wrk is not there: apt-get install wrk")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = {
        **os.environ,
        "SVODKA_HOME": str(options.home),
        "WEB_CONCURRENCY": str(options.workers),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "web/gunicorn.conf.py", "-b", address, "wsgi:app"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            ready(f"http://{address}/readyz")
            some, many = questions(), list(dict.fromkeys(questions(MANY)))
            load(address, some, 3, options.connections)  # warms it up
            print("never asked before:", load(address, many, options.seconds, options.connections))
            load(address, some, 3, options.connections)
            print("asked again:", load(address, some, options.seconds, options.connections))
            for worker in workers(server.pid):
                print(f"worker {worker}: {private(worker):.0f} MB of private memory")
        finally:
            server.send_signal(signal.SIGTERM)


def load(address: str, asked: list[str], seconds: int, connections: int) -> str:
    """Ask in turn for some seconds; what wrk says of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_SCRIPT % ("{" + ", ".join(json.dumps(quote(text)) for text in asked) + "}"))
        script.flush()
        run = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script.name]
        return subprocess.run([*run, f"http://{address}"], capture_output=True, text=True, check=True).stdout


def workers(server: int) -> list[int]:
    """The processes that answer."""
    return [int(pid) for pid in Path(f"/proc/{server}/task/{server}/children").read_text().split()]


def ready(url: str) -> None:
    """Wait until the service answers."""
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("the service does not answer")


if __name__ == "__main__":
    main()
