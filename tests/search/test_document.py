"""Articles analysed together have the terms that the rules give each of them alone."""

from collections import defaultdict

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from search import ranking
from search.article import Article
from search.document import Document, Documents
from search.russian import analysis
from search.terms import GRAIN, Terms

WORDS = """
МОСТ Мост мост МИДа КарТУ Токаева токаева премьер-Министр Kaspi.kz QARMET Қарағанды 5,5 .5 2024-25 1941 ТЭЦ-3
é за\u0301мок пере\u00adезд о'нил — ! … « . , : ? № ² 😀
"""
pieces = st.sampled_from([*WORDS.split(), "10\u00a0000", "\n", "\n\n"])
texts = st.lists(st.lists(pieces, max_size=25).map(" ".join), max_size=5)
Seen = dict[str, tuple[float, list[int]]]


def by_the_rules(text: str) -> tuple[Seen, list[tuple[int, int]]]:
    """The postings of a text and its tokens, as the rules give them token by token."""
    weights: defaultdict[str, float] = defaultdict(float)
    positions: defaultdict[str, list[int]] = defaultdict(list)
    tokens = list(analysis.analyse(text))
    for place, token in enumerate(tokens):
        for term, weight in token.terms:
            lead = float(ranking.lead(np.array([place]))[0])
            weights[term] += max(1, round(weight * GRAIN)) * lead / GRAIN
            positions[term] += [] if term.startswith(analysis.FAMILY) else [place]
    return {term: (weights[term], positions[term]) for term in weights}, [(t.start, t.end) for t in tokens]


def alone(terms: Terms) -> tuple[Seen, list[tuple[int, int]]]:
    seen = {name: (posting.weight, posting.positions.tolist()) for name, posting in terms.postings.items()}
    return seen, list(zip(terms.starts.tolist(), terms.ends.tolist(), strict=True))


def together(terms: Terms, number: int) -> tuple[Seen, list[tuple[int, int]]]:
    """What terms of several articles say of one of them."""
    name = np.repeat(np.arange(len(terms.names)), terms.having)
    ends = np.cumsum(terms.counts, dtype=np.int64)
    seen = {
        terms.names[name[at]]: (
            int(terms.weights[at]) / GRAIN,
            terms.positions[int(ends[at]) - int(terms.counts[at]) : int(ends[at])].tolist(),
        )
        for at in np.flatnonzero(terms.articles == number).tolist()
    }
    first, last = np.cumsum([0, *terms.lengths.tolist()])[number : number + 2]
    tokens = zip(terms.starts[first:last].tolist(), terms.ends[first:last].tolist(), strict=True)
    return seen, list(tokens)


@given(texts)
@example(["МОСТ МОСТ МОСТ\nМост", "", "— \nДТП", "ВСЕ НА МОСТ"])
def test_many_texts_have_the_terms_of_each(some: list[str]) -> None:
    terms = Terms.of(*some)
    for number, text in enumerate(some):
        assert together(terms, number) == by_the_rules(text) == alone(Terms.of(text))


def test_long_text_is_counted_to_its_end() -> None:
    count = 70_000
    terms = Terms.of("мост " * count + "река")
    assert terms.length == count + 1
    weight, positions = terms.postings["=мост"]
    assert (weight, len(positions), positions[-1]) == (ranking.lead(np.arange(count)).sum(), count, count - 1)
    assert terms.postings["=река"].positions.tolist() == [count]


def test_documents_are_those_of_their_articles() -> None:
    articles = [Article(id=str(n), title=f"Мост {n}", text="Река", tags=("а", "б")[:n]) for n in range(3)]
    documents = Documents(articles)
    assert list(documents) == [Document(article) for article in articles]
    assert list(documents[1:]) == [Document(article) for article in articles[1:]]
    labels = documents.terms["tag"]
    assert dict(zip(labels.names, labels.having.tolist(), strict=True)) == {"а": 2, "б": 1}
