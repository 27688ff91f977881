"""What each row of the ranking table buys: ours with one row made neutral at a time.

python -m benchmarks.rows INDEX   over an index of the development set
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import peers
from benchmarks.quality import Set, measure, sets
from search import loosening, ranking
from search.russian import question

TITLES = 200  # questions of the largest sets that are enough here
# A name for the row, the module and the name of its number, and the number that means nothing.
ROWS: list[tuple[str, Any, str, Any]] = [
    ("EXACT_FORM", question, "EXACT_FORM", 0.0),
    ("KIN", question, "KIN", 0.0),
    ("LEAD_COVERAGE", ranking, "LEAD_COVERAGE", 0.0),
    ("PROXIMITY", ranking, "PROXIMITY", 0.0),
    ("PROXIMITY_NEAR", ranking, "PROXIMITY_NEAR", 0.0),
    ("COVERAGE", ranking, "COVERAGE", 0.0),
    ("WEAK", ranking, "WEAK", 1.0),
    ("NUMBER", ranking, "NUMBER", 1.0),
    ("FRESHNESS", ranking, "FRESHNESS", 0.0),
    ("QUORUM (all words)", loosening, "QUORUM", 1.0),
]


@contextmanager
def neutral(module: Any, name: str, value: Any) -> Iterator[None]:
    """The number of a row replaced for a while."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def main() -> None:
    """Print the means of all sets, whole and without each row."""
    place = Path(sys.argv[1])
    some = [replace(each, questions=each.questions[:TITLES]) for each in sets()]
    print("without".ljust(20), *(each.name for each in some), sep=" | ")
    show("(nothing)", place, some)
    for name, module, number, value in ROWS:
        with neutral(module, number, value):
            show(name, place, some)
    title = ranking.FIELDS["title"]
    with neutral(ranking, "FIELDS", {**ranking.FIELDS, "title": replace(title, weight=1.0)}):
        show("title weight", place, some)


def show(name: str, place: Path, some: list[Set]) -> None:
    """Print one line, by a reader that remembers nothing of former numbers."""
    ask = peers.opened(place)
    print(name.ljust(20), *(f"{measure(ask, each).mean():.3f}" for each in some), sep=" | ", flush=True)


if __name__ == "__main__":
    main()
