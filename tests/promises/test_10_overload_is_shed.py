"""10. Overload is shed, not suffered: who is not answered is told so, and when to come back.

Health answers all the while, and afterwards the service is as before. How long answers and refusals took is
printed.
"""

import statistics
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from tests.promises.conftest import LONG, Server, filled, served, told

CLIENTS, SECONDS = (400, 60) if LONG else (60, 3)
PATH = "/api/v1/search?facets=source,tag&per_page=100&q=" + quote("мост река рабочие")


class Crowd:
    """Clients that ask without a pause."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.statuses: Counter[int] = Counter()
        self.took: dict[int, list[float]] = {}
        self.faults: list[str] = []
        self._lock = threading.Lock()
        self._end = time.monotonic() + SECONDS

    def ask(self) -> None:
        while time.monotonic() < self._end:
            started = time.perf_counter()
            try:
                with urllib.request.urlopen(self.server.address + PATH, timeout=60) as response:
                    response.read()
                    status = response.status
            except urllib.error.HTTPError as error:
                with error:
                    status = error.code
                    if not int(error.headers.get("Retry-After", 0)):
                        self.faults.append(f"{status} without Retry-After")
            except OSError as error:
                self.faults.append(repr(error))
                continue
            with self._lock:
                self.statuses[status] += 1
                self.took.setdefault(status, []).append(time.perf_counter() - started)

    def run(self) -> list[float]:
        """Ask all at once; how long health took to answer meanwhile."""
        threads = [threading.Thread(target=self.ask) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        health = []
        while time.monotonic() < self._end:
            started = time.perf_counter()
            assert self.server.get("/healthz")[0] == 200
            health.append(time.perf_counter() - started)
            time.sleep(0.1)
        for thread in threads:
            thread.join()
        return health


def test_overload_is_shed(tmp_path: Path) -> None:
    with served(filled(tmp_path, 300), SVODKA_PATIENCE="0.05", WEB_CONCURRENCY="1") as server:
        assert server.get(PATH)[0] == 200
        crowd = Crowd(server)
        health = crowd.run()
        assert crowd.faults == []
        assert set(crowd.statuses) == {200, 503}
        assert health
        assert server.get(PATH)[0] == 200
        p99 = {status: statistics.quantiles(took, n=100)[98] for status, took in crowd.took.items()}
        told(
            clients=CLIENTS,
            answered=crowd.statuses[200],
            refused=crowd.statuses[503],
            p99_s={status: round(seconds, 2) for status, seconds in p99.items()},
            health_worst_s=round(max(health), 2),
        )
