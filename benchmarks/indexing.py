"""Raw text → searchable, side by side: this program and its peers, the same lemmatizer in front of each.

python -m benchmarks.indexing [N] [ENGINE …]   rates over the development set, or N of its articles
python -m benchmarks.indexing commits N …      what one more article costs on archives of so many

Each engine runs in a process of its own, which two others feed with analysed articles. Compare within one run
only; where others use the machine, processor seconds (cpu) tell more than the clock.
"""

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import commits, data
from indexer.loading import lean
from search.article import Article
from search.document import Documents
from search.engines import open_engine
from search.russian.forms import Forms
from search.terms import GRAIN

WORKERS = 2
BATCH = 250
COMMIT_EVERY = 10_000
SAMPLE = 3_000  # articles that stock Whoosh is given; its seconds are scaled
HEAP = 256 << 20
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
_forms = Forms(GRAIN)


@dataclass(frozen=True, slots=True)
class Row:
    """An article as a peer indexes it: its words as one string for each field, and what is stored."""

    id: str
    title: str
    text: str
    stored: bytes


def ours(articles: list[Article], folder: Path) -> None:
    """This program."""
    with open_engine("whoosh:", folder).writer() as writer:
        done = 0
        for documents in prepared(documented, articles):
            writer.put(documents)
            done += len(documents)
            if done % COMMIT_EVERY == 0:
                writer.commit(done)
        writer.commit(done)


def tantivy(lemmatize: Callable[[list[Article]], list[Row]]) -> Callable[[list[Article], Path], None]:
    """Tantivy, with one thread of its own."""

    def build(articles: list[Article], folder: Path) -> None:
        from tantivy import Document, Index, SchemaBuilder

        schema = SchemaBuilder()
        schema.add_text_field("id", stored=True, tokenizer_name="raw")
        schema.add_bytes_field("record", stored=True)
        for name in ("title", "text"):
            schema.add_text_field(name, tokenizer_name="whitespace")
        folder.mkdir(parents=True)
        writer = Index(schema.build(), str(folder)).writer(HEAP, 1)
        for rows in prepared(lemmatize, articles):
            for row in rows:
                writer.add_document(Document(id=row.id, title=row.title, text=row.text, record=row.stored))
        writer.commit()
        writer.wait_merging_threads()

    return build


def fts5(articles: list[Article], folder: Path) -> None:
    """SQLite's FTS5."""
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "fts.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE VIRTUAL TABLE news USING fts5(title, text, content='', tokenize='unicode61')")
    connection.execute("CREATE TABLE stored (id TEXT PRIMARY KEY, record BLOB)")
    for rows in prepared(one_lemma, articles):
        connection.executemany(
            "INSERT INTO news (title, text) VALUES (?, ?)", [(r.title, r.text) for r in rows]
        )
        connection.executemany("INSERT INTO stored VALUES (?, ?)", [(r.id, r.stored) for r in rows])
    connection.commit()
    connection.close()


def stock_whoosh(articles: list[Article], folder: Path) -> None:
    """Whoosh 2.7.4 as it is."""
    from whoosh import fields, index
    from whoosh.analysis import SpaceSeparatedTokenizer

    folder.mkdir(parents=True)
    words = SpaceSeparatedTokenizer()
    schema = fields.Schema(
        id=fields.ID(), title=fields.TEXT(words), text=fields.TEXT(words), record=fields.STORED()
    )
    writer = index.create_in(str(folder), schema).writer(limitmb=HEAP >> 20)
    for rows in prepared(one_lemma, articles):
        for row in rows:
            writer.add_document(id=row.id, title=row.title, text=row.text, record=row.stored)
    writer.commit()


def xapian(articles: list[Article], folder: Path) -> None:
    """Xapian, where Debian's package of it is installed."""
    sys.path.append("/usr/lib/python3/dist-packages")
    import xapian as library

    folder.mkdir(parents=True)
    database = library.WritableDatabase(str(folder / "db"), library.DB_CREATE)
    for rows in prepared(one_lemma, articles):
        for row in rows:
            document = library.Document()
            document.set_data(row.stored)
            document.add_boolean_term("Q" + row.id)
            for prefix, words in (("S", row.title), ("", row.text)):
                for place, word in enumerate(words.split(" ")):
                    document.add_posting((prefix + word)[:100], place)
            database.add_document(document)
    database.commit()


def documented(articles: list[Article]) -> Documents:
    """Articles analysed for this program."""
    documents = Documents(articles)
    documents.analyse()
    return documents


