"""Who is let in to ask, and when: as many questions at work as there are workers, a short queue before each.

A question is computation, so a process answers one at a time, whatever the number of its threads. The others
queue in the order they came; one that would wait too long is turned away at once, while it can still be told
so quickly. Health, metrics, files and articles handed in do not queue.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from threading import Lock
from typing import Self

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable

QUEUE = 120  # questions that wait in a process; the server has a few more threads, for health
# Whether whoever answers now lets all others in, and so can neither answer a question nor wait.
AT_THE_DOOR: ContextVar[bool] = ContextVar("AT_THE_DOOR", default=False)
_RETRY_SECONDS = 1
_WEIGHT = 0.05  # of the latest question in the mean of how long they take
_FREE = ("health", "metrics", "ingest")  # blueprints that ask nothing of the index, or only how it is


class Gate(AbstractContextManager["Gate"]):
    """Lets one through at a time, in the order they come; raises ServiceUnavailable after `patience` seconds.

    Those who would wait longer, going by how long the former took, and those for whom there is no room in the
    queue are refused before they wait.
    """

    def __init__(self, patience: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._mutex = Lock()
        self._taken = False
        self._waiting: deque[Lock] = deque()
        self._mean = 0.0
        self._since = 0.0

    @property
    def full(self) -> bool:
        """Whether who comes now is refused; the first in line never is."""
        waiting = len(self._waiting)
        return waiting >= QUEUE or (waiting > 0 and (waiting + 1) * self._mean > self._patience)

    def __enter__(self) -> Self:
        with self._mutex:
            if not self._taken:
                self._begin()
                return self
            if self.full:
                raise ServiceUnavailable(retry_after=_RETRY_SECONDS)
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        if not turn.acquire(timeout=self._patience):
            with self._mutex:
                if turn in self._waiting:  # otherwise it was given to us just now
                    self._waiting.remove(turn)
                    raise ServiceUnavailable(retry_after=_RETRY_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        with self._mutex:
            self._mean += _WEIGHT * (self._clock() - self._since - self._mean)
            self._taken = False
            if self._waiting:
                self._begin()
                self._waiting.popleft().release()

    def _begin(self) -> None:
        self._taken = True
        self._since = self._clock()


def install(app: Flask, patience: float) -> None:
    """Let the questions of an application through a gate."""
    gate = app.extensions["gate"] = Gate(patience)

    @app.before_request
    def enter() -> None:
        if request.blueprint is None or request.blueprint in _FREE:
            return
        if AT_THE_DOOR.get():
            raise ServiceUnavailable(retry_after=_RETRY_SECONDS)
        request.get_data()  # who sends a draft slowly must not hold up others
        gate.__enter__()
        g.gate = gate

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if held := g.pop("gate", None):
            held.__exit__()
