"""10. Overload is shed, not suffered: who is not answered is told so, and when to come back.

Requests come at a multiple of what the service can answer. Health answers all the while, and afterwards the
service is as before. How long answers, refusals, health and recovery took is printed.
"""

import asyncio
import statistics
import time
from collections import Counter
from itertools import count
from pathlib import Path
from urllib.parse import quote

from tests.promises.conftest import LONG, Server, filled, served, told
from tests.promises.crowd import Asked, ask, crowd, median, p99

TIMES, SECONDS = (5, 60.0) if LONG else (3, 4.0)
ARTICLES = 3_000 if LONG else 300
# Each excludes another word, so that no answer is one that was given before.
PATH = (
    "/api/v1/search?facets=source,tag&per_page=100&snippets=5&q=" + quote("мост река рабочие -слово") + "{}"
)


async def capacity(server: Server) -> float:
    """How many questions a second are answered when one is asked after another.

    In the quick size at best: what is a multiple of that is too much however the machine's pace changes.
    """
    asked = [await ask(server.port, PATH.format(f"и{number}")) for number in range(20)]
    assert {each.status for each in asked} == {200}
    took = [each.seconds for each in asked]
    return 1 / (statistics.median(took) if LONG else min(took))


async def recovery(server: Server, usual: float) -> float:
    """How many seconds it takes until an answer is as quick as usual."""
    began = time.perf_counter()
    for number in count():
        asked = await ask(server.port, PATH.format(f"о{number}"))
        if asked.status == 200 and (not LONG or asked.seconds <= usual):
            break
        assert time.perf_counter() - began < 120
    return time.perf_counter() - began


async def overload(server: Server) -> None:
    most = await capacity(server)
    idle = await crowd(server.port, PATH, 0.3 * most, SECONDS / 4)
    before = server.memory()
    busy, health = await asyncio.gather(
        crowd(server.port, PATH, TIMES * most, SECONDS), crowd(server.port, "/healthz", 10, SECONDS)
    )
    recovered = await recovery(server, 2 * p99(idle))
    by_status: dict[int, list[Asked]] = {}
    for each in busy:
        by_status.setdefault(each.status, []).append(each)
    told(
        capacity_a_second=round(most, 1),
        asked_a_second=round(TIMES * most, 1),
        statuses=dict(Counter(each.status for each in busy)),
        idle_p99_ms=round(1000 * p99(idle)),
        p99_ms={status: round(1000 * p99(some)) for status, some in by_status.items()},
        median_ms={status: round(1000 * median(some)) for status, some in by_status.items()},
        health_median_ms=round(1000 * median(health)),
        health_p99_ms=round(1000 * p99(health)),
        health_worst_ms=round(1000 * max(each.seconds for each in health)),
        recovery_s=round(recovered, 2),
        memory_growth=round(server.memory() / before - 1, 3),
    )
    assert set(by_status) == {200, 503}
    assert all(each.retry_after > 0 for each in by_status[503])
    assert {each.status for each in health} == {200}


def test_overload_is_shed(tmp_path: Path) -> None:
    with served(filled(tmp_path, ARTICLES), SVODKA_PATIENCE="0.03", WEB_CONCURRENCY="1") as server:
        asyncio.run(overload(server))
