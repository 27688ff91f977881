"""What the service does in figures, for Prometheus: one page for all workers of a server.

The counters of the workers lie in files of the folder that PROMETHEUS_MULTIPROC_DIR names, which the server's
configuration makes; without it they are those of the one process.
"""

import os
import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from search.errors import SvodkaError
from search.inbox import Inbox
from web.desk import desk

blueprint = Blueprint("metrics", __name__)
_REQUESTS = Counter(
    "svodka_requests", "Requests by what was asked and what became of it.", ["kind", "outcome"]
)
_SECONDS = Histogram(
    "svodka_request_seconds",
    "How long requests took, waiting for their turn included.",
    ["kind"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_OUTCOMES = {304: "unchanged", 413: "too_large", 429: "limited", 503: "unavailable", 507: "unavailable"}


def install(app: Flask) -> None:
    """Count every request of an application. To be installed before what may refuse requests."""

    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        kind = request.endpoint or "unknown"
        _REQUESTS.labels(kind, outcome(response)).inc()
        _SECONDS.labels(kind).observe(time.perf_counter() - g.get("started", time.perf_counter()))
        return response


def outcome(response: Response) -> str:
    """What became of a request; of a search that was answered, how."""
    status = response.status_code
    if 200 <= status < 300:
        return str(g.get("found") or "ok")
    return _OUTCOMES.get(status) or ("moved" if status < 400 else "refused" if status < 500 else "failed")


@blueprint.get("/metrics")
def metrics() -> Response:
    """The figures of all workers, and the state of the index."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call] # the library has no types there
    else:
        registry.register(REGISTRY)
    registry.register(_Index())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Index(Collector):
    """The state of the index, looked at when it is asked for."""

    def collect(self) -> Iterator[Metric]:
        """How fresh the index is, how much it holds, and how much waits for the loader."""
        try:
            state = desk().state()
        except SvodkaError:
            yield GaugeMetricFamily("svodka_index_up", "Whether the index can be asked.", 0)
            return
        yield GaugeMetricFamily("svodka_index_up", "Whether the index can be asked.", 1)
        yield GaugeMetricFamily("svodka_index_documents", "Articles in the index.", state.documents)
        yield GaugeMetricFamily("svodka_index_generation", "Number of the latest commit.", state.generation)
        if state.as_of:
            age = (desk().now() - state.as_of).total_seconds()
            yield GaugeMetricFamily("svodka_index_age_seconds", "Time since the latest commit.", age)
        inbox: Inbox | None = current_app.extensions["inbox"]
        try:
            waiting = inbox.position() - state.mark if inbox else None
        except SvodkaError:
            waiting = None
        if waiting is not None:
            yield GaugeMetricFamily("svodka_loader_queue", "Changes the loader has yet to bring in.", waiting)
