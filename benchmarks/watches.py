"""Whether watches send what their rehearsal tells: a month of real articles comes in by the clock.

    python -m benchmarks.watches [BATCH]

Articles of the liveliest thirty days come in BATCH (100 if not given) at a time, in the order of their dates,
and are held against watches whose questions are words of their titles. The receivers take everything.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import data
from indexer import intake, loading
from indexer.archive import Archive
from indexer.fetch import Fetcher, Reply
from indexer.watches import Watches
from indexer.watching import Watching, fresh_watch, rehearsed
from search import limits
from search.article import Article
from search.engines import open_engine

SEED = 20_240_601
WATCHES = 60
MONTH = timedelta(days=limits.WATCH_DAYS)


@dataclass(frozen=True, slots=True)
class Taking(Fetcher):
    """Sends nothing: whatever it is handed counts as taken."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """Take it."""
        return Reply(204)


def month() -> list[Article]:
    """The dated articles of the thirty days that have the most, in the order of their dates."""
    every = sorted((a for a in data.articles() if a.published), key=moment)
    days = Counter(moment(article).date() for article in every)
    last = max(days, key=lambda day: sum(days[day - timedelta(days=n)] for n in range(limits.WATCH_DAYS)))
    return [a for a in every if timedelta() <= last - moment(a).date() < MONTH - timedelta(days=1)]


def moment(article: Article) -> datetime:
    """When an article with a date came out."""
    assert article.published  # only such are asked for
    return article.published.astimezone(UTC)


def questions(articles: list[Article]) -> Iterator[str]:
    """A word, or two that stand together, of some titles."""
    chance = random.Random(SEED)
    for number, article in enumerate(chance.sample(articles, WATCHES)):
        words = [word for word in article.title.split() if word.isalpha() and len(word) > 4] or ["город"]
        at = chance.randrange(len(words))
        yield " ".join(words[at : at + 1 + number % 2])


def main(batch: int) -> None:
    """Let it all come in, and compare."""
    articles, fetcher = month(), Taking()
    now = [moment(articles[0])]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        engine = open_engine("whoosh:", home / "index")
        with Archive(home / "archive.db") as archive, Watches(home / "watches.db") as watches:
            for q in questions(articles):
                watches.add(fresh_watch(q, (("q", q),), "https://x.example", 0, now[0]))
            with engine.reader() as reader:
                watching = Watching(watches, archive, reader, "", UTC, fetcher, lambda: now[0])
                spent, looks = 0.0, 0
                for start in range(0, len(articles), batch):
                    some = articles[start : start + batch]
                    intake.take(archive, some)
                    loading.load(archive, engine)
                    now[0] = moment(some[-1])
                    begun = time.process_time()
                    watching.look()
                    spent, looks = spent + time.process_time() - begun, looks + 1
                    while watching.send():
                        pass
                told = [len(rehearsed(reader, watch.question, UTC, now[0])) for watch in watches]
                sent = [watch.sent for watch in watches]
    print(f"articles: {len(articles)}; watches: {WATCHES}; looks: {looks}")
    print(f"rehearsed: {sum(told)}; sent: {sum(sent)}; watches that differ: ", end="")
    print(sum(one != other for one, other in zip(told, sent, strict=True)))
    print(f"processor time of a look at {batch} articles: {1000 * spent / looks / WATCHES:.1f} ms a watch")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
