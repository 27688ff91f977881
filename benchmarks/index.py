"""Loading the development set, its size, the memory it takes, and twenty questions of different kinds.

python -m benchmarks.index [HOME]   an index of former runs is asked again without loading
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks import data
from search.answer import answer
from search.asking import read_question
from search.engines import open_engine
from search.settings import Settings

QUESTIONS = [
    "санду", "президент молдовы", "выборы президента в молдове", '"конституционный суд"', "!кишинёве",
    "землетрясение -турция", "нейросеть ИЛИ «искусственный интеллект»", "заголовок:газ", "гагауз*",
    "Тереза Мэй", "брексит", "Рафаля Тшасковского", "цены на бензин", "отключение света", "дтп кишинев",
    "samsung", "fcnfyf", "призидент", "с:2024-06-01 по:2024-06-30 пожар",
    "Как будет развиваться высшее образование в Караганде",
]  # fmt: skip
TIMES = 5


def main() -> None:
    """Print what loading cost, and the time and first hit of each question."""
    if len(sys.argv) > 1:
        report(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SVODKA_HOME": home}
        started = time.perf_counter()
        command = [sys.executable, "-m", "indexer.cli", "add", str(data.folder()), "--json"]
        print(subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"raw text → searchable: {seconds:.0f} s, largest process {peak:.0f} MB")
        report(Path(home))


def report(home: Path) -> None:
    """Print the sizes and the answers of an index."""
    settings = Settings.read({"SVODKA_HOME": str(home)})
    for path in (settings.archive, settings.index):
        files = path.rglob("*") if path.is_dir() else [path]
        print(f"{path.name}: {sum(file.stat().st_size for file in files if file.is_file()) / 1e6:.0f} MB")
    with open_engine(settings.engine, settings.index).reader() as reader:
        print(f"articles: {reader.status().documents}")
        everything: list[float] = []
        for q in QUESTIONS:
            question = read_question([("q", q), ("per_page", "10")], UTC)
            found = [answer(reader, question, datetime.now(UTC)) for _ in range(TIMES)]
            took = [each.took_ms for each in found]
            everything += took
            total, hits = found[0].page.total, found[0].page.hits
            first = hits[0].article.title if hits else "—"
            text = "" if found[0].text == q else f" → {found[0].text}"
            print(f"{median(took):7.1f} ms, first {took[0]:6.1f}  {total:6}  {q}{text}: {first[:70]}")
        everything.sort()
        print(f"median {median(everything):.1f} ms, p95 {everything[int(len(everything) * 0.95)]:.1f} ms")


if __name__ == "__main__":
    main()
