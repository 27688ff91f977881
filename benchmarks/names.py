"""Base forms of names: ours beside pymorphy3's first parse, on mentions whose lemmas people wrote.

python -m benchmarks.names
"""

from collections import Counter
from collections.abc import Callable

from benchmarks import data
from search.russian import names
from search.russian.analysis import readings
from search.russian.folding import fold
from search.russian.morphology import morphology
from search.russian.tokens import tokenise

Lemmatise = Callable[[str, bool], list[str]]  # a folded form, whether it has a capital


def first_parse(form: str, _: bool) -> list[str]:
    """The baseline."""
    return [fold(morphology().parse(form)[0].normal_form)]


def alone(form: str, capitalised: bool) -> list[str]:
    """All readings of a form, likeliest first."""
    return [lemma for lemma, _ in readings(form, capitalised=capitalised, first=False)]


def voted() -> Lemmatise:
    """All readings after the vote of the archive the mentions are from."""
    counts: Counter[str] = Counter()
    for record in data.records("news-bsnlp.jsonl.gz"):
        counts.update({fold(token.text) for token in tokenise(f"{record['title']} {record['text']}")})

    def lemmas(form: str, capitalised: bool) -> list[str]:
        found = readings(form, capitalised=capitalised, first=False)
        return [lemma for lemma, _ in names.elected(form, found, lambda other: counts[other])]

    return lemmas


def measure(name: str, lemmatise: Lemmatise) -> None:
    """Print the share of mentions whose lemma is among ours, and is our first, by type."""
    total: Counter[str] = Counter()
    among: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for record in data.records("ner-bsnlp.jsonl.gz"):
        for mention in record["mentions"]:
            forms = [token.text for token in tokenise(mention["text"])]
            lemmas = [fold(token.text) for token in tokenise(mention["lemma"])]
            found = [lemmatise(fold(form), form[:1].isupper()) for form in forms]
            same = len(forms) == len(lemmas)
            for kind in (mention["type"], "all"):
                total[kind] += 1
                among[kind] += same and all(x in f for x, f in zip(lemmas, found, strict=True))
                first[kind] += same and all(f[:1] == [x] for x, f in zip(lemmas, found, strict=True))
    print(name)
    for kind, count in total.items():
        print(f"  {kind:4} {count:6}  among {among[kind] / count:.3f}  first {first[kind] / count:.3f}")


if __name__ == "__main__":
    measure("pymorphy3's first parse", first_parse)
    measure("ours, each form alone", alone)
    measure("ours, after the archive's vote", voted())
