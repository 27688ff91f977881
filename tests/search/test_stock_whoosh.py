"""The fast path finds what Whoosh's own matchers find over an index of Whoosh as it is, and scores it alike.

Both index the same words; Whoosh is given our BM25 as its weighting, without what it has no notion of (the
share of the question that a hit has, nearness, age).
"""

import math
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from whoosh import query as whoosh_query
from whoosh.analysis import SpaceSeparatedTokenizer
from whoosh.fields import ID, NUMERIC, TEXT, Schema
from whoosh.filedb.filestore import RamStorage
from whoosh.scoring import BaseScorer, WeightingModel

from benchmarks.contenders import Asked, Lemmatized, query
from benchmarks.corpus import word
from search import ranking
from search.engines.whoosh.engine import WhooshEngine, WhooshReader
from search.query import Query

WORDS = 40
DATES = range(1_000_000_000, 1_000_000_100)
Article = tuple[list[int], int]  # words and date
Found = dict[str, float]


class Bm25(WeightingModel):  # type: ignore[misc]
    """Our formula over Whoosh's statistics; but lengths, which it keeps in a byte, are given."""

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths

    def scorer(self, searcher: Any, fieldname: str, text: bytes, qf: int = 1) -> Any:
        documents, having = searcher.doc_count_all(), searcher.doc_frequency(fieldname, text)
        idf = math.log1p((documents - having + 0.5) / (having + 0.5))
        lengths, average = self.lengths, sum(self.lengths) / len(self.lengths)

        class Scorer(BaseScorer):  # type: ignore[misc]
            def score(self, matcher: Any) -> float:
                length = float(lengths[matcher.id()])
                evened = ranking.evened("text", float(matcher.weight()), length, average)
                return idf * ranking.saturated(evened)

        return Scorer()


def stock(living: dict[str, Article]) -> Any:
    """A searcher of Whoosh as it is."""
    schema = Schema(id=ID(stored=True), text=TEXT(analyzer=SpaceSeparatedTokenizer()), date=NUMERIC(int, 64))
    place = RamStorage().create_index(schema)
    writer = place.writer()
    for id, (codes, date) in living.items():
        writer.add_document(id=id, text=" ".join(map(word, codes)), date=date)
    writer.commit()
    return place.searcher(weighting=Bm25([len(codes) for codes, _ in living.values()]))


def by_whoosh(searcher: Any, asked: Asked) -> Found:
    terms = [whoosh_query.Term("text", one) for one in asked.words]
    whole: Any = whoosh_query.Or(terms) if asked.kind == "or" else whoosh_query.And(terms)
    if asked.kind == "phrase":
        whole = whoosh_query.Phrase("text", list(asked.words))
    dates = None
    if asked.kind == "date":
        dates = whoosh_query.NumericRange("date", asked.since, asked.until, endexcl=True)
    return {hit["id"]: hit.score for hit in searcher.search(whole, limit=None, filter=dates)}


def by_us(reader: WhooshReader, asked: Asked) -> Found:
    made = query(asked)
    page = reader.search(Query(made.root, made.filters, limit=1000, nearness=False))
    assert page.total == len(page.hits)
    return {hit.article.id: hit.score for hit in page.hits}


@pytest.mark.parametrize("compiled", [True, False], ids=["kernel", "numpy"])
@pytest.mark.parametrize("seed", range(8))
def test_same_articles_and_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, compiled: bool
) -> None:
    if compiled:
        pytest.importorskip("numba", reason="the compiled loops need numba: svodka[fast]")
    monkeypatch.setattr(ranking, "COVERAGE", 0.0)
    chance = random.Random(seed)
    living: dict[str, Article] = {}
    engine, number = WhooshEngine(tmp_path), 0
    with engine.writer() as writer, WhooshReader(engine, lambda: 0.0, compiled=compiled) as reader:
        for commit in range(4):  # articles come and go, segments are merged
            fresh: list[Article] = [
                (
                    [min(WORDS - 1, int(chance.expovariate(0.15))) for _ in range(chance.randint(1, 60))],
                    chance.choice(DATES),
                )
                for _ in range(chance.randint(1, 50))
            ]
            writer.put(Lemmatized([(np.array(codes), date) for codes, date in fresh], number))
            living.update({str(id): article for id, article in enumerate(fresh, number)})
            number += len(fresh)
            gone = chance.sample(sorted(living), len(living) // 5)
            writer.remove(gone)
            for id in gone:
                del living[id]
            writer.commit(commit)
            searcher = stock(living)
            for kind in ("and", "or", "phrase", "date") * 6:
                drawn = [chance.randrange(WORDS) for _ in range(chance.randint(1, 3))]
                words = tuple(map(word, dict.fromkeys(drawn)))
                since = chance.choice(DATES)
                asked = Asked(kind, words, since, since + 40) if kind == "date" else Asked(kind, words)
                ours, theirs = by_us(reader, asked), by_whoosh(searcher, asked)
                assert ours.keys() == theirs.keys(), asked
                if kind != "phrase":  # whose spans Whoosh weighs in its own way
                    assert ours == pytest.approx(theirs, rel=1e-4), asked
