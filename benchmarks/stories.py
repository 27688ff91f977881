"""Are articles on one event in one story, and others not?

python -m benchmarks.stories INDEX

INDEX is an index of the development set. People judged the related pairs. Near duplicates were computed:
those of two outlets should be in one story; those of one outlet are mostly notices of one form, which should
not.
"""

import sys
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks import data
from search.engine import Reader
from search.engines import open_engine
from search.query import Query, Sort

ROUNDS = 2000
LARGEST = 50


def f1(together: np.ndarray, same: np.ndarray) -> tuple[float, float, float]:
    """F1, precision and recall of "in one story" for "on one event"."""
    right = float(np.sum(together & same))
    precision, recall = right / max(1, np.sum(together)), right / max(1, np.sum(same))
    return 2 * precision * recall / max(1e-9, precision + recall), precision, recall


def main() -> None:
    """Print the figures and the largest stories."""
    reader = open_engine("whoosh:", Path(sys.argv[1])).reader()
    rows = list(data.records("related-pairs.jsonl.gz"))
    together = np.array([in_one(reader, row["id_a"], row["id_b"]) for row in rows])
    same = np.array([row["same_story"] == 1 for row in rows])
    dice = np.random.default_rng(1)
    draws = [dice.integers(0, len(rows), len(rows)) for _ in range(ROUNDS)]
    low, high = np.percentile([f1(together[draw], same[draw])[0] for draw in draws], [2.5, 97.5])
    figure, precision, recall = f1(together, same)
    print(f"related pairs ({len(rows)}): F1 {figure:.3f} [{low:.3f}, {high:.3f}],", end=" ")
    print(f"precision {precision:.3f}, recall {recall:.3f}")
    for name, own in (("of two outlets", False), ("of one outlet", True)):
        near = [row for row in data.records("near-duplicates.jsonl.gz") if row["same_source"] is own]
        for least, most in ((0.3, 0.5), (0.5, 0.8), (0.8, 1.01)):
            some = [in_one(reader, r["id_a"], r["id_b"]) for r in near if least <= r["jaccard"] < most]
            if some:
                print(f"near duplicates {name}, Jaccard from {least}: {np.mean(some):.3f} of {len(some)}")
    hits = reader.search(Query(sort=Sort.OLDEST, limit=1_000_000)).hits
    sizes = Counter(hit.story.number for hit in hits if hit.story)
    several = [size for size in sizes.values() if size > 1]
    print(f"{len(hits)} articles: {len(several)} stories of two and more hold {sum(several)} articles")
    for number, size in sizes.most_common(LARGEST):
        own_hits = [hit for hit in hits if hit.story and hit.story.number == number]
        titles = " | ".join(hit.article.title[:50] for hit in own_hits[:: max(1, size // 4)])
        print(f"{size:4} {len({hit.article.source for hit in own_hits}):3} {titles}")


def in_one(reader: Reader, id: str, other: str) -> bool:
    """Whether two articles belong to one story."""
    one, two = reader.story(id), reader.story(other)
    return one is not None and two is not None and one.number == two.number


if __name__ == "__main__":
    main()
