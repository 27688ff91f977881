"""How good the order is, beside four peers on the same articles in the same run.

python -m benchmarks.quality [--ours] [--index FOLDER] [--check] [--save [--lower]]

Each set gives the mean over its questions with a 95 % interval (bootstrap). Questions are split by id into a
half that the ranking was tuned on and a half that it was not. `--check` fails where ours is under the floor
(`floor.json`); `--save` writes the floor, and lowers no figure unless `--lower` is given.
"""

import argparse
import json
import random
import shutil
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import data, peers
from benchmarks.interval import interval

FLOOR = Path(__file__).with_name("floor.json")
TITLES = 500  # questions of that kind, drawn with a seed: stock Whoosh takes its time
Metric = Callable[[list[str], set[str]], float]


def mrr(ids: list[str], relevant: set[str]) -> float:
    """The reciprocal rank of the first relevant one among ten."""
    return next((1 / rank for rank, id in enumerate(ids[:10], 1) if id in relevant), 0.0)


def recall(ids: list[str], relevant: set[str]) -> float:
    """The share of the relevant ones among ten."""
    return len(relevant & set(ids[:10])) / min(10, len(relevant))


def precision(ids: list[str], relevant: set[str]) -> float:
    """The share of relevant ones among the ten."""
    return sum(id in relevant for id in ids[:10]) / 10


@dataclass(frozen=True, slots=True)
class Set:
    """A set of labelled questions and what is measured on it."""

    name: str
    questions: list[dict[str, Any]]
    body: bool
    metric: Metric


def sets() -> list[Set]:
    """The sets of the development data."""
    known = list(data.records("queries-known-item.jsonl.gz"))
    titles = random.Random(1).sample([q for q in known if q["kind"] == "title"], TITLES)
    descriptions = [q for q in known if q["kind"] == "description"]
    stories = list(data.records("queries-same-story.jsonl.gz"))
    topics = list(data.records("queries-topic.jsonl.gz"))
    return [
        Set("title MRR", titles, False, mrr),
        Set("title MRR, body only", titles, True, mrr),
        Set("description MRR", descriptions, False, mrr),
        Set("description MRR, body only", descriptions, True, mrr),
        Set("same story MRR", stories, False, mrr),
        Set("same story MRR, body only", stories, True, mrr),
        Set("same story recall", stories, False, recall),
        Set("topic P@10", topics, False, precision),
    ]


def is_tuning(question: dict[str, Any]) -> bool:
    """Whether a question belongs to the half that may be tuned on."""
    return zlib.crc32(question["relevant"][0].encode()) % 2 == 0


def measure(ask: peers.Ask, some: Set) -> NDArray[np.float64]:
    """The metric of every question of a set."""
    values = []
    for question in some.questions:
        left_out = set(question.get("exclude", ()))
        ids = [id for id in ask(question["query"], some.body) if id not in left_out]
        values.append(some.metric(ids, set(question["relevant"])))
    return np.array(values)


def main() -> None:
    """Build, ask, print, and hold against the floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--index", type=Path, help="an index of ours that is there already")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--save", action="store_true")
    parser.add_argument("--lower", action="store_true")
    options = parser.parse_args()
    folder = peers.temporary()
    try:
        articles = list(data.articles())
        asks = {
            "ours": peers.opened(options.index) if options.index else peers.ours(articles, folder / "ours")
        }
        if not options.ours:
            asks |= {name: build(articles, folder / name) for name, build in peers.PEERS.items()}
        figures = report(asks)
    finally:
        shutil.rmtree(folder)
    hold(figures, options)


def report(asks: dict[str, peers.Ask]) -> dict[str, float]:
    """Print every set for every engine; our means by set."""
    figures: dict[str, float] = {}
    for some in sets():
        tuning = np.array([is_tuning(question) for question in some.questions])
        print(f"{some.name} ({len(some.questions)} questions)")
        best = 0.0
        for name, ask in asks.items():
            started = time.perf_counter()
            values = measure(ask, some)
            each = (time.perf_counter() - started) / len(values) * 1000
            low, high = interval(values)
            halves = f"tuned on {values[tuning].mean():.3f}, not {values[~tuning].mean():.3f}"
            print(
                f"  {name:14} {values.mean():.3f} [{low:.3f}, {high:.3f}]  {halves}  {each:.1f} ms",
                flush=True,
            )
            if name == "ours":
                figures[some.name] = float(values.mean())
            else:
                best = max(best, float(values.mean()))
        if best:
            print(f"  ours to the best of the others: {figures[some.name] / best - 1:+.1%}")
    return figures


def hold(figures: dict[str, float], options: argparse.Namespace) -> None:
    """Hold the figures against the floor, or make them the floor."""
    floor: dict[str, float] = json.loads(FLOOR.read_text()) if FLOOR.exists() else {}
    under = {name: figures[name] for name, least in floor.items() if figures[name] < least - 0.0005}
    for name, figure in under.items():
        print(f"under the floor: {name} {figure:.3f}, floor {floor[name]:.3f}")
    if options.save:
        kept = figures if options.lower else {n: max(f, floor.get(n, 0.0)) for n, f in figures.items()}
        FLOOR.write_text(
            json.dumps({n: round(f, 4) for n, f in kept.items()}, indent=1, ensure_ascii=False) + "\n"
        )
    if options.check and under:
        sys.exit(1)


if __name__ == "__main__":
    main()
