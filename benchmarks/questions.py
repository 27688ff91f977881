"""How fast questions are answered, beside other engines over the same lemmatized articles in the same run.

python -m benchmarks.questions FOLDER [--size N] [--only NAME …] [--without NAME …] [--json FILE]

The corpora and the indexes are kept in FOLDER, for they take long to build: size 0 is the development set,
others are mixed of its sentences with a seed. 200 questions are sampled from titles with a seed: 70 of all
the words, 70 of any, 30 phrases, 30 of all the words within a year. Every engine is given the finished
question and asked for the ten best by its own BM25, without stored text; ours always counts what it finds,
too. The engines take turns, question by question, and a question's time is the median of several rounds: the
time of the asking thread on the processor, which other programs disturb less than they would a clock.
"""

import argparse
import json
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import CONTENDERS, Ask, Asked
from benchmarks.corpus import SEED, Corpus, corpus, word

KINDS = {"and": 70, "or": 70, "phrase": 30, "date": 30}
ROUNDS = 7
SLOW_ROUNDS = 3  # of the engines that take milliseconds
SLOW = ("Whoosh", "SQLite FTS5")
_YEAR = 365 * 86_400
Times = dict[str, list[float]]  # milliseconds of each question, by engine


def questions(some: Corpus) -> list[Asked]:
    """The questions of a corpus."""
    chance = random.Random(SEED)
    titles = [title for title in some.titles if len(title) >= 4]
    made = []
    for kind, number in KINDS.items():
        for _ in range(number):
            title = chance.choice(titles)
            size = chance.randint(2, 3)
            begin = chance.randrange(len(title) - size + 1)
            codes = title[begin : begin + size] if kind == "phrase" else chance.sample(title, size)
            since = int(chance.choice(some.dates.tolist())) - _YEAR // 2 if kind == "date" else 0
            until = since + _YEAR if kind == "date" else 0
            made.append(Asked(kind, tuple(map(word, dict.fromkeys(codes))), since, until))
    return made


def indexed(size: int, folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """The engines, each with its index in the folder; those that cannot be had here are told of."""
    opened = {}
    for name in names:
        contender = CONTENDERS[name]
        place = folder / f"{name.partition(',')[0].lower().replace(' ', '-')}-{size}"
        try:
            if not place.exists():
                building = place.with_suffix(".part")
                shutil.rmtree(building, ignore_errors=True)
                building.mkdir(parents=True)
                started = time.perf_counter()
                contender.build(corpus(size, folder), building)
                building.rename(place)
                print(f"{name}: built in {time.perf_counter() - started:.0f} s", flush=True)
            opened[name] = contender.open(place)
        except ImportError as error:
            print(f"{name}: left out ({error})")
    return opened


def measure(opened: dict[str, Any], asked: Sequence[Asked]) -> Times:
    """The time of each question by each engine, warm."""
    asks: dict[str, list[Ask]] = {name: [make(one) for one in asked] for name, make in opened.items()}
    rounds: dict[str, list[list[float]]] = {name: [] for name in opened}
    for number in range(ROUNDS + 1):  # the first is not counted
        for name in opened:
            if name not in SLOW or number <= SLOW_ROUNDS:
                rounds[name].append([0.0] * len(asked))
        for at in range(len(asked)):
            names = list(asks)
            turn = (number + at) % len(names)  # nobody always comes after the same one
            for name in names[turn:] + names[:turn]:
                if name in SLOW and number > SLOW_ROUNDS:
                    continue
                started = time.thread_time()
                asks[name][at]()
                rounds[name][-1][at] = (time.thread_time() - started) * 1000
    return {name: np.median(np.array(each[1:]), axis=0).tolist() for name, each in rounds.items()}


def report(times: Times, asked: Sequence[Asked], against: str) -> None:
    """Print ratios first: how many times the mean of the one it is held against."""
    kinds = np.array([one.kind for one in asked])
    base = np.mean(times[against])
    print(f"{'':20} {'ratio':>7} {'mean':>8} {'p50':>8} {'p95':>8} {'worst':>8}   mean by kind, ms")
    for name, each in times.items():
        all_, by_kind = np.array(each), []
        for kind in KINDS:
            by_kind.append(f"{kind} {all_[kinds == kind].mean():.3f}")
        p50, p95 = np.percentile(all_, [50, 95])
        print(
            f"{name:20} {all_.mean() / base:7.2f} {all_.mean():8.3f} {p50:8.3f} {p95:8.3f} {all_.max():8.3f}"
            f"   {', '.join(by_kind)}"
        )


def main() -> None:
    """Build what is not there, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--without", nargs="+", choices=CONTENDERS, default=[])
    parser.add_argument("--build", action="store_true", help="only build the indexes")
    parser.add_argument("--json", type=Path, help="where the time of every question is written")
    options = parser.parse_args()
    names = [name for name in options.only if name not in options.without]
    opened = indexed(options.size, options.folder, names)
    if options.build:
        return
    asked = questions(corpus(options.size, options.folder))
    times = measure(opened, asked)
    report(times, asked, "ours" if "ours" in times else names[0])
    if options.json:
        options.json.write_text(json.dumps({"size": options.size, "times": times}))


if __name__ == "__main__":
    main()
