"""The table of matching cases that came with the real data."""

from pathlib import Path

from search.article import Article
from tests.conftest import ask, indexed

LEAST = 0.9


def test_matching_cases_come_out(data: Path, tmp_path: Path) -> None:
    """All texts in one index, default settings; 1 means that the text must be among the hits."""
    lines = (data / "matching-dev.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    texts = sorted({text for _, text, *_ in rows})
    some = [Article(id=str(number), title="—", text=text) for number, text in enumerate(texts)]
    wrong = []
    with indexed(tmp_path, some) as reader:
        for q, text, expected, kind in rows:
            hits = ask(reader, q, per_page="100").page.hits
            if any(hit.article.text == text for hit in hits) != (expected == "1"):
                wrong.append(f"{kind}: «{q}» — «{text}»")
    assert len(wrong) <= (1 - LEAST) * len(rows), "\n".join(wrong)