def one_lemma(articles: list[Article]) -> list[Row]:
    """Articles as their words' likeliest lemmas: less than this program indexes."""
    return [_row(article, _likeliest) for article in articles]


def all_terms(articles: list[Article]) -> list[Row]:
    """Articles as all terms this program indexes: forms, lemmas, sounds."""
    return [_row(article, _every) for article in articles]


def _row(article: Article, words: Callable[[str], str]) -> Row:
    stored = json.dumps(article.record(), ensure_ascii=False).encode()
    return Row(article.id, words(article.title), words(article.text), stored)


def _every(text: str) -> str:
    _, codes, _ = _forms.terms(_forms.occurrences(text).forms)
    return " ".join(map(_forms.names.__getitem__, codes.tolist()))


def _likeliest(text: str) -> str:
    sizes, codes, _ = _forms.terms(_forms.occurrences(text).forms)
    second = np.cumsum(sizes) - sizes + (sizes > 1)  # the first is the exact form
    return " ".join(map(_forms.names.__getitem__, codes[second].tolist()))


ENGINES: dict[str, Callable[[list[Article], Path], None]] = {
    "ours": ours,
    "tantivy": tantivy(one_lemma),
    "tantivy-all-terms": tantivy(all_terms),
    "fts5": fts5,
    "xapian": xapian,
    "whoosh": stock_whoosh,
}


def prepared(prepare: Callable[[list[Article]], Any], articles: list[Article]) -> Iterator[Any]:
    """What the analysing processes make of the articles, in their order."""
    with ProcessPoolExecutor(WORKERS, get_context("spawn"), lean) as pool:
        ahead: deque[Future[Any]] = deque()
        waiting = iter(articles)
        while batch := list(islice(waiting, BATCH)):
            ahead.append(pool.submit(prepare, batch))
            if len(ahead) > 2 * WORKERS:
                yield ahead.popleft().result()
        while ahead:
            yield ahead.popleft().result()


def run(name: str, most: int) -> None:
    """Build one index, and print what it took as one object."""
    articles = list(data.articles())
    random.Random(1).shuffle(articles)
    articles = articles[: min(most, SAMPLE) if name == "whoosh" else most]
    with tempfile.TemporaryDirectory(prefix="svodka-indexing-") as place:
        folder = Path(place) / "index"
        before, started = processor_seconds(), time.perf_counter()
        ENGINES[name](articles, folder)
        seconds = time.perf_counter() - started
        used = [after - one for after, one in zip(processor_seconds(), before, strict=True)]
        size = sum(path.stat().st_size for path in folder.rglob("*"))
    count = len(articles)
    each = [1000 * one / count for one in used]
    print(json.dumps({"rate": count / seconds, "cpu": each, "kb": size / count / 1000, "peaks": peaks()}))


def processor_seconds() -> list[float]:
    """What this process has used, and what those it waited for have."""
    return [usage.ru_utime + usage.ru_stime for usage in map(resource.getrusage, WHO)]


def peaks() -> list[float]:
    """The most memory, in MB, that this process has used, and the largest of those it waited for."""
    return [usage.ru_maxrss / 1024 for usage in map(resource.getrusage, WHO)]


def main(names: list[str], most: int) -> None:
    """Run each engine and print them as a table; the ratios are the first one's speed to each one's."""
    first: dict[str, float] = {}
    print("                     articles/s      cpu ms an article         KB an   peak MB")
    print("engine               rate  ratio  index analysis  sum ratio  article  writer analyser")
    for name in names or ENGINES:
        command = [sys.executable, "-m", "benchmarks.indexing", "run", str(most), name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:18} not run: {done.stderr.strip().splitlines()[-1]}")
            continue
        found = json.loads(done.stdout)
        (index, analysis), (own, other) = found["cpu"], found["peaks"]
        first = first or {"rate": found["rate"], "cpu": index + analysis}
        rates = f"{found['rate']:7.0f} {first['rate'] / found['rate']:6.2f}"
        cpu = f"{index:6.2f} {analysis:8.2f} {index + analysis:5.2f} {(index + analysis) / first['cpu']:5.2f}"
        print(f"{name:18} {rates} {cpu} {found['kb']:8.1f} {own:7.0f} {other:8.0f}", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", most, name]:
            run(name, int(most))
        case ["commits", *sizes]:
            commits.main([int(size) for size in sizes])
        case [most, *names] if most.isdigit():
            main(names, int(most))
        case names:
            main(names, sys.maxsize)
