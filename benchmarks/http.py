"""How many full answers a second the service gives over HTTP: ten hits with snippets, by wrk.

python -m benchmarks.http HOME [--workers 2] [--connections 16] [--seconds 10]

Twice: with the questions of `benchmarks.answers` asked again and again, which a worker answers from what it
keeps of a commit; and with questions that nobody asked before, drawn in the same way. wrk (Debian's) and the
workers share the machine. Answers that are not 200 (a queue that is full is told by 503) are counted apart.

wrk asks when it has been answered. So each is asked again by a clock, at half the rate that wrk reached: a
time is then counted from when the question was due, and waiting is not left out. Then the private memory of
each worker.
"""

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import numpy as np

from benchmarks.answers import private, questions

CONNECTIONS = 16  # over which what is due is asked
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
        "MALLOC_ARENA_MAX": "1",  # as `svodka serve` has it, where nothing else is said
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
            for name, asked in (("never asked before", many), ("asked again", some)):
                load(address, some, 3, options.connections)  # warms up
                told = load(address, asked, options.seconds, options.connections)
                print(f"{name}:", told)
                (rate,) = re.findall(r"Requests/sec: +([0-9.]+)", told)
                times = asyncio.run(by_the_clock(address, asked[::-1], float(rate) / 2, options.seconds))
                p50, p99 = (1000 * one for one in np.percentile(times, [50, 99]))
                print(f"{name}, {float(rate) / 2:.0f} a second: p50 {p50:.1f} ms, p99 {p99:.1f} ms\n")
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


async def by_the_clock(address: str, asked: list[str], rate: float, seconds: int) -> list[float]:
    """Ask so many a second, whatever is answered; the seconds that each took since it was due."""
    host, port = address.split(":")
    lines: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        lines.put_nowait(await asyncio.open_connection(host, port))
    took: list[float] = []

    async def ask(text: str, due: float) -> None:
        reader, writer = line = await lines.get()
        path = f"/api/v1/search?per_page=10&q={quote(text)}"
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = re.findall(rb"(?i)content-length: *([0-9]+)", head)
        await reader.readexactly(int(length))
        lines.put_nowait(line)
        took.append(time.perf_counter() - due)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number, text in zip(range(round(rate * seconds)), cycle(asked), strict=False):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(ask(text, due))
    while not lines.empty():
        lines.get_nowait()[1].close()
    return took


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
