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
from search import limits
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
    """Print the five tables."""
    limits.SEARCH_SECONDS = 60.0  # a busy machine must not spoil the shares
    with open_engine("whoosh:", Path(sys.argv[1])).reader() as reader:
        print(f"forms of words in the index: {len(reader.terms('=', 10_000_000))}")
        layouts(reader)
        misspelt(reader)
        misspelt_names(reader)
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
    rows = random.Random(1).sample([row for row in rows if slips(*row, reader)], SAMPLE)
    took = []
    for typed, _ in rows:
        started = time.perf_counter()
        repairs(typed, [(0, len(typed))], reader, lambda: 0)
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    compare("typos", rows, reader)
    print(f"a repair costs {took[SAMPLE // 2]:.1f} ms, p95 {took[SAMPLE * 95 // 100]:.1f} ms")


def misspelt_names(reader: Reader) -> None:
    """The same for names that the dictionary does not have, with slips of the keyboard put in."""
    chance = random.Random(4)
    mentions = (mention for record in data.records("ner-bsnlp.jsonl.gz") for mention in record["mentions"])
    tokens = {t.text for m in mentions if m["type"] in ("PER", "LOC") for t in tokenise(m["text"])}
    names = sorted(t for t in tokens if len(t) > 4 and t.isalpha() and not known(fold(t)) and not t.isascii())
    rows = [(slipped(name, chance), name) for name in names for _ in range(5)]
    rows = [row for row in rows if slips(fold(row[0]), fold(row[1]), reader)]
    compare("typos in names", rows, reader)


def slips(typed: str, meant: str, reader: Reader) -> bool:
    """Whether a misspelt form is no word, nor in the archive, where the right one is."""
    counts = reader.counts(("=" + typed, "=" + meant))
    return typed.isalpha() and not known(typed) and list(counts) == ["=" + meant]


def slipped(name: str, chance: random.Random) -> str:
    """A name with a letter left out, doubled, swapped with the one before it, or hit beside its key."""
    at = chance.randrange(2, len(name))  # people rarely miss the first letters
    keys = "йцукенгшщзхъ фывапролджэ ячсмитьбю "
    before, letter, after = name[:at], name[at], name[at + 1 :]
    neighbour = keys[keys.find(letter) - 1].strip() or letter * 2
    return chance.choice(
        (before + after, before + letter * 2 + after, before[:-1] + letter + before[-1] + after,
         before + neighbour + after)
    )  # fmt: skip


def compare(what: str, rows: list[tuple[str, str]], reader: Reader) -> None:
    """Print how often our first correction, made or offered, is the right form, and how often the nearest."""
    ours = plain = 0
    for typed, meant in rows:
        corrections = ask(reader, typed).corrections
        ours += bool(corrections) and fold(corrections[0].to) == fold(meant)
        form = fold(typed)
        near = reader.near(form, typos.edits(form)) if typos.edits(form) else {}
        best = min(near, key=lambda other: (OSA.distance(form, other), -near[other]), default="")
        plain += best == fold(meant)
    share, other = ours / len(rows), plain / len(rows)
    print(f"{what}: {len(rows)} asked, ours first {share:.3f}, nearest then most frequent {other:.3f}")


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
