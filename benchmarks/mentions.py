"""Are names found where people marked them, told in the base form people wrote, and kept together?

python -m benchmarks.mentions

Spans: exact ones on ner.jsonl.gz, outermost where they are nested. Base forms and groups: on the mentions of
ner-bsnlp.jsonl.gz as people listed them, all articles at once. Two mentions belong together where they are of
one entity; that of a country and of its short name, too, which no rule of ours knows. Time: of the models and
of what we do with what they find, on the articles of the development set, each alone on one processor.
"""

import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import data
from indexer import finding
from indexer.named import Found, Mention, Named, digest
from search.names import KINDS, name_key
from search.russian.folding import fold
from search.russian.mentions import words
from search.russian.morphology import morphology

ROUNDS = 1_000
TIMED = 500
OF = {"PER": "person", "ORG": "org", "LOC": "place"}
Spans = set[tuple[int, int, str]]


def outermost(entities: Iterable[dict[str, Any]]) -> Spans:
    """The people, organisations and places that are not within another."""
    found: Spans = set()
    end = -1
    kinds = [entity for entity in entities if entity["type"]]
    for entity in sorted(kinds, key=lambda entity: (entity["start"], -entity["end"])):
        if entity["start"] >= end:
            found.add((entity["start"], entity["end"], OF[entity["type"]]))
            end = entity["end"]
    return found


def f1(right: float, found: float, wanted: float) -> tuple[float, float, float]:
    """F1, precision and recall."""
    return 2 * right / max(1.0, found + wanted), right / max(1.0, found), right / max(1.0, wanted)


def measure_spans() -> None:
    """Print how exactly spans are found, by corpus and kind."""
    counts: defaultdict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for row in data.records("ner.jsonl.gz"):
        wanted, found = outermost(row["entities"]), set(finding.spans(row["text"]))
        for kind in KINDS:
            own, theirs = ({span for span in some if span[2] == kind} for some in (found, wanted))
            for corpus in (row["corpus"], "all"):
                counts[corpus, kind].append((len(own & theirs), len(own), len(theirs)))
    dice = np.random.default_rng(1)
    for (corpus, kind), rows in sorted(counts.items()):
        table = np.array(rows)
        figure, precision, recall = f1(*table.sum(axis=0))
        draws = (table[dice.integers(0, len(table), len(table))].sum(axis=0) for _ in range(ROUNDS))
        low, high = np.percentile([f1(*draw)[0] for draw in draws], [2.5, 97.5])
        print(f"{corpus:16} {kind:6} F1 {figure:.3f} [{low:.3f}, {high:.3f}]", end=" ")
        print(f"precision {precision:.3f} recall {recall:.3f} of {table[:, 2].sum()}")


Listed = list[tuple[str, dict[str, Any]]]  # an article's id, and a mention
Told = tuple[str, str]  # its base form, and the name it is of


def named_by_us(listed: Listed) -> list[Told]:
    """The base form of each mention, and the name it is of in its article."""
    by_article: defaultdict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for id, mention in listed:
        by_article[id].setdefault((OF[mention["type"]], mention["text"]), len(by_article[id]))
    with tempfile.TemporaryDirectory() as folder, Named(Path(folder) / "names.db") as named:
        found = [
            Found(id, "", tuple(Mention(*surface, 1, place) for surface, place in surfaces.items()))
            for id, surfaces in by_article.items()
        ]
        named.take(0, 1, found)
        told = {
            (id, one.kind, one.surface): (one.base, one.name)
            for id in by_article
            for one in named.standing(id)
        }
    return [told[id, OF[mention["type"]], mention["text"]] for id, mention in listed]


def named_by_first_parse(listed: Listed) -> list[Told]:
    """The baseline: each word as pymorphy3 reads it first."""
    found = []
    for _, mention in listed:
        name = " ".join(morphology().parse(form)[0].normal_form for form in words(mention["text"]))
        found.append((name, name))
    return found


def measure_names(method: str, name: Callable[[Listed], list[Told]], listed: Listed) -> None:
    """Print how often the base form is the one people wrote, and how well entities are kept together."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    own: Counter[tuple[str, str]] = Counter()
    theirs: Counter[tuple[str, str]] = Counter()
    both: Counter[tuple[str, str, str]] = Counter()
    for (_, mention), (base, told) in zip(listed, name(listed), strict=True):
        kind, wanted = mention["type"], mention["lemma"]
        total[kind] += 1
        right[kind] += sorted(map(fold, words(base))) == sorted(map(fold, words(wanted)))
        own[kind, name_key(told)] += 1
        theirs[kind, mention["entity"]] += 1
        both[kind, name_key(told), mention["entity"]] += 1
    for kind in OF:
        pairs = [
            sum(n * (n - 1) // 2 for key, n in some.items() if key[0] == kind) for some in (both, own, theirs)
        ]
        figure, precision, recall = f1(*pairs)
        print(
            f"{method:12} {OF[kind]:6} base form {right[kind] / total[kind]:.3f} of {total[kind]};", end=" "
        )
        print(f"together: F1 {figure:.3f} precision {precision:.3f} recall {recall:.3f}")


def measure_time() -> None:
    """Print what an article costs."""
    articles = list(data.articles())
    some = [articles[at] for at in np.random.default_rng(1).permutation(len(articles))[:TIMED]]
    finding.mentions(some[0])  # the models are loaded
    models, all_ = [], []
    with tempfile.TemporaryDirectory() as folder, Named(Path(folder) / "names.db") as named:
        for number, article in enumerate(some):
            start = time.process_time()
            mentions = finding.mentions(article)
            models.append(time.process_time() - start)
            named.take(number, number + 1, [Found(article.id, digest(article), mentions)])
            all_.append(time.process_time() - start)
    for what, seconds in (("models", models), ("with names settled", all_)):
        p50, p95 = np.percentile(seconds, [50, 95]) * 1000
        print(
            f"{what:20} {len(some) / sum(seconds):.0f} articles/s; p50 {p50:.0f} ms, p95 {p95:.0f} ms,",
            end=" ",
        )
        print(f"worst {max(seconds) * 1000:.0f} ms")


if __name__ == "__main__":
    mentions_: Listed = [
        (row["id"], mention)
        for row in data.records("ner-bsnlp.jsonl.gz")
        for mention in row["mentions"]
        if mention["type"] in OF
    ]
    measure_names("first parse", named_by_first_parse, mentions_)
    measure_names("ours", named_by_us, mentions_)
    measure_time()
    measure_spans()
