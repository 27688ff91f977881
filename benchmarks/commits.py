"""What one more article costs: archives of several sizes, one article at a time, a loader following them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import data
from indexer import intake, loading
from indexer.archive import Archive
from search.answer import answer
from search.article import Article
from search.asking import read_question
from search.engine import Reader
from search.engines import open_engine
from search.engines.whoosh.storage import DurableStorage, latest_toc
from search.settings import Settings

TIMES = 30
IN_A_ROW = 1_000
ROW_ON = 100_000  # the size on which so many are committed in a row
_PATIENCE_SECONDS = 60.0


def main(sizes: list[int]) -> None:
    """Print a line for each size, and how the costs grow."""
    print(
        "articles  build art/s  visible ms: median, worst  while names are looked for"
        "  svodka add ms  open ms  first answer ms"
    )
    seen = [(size, measured(size)) for size in sizes]
    if len(seen) > 1:
        logs = np.log([(size, visible) for size, visible in seen])
        print(f"log-log slope of the median: {np.polyfit(logs[:, 0], logs[:, 1], 1)[0]:.2f}")


def measured(size: int) -> float:
    """The median time, in ms, until one more article is visible on an archive of this size."""
    with tempfile.TemporaryDirectory(prefix="svodka-commits-") as place:
        home = Path(place)
        settings = Settings.read({"SVODKA_HOME": place})
        engine = open_engine(settings.engine, settings.index)
        # As news come: the archive in the order of its dates, and fresh articles of this moment.
        old = sorted(
            data.mixed(size), key=lambda article: article.published or datetime.min.replace(tzinfo=UTC)
        )
        some = zip(count(), data.mixed(5_000, 7), strict=False)
        fresh = (replace(one, id=f"fresh-{n}", published=datetime.now(UTC)) for n, one in some)
        with Archive(settings.archive) as archive:
            intake.take(archive, old)
            started = time.perf_counter()
            loading.load(archive, engine)
            rate = size / (time.perf_counter() - started)
            started = time.perf_counter()
            with engine.reader() as reader:
                opened = time.perf_counter()
                reader.status()
                opened, started = time.perf_counter() - started, time.perf_counter()
                answer(reader, read_question([("q", "выборы президента")], UTC), datetime.now(UTC))
                first = time.perf_counter() - started
                seen, beside_names = (visible(home, archive, reader, fresh, names) for names in "01")
            added = [command(home, next(fresh)) for _ in range(5)]
            print(
                f"{size:8} {rate:12.0f} {median(seen) * 1000:18.0f} {seen[-1] * 1000:6.0f}"
                f" {median(beside_names) * 1000:19.0f} {beside_names[-1] * 1000:6.0f}"
                f" {median(added) * 1000:14.0f} {opened * 1000:8.0f} {first * 1000:16.0f}",
                flush=True,
            )
            if size == ROW_ON:
                in_a_row(archive, home, fresh)
        return median(seen)


def visible(
    home: Path, archive: Archive, reader: Reader, fresh: Iterator[Article], names: str
) -> list[float]:
    """Seconds until each of some articles is visible; `names` is 1 where names are looked for meanwhile."""
    with following(home, names):
        return sorted(until_visible(archive, reader, next(fresh)) for _ in range(TIMES))


@contextmanager
def following(home: Path, names: str) -> Iterator[None]:
    """A loader at work, as in service."""
    environment = {**os.environ, "SVODKA_HOME": str(home), "SVODKA_NAMES": names}
    command = [sys.executable, "-m", "indexer.cli", "load", "--follow"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as loader:
        time.sleep(5.0)  # its start is not what is measured
        try:
            yield
        finally:
            loader.send_signal(signal.SIGTERM)


def until_visible(archive: Archive, reader: Reader, article: Article) -> float:
    """Seconds from an article's write in the archive until a reader finds it."""
    with archive.changing():
        archive.store(article, article.fingerprint())
    started = time.perf_counter()
    while reader.article(article.id) is None:
        if time.perf_counter() - started > _PATIENCE_SECONDS:
            raise TimeoutError(article.id)
        time.sleep(0.001)
    return time.perf_counter() - started


def command(home: Path, article: Article) -> float:
    """Seconds that `svodka add` takes for one article, the start of Python and its libraries among them."""
    path = home / "one.json"
    path.write_text(json.dumps(article.record()), encoding="utf-8")
    started = time.perf_counter()
    arguments = [sys.executable, "-m", "indexer.cli", "add", str(path)]
    subprocess.run(arguments, env={**os.environ, "SVODKA_HOME": str(home)}, capture_output=True, check=True)
    return time.perf_counter() - started


def in_a_row(archive: Archive, home: Path, fresh: Iterator[Article]) -> None:
    """Commit many single articles, and print the slowest and the number of segments."""
    settings = Settings.read({"SVODKA_HOME": str(home)})
    engine = open_engine(settings.engine, settings.index)
    took, most = [], 0
    for _ in range(IN_A_ROW):
        article = next(fresh)
        with archive.changing():
            archive.store(article, article.fingerprint())
        started = time.perf_counter()
        loading.load(archive, engine)
        took.append(time.perf_counter() - started)
        storage = DurableStorage(settings.index / "build-1")
        files = storage.manifest(latest_toc(storage.path)).files
        most = max(most, sum(name.endswith(".terms") for name in files))
    took.sort()
    middle, late, last = (1000 * seconds for seconds in (median(took), took[-IN_A_ROW // 100], took[-1]))
    print(f"{IN_A_ROW} commits in a row, ms: median {middle:.0f}, p99 {late:.0f}, slowest {last:.0f}")
    print(f"at most {most} segments")
