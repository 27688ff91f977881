"""One machine's index beside a cluster: the same articles into both, the same questions to both, in one run.

python -m benchmarks.scaling [alone] [N …]   articles of real sentences, mixed with a seed; 33,000 and 330,000

The cluster is three nodes of OpenSearch on loopback, on the same machine: what it would gain by machines of
its own, it cannot show here. `alone` leaves it out, for it takes most of the time. Articles are analysed
once, by two processes; what each engine takes for them is timed apart: by the clock, and in processor time of
all that work for it. 300 questions like those of `benchmarks.answers` are put to both in turn; times are of
the clock, for the nodes work while we wait.
"""

import json
import os
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import data
from benchmarks.answers import asked, private, questions
from benchmarks.indexing import COMMIT_EVERY, documented, prepared
from cluster.local import LocalCluster, free_port
from search import limits
from search.answer import answer
from search.asking import Question
from search.document import Documents
from search.engine import Engine, Reader
from search.engines import open_engine
from search.engines.opensearch import asking

SIZES = (33_000, 330_000)
HEAP = "1g"
ROUNDS = 3
LONGEST_SECONDS = 60.0  # that an answer may take here; in service it is given up after one
VISIBLE_TIMES = 10
_TICKS = os.sysconf("SC_CLK_TCK")


class Measured:
    """An engine, what it has taken so far, and who works for it beside this process."""

    def __init__(self, name: str, engine: Engine, nodes: list[int], bytes_: Callable[[], int]) -> None:
        self.name, self.engine = name, engine
        self._nodes, self._bytes = nodes, bytes_
        self.seconds = self.processor = 0.0

    def do(self, work: Callable[[], object]) -> None:
        """Do some work, and count what it takes."""
        clock, processor = time.perf_counter(), self._processor()
        work()
        self.seconds += time.perf_counter() - clock
        self.processor += self._processor() - processor

    def _processor(self) -> float:
        return time.process_time() + sum(map(processor_seconds, self._nodes))

    def told(self, size: int) -> str:
        """What loading took."""
        rate, each = size / self.seconds, 1000 * self.processor / size
        return (
            f"{self.name:12} {rate:6.0f} articles/s, {each:5.2f} ms of the processor and"
            f" {self._bytes() / size / 1000:5.1f} KB an article"
        )


def processor_seconds(process: int) -> float:
    """What a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def whole_size(folder: Path) -> int:
    """The bytes of the files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def store_size(node: str) -> int:
    """The bytes of the index in the cluster, without its journals."""
    with urllib.request.urlopen(urllib.request.Request(f"{node}/_flush", method="POST")) as answer:
        answer.read()
    with urllib.request.urlopen(f"{node}/_stats/store") as answer:
        return int(json.load(answer)["_all"]["primaries"]["store"]["size_in_bytes"])


def loaded(size: int, engines: list[Measured]) -> None:
    """Bring the articles into all engines, analysed once."""
    articles = list(data.mixed(size))
    with ExitStack() as stack:
        writers = [stack.enter_context(one.engine.writer()) for one in engines]
        done, started, spent = 0, time.perf_counter(), 0.0
        for documents in prepared(documented, articles):
            done += len(documents)
            for one, writer in zip(engines, writers, strict=True):
                before = one.seconds
                one.do(partial(writer.put, documents))
                if done % COMMIT_EVERY == 0 or done == size:
                    one.do(partial(writer.commit, done))
                spent += one.seconds - before
    waited = time.perf_counter() - started - spent
    print(f"{size} articles; waiting for the analysis took {waited:.0f} s more")
    for one in engines:
        print(one.told(size), flush=True)


def asked_in_turn(readers: dict[str, Reader], each: list[Question]) -> None:
    """Put every question to all engines, and print how long they took."""
    now = datetime.now(UTC)
    limits.SEARCH_SECONDS = asking.BUDGET_SECONDS = LONGEST_SECONDS
    asking.READ_SECONDS = LONGEST_SECONDS  # type: ignore[attr-defined]
    times = {name: np.zeros((ROUNDS + 1, len(each))) for name in readers}
    for number in range(ROUNDS + 1):  # the first is not counted
        for at, question in enumerate(each):
            for name, reader in readers.items():
                started = time.perf_counter()
                answer(reader, question, now)
                times[name][number, at] = (time.perf_counter() - started) * 1000
    for name, rounds in times.items():
        first, middle = rounds[0], np.median(rounds[1:], axis=0)
        p50, p95 = np.percentile(middle, [50, 95])
        known = f"mean {middle.mean():.1f}, p50 {p50:.1f}, p95 {p95:.1f}, worst {middle.max():.1f} ms"
        print(f"{name:12} an answer: {known}; asked for the first time {first.mean():.1f} ms", flush=True)


def until_visible(one: Measured, reader: Reader) -> float:
    """Seconds from the analysed article in hand until a reader finds it; the worst of some."""
    model, worst = next(data.articles()), 0.0
    with one.engine.writer() as writer:
        for number in range(VISIBLE_TIMES):
            documents = Documents([replace(model, id=f"seen-{number}")])
            documents.analyse()
            started = time.perf_counter()
            writer.put(documents)
            writer.commit(0)
            while reader.article(f"seen-{number}") is None:
                time.sleep(0.005)
            worst = max(worst, time.perf_counter() - started)
    return worst


def measure(size: int, alone: bool) -> None:
    """Print what the engines take for so many articles."""
    with tempfile.TemporaryDirectory(prefix="svodka-scaling-") as folder, ExitStack() as stack:
        place = Path(folder)
        index = place / "index"
        engines = [Measured("Whoosh", open_engine("whoosh:", index), [], lambda: whole_size(index))]
        if not alone:
            nodes = LocalCluster(place / "nodes", free_port(3), options=(f"-Xms{HEAP}", f"-Xmx{HEAP}"))
            stack.callback(nodes.stop)
            nodes.start()
            cluster = open_engine(f"{nodes.setting('scaling')}?replicas=0", place / "locks")
            store = partial(store_size, f"http://127.0.0.1:{nodes.ports[0]}")
            engines.append(Measured("OpenSearch", cluster, nodes.processes, store))
        loaded(size, engines)
        readers = {one.name: stack.enter_context(one.engine.reader()) for one in engines}
        before = private()
        asked_in_turn(readers, asked(questions(), []))
        print(f"questions took {private() - before:.0f} of the {private():.0f} MB that this process has")
        for one in engines:
            print(
                f"{one.name:12} one more article is seen after {until_visible(one, readers[one.name]):.2f} s"
            )


def main() -> None:
    """Measure each size."""
    arguments = sys.argv[1:]
    for size in [int(argument) for argument in arguments if argument.isdigit()] or SIZES:
        measure(size, alone="alone" in arguments)


if __name__ == "__main__":
    main()
