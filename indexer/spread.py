"""Work that other processes share in where there is much of it."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def spread(
    work: Callable[[list[Item]], Result],
    items: Iterable[Item],
    *,
    few: int,
    batch: int,
    prepare: Callable[[], object] | None = None,
) -> Iterator[Result]:
    """What a piece of work makes of items, a batch at a time, in their order.

    Fewer than `few` are done sooner here than other processes would start. `prepare` is run once in each.
    """
    iterator = iter(items)
    first = list(islice(iterator, few))
    if len(first) < few:
        yield from map(work, batches(first, batch))
        return
    # Spawned, not forked: a process of ours may hold threads and an open archive.
    with ProcessPoolExecutor(workers(), get_context("spawn"), _begin, (prepare,)) as pool:
        ahead: deque[Future[Result]] = deque()
        try:
            for some in batches(chain(first, iterator), batch):
                ahead.append(pool.submit(work, some))
                if len(ahead) > 2 * workers():
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _begin(prepare: Callable[[], object] | None) -> None:
    """Begin the life of a worker, which ends with that of who started it, however that ends."""
    Thread(target=_end_with_parent, daemon=True).start()
    if prepare:
        prepare()


def _end_with_parent() -> None:
    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)


def batches(items: Iterable[Item], most: int) -> Iterator[list[Item]]:
    """Items in lists of so many."""
    iterator = iter(items)
    while batch := list(islice(iterator, most)):
        yield batch


def workers() -> int:
    """How many processes there is room for."""
    return len(os.sched_getaffinity(0))  # who takes what they make waits for them more than they for it
