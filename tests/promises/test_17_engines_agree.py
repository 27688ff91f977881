"""17. The engines answer as the oracle does: the same articles, order, scores and places.

A world is a seed: some commits that put, replace and remove random articles in both engines, and random
questions made of their words in between. A failure names the world's number, which repeats it.
The long size, or `SVODKA_WORLDS`, tries more worlds.

OpenSearch reckons scores in single precision. There every score must be the oracle's to 1e-5 of it, and
the order the oracle's wherever scores differ by more; articles that are nearer may change places.
"""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path

import pytest

from search.article import Article
from search.document import Document, Documents
from search.engine import Engine, Reader, Writer
from search.engines import open_engine
from search.engines.whoosh.engine import WhooshEngine, WhooshReader
from search.names import Names
from search.page import Hit
from search.query import After
from tests.conftest import ask, engine_url
from tests.promises.conftest import LONG

WORLDS = int(os.environ.get("SVODKA_WORLDS", "5000" if LONG else "150"))
QUESTIONS = 5  # after the last commit of a world; two after each one before
IDS = 30
NAMES = (
    Names(),
    Names(("Касым-Жомарт Токаев", "Алденей"), (), ("Караганда",)),
    Names(("Алденей",), ("КарПУ", "МИД")),
    Names(place=("Караганда", "Озёрск")),
)

LIST = """
мост моста мостом мосты река реку реки Караганда Қарағанды караганде КарПУ карпа ДТП дтп МИДа МИД
Токаев Токаева Алденей Алденея Samsung Самсунг премьер-министр министра ТЭЦ-3 ТЭЦ 5,5 2025 ёлка елки
шёл идти стали сталь Kaspi.kz и в на не
"""
WORDS = LIST.split()
SOURCES = ["Вестник", "Наш курьер", None]
SECTIONS = ["Общество", "В мире", None]
AUTHORS = ["Айгерим Сактаган", "Олег Рябых", None]
TAGS = ["мост", "река", "суд и закон"]


class World:
    """Whatever a seed makes of articles and questions."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def text(self, most: int) -> str:
        return " ".join(self.chance.choice(WORDS) for _ in range(self.chance.randint(1, most)))

    def article(self) -> Article:
        chance = self.chance
        moment = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(7000))
        return Article(
            id=str(chance.randrange(IDS)),
            title=self.text(6),
            text=self.text(chance.choice((8, 60))) + chance.choice(("", ".", "\n")) + self.text(5),
            published=moment if chance.random() < 0.9 else None,
            source=chance.choice(SOURCES),
            section=chance.choice(SECTIONS),
            author=chance.choice(AUTHORS),
            tags=tuple(chance.sample(TAGS, chance.randint(0, 2))),
        )

    def some(self) -> str:
        """A word, or its beginning in a prefix."""
        word = self.chance.choice(WORDS)
        return word if self.chance.random() < 0.9 else f"{word[:3]}*"

    def clause(self, depth: int = 2) -> str:
        one, other = self.some(), self.some()
        kind = self.chance.randrange(16)
        made = {
            0: f'"{one} {other}"',
            1: f'"{self.text(3)}"',
            2: f"!{one}",
            3: f"-{one}",
            4: f'-"{one} {other}"',
            5: f"{one} ИЛИ {other}",
            6: f"заголовок:{one}",
            7: f'текст:"{one} {other}"',
            8: f"-источник:{self.chance.choice(['вестник', '«наш курьер»'])}",
            9: f"по:2025-0{self.chance.randint(1, 9)}-15",
        }.get(kind, one)
        if kind == 10 and depth:
            made = f"({' '.join(self.clause(depth - 1) for _ in range(self.chance.randint(1, 3)))})"
            made = f"{made} | {one}" if self.chance.random() < 0.5 else made
        return made

    def question(self) -> tuple[str, dict[str, str]]:
        chance = self.chance
        q = " ".join(self.clause() for _ in range(chance.randint(0, 6)))
        possible = {
            "sort": chance.choice(["relevance", "newest", "oldest"]),
            "in_": chance.choice(["title", "text"]),
            "match": "exact",
            "source": chance.choice(["Вестник", "-Вестник", "Нет такого"]),
            "section": chance.choice(["В мире", "-В мире"]),
            "author": chance.choice(["рябых", "Айгерим Сактаган", "-олег"]),
            "tag": chance.choice(["суд и закон", "-река"]),
            "person": chance.choice(["Касым-Жомарт Токаев", "-Алденей", "Никто"]),
            "place": chance.choice(["Караганда", "-«Караганда»"]),
            "from_": "2025-03-01",
            "to": "2025-08-31",
            "page": "2",
            "collapse": "story",
            "facets": "source,section,author,tag,person,org,place",
            "histogram": chance.choice(["day", "week", "month"]),
        }
        arguments = {name: value for name, value in possible.items() if chance.random() < 0.12}
        per_page = "5" if "page" in arguments else "100"
        return q, {**arguments, "per_page": per_page, "repair": "off", "snippet_length": "60"}


class Pair:
    """An engine and the oracle side by side; scores may differ by a share of `precision`."""

    def __init__(
        self, engine: Engine, reader: Reader, folder: Path, stack: ExitStack, precision: float = 1e-6
    ) -> None:
        self.precision = precision
        memory = open_engine("memory:", folder / "memory")
        self.writers: list[Writer] = [stack.enter_context(each.writer()) for each in (engine, memory)]
        self.readers = (stack.enter_context(reader), stack.enter_context(memory.reader()))

    def change(self, world: World, mark: int, most: int) -> None:
        chance = world.chance
        steps = [chance.random() < 0.25 for _ in range(chance.randint(1, most))]
        changes = [str(chance.randrange(IDS)) if gone else world.article() for gone in steps]
        apart = chance.random() < 0.5  # or those that follow each other at once
        for writer in self.writers:
            for number, (gone, some) in enumerate(groupby(changes, lambda change: isinstance(change, str))):
                if gone:
                    writer.remove([change for change in some if isinstance(change, str)])
                    continue
                those = [one for one in some if isinstance(one, Article)]
                each = [Document(one, len(one.title) % 4, NAMES[len(one.text) % len(NAMES)]) for one in those]
                for batch in [[one] for one in each] if apart else [each]:
                    writer.put(Documents.gathered(batch) if number % 2 else batch)
            writer.commit(mark)

    def aligned(self, hits: Sequence[Hit], others: Sequence[Hit]) -> list[Hit]:
        """Hits in the order of others, where neighbours whose scores are too near to tell change places."""
        left, ordered = list(hits), []
        for other in others:
            near = [h for h in left if h.score == pytest.approx(left[0].score, rel=self.precision)]
            chosen = next((h for h in near if h.article.id == other.article.id), left[0])
            left.remove(chosen)
            ordered.append(chosen)
        return ordered

    def agree(self, q: str, arguments: dict[str, str]) -> None:
        """Both give the same page to the question as the oracle's reader understands it, loosened or not."""
        fast, oracle = self.readers
        query = ask(oracle, q, **arguments).query
        first, second = fast.search(query), oracle.search(query)
        context = f"{q!r} {arguments}"
        assert (first.total, first.heads) == (second.total, second.heads), context
        scores = [hit.score for hit in second.hits]
        assert [hit.score for hit in first.hits] == pytest.approx(scores, rel=self.precision), context
        for one, other in zip(self.aligned(first.hits, second.hits), second.hits, strict=True):
            assert one.article == other.article, context
            assert (one.places, one.story) == (other.places, other.story), context
        assert (first.facets, first.histogram) == (second.facets, second.histogram), context
        for hits in (second.hits[:-1], second.hits[1::2]):
            for hit in hits[:3]:
                after = After(hit.article.id, hit.score, hit.article.published)
                some, others = (
                    reader.search(replace(query, after=after, offset=0)).hits for reader in self.readers
                )
                rest = self.aligned(some, others)
                assert [h.article.id for h in rest] == [h.article.id for h in others], context
        state, other_state = first.state, second.state
        assert (state.documents, state.mark) == (other_state.documents, other_state.mark)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # half the time, and no power is cut here
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def pair(tmp_path: Path, stack: ExitStack, seed: int) -> Pair:
    """Every second world goes by the compiled loops, where numba is installed."""
    whoosh = WhooshEngine(tmp_path / "whoosh")
    return Pair(whoosh, WhooshReader(whoosh, lambda: 0.0, compiled=seed % 2 == 0), tmp_path, stack)


