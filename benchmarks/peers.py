"""The peers of the quality benchmark: each indexes the same articles and gives ids, best first."""

import re
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import bm25s
import Stemmer
import tantivy
from whoosh import fields, index
from whoosh.analysis import LanguageAnalyzer
from whoosh.qparser import MultifieldParser, OrGroup

from search.answer import answer
from search.article import Article
from search.asking import read_question
from search.document import Document
from search.engines import open_engine

DEEP = 30  # how many ids are asked for: those of the question's own article are taken off
Ask = Callable[[str, bool], list[str]]  # question, whether only the body counts
_WORD = re.compile(r"\w+")


def ours(articles: Sequence[Article], folder: Path) -> Ask:
    """This program, by the way the API goes."""
    engine = open_engine("whoosh:", folder)
    with engine.writer() as writer:
        for start in range(0, len(articles), 4000):
            writer.put(Document(article) for article in articles[start : start + 4000])
            writer.commit(start)
    return opened(folder)


def opened(folder: Path) -> Ask:
    """This program over an index that is there."""
    reader = open_engine("whoosh:", folder).reader()
    now = datetime.now(UTC)

    def ask(q: str, body: bool) -> list[str]:
        pairs = [("q", q), ("per_page", str(DEEP)), ("snippets", "0"), ("in", "text" if body else "all")]
        return [hit.article.id for hit in answer(reader, read_question(pairs, UTC), now).page.hits]

    return ask


def snowball_bm25(articles: Sequence[Article], _: Path) -> Ask:
    """BM25 (k1 1.2, b 0.75) over Snowball stems."""
    ids = [article.id for article in articles]
    indexes = []
    for texts in ([f"{a.title} {a.text}" for a in articles], [a.text for a in articles]):
        retriever = bm25s.BM25(k1=1.2, b=0.75)
        retriever.index([stems(text) for text in texts], show_progress=False)
        indexes.append(retriever)

    def ask(q: str, body: bool) -> list[str]:
        found, _ = indexes[body].retrieve([stems(q)], k=DEEP, show_progress=False)
        return [ids[number] for number in found[0]]

    return ask


def tantivy_russian(articles: Sequence[Article], _: Path) -> Ask:
    """Tantivy with its Russian stemmer."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    for name in ("title", "text"):
        builder.add_text_field(name, tokenizer_name="ru_stem")
    place = tantivy.Index(builder.build())
    analyzer = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.lowercase())
        .filter(tantivy.Filter.stemmer("russian"))
        .build()
    )
    place.register_tokenizer("ru_stem", analyzer)
    writer = place.writer(heap_size=256_000_000)
    for article in articles:
        writer.add_document(tantivy.Document(id=article.id, title=article.title, text=article.text))
    writer.commit()
    place.reload()
    searcher = place.searcher()

    def ask(q: str, body: bool) -> list[str]:
        query = place.parse_query(" ".join(_WORD.findall(q.lower())), ["text"] if body else ["title", "text"])
        return [searcher.doc(address)["id"][0] for _, address in searcher.search(query, DEEP).hits]

    return ask


def fts5(articles: Sequence[Article], _: Path) -> Ask:
    """SQLite's FTS5 over Snowball stems."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE news USING fts5(id UNINDEXED, title, text)")
    rows = ((a.id, " ".join(stems(a.title)), " ".join(stems(a.text))) for a in articles)
    connection.executemany("INSERT INTO news VALUES (?, ?, ?)", rows)

    def ask(q: str, body: bool) -> list[str]:
        words = " OR ".join(f'"{stem}"' for stem in dict.fromkeys(stems(q)))
        if not words:
            return []
        match = f"text : ({words})" if body else words
        sql = "SELECT id FROM news WHERE news MATCH ? ORDER BY bm25(news) LIMIT ?"
        return [row[0] for row in connection.execute(sql, (match, DEEP))]

    return ask


def stock_whoosh(articles: Sequence[Article], folder: Path) -> Ask:
    """Whoosh as it is, with its analyzer of Russian."""
    folder.mkdir(parents=True)
    analyzer = LanguageAnalyzer("ru")
    schema = fields.Schema(
        id=fields.ID(stored=True), title=fields.TEXT(analyzer=analyzer), text=fields.TEXT(analyzer=analyzer)
    )
    place = index.create_in(str(folder), schema)
    writer = place.writer(limitmb=512)
    for article in articles:
        writer.add_document(id=article.id, title=article.title, text=article.text)
    writer.commit()
    searcher = place.searcher()
    parsers = [MultifieldParser(names, schema, group=OrGroup) for names in (["title", "text"], ["text"])]

    def ask(q: str, body: bool) -> list[str]:
        query = parsers[body].parse(" ".join(_WORD.findall(q)))
        return [hit["id"] for hit in searcher.search(query, limit=DEEP)]

    return ask


PEERS: dict[str, Callable[[Sequence[Article], Path], Ask]] = {
    "Snowball BM25": snowball_bm25,
    "Tantivy": tantivy_russian,
    "SQLite FTS5": fts5,
    "Whoosh ru": stock_whoosh,
}
_stemmer = Stemmer.Stemmer("russian")


def stems(text: str) -> list[str]:
    """The Snowball stems of a text's words."""
    return [_stem(word) for word in _WORD.findall(text.lower().replace("ё", "е"))]


@lru_cache(maxsize=1_000_000)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def temporary() -> Path:
    """A folder for one run."""
    return Path(tempfile.mkdtemp(prefix="svodka-quality-"))
