"""The examples of the docs, run as they stand there."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT, articles, ask, indexed

LANGUAGE = (ROOT / "docs" / "query-language.md").read_text(encoding="utf-8").partition("## Examples")[2]
TEXTS = re.findall(r"^\d\. (.+)$", LANGUAGE, re.MULTILINE)


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of the tables of so many columns, without their heads."""
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]
    plain = [[cell.strip().replace("\\|", "|") for cell in row] for row in cells if len(row) == columns]
    return [row for row in plain if row[0] != "question" and not row[0].startswith("---")]


RUSSIAN = rows((ROOT / "docs" / "russian.md").read_text(encoding="utf-8"), 3)


def test_examples_are_there() -> None:
    assert len(RUSSIAN) >= 40
    assert len(TEXTS) == 5
    assert len(rows(LANGUAGE, 2)) >= 15


@pytest.mark.parametrize(("q", "text", "found"), RUSSIAN)
def test_russian_is_handled_as_told(tmp_path: Path, q: str, text: str, found: str) -> None:
    with indexed(tmp_path, articles([text]), "memory:") as reader:
        assert bool(ask(reader, q).page.hits) == {"yes": True, "no": False}[found]


@pytest.mark.parametrize(("q", "found"), rows(LANGUAGE, 2))
def test_question_finds_what_is_told(tmp_path: Path, q: str, found: str) -> None:
    with indexed(tmp_path, articles(TEXTS), "memory:") as reader:
        answer = ask(reader, q, repair="off")
    hits = sorted(int(hit.article.id[1:]) + 1 for hit in answer.page.hits)
    assert hits == [int(number) for number in found.split(",") if number]
    assert not answer.warnings
