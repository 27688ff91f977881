"""The Whoosh engine answers as the oracle does: the same articles, order, scores and marks."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.article import Article
from search.document import Document
from search.engine import Reader, Writer
from search.engines import open_engine
from tests.conftest import ask

LIST = """
мост моста мостом река реку реки Караганда Қарағанды караганде КарПУ карпа ДТП дтп МИДа
Токаев Токаева
Samsung Самсунг премьер-министр министра ТЭЦ-3 10 000 ёлка елки шёл идти стали сталь и в на не
"""
WORDS = LIST.split()
WORLDS = 12
QUESTIONS = 25


def text(chance: random.Random, most: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))


def article(chance: random.Random, id: int) -> Article:
    moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(7000))
    return Article(
        id=str(id),
        title=text(chance, 6),
        text=text(chance, 60),
        published=moment if chance.random() < 0.9 else None,
        source=chance.choice(["Вестник", "Курьер", None]),
        tags=tuple(chance.sample(["мост", "река", "суд"], chance.randint(0, 2))),
    )


def part(chance: random.Random) -> str:
    word = chance.choice(WORDS)
    kind = chance.randrange(10)
    if kind == 0:
        return f'"{word} {chance.choice(WORDS)}"'
    if kind == 1:
        return f"!{word}"
    if kind == 2:
        return f"-{word}"
    if kind == 3:
        return f"{word[:3]}*"
    if kind == 4:
        return f"({word} ИЛИ {chance.choice(WORDS)})"
    if kind == 5:
        return f"заголовок:{word}"
    return word


def question(chance: random.Random) -> tuple[str, dict[str, str]]:
    q = " ".join(part(chance) for _ in range(chance.randint(0, 6)))
    arguments = {"repair": "off", "per_page": "100", "sort": chance.choice(["relevance", "newest", "oldest"])}
    if chance.random() < 0.2:
        arguments["source"] = chance.choice(["Вестник", "-Вестник"])
    if chance.random() < 0.2:
        arguments["from_"] = "2025-05-01"
    if chance.random() < 0.2:
        arguments["to"] = "2025-08-01"
    return q, arguments


def agree(one: Reader, other: Reader, chance: random.Random) -> None:
    for _ in range(QUESTIONS):
        q, arguments = question(chance)
        first, second = ask(one, q, **arguments), ask(other, q, **arguments)
        context = f"{q!r} {arguments}"
        assert first.page.total == second.page.total, context
        assert first.relaxed == second.relaxed, context
        scores = [hit.score for hit in second.page.hits]
        assert [hit.score for hit in first.page.hits] == pytest.approx(scores, rel=1e-9), context
        for a, b in zip(first.page.hits, second.page.hits, strict=True):
            assert (a.article, a.title_marks, a.snippets) == (b.article, b.title_marks, b.snippets), context


@pytest.mark.parametrize("seed", range(WORLDS))
def test_engines_agree_before_and_after_changes(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    engines = [open_engine(name, tmp_path / name.rstrip(":")) for name in ("whoosh:", "memory:")]
    writers: list[Writer] = [engine.writer() for engine in engines]
    readers = [engine.reader() for engine in engines]
    for step in range(14):
        fresh = [article(chance, chance.randrange(40)) for _ in range(chance.randint(1, 12))]
        gone = [str(chance.randrange(40)) for _ in range(chance.randint(0, 4))]
        for writer in writers:
            writer.put(Document(each) for each in fresh)
            writer.remove(gone)
            writer.commit(step)
        if step % 4 == 1 or step == 13:  # also after the merge that ten segments of one size bring
            agree(readers[0], readers[1], chance)
    for reader, writer in zip(readers, writers, strict=True):
        reader.close()
        writer.close()
