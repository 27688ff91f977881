"""Are copies found in the whole archive, and told from notices of one form?

python -m benchmarks.copies

Near duplicates were computed by Jaccard of four-word runs: those of two outlets should be copies from 0.8 on;
those of one outlet are mostly notices of one form (fuel prices, power cuts) or share their background, and
should not. Reposts were left out of the set because their text equals one that was kept; so they are made
again from it, as articles of an outlet of their own. Other articles of an outlet's day are no copies.
"""

import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from benchmarks import data
from indexer.copied import Copied, sketched
from indexer.spread import batches
from search.article import Article
from search.copies import are_copies
from search.passages import Words

Pair = frozenset[str]
COMMITS = (10_000, 500)
SHARES = (0.1, 0.3, 0.6)  # that is left of articles that are cut short
CUT = 1_000


def main() -> None:
    """Print what is taken for copies, by the rule and in the archive, and what that costs."""
    articles = {article.id: article for article in data.articles()}
    reposts = {
        f"repost-{number}": row["kept"]
        for number, row in enumerate(data.records("duplicates-dropped.jsonl.gz"))
        if row["kept"] in articles
    }
    again = [replace(articles[kept], id=id, source=id) for id, kept in reposts.items()]
    cut = {
        f"cut-{share}-{id}": replace(
            article, id=f"cut-{share}-{id}", source="cut", text=shortened(article.text, share)
        )
        for share in SHARES
        for id, article in random.Random(2).sample(sorted(articles.items()), CUT)
    }
    every = articles | {article.id: article for article in again} | cut

    found, *shuffled = (
        in_archive(every, order, commit)
        for order, commit in zip((list(every), disordered(every)), COMMITS, strict=True)
    )
    print(f"pairs that differ when articles come in disorder, {COMMITS[1]} a commit:")
    differ = found ^ shuffled[0]
    print(f"  {len(differ)} of {len(found)}, among real articles {sum(p <= articles.keys() for p in differ)}")
    labelled(articles, found)
    told = sum(Pair(pair) in found for pair in reposts.items())
    print(f"reposts: {told} of {len(reposts)}")
    for share in SHARES:
        for least, most in ((5, 30), (30, 100), (100, 10_000)):
            some = [id for id in cut if id.startswith(f"cut-{share}-")]
            some = [id for id in some if least <= len(Words(cut[id].text)) < most]
            told = sum(Pair((id, id.split("-", 2)[2])) in found for id in some)
            print(f"cut to {share:.0%}, {least}-{most} words left: {told} of {len(some)}")
    marked = {Pair((row["id_a"], row["id_b"])) for row in data.records("near-duplicates.jsonl.gz")}
    beside = [pair for pair in map(Pair, neighbours(articles.values())) if pair not in marked]
    print(f"other articles of an outlet's day: {sum(p in found for p in beside)} of {len(beside)}")
    among = [pair for pair in found if pair <= articles.keys()]
    ((_, largest),) = Counter(id for pair in among for id in pair).most_common(1)
    print(f"pairs among {len(articles)} articles: {len(among)}, at most {largest} of one article")
    far = [pair for pair in among if apart(articles, pair) > 7]
    print(f"more than a week apart: {len(far)}")


def shortened(text: str, share: float) -> str:
    """The beginning of a text, to a word's end."""
    end = text.find(" ", int(len(text) * share))
    return text[:end] if end > 0 else text


def disordered(ids: Iterable[str]) -> list[str]:
    """Ids in an order drawn with a seed."""
    order = list(ids)
    random.Random(1).shuffle(order)
    return order


def in_archive(articles: dict[str, Article], order: list[str], commit: int) -> set[Pair]:
    """The pairs of copies that are found when articles come in this order, so many a commit."""
    with tempfile.TemporaryDirectory() as folder, Copied(Path(folder) / "copies.db", articles.get) as copied:
        begun = time.process_time()
        sketches = [sketched(articles[id]) for id in order]
        sketching = time.process_time() - begun
        commits = []
        for position, some in enumerate(batches(sketches, commit)):
            before = time.process_time()
            copied.place(some)
            copied.save(position)
            commits.append((time.process_time() - before) / len(some))
        keeping = sum(cost * len(some) for cost, some in zip(commits, batches(sketches, commit), strict=True))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        found = {Pair((id, other)) for id in order for other in copied.of(id)}
    per = 1e3 / len(order)
    print(f"{len(order)} articles, {commit} a commit: processor ms an article: sketch {sketching * per:.3f},")
    print(
        f"  finding and keeping {keeping * per:.3f}, in the dearest commit {max(commits) * 1e3:.3f};", end=" "
    )
    print(f"{size / len(order):.0f} bytes an article, with the log")
    return found


def labelled(articles: dict[str, Article], found: Collection[Pair]) -> None:
    """Print the labelled pairs that were found, beside those that the rule takes for copies."""
    rows = list(data.records("near-duplicates.jsonl.gz"))
    words = {id: Words(articles[id].text) for row in rows for id in (row["id_a"], row["id_b"])}
    by_rule = set()
    for row in rows:
        one, other = row["id_a"], row["id_b"]
        if are_copies(articles[one], words[one], articles[other], words[other]):
            by_rule.add(Pair((one, other)))
    taken: dict[bool, int] = {}
    for name, own in (("of two outlets", False), ("of one outlet", True)):
        for least, most in ((0.3, 0.5), (0.5, 0.8), (0.8, 1.01)):
            some = [r for r in rows if r["same_source"] is own and least <= r["jaccard"] < most]
            pairs = [Pair((r["id_a"], r["id_b"])) for r in some]
            count = sum(pair in found for pair in pairs)
            taken[own] = taken.get(own, 0) + count if own else count
            print(
                f"near duplicates {name}, Jaccard {least}-{most:.1f}: {count} of {len(some)} found,"
                f" {sum(pair in by_rule for pair in pairs)} by the rule"
            )
    wanted = sum(not r["same_source"] and r["jaccard"] >= 0.8 for r in rows)
    print(f"precision {taken[False] / (taken[False] + taken[True]):.3f}, recall {taken[False] / wanted:.3f}")
    print(f"of {len(by_rule)} pairs by the rule {len(by_rule - set(found))} are not found;", end=" ")
    missed = [r["jaccard"] for r in rows if Pair((r["id_a"], r["id_b"])) in by_rule - set(found)]
    print(f"their largest Jaccard {max(missed, default=0.0):.2f}")


def apart(articles: dict[str, Article], pair: Pair) -> float:
    """Days between two articles; none where one has no date."""
    first, last = (articles[id].published for id in pair)
    return abs((last - first).total_seconds()) / 86_400 if first and last else 0.0


def neighbours(articles: Iterable[Article]) -> list[tuple[str, str]]:
    """Pairs of articles that one outlet published one after the other."""
    days: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for article in articles:
        if article.published:
            days[article.source or "", f"{article.published:%Y-%m-%d}"].append(article.id)
    return [pair for ids in days.values() for pair in pairwise(ids)]


if __name__ == "__main__":
    main()
