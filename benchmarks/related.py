"""How well relatives are found, beside Whoosh's own `more_like` and the cosine of TF-IDF.

python -m benchmarks.related INDEX

Quality on the articles of the labelled stories among some thousands of others, the same for all three; time
on INDEX, an index of the development set. The whole article is the question.
"""

import random
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import average_precision_score
from whoosh import fields, index
from whoosh.analysis import LanguageAnalyzer

from benchmarks import data, peers
from benchmarks.interval import interval
from benchmarks.quality import mrr
from search.article import Article
from search.document import Documents
from search.engines import open_engine
from search.related import CONSIDERED, related

OTHERS = 6_000
DEEP = CONSIDERED
TIMED = 300
Ranked = list[tuple[str, float]]  # ids and scores, best first
Find = Callable[[Article], Ranked]


def ours(articles: Sequence[Article], folder: Path) -> Find:
    """This program."""
    engine = open_engine("whoosh:", folder)
    with engine.writer() as writer:
        writer.put(Documents(articles))
        writer.commit(1)
    reader = engine.reader()

    def find(article: Article) -> Ranked:
        found = related(reader, article, DEEP).relatives
        return [(one.hit.article.id, one.hit.score) for one in found]

    return find


def more_like(articles: Sequence[Article], folder: Path) -> Find:
    """Whoosh as it is, with its analyzer of Russian."""
    folder.mkdir(parents=True)
    text = fields.TEXT(analyzer=LanguageAnalyzer("ru"))
    place = index.create_in(str(folder), fields.Schema(id=fields.ID(stored=True), text=text))
    writer = place.writer(limitmb=512)
    for article in articles:
        writer.add_document(id=article.id, text=f"{article.title}\n{article.text}")
    writer.commit()
    searcher = place.searcher()
    numbers = {article.id: searcher.document_number(id=article.id) for article in articles}

    def find(article: Article) -> Ranked:
        content = f"{article.title}\n{article.text}"
        hits = searcher.more_like(numbers[article.id], "text", text=content, top=DEEP, numterms=24)
        return [(hit["id"], hit.score) for hit in hits]

    return find


def cosine(articles: Sequence[Article], _: Path) -> Find:
    """The cosine of TF-IDF over Snowball stems."""
    vectorizer = TfidfVectorizer(analyzer=peers.stems, sublinear_tf=True)
    matrix = vectorizer.fit_transform(f"{a.title}\n{a.text}" for a in articles)
    ids = [article.id for article in articles]
    rows = {id: number for number, id in enumerate(ids)}

    def find(article: Article) -> Ranked:
        scores = (matrix @ matrix[rows[article.id]].T).toarray().ravel()
        scores[rows[article.id]] = -1.0
        return [(ids[number], float(scores[number])) for number in np.argsort(-scores)[:DEEP]]

    return find


def main() -> None:
    """Print the figures of the three, and the time of ours."""
    every = list(data.articles())
    labelled = [article for article in every if article.id.startswith("tgcontest-")]
    others = random.Random(1).sample([a for a in every if not a.id.startswith("tgcontest-")], OTHERS)
    articles = labelled + others
    by_id = {article.id: article for article in articles}
    folder = peers.temporary()
    for name, build in (("ours", ours), ("more_like", more_like), ("TF-IDF cosine", cosine)):
        report(name, build(articles, folder / name), by_id)
    shutil.rmtree(folder)
    reader = open_engine("whoosh:", Path(sys.argv[1])).reader()
    times = []
    for article in random.Random(2).sample(every, TIMED):
        started = time.process_time()
        related(reader, article, 10)
        times.append((time.process_time() - started) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    print(f"ours on {reader.status().documents} articles, processor time: p50 {p50:.0f} ms, p95 {p95:.0f} ms")


def report(name: str, find: Find, by_id: dict[str, Article]) -> None:
    """Print the figures of one."""
    reciprocals, recalls = [], []
    for row in data.records("queries-same-story.jsonl.gz"):
        ids = [id for id, _ in find(by_id[row["query_from"]]) if id not in row["exclude"]]
        relevant = set(row["relevant"])
        reciprocals.append(mrr(ids, relevant))
        recalls.append(len(relevant & set(ids[:5])) / min(5, len(relevant)))
    rows = list(data.records("related-pairs.jsonl.gz"))
    found = {id: dict(find(by_id[id])) for row in rows for id in (row["id_a"], row["id_b"])}
    scores = [max(found[r["id_a"]].get(r["id_b"], 0.0), found[r["id_b"]].get(r["id_a"], 0.0)) for r in rows]
    same = np.array([row["same_story"] == 1 for row in rows])
    draws = [np.random.default_rng(n).integers(0, len(rows), len(rows)) for n in range(500)]
    precisions = [average_precision_score(same[draw], np.array(scores)[draw]) for draw in draws]
    told = [f"{title} {_told(np.array(v))}" for title, v in (("recall@5", recalls), ("MRR@10", reciprocals))]
    low, high = np.percentile(precisions, [2.5, 97.5])
    average = average_precision_score(same, scores)
    print(f"{name:14} {', '.join(told)}, pairs' AP {average:.3f} [{low:.3f}, {high:.3f}]", flush=True)


def _told(values: np.ndarray) -> str:
    low, high = interval(values)
    return f"{values.mean():.3f} [{low:.3f}, {high:.3f}]"


if __name__ == "__main__":
    main()
