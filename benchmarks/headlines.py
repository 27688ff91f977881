"""Are headlines that say the same scored above those that only share words?

python -m benchmarks.headlines

People judged pairs of headlines: the same, near (the same story, other detail), or different but for shared
words. Each headline is an article of one line in an index of all; a pair's score is that of the second
among the relatives of the first, or the other way about. Beside it the cosine of TF-IDF.
"""

import shutil
from collections.abc import Callable

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import average_precision_score

from benchmarks import data, peers
from search.article import Article
from search.document import Documents
from search.engines import open_engine
from search.related import CONSIDERED, related

ROUNDS = 500
Pair = tuple[str, str]


def ours(headlines: list[str]) -> Callable[[Pair], float]:
    """The score of this program's relatives."""
    folder = peers.temporary()
    numbers = {headline: str(number) for number, headline in enumerate(headlines)}
    articles = {id: Article(id=id, title=headline, text=headline) for headline, id in numbers.items()}
    engine = open_engine("whoosh:", folder)
    with engine.writer() as writer:
        writer.put(Documents(articles.values()))
        writer.commit(1)
    found: dict[str, dict[str, float]] = {}
    with engine.reader() as reader:
        for id, article in articles.items():
            relatives = related(reader, article, CONSIDERED).relatives
            found[id] = {one.hit.article.id: one.hit.score for one in relatives}
    shutil.rmtree(folder)

    def score(pair: Pair) -> float:
        one, other = (numbers[headline] for headline in pair)
        return max(found[one].get(other, 0.0), found[other].get(one, 0.0))

    return score


def cosine(headlines: list[str]) -> Callable[[Pair], float]:
    """The cosine of TF-IDF over Snowball stems."""
    matrix = TfidfVectorizer(analyzer=peers.stems, sublinear_tf=True).fit_transform(headlines)
    rows = {headline: number for number, headline in enumerate(headlines)}
    return lambda pair: float((matrix[rows[pair[0]]] @ matrix[rows[pair[1]]].T).toarray()[0, 0])


def main() -> None:
    """Print how well each scores the same above the different, and with the near ones."""
    rows = list(data.records("headline-pairs.jsonl.gz"))
    headlines = list(dict.fromkeys(row[side] for row in rows for side in ("a", "b")))
    labels = np.array([row["label"] for row in rows])
    dice = np.random.default_rng(1)
    for name, build in (("ours", ours), ("TF-IDF cosine", cosine)):
        score = build(headlines)
        scores = np.array([score((row["a"], row["b"])) for row in rows])
        for what, least, asked in (("same", 1, labels != 0), ("same or near", 0, labels > -2)):
            same, own = labels[asked] >= least, scores[asked]
            draws = [dice.integers(0, len(own), len(own)) for _ in range(ROUNDS)]
            low, high = np.percentile([average_precision_score(same[d], own[d]) for d in draws], [2.5, 97.5])
            average = average_precision_score(same, own)
            print(f"{name:14} {what:13} of {len(own)}: AP {average:.3f} [{low:.3f}, {high:.3f}]", end=" ")
            print(f"(by chance {same.mean():.3f}), not found {np.mean(own[same] == 0):.3f}", flush=True)


if __name__ == "__main__":
    main()
