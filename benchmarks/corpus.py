"""Lemmatized articles for the benchmarks of speed: the development set, and larger sets of its sentences.

A word is a number here, so that every engine is given the very same words and none has to take a text apart.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import data
from search.russian import analysis

SEED = 20_240_601
DEVELOPMENT = 0  # the size that stands for the development set as it is
_MARKS = ("=", "#", "~")
_STEM = "corpus"
_YEARS = 12
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Corpus:
    """Articles in columns: article n has the words `codes[ends[n-1]:ends[n]]` and the date `dates[n]`.

    `titles` are the words of real titles, which questions are made of.
    """

    codes: NDArray[np.uint32]
    ends: Numbers
    dates: Numbers
    titles: list[list[int]]

    def __len__(self) -> int:
        return len(self.ends)

    def articles(self) -> Iterator[tuple[NDArray[np.uint32], int]]:
        """The words and the date (seconds since 1970) of each article."""
        begin = 0
        for end, date in zip(self.ends.tolist(), self.dates.tolist(), strict=True):
            yield self.codes[begin:end], date
            begin = end


def word(code: int) -> str:
    """The word of a number."""
    return f"w{code}"


def corpus(size: int, folder: Path) -> Corpus:
    """The development set, or so many articles mixed of its sentences with a seed; kept in the folder."""
    real = _real(folder)
    return real[0] if size == DEVELOPMENT else _mixed(size, *real)


def _real(folder: Path) -> tuple[Corpus, Numbers]:
    """The development set, and where its sentences end."""
    path = folder / f"{_STEM}.npz"
    if not path.exists():
        _lemmatize(path)
    with np.load(path) as file:
        kept = dict(file)
    bounds = pairwise([0, *kept["title_ends"].tolist()])
    titles = [kept["titles"][begin:end].tolist() for begin, end in bounds]
    return Corpus(kept["codes"], kept["ends"], kept["dates"], titles), kept["sentences"]


def _lemmatize(path: Path) -> None:
    known: dict[str, int] = {}
    codes: list[int] = []
    titles: list[int] = []
    ends, dates, sentences, title_ends = [], [], [], []
    chance = random.Random(SEED)
    for article in data.articles():
        titles += _words(article.title, known)
        title_ends.append(len(titles))
        for line in article.text.replace(". ", ".\n").split("\n"):
            if found := _words(line, known):
                codes += found
                sentences.append(len(codes))
        ends.append(len(codes))
        moment = article.published or datetime(2012 + chance.randrange(_YEARS), 1, 1, tzinfo=UTC)
        dates.append(int(moment.timestamp()))
    path.parent.mkdir(parents=True, exist_ok=True)
    columns: dict[str, Any] = {"ends": ends, "dates": dates, "sentences": sentences, "title_ends": title_ends}
    np.savez(
        path,
        codes=np.array(codes, dtype=np.uint32),
        titles=np.array(titles, dtype=np.int64),
        **{name: np.array(column, dtype=np.int64) for name, column in columns.items()},  # type: ignore[arg-type]
    )


def _words(text: str, known: dict[str, int]) -> list[int]:
    """The likeliest lemma of each token; its exact form where it has none."""
    found = []
    for token in analysis.analyse(text):
        lemmas = [(weight, term) for term, weight in token.terms if not term.startswith(_MARKS)]
        term = max(lemmas)[1] if lemmas else token.terms[0][0]
        found.append(known.setdefault(term, len(known)))
    return found


def _mixed(size: int, real: Corpus, sentences: Numbers) -> Corpus:
    """Articles as long as real ones, of sentences drawn from all over the set."""
    chance = np.random.default_rng(SEED)
    lengths = np.diff(real.ends, prepend=0)[chance.integers(0, len(real), size)]
    wanted = np.cumsum(lengths)
    sizes = np.diff(sentences, prepend=0)
    mean = float(sizes.mean())
    drawn = chance.integers(0, len(sentences), int(wanted[-1] / mean * 1.02) + 10)
    lasts = np.cumsum(sizes[drawn])
    at = np.minimum(np.searchsorted(lasts, wanted), len(lasts) - 1)
    drawn, lasts = drawn[: at[-1] + 1], lasts[: at[-1] + 1]
    begins = (sentences - sizes)[drawn] - (lasts - sizes[drawn])
    codes = real.codes[np.arange(lasts[-1]) + np.repeat(begins, sizes[drawn])]
    dates = real.dates[chance.integers(0, len(real), size)]
    return Corpus(codes, lasts[at], dates, real.titles)
