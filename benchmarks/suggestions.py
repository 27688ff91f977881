"""Suggestions: whether a headline's own words are offered while it is typed, and what an offer costs.

python -m benchmarks.suggestions INDEX   over an index of the development set
"""

import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import data
from search.engine import Reader
from search.engines import open_engine
from search.russian import layout
from search.russian.folding import fold
from search.russian.tokens import Token, tokenise
from search.suggest import suggest

HEADLINES = 500
OFFERED = 5
LETTERS = (2, 3, 4)  # of the word that is being typed


def main() -> None:
    """Print the table and the cost."""
    chance = random.Random(5)
    headlines = [record["title"] for record in data.records("headlines.jsonl.gz")]
    own = [article.title for article in data.articles()]
    with open_engine("whoosh:", Path(sys.argv[1])).reader() as reader:
        for name, titles in (("titles of the archive", own), ("headlines of others", headlines)):
            measure(name, chance.sample(titles, HEADLINES), reader)


def measure(name: str, titles: list[str], reader: Reader) -> None:
    """Print the share of words that are among the offers after so many letters, and the processor's time."""
    took: list[float] = []
    for letters in LETTERS:
        first = after = asked = 0
        switched: list[bool] = []
        for title in titles:
            words = [token for token in tokenise(title) if len(token.text) > letters]
            if len(words) < 2 or not words[1].text.isalpha():
                continue
            asked += 1
            first += offered(title, title[words[0].start :], words[0], letters, reader, took)
            after += offered(title, title[words[0].start :], words[1], letters, reader, took)
            for keys in layout.switched(words[0].text[:letters].lower()):  # none for б, ю and the like
                offers = ask(keys, reader, took)
                switched.append(any(fold(text).startswith(fold(words[0].text)) for text in offers))
        print(
            f"{name}, {letters} letters, of {asked}: first word {first / asked:.3f}, "
            f"in the other layout {sum(switched) / len(switched):.3f}, second word {after / asked:.3f}"
        )
    took.sort()
    middle, slow = took[len(took) // 2], took[len(took) * 95 // 100]
    print(f"  an offer takes {middle:.1f} ms of the processor, p95 {slow:.1f} ms")


def offered(title: str, beginning: str, word: Token, letters: int, reader: Reader, took: list[float]) -> bool:
    """Whether a word is offered after its first letters, typed after what stands before it."""
    start = len(title) - len(beginning)
    texts = ask(title[start : word.start + letters], reader, took)
    return any(fold(title[start : word.end]) == fold(" ".join(t.split()))[: word.end - start] for t in texts)


def ask(typed: str, reader: Reader, took: list[float]) -> list[str]:
    """The first few texts offered."""
    started = time.process_time()
    found = suggest(reader, typed, OFFERED, datetime.now(UTC), 30.0)
    took.append((time.process_time() - started) * 1000)
    return [one.text for one in found]


if __name__ == "__main__":
    main()