@pytest.mark.parametrize("seed", range(max(1, WORLDS // 25)))
def test_opensearch_agrees_in_a_small_world(
    request: pytest.FixtureRequest, tmp_path: Path, stack: ExitStack, seed: int
) -> None:
    engine = open_engine(engine_url("opensearch:", request), tmp_path / "opensearch")
    world, pair = World(seed), Pair(engine, engine.reader(), tmp_path, stack, precision=1e-5)
    for commit in range(3):
        pair.change(world, commit, most=25)
        for _ in range(3 * QUESTIONS):
            pair.agree(*world.question())


@pytest.mark.parametrize("seed", range(WORLDS))
def test_engines_agree_in_a_small_world(pair: Pair, seed: int) -> None:
    world = World(seed)
    for commit in range(world.chance.randint(0, 3)):
        pair.change(world, commit, most=12)
        for _ in range(2):
            pair.agree(*world.question())
    pair.change(world, 9, most=12)
    for _ in range(QUESTIONS):
        pair.agree(*world.question())


@pytest.mark.parametrize("seed", range(max(1, WORLDS // 40)))
def test_engines_agree_while_segments_are_merged(pair: Pair, seed: int) -> None:
    world = World(-1 - seed)
    for commit in range(25):
        pair.change(world, commit, most=5)
        pair.agree(*world.question())
    for id in map(str, range(IDS)):
        articles = [reader.article(id) for reader in pair.readers]
        assert articles[0] == articles[1]
    for _ in range(10 * QUESTIONS):
        pair.agree(*world.question())


def test_engines_agree_on_a_very_long_article(pair: Pair) -> None:
    """More tokens than 16 bits count, a word more often than 8 bits do, and merged with others."""
    long = Article(id="long", title="Мост", text="мост " * 300 + "река " * 70_000 + "паром ушёл")
    for mark, article in enumerate((long, Article(id="short", title="Река", text="Паром у моста"))):
        for writer in pair.writers:
            writer.put([Document(article)])
            writer.commit(mark)
    for q in ('"паром ушёл"', "мост ушёл"):
        pair.agree(q, {"repair": "off", "snippets": "0"})
    assert pair.readers[0].article("long") == long
