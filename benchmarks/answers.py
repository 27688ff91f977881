"""How long whole answers take in process: ten hits with snippets, with facets, the first one, and the memory.

python -m benchmarks.answers HOME   where SVODKA_HOME of the loaded development set is

300 questions of one to three neighbouring words of titles, drawn with a seed; each is asked several times and
the median counts. Then a thousand others, drawn in the same way, once each. The time is that of the asking
thread on the processor, so that other programs on the same machine disturb it less than they would a clock.
"""

import gc
import random
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

_STARTED = time.thread_time()

import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from benchmarks import data  # noqa: E402
from benchmarks.corpus import SEED  # noqa: E402
from search.answer import answer  # noqa: E402
from search.asking import Question, read_question  # noqa: E402
from search.engine import Reader  # noqa: E402
from search.engines.whoosh.engine import WhooshEngine, WhooshReader  # noqa: E402
from search.settings import Settings  # noqa: E402

QUESTIONS = 300
ROUNDS = 3
ONCE = 1_000  # questions that were not asked before
FACETS = [("facets", "source,section,author,tag"), ("histogram", "month")]


def questions(most: int = QUESTIONS) -> list[str]:
    """The texts of the questions."""
    chance = random.Random(SEED)
    titles = [words for article in data.articles() if (words := re.findall(r"\w+", article.title))]
    made: list[str] = []
    while len(made) < most:
        words, size = chance.choice(titles), chance.randint(1, 3)
        if len(words) >= size:
            begin = chance.randrange(len(words) - size + 1)
            made.append(" ".join(words[begin : begin + size]))
    return made


def asked(texts: list[str], more: list[tuple[str, str]]) -> list[Question]:
    """The questions, ten hits each, with more arguments."""
    return [read_question([("q", text), ("per_page", "10"), *more], UTC) for text in texts]


def measure(reader: Reader, each: list[Question]) -> str:
    """The percentiles of the time of some questions that were asked before, in milliseconds."""
    rounds = [once(reader, each) for _ in range(ROUNDS + 1)]
    return told(np.median(np.array(rounds[1:]), axis=0))


def once(reader: Reader, each: list[Question]) -> list[float]:
    """The time of each question, in milliseconds."""
    now, times = datetime.now(UTC), []
    for question in each:
        started = time.thread_time()
        answer(reader, question, now)
        times.append((time.thread_time() - started) * 1000)
    return times


def told(times: NDArray[np.float64]) -> str:
    """Some times as mean and percentiles."""
    p50, p95 = np.percentile(times, [50, 95])
    return f"mean {times.mean():.2f}, p50 {p50:.2f}, p95 {p95:.2f}, worst {times.max():.2f} ms"


def private(process: int | str = "self") -> float:
    """The memory of a process in MB that no other could share: mapped files are not in it."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty")) / 1024


def measured(engine: WhooshEngine, compiled: bool, every: list[str]) -> None:
    """Print the figures of a process that does nothing else."""
    texts, others = every[:QUESTIONS], every[QUESTIONS : QUESTIONS + ONCE]
    with WhooshReader(engine, lambda: 0.0, compiled=compiled) as reader:  # no time budget
        answer(reader, read_question([("q", "мост через реку")], UTC), datetime.now(UTC))
        gc.freeze()  # as the server does
        gc.set_threshold(20_000)
        print("with numba" if compiled else "numpy alone")
        print(f"  first answer: {time.thread_time() - _STARTED:.2f} s of the processor since the start")
        print(f"  ten hits with snippets: {measure(reader, asked(texts, []))}")
        print(f"  private memory: {private():.0f} MB")
        print(f"  without snippets: {measure(reader, asked(texts, [('snippets', '0')]))}")
        print(f"  with four facets and a histogram: {measure(reader, asked(texts, FACETS))}")
        print(f"  never asked before: {told(np.array(once(reader, asked(others, []))))}")


def main() -> None:
    """Ask in a process of its own with numba, and in one without."""
    if len(sys.argv) > 2:
        engine = WhooshEngine(Settings.read({"SVODKA_HOME": sys.argv[1]}).index)
        measured(engine, sys.argv[2] == "numba", sys.stdin.read().split("\n"))
        return
    texts = "\n".join(dict.fromkeys(questions(2 * (QUESTIONS + ONCE))))
    for way in ("numpy", "numba"):
        command = [sys.executable, "-m", "benchmarks.answers", sys.argv[1], way]
        subprocess.run(command, input=texts, text=True, check=True)


if __name__ == "__main__":
    main()
