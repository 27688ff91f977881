"""Clients that come at their own pace, whatever becomes of those before them: an open loop."""

import asyncio
import re
import statistics
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a request: its status (0 for none), how long that took, and when to come back."""

    status: int
    seconds: float
    retry_after: int


async def ask(port: int, path: str, due: float | None = None) -> Asked:
    """One request by a connection of its own; its time begins when it was due."""
    began = due or time.perf_counter()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        seconds = time.perf_counter() - began
        writer.close()
    except OSError:
        return Asked(0, time.perf_counter() - began, 0)
    found = re.search(rb"\r\nRetry-After: (\d+)\r\n", answer)
    return Asked(int(answer[9:12] or 0), seconds, int(found[1]) if found else 0)


async def crowd(port: int, path: str, a_second: float, seconds: float) -> list[Asked]:
    """So many requests a second, for some seconds; `{}` in the path becomes the number of each."""
    began = time.perf_counter()
    asking = []
    for number in range(max(1, round(a_second * seconds))):
        due = began + number / a_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asking.append(asyncio.create_task(ask(port, path.format(number), due)))
    return await asyncio.gather(*asking)


def p99(asked: list[Asked]) -> float:
    """How many seconds 99 of 100 took at most."""
    took = sorted(each.seconds for each in asked)
    return took[min(len(took) - 1, len(took) * 99 // 100)]


def median(asked: list[Asked]) -> float:
    """How many seconds half of them took at most."""
    return statistics.median(each.seconds for each in asked)
