"""5. Readers never notice commits: no error, and each answer is of one commit, whole.

Another process commits a pair of articles after another, putting and replacing, while readers ask. The two
of a pair are written together, so no answer may have one without the other, or two of different commits.
"""

import random
import statistics
import subprocess
import sys
import time
from itertools import chain, repeat, takewhile
from pathlib import Path

from search.engine import Reader
from search.engines import open_engine
from search.page import Page
from tests.conftest import ROOT, ask
from tests.promises.conftest import rounds, told

WRITER = """
import sys, time
from pathlib import Path
from search.article import Article
from search.document import Document
from search.engines import open_engine
with open_engine("whoosh:", Path(sys.argv[1])).writer() as writer:
    number = 0
    while not Path(sys.argv[1], "stop").exists():
        number += 1
        name = number % 40
        text = f"Мост номер{number} через реку"
        writer.put(Document(Article(id=f"{name}-{half}", title=text, text=text)) for half in "ab")
        writer.commit(number)
        print(number, time.time(), flush=True)
"""


def timed(reader: Reader, chance: random.Random) -> tuple[Page, float]:
    """The page of some question, and the seconds it took."""
    started = time.perf_counter()
    q = chance.choice(("мост", "мост река", '"через реку"', "мос*"))
    page = ask(reader, q, per_page="100", repair="off", snippets="0").page
    return page, time.perf_counter() - started


def test_no_reader_notices_a_commit(tmp_path: Path, seed: int) -> None:
    chance, engine = random.Random(seed), open_engine("whoosh:", tmp_path)
    with (tmp_path / "commits").open("w+b") as commits:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT, stdout=commits)
        try:
            while not (tmp_path / "commits").stat().st_size:
                assert writer.poll() is None
                time.sleep(0.05)
            times: list[float] = []
            seen: dict[int, float] = {}
            with engine.reader() as reader:
                more = takewhile(lambda _: len(seen) < 2, repeat(0))  # where the writer is slow
                for _ in chain(rounds(100_000, 300), more):
                    found, took = timed(reader, chance)
                    times.append(took)
                    texts: dict[str, set[str]] = {}
                    for hit in found.hits:
                        texts.setdefault(hit.article.id.partition("-")[0], set()).add(hit.article.text)
                    assert found.total == len(found.hits) == 2 * len(texts)
                    assert all(len(each) == 1 for each in texts.values())
                    newest = max(int(text.split()[1].removeprefix("номер")) for (text,) in texts.values())
                    assert found.state.mark == newest
                    seen.setdefault(newest, time.time())
        finally:
            (tmp_path / "stop").touch()
            assert writer.wait(60) == 0
        made = dict(map(bytes.split, (tmp_path / "commits").read_bytes().splitlines()))
    with engine.reader() as reader:
        idle = [timed(reader, chance)[1] for _ in range(min(1_000, len(times)))]
    late = [seen[int(number)] - float(moment) for number, moment in made.items() if int(number) in seen]
    told(
        searches=len(times),
        commits=len(made),
        seen=len(seen),
        errors=0,
        p99_ms=round(1000 * statistics.quantiles(times, n=100)[98], 1),
        p99_ms_without_commits=round(1000 * statistics.quantiles(idle, n=100)[98], 1),
        latest_seen_after_s=round(max(late), 2),
    )
