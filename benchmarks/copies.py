"""Are copies told from notices of one form?

python -m benchmarks.copies

Near duplicates were computed by Jaccard of four-word runs: those of two outlets should be copies from 0.8 on;
those of one outlet are mostly notices of one form (fuel prices, power cuts) or share their background, and
should not. Reposts were left out of the set because their text equals one that was kept; so their text is
taken from there. Other articles of an outlet's day are no copies.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

from benchmarks import data
from search.article import Article
from search.copies import is_copy
from search.passages import Words


def main() -> None:
    """Print the shares that are taken for copies."""
    words: dict[str, Words] = {}
    articles = {article.id: article for article in data.articles()}

    def copy(id: str, other: str) -> bool:
        for each in (id, other):
            if each not in words:
                words[each] = Words(articles[each].text)
        own = articles[id].source == articles[other].source
        return is_copy(words[id], words[other], one_outlet=own)

    rows = list(data.records("near-duplicates.jsonl.gz"))
    for name, own in (("of two outlets", False), ("of one outlet", True)):
        for least, most in ((0.3, 0.5), (0.5, 0.8), (0.8, 1.01)):
            some = [r for r in rows if r["same_source"] is own and least <= r["jaccard"] < most]
            taken = sum(copy(r["id_a"], r["id_b"]) for r in some)
            print(
                f"near duplicates {name}, Jaccard {least}-{most:.1f}: {taken} of {len(some)} taken for copies"
            )
    reposts = [row["kept"] for row in data.records("duplicates-dropped.jsonl.gz") if row["kept"] in articles]
    print(f"reposts: {sum(copy(id, id) for id in reposts)} of {len(reposts)}")
    marked = {frozenset((row["id_a"], row["id_b"])) for row in rows}
    beside = [pair for pair in neighbours(articles.values()) if frozenset(pair) not in marked]
    print(f"other articles of an outlet's day: {sum(copy(*pair) for pair in beside)} of {len(beside)}")


def neighbours(articles: Iterable[Article]) -> list[tuple[str, str]]:
    """Pairs of articles that one outlet published one after the other."""
    days: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for article in articles:
        if article.published:
            days[article.source or "", f"{article.published:%Y-%m-%d}"].append(article.id)
    return [pair for ids in days.values() for pair in pairwise(ids)]


if __name__ == "__main__":
    main()
