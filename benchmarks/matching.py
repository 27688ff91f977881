"""The table of matching cases: all texts in one index, each question asked with default settings.

python -m benchmarks.matching [TABLE …]   tables of question, text, expected (1 or 0), kind; without any, the
                                          development set's and our own
"""

import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import data
from search.answer import answer
from search.article import Article
from search.asking import read_question
from search.document import Document
from search.engines import open_engine

OURS = data.ROOT / "tests" / "search" / "matching.tsv"


def main() -> None:
    """Print the share of each table that came out as expected."""
    for table in map(Path, sys.argv[1:] or (data.folder() / "matching-dev.tsv", OURS)):
        print(table.name)
        measure([row[:4] for row in data.rows(table)])


def measure(table: list[list[str]]) -> None:
    """Print the share that came out as expected, by kind, and every case that did not."""
    texts = sorted({text for _, text, _, _ in table})
    right: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine("whoosh:", Path(folder))
        with engine.writer() as writer:
            writer.put(Document(Article(id=str(n), title="—", text=text)) for n, text in enumerate(texts))
            writer.commit(1)
        with engine.reader() as reader:
            for q, text, expected, kind in table:
                question = read_question([("q", q), ("per_page", "100")], UTC)
                hits = answer(reader, question, datetime.now(UTC)).page.hits
                found = any(hit.article.text == text for hit in hits)
                right[kind] += found == (expected == "1")
                if found != (expected == "1"):
                    print(f"{kind}: «{q}» {'finds' if found else 'does not find'} «{text}»")
    whole = Counter(kind for *_, kind in table)
    for kind in sorted(whole):
        print(f"{kind:10} {right[kind]:4} of {whole[kind]:4}")
    print(f"{'all':10} {right.total():4} of {whole.total():4}  {right.total() / whole.total():.3f}")


if __name__ == "__main__":
    main()
