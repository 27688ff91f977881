"""Are copies found by a draft that was rewritten, and how long does the draft desk take?

python -m benchmarks.drafts INDEX [--articles 200]

Times are those of the processor, so that a busy machine does not count; the work is all in one thread.

INDEX is an index of the development set. Articles are drawn with a seed and rewritten by 10 to 60 % of their
words: each word so chosen is left out, or another article's word stands in its place or beside it. Given
without title and date, the draft must have its article among the first five.
"""

import argparse
import random
import time
from datetime import UTC
from pathlib import Path

import numpy as np

from benchmarks import data
from benchmarks.interval import interval
from search.article import Article
from search.draft import read_draft, review
from search.engines import open_engine

SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6)
FIRST = 5
SHORTEST, LONGEST = 500, 5_000  # characters of an article


def rewritten(text: str, share: float, pool: list[str], dice: random.Random) -> str:
    """A text with that share of its words left out, replaced or added to."""
    lines = []
    for line in text.split("\n"):
        words: list[str] = []
        for word in line.split():
            what = dice.randrange(3) if dice.random() < share else 3
            words += [[], [dice.choice(pool)], [word, dice.choice(pool)], [word]][what]
        lines.append(" ".join(words))
    return "\n".join(lines)


def main() -> None:
    """Print recall and time by share of rewritten words, then the time of the longest drafts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("index", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    options = parser.parse_args()
    dice = random.Random(5)
    articles = [a for a in data.articles() if SHORTEST <= len(a.text) <= LONGEST]
    chosen = dice.sample(articles, options.articles)
    pool = [word for article in dice.sample(articles, 300) for word in article.text.split()]
    reader = open_engine("whoosh:", options.index).reader()

    def rank(article: Article, share: float) -> tuple[int, float, float]:
        draft = read_draft({"text": rewritten(article.text, share, pool, dice)}, UTC)
        started = time.process_time()
        found = review(reader, draft, 10).compared
        took = time.process_time() - started
        at = [n for n, one in enumerate(found, 1) if one.relative.hit.article.text == article.text]
        return (at[0], took, found[at[0] - 1].share) if at else (99, took, 0.0)

    rank(chosen[0], 0.0)
    for share in SHARES:
        results = np.array([rank(article, share) for article in chosen])
        found = (results[:, 0] <= FIRST).astype(float)
        low, high = interval(found)
        times = results[:, 1] * 1000
        print(
            f"{share:4.0%} rewritten: recall@{FIRST} {found.mean():.3f} [{low:.3f}, {high:.3f}],"
            f" first {np.mean(results[:, 0] == 1):.3f}, share taken {np.median(results[:, 2]):.2f},"
            f" p50 {np.percentile(times, 50):.0f} ms, p95 {np.percentile(times, 95):.0f} ms",
            flush=True,
        )
    for length in (5_000, 20_000, 50_000):
        drafts = [_draft(dice.sample(articles, 100), length) for _ in range(30)]
        times = np.array([_took(lambda draft=draft: review(reader, draft, 10)) for draft in drafts])
        p50, p95 = np.percentile(times, [50, 95])
        print(f"{length:,} characters: p50 {p50:.0f} ms, p95 {p95:.0f} ms, worst {times.max():.0f} ms")


def _draft(articles: list[Article], length: int) -> Article:
    return read_draft({"text": "\n".join(article.text for article in articles)[:length]}, UTC)


def _took(work: object) -> float:
    started = time.process_time()
    work()  # type: ignore[operator]
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main()
