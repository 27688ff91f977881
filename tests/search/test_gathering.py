"""The compiled loops give what numpy gives, but for articles that cannot be among the best."""

import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import ranking
from search.engines.whoosh import gathering
from search.engines.whoosh.compiled import kernel
from search.engines.whoosh.gathering import (
    Asked,
    Gathered,
    Passing,
    best_first,
    closely,
    gather,
    marked,
)
from search.engines.whoosh.lists import Room, Runs, Stand
from tests.conftest import ROOT, articles, indexed

pytest.importorskip("numba", reason="the compiled loops need numba: svodka[fast]")
ARTICLES = 9_000  # more than two windows of the kernel


@st.composite
def asked(draw: st.DrawFn) -> Asked:
    """A question over random lists of random lengths."""
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))

    def stands(least: int) -> list[Stand]:
        made = []
        for _ in range(draw(st.integers(least, 4))):
            size = draw(st.sampled_from((0, 1, 3, 50, 2_000, 8_000)))
            ids = np.sort(chance.choice(ARTICLES, size, replace=False)).astype(np.uint32)
            shares = np.round(chance.random(size), draw(st.sampled_from((1, 9))))  # few values: many ties
            made.append(marked(Stand(ids, shares, float(chance.random())), ARTICLES, Room(ARTICLES)))
        return made

    first = stands(1)
    published = chance.integers(0, 1000, ARTICLES)
    passing = Passing(published)
    if draw(st.booleans()):
        passing = Passing(published, 200, 800)
    if draw(st.booleans()):
        passing = passing._replace(allowed=chance.random(ARTICLES) < 0.5)
    rise = draw(st.sampled_from((1.0, 1.1)))
    return Asked(first, draw(st.integers(1, len(first))), stands(0), stands(0), passing, rise)


def best(found: Gathered, most: int, rise: float) -> list[int]:
    """All that may be the best, by the least that their scores may be."""
    scores = found.totals * ranking.coverage(found.shares)
    if len(scores) > most:
        edge = np.partition(scores, -most)[-most]
        return list(found.numbers[scores * rise >= edge])
    return list(found.numbers)


@given(asked(), st.sampled_from((1, 10, 100)))
def test_compiled_loops_find_the_same(question: Asked, most: int) -> None:
    assert kernel() is not None
    plain = gather(question, 0, None)
    every = gather(question, 0, Room(ARTICLES))
    assert every.found == plain.found == len(plain.numbers)
    assert every.numbers.tolist() == plain.numbers.tolist()
    assert every.totals == pytest.approx(plain.totals)
    assert every.shares == pytest.approx(plain.shares)
    for leading in (0, gathering.LEADING):
        with mock.patch.object(gathering, "LEADING", leading):
            few = gather(question, most, Room(ARTICLES))
        assert few.found == plain.found
        assert set(best(plain, most, question.rise)) <= set(few.numbers.tolist())


@given(st.integers(0, 2**32), st.sampled_from((0, 1, 10, 1_000)), st.sampled_from((1, 10, 100)))
def test_compiled_order_is_the_same(seed: int, size: int, most: int) -> None:
    chance = np.random.default_rng(seed)
    published, ties = chance.integers(0, 3, ARTICLES), chance.permutation(ARTICLES)
    numbers = chance.choice(ARTICLES, size, replace=False).astype(np.uint32)
    scores = np.round(chance.random(size), 1)
    of_numpy, compiled = (
        best_first(numbers, scores, most, published, ties, room) for room in (None, Room(1))
    )
    assert of_numpy[0].tolist() == compiled[0].tolist()
    assert of_numpy[1].tolist() == compiled[1].tolist()


@given(st.integers(0, 2**32), st.integers(1, 4))
def test_compiled_nearness_is_the_same(seed: int, words: int) -> None:
    chance = np.random.default_rng(seed)

    def stand() -> Stand:
        runs = []
        for field in ranking.FIELDS:
            # Of each article a few of its first words, or none.
            keys = np.unique(chance.integers(0, 20, 60) * 1_000 + chance.integers(0, 60, 60))
            runs.append((field, Runs((keys // 1_000).astype(np.uint32), keys % 1_000)))
        return Stand(np.arange(20, dtype=np.uint32), np.ones(20), 1.0, runs=runs)

    stands = [stand() for _ in range(words)]
    numbers = np.flatnonzero(chance.random(20) < 0.7).astype(np.uint32)
    of_numpy, compiled = (closely(stands, numbers, room) for room in (None, Room(20)))
    assert of_numpy[0].tolist() == compiled[0].tolist()
    assert of_numpy[1].tolist() == compiled[1].tolist()


ALONE = """
import sys
from pathlib import Path
from search.engines.whoosh.engine import WhooshEngine, WhooshReader
from tests.conftest import ask
with WhooshReader(WhooshEngine(Path(sys.argv[1])), compiled=False) as reader:
    assert ask(reader, "мост реки").page.total == 3
assert "numba" not in sys.modules
"""


def test_who_answers_without_the_loops_does_not_load_them(tmp_path: Path) -> None:
    indexed(tmp_path, articles(["Мост через реку"] * 3)).close()
    subprocess.run([sys.executable, "-c", ALONE, str(tmp_path)], cwd=ROOT, check=True)
