"""Where the real data is, and how its files are read."""

import gzip
import json
import os
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from search.article import Article

ROOT = Path(__file__).parent.parent


def folder() -> Path:
    """The folder of real data; ends the program where it is not at hand."""
    path = Path(os.environ.get("SVODKA_DATA") or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        sys.exit(f"no real data: {path} is not there; set SVODKA_DATA")
    return path


def rows(name: str | Path) -> Iterator[list[str]]:
    """The rows of a tab-separated file of the real data, or of a path, without comments."""
    path = name if isinstance(name, Path) else folder() / name
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    for line in text.split("\n"):
        if line and not line.startswith("#"):
            yield line.split("\t")


def records(pattern: str) -> Iterator[dict[str, Any]]:
    """The records of all files of JSON Lines whose names match."""
    for path in sorted(folder().glob(pattern)):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def articles() -> Iterator[Article]:
    """The articles of the development set."""
    return map(Article.from_record, records("news-*.jsonl.gz"))


def mixed(size: int, seed: int = 20_240_601) -> Iterator[Article]:
    """So many articles of sentences drawn from all over the development set, as long as real ones."""
    real = list(articles())
    sentences = [line for article in real for line in article.text.replace(". ", ".\n").split("\n") if line]
    chance = random.Random(seed)
    for number in range(size):
        model, left, text = chance.choice(real), len(chance.choice(real).text), []
        while left > 0:
            text.append(chance.choice(sentences))
            left -= len(text[-1]) + 1
        yield replace(model, id=f"mixed-{number}", url=None, text=" ".join(text), extra={})
