"""How gunicorn runs the application; a reason beside each number."""

import gc
import os
import sys
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit
from shutil import rmtree
from tempfile import mkdtemp

import gunicorn.http.parser
import gunicorn.http.wsgi
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from search.errors import IndexMissing
from web.admission import QUEUE
from web.worker import Request, Response

gunicorn.http.wsgi.SERVER = "svodka"  # whoever asks need not know what serves them
gunicorn.http.parser.RequestParser.mesg_class = Request
gunicorn.http.wsgi.Response = Response
http_parser = "python"  # which that class speaks to
bind = "127.0.0.1:8000"  # a proxy stands before it where the world may ask
# A search is all computation: one worker a core keeps them busy, a second one covers reading and writing.
workers = int(os.environ.get("WEB_CONCURRENCY") or min(2 * len(os.sched_getaffinity(0)), 8))
# Browsers open connections ahead and say nothing on them: threads wait for those, while one at a time
# computes. With the sync class a few silent connections would hold up everybody.
worker_class = "web.worker.Worker"  # of the class gthread
threads = QUEUE + 8  # whoever waits for a turn has a thread; the rest answer health and refuse
# A connection takes a handle, and a thread that waits for what is said on it another; a worker that has none
# left would die with all its connections. Most systems allow 1,024.
worker_connections = max(threads + 1, min(1_000, getrlimit(RLIMIT_NOFILE)[0] - 2 * threads))
# Loaded before the fork, so that the workers share one dictionary; the index is opened after it.
preload_app = True
timeout = 30  # a search may take a second; a worker that is silent for so long is stuck
graceful_timeout = 30  # who had come before a stop is answered
keepalive = 5  # for the proxy, which sends the next request on the same connection
limit_request_line = 8190  # the longest question, percent-encoded, fits three times
limit_request_fields = 64
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 # heartbeats must not wait for a disk
control_socket_disable = True  # nobody steers the server from another process
# Who starts it by hand should find its address on the screen; a journal is told more.
_level = "WARNING" if sys.stderr.isatty() else "INFO"
logger_class = "web.worker.Log"
logconfig_dict = {  # requests are logged by the application
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "web.logs.formatter"}},
    "filters": {"discreet": {"()": "web.logs.Discreet"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": _level},
    "loggers": {
        "gunicorn.error": {
            "handlers": ["stderr"],
            "filters": ["discreet"],
            "level": _level,
            "propagate": False,
        }
    },
}
GARBAGE = 20_000  # objects more than before, after which the youngest are looked through
# Where the workers keep their counters; made before the application is loaded, kept by a reload.
_METRICS, _OURS = "PROMETHEUS_MULTIPROC_DIR", "svodka-metrics-"
if _METRICS not in os.environ:
    os.environ[_METRICS] = mkdtemp(prefix=_OURS, dir=worker_tmp_dir)


def when_ready(server: Arbiter) -> None:
    """Tell where the service answers."""
    for address in server.cfg.address:
        place = f"unix:{address}"
        if isinstance(address, tuple):
            host, port = address[:2]
            place = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        print(f"Сводка отвечает на {place} — остановить: Ctrl+C", flush=True)


def pre_fork(_: Arbiter, __: Worker) -> None:
    """Leave to the workers as shared what is there: their collections of garbage need not touch it.

    What they come to keep is looked through seldom: a question would wait for it, and there are few cycles.
    """
    gc.freeze()
    gc.set_threshold(GARBAGE)


def on_exit(_: Arbiter) -> None:
    """Leave no counters behind."""
    folder = Path(os.environ[_METRICS])
    if folder.name.startswith(_OURS):
        rmtree(folder, ignore_errors=True)


def post_worker_init(worker: Worker) -> None:
    """Open the index before the first question comes, if there is one."""
    desk = worker.app.callable.extensions["desk"]
    try:
        desk.state()
    except Exception as error:  # the first question will tell; until then the worker is of use for health
        told = worker.log.info if isinstance(error, IndexMissing) else worker.log.warning
        told("index not ready: %s", error)
