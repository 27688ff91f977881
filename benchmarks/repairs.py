"""Repairs: what is restored, what clean text is harmed, and what a repair costs.

python -m benchmarks.repairs INDEX   over an index of the development set
"""

import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from rapidfuzz.distance import OSA

from benchmarks import data
from search.answer import Answer, answer
from search.asking import read_question
from search.engine import Reader
from search.engines import open_engine
from search.repair import repairs
from search.russian import typos
from search.russian.folding import fold
from search.russian.lemmas import known
from search.russian.tokens import tokenise

SAMPLE = 2000


def main() -> None:
    """Print the four tables."""
    with open_engine("whoosh:", Path(sys.argv[1])).reader() as reader:
        print(f"forms of words in the index: {len(reader.terms('=', 10_000_000))}")
        layouts(reader)
        misspelt(reader)
        harm(reader)


def ask(reader: Reader, q: str) -> Answer:
    """The answer to a question."""
    question = read_question([("q", q), ("per_page", "1"), ("snippets", "0")], UTC)
    return answer(reader, question, datetime.now(UTC))


def layouts(reader: Reader) -> None:
    """The share of words typed in the wrong layout that are restored."""
    rows = list(data.rows("layout-synthetic.tsv.gz"))[1:]
    right = sum(fold(ask(reader, typed).text) == fold(meant) for typed, meant, _ in rows)
    print(f"layout: {right} of {len(rows)} restored, {right / len(rows):.3f}")


def misspelt(reader: Reader) -> None:
    """The share of misspelt words whose right form is our first, beside plain edit distance; and the cost."""
    rows = [(fold(typed), fold(meant)) for typed, meant, _ in list(data.rows("typos-words.tsv.gz"))[1:]]
    rows = [
        (typed, meant)
        for typed, meant in rows
        if typed.isalpha()
        and not known(typed)
        and reader.counts(("=" + meant,))
        and not reader.counts(("=" + typed,))
    ]
    rows = random.Random(1).sample(rows, SAMPLE)
    ours = plain = 0
    took = []
    for typed, meant in rows:
        started = time.perf_counter()
        made = repairs(typed, [(0, len(typed))], reader, 0)
        took.append((time.perf_counter() - started) * 1000)
        ours += bool(made) and made[0].to == meant
        near = reader.near(typed, typos.edits(typed)) if typos.edits(typed) else {}
        plain += min(near, key=lambda other: (OSA.distance(typed, other), -near[other]), default="") == meant
    took.sort()
    print(f"typos: first of ours {ours / SAMPLE:.3f}, nearest then most frequent {plain / SAMPLE:.3f}")
    print(f"a repair costs {took[SAMPLE // 2]:.1f} ms, p95 {took[SAMPLE * 95 // 100]:.1f} ms")


def harm(reader: Reader) -> None:
    """The share of clean words and phrases of headlines, most not of this archive, that are changed."""
    chance = random.Random(5)
    titles = [record["title"] for record in data.records("headlines.jsonl.gz")]
    changed = []
    for title in chance.sample(titles, SAMPLE):
        words = [token.text for token in tokenise(title)]
        count = min(len(words), chance.choice((1, 1, 2, 3)))
        start = chance.randrange(max(1, len(words) - count + 1))
        q = " ".join(words[start : start + count])
        if any(correction.applied for correction in ask(reader, q).corrections):
            changed.append(q)
    print(f"harm: {len(changed)} of {SAMPLE} clean questions changed, {len(changed) / SAMPLE:.2%}: {changed}")


if __name__ == "__main__":
    main()
