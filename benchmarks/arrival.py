"""What the order of arrival costs: articles loaded in the order of their dates, and in none.

python -m benchmarks.arrival [N]
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import data
from indexer import intake, loading
from indexer.archive import Archive
from search.engines import open_engine
from search.settings import Settings

ORDERS = ("dates", "none")


def run(order: str, most: int) -> None:
    """Load so many articles, and print what the process that writes took."""
    articles = list(data.articles())
    random.Random(1).shuffle(articles)
    del articles[most:]
    if order == "dates":
        articles.sort(key=lambda article: article.published or datetime.min.replace(tzinfo=UTC))
    with tempfile.TemporaryDirectory(prefix="svodka-arrival-") as place:
        settings = Settings(home=Path(place))
        with Archive(settings.archive) as archive:
            intake.take(archive, articles)
            count = len(articles)
            articles.clear()
            before, started = time.process_time(), time.perf_counter()
            loading.load(archive, open_engine(settings.engine, settings.index))
            used, seconds = time.process_time() - before, time.perf_counter() - started
    print(f"{order:5}  {count / seconds:10.0f}  {1000 * used / count:22.2f}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", order, most]:
            run(order, int(most))
        case given:
            print("order  articles/s  writer, ms an article", flush=True)
            for order in ORDERS:
                command = [sys.executable, "-m", "benchmarks.arrival", "run", order, *(given or ["20000"])]
                subprocess.run(command, check=True, env=os.environ)
