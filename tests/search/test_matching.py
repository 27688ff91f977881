"""Tables of matching cases: our own, and the one that came with the real data."""

from pathlib import Path

import pytest

from search import limits
from search.article import Article
from tests.conftest import ask, indexed

LEAST = 0.97  # of the cases; our own table keeps a few that are not solved
OURS = Path(__file__).parent / "matching.tsv"


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not speed that is tested here."""
    monkeypatch.setattr(limits, "SEARCH_SECONDS", 60.0)


def wrong(table: Path, folder: Path) -> tuple[list[str], int]:
    """The cases that do not come out, and how many there are.

    All texts go into one index, each question is asked with default settings; 1 means that the text must be
    among the hits, 0 that it must not.
    """
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    texts = sorted({text for _, text, *_ in rows})
    some = [Article(id=str(number), title="—", text=text) for number, text in enumerate(texts)]
    found = []
    with indexed(folder, some) as reader:
        for q, text, expected, kind in rows:
            hits = ask(reader, q, per_page="100").page.hits
            if any(hit.article.text == text for hit in hits) != (expected == "1"):
                found.append(f"{kind}: «{q}» — «{text}»")
    return found, len(rows)


def test_our_cases_come_out(tmp_path: Path) -> None:
    cases, count = wrong(OURS, tmp_path)
    assert len(cases) <= (1 - LEAST) * count, "\n".join(cases)


def test_given_cases_come_out(data: Path, tmp_path: Path) -> None:
    cases, count = wrong(data / "matching-dev.tsv", tmp_path)
    assert len(cases) <= (1 - LEAST) * count, "\n".join(cases)
