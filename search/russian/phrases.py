"""The words and phrases of a title that a reader may be offered to ask for."""

from collections.abc import Iterable, Iterator

from search.russian.folding import fold
from search.russian.lemmas import is_weak
from search.russian.tokens import Token, tokenise

MOST_WORDS = 4
SEPARATOR = "\t"


def phrases(title: str) -> list[str]:
    """The words and phrases of a title that may be suggested, as folded key, tabulator, text."""
    found: dict[str, None] = {}
    for run in _runs(title):
        folded, telling = [fold(word.text) for word in run], [_tells(word) for word in run]
        for first in range(len(run)):
            for last in range(first, min(len(run), first + MOST_WORDS)):
                if telling[first] and telling[last]:
                    text = title[run[first].start : run[last].end]
                    found[" ".join(folded[first : last + 1]) + SEPARATOR + " ".join(text.split())] = None
    return list(found)


def key(words: Iterable[Token]) -> str:
    """What phrases are looked up by."""
    return " ".join(fold(word.text) for word in words)


def _runs(title: str) -> Iterator[list[Token]]:
    """The words of a title with nothing but spaces between them."""
    run: list[Token] = []
    for token in tokenise(title):
        if run and title[run[-1].end : token.start].strip():
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _tells(word: Token) -> bool:
    return word.kind != "number" and len(word.text) > 1 and not is_weak(fold(word.text))
