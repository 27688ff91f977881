"""The engines that the benchmark of questions runs side by side, over the same lemmatized articles.

Each builds its index in a folder, opens it, and makes of a question something that can be called: the number
of articles found (or 0 where the engine is not asked for it) and the ten best, as the engine numbers them.
"""

import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpus import Corpus, word
from search.article import Article
from search.columns import smallest
from search.document import Documents
from search.engines.whoosh.engine import WhooshEngine, WhooshReader
from search.query import LABELS, AllOf, Alternative, AnyOf, Filters, In, Node, Phrase, Query, Via, Word
from search.terms import GRAIN, Terms

TOP = 10
Found = tuple[int, list[int]]
Ask = Callable[[], Found]
Prepare = Callable[["Asked"], Ask]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its kind, its words, and for the kind "date" the range (seconds, the end outside)."""

    kind: str
    words: tuple[str, ...]
    since: int = 0
    until: int = 0


class Whoosh:
    """Whoosh 2.7.4 as it is."""

    def build(self, corpus: Corpus, folder: Path) -> None:
        from whoosh import fields, index
        from whoosh.analysis import SpaceSeparatedTokenizer

        text = fields.TEXT(analyzer=SpaceSeparatedTokenizer())
        place = index.create_in(str(folder), fields.Schema(text=text, date=fields.NUMERIC(int, 64)))
        writer = place.writer(limitmb=512)
        for codes, date in corpus.articles():
            writer.add_document(text=" ".join(map(word, codes.tolist())), date=date)
        writer.commit()

    def open(self, folder: Path) -> Prepare:
        from whoosh import index, query

        searcher = index.open_dir(str(folder)).searcher()

        def prepare(asked: Asked) -> Ask:
            terms = [query.Term("text", one) for one in asked.words]
            whole: Any = query.Or(terms) if asked.kind == "or" else query.And(terms)
            if asked.kind == "phrase":
                whole = query.Phrase("text", list(asked.words))
            dates = None
            if asked.kind == "date":
                dates = query.NumericRange("date", asked.since, asked.until, endexcl=True)

            def ask() -> Found:
                results = searcher.search(whole, limit=TOP, filter=dates)
                return 0, [number for _, number in results.top_n]

            return ask

        return prepare


class Tantivy:
    """Tantivy; asked for the number of articles found, too, where `counting`."""

    def __init__(self, counting: bool) -> None:
        self._counting = counting

    def _schema(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", tokenizer_name="whitespace")
        builder.add_integer_field("date", indexed=True, fast=True)
        return builder.build()

    def build(self, corpus: Corpus, folder: Path) -> None:
        import tantivy

        place = tantivy.Index(self._schema(), path=str(folder))
        writer = place.writer(heap_size=1_000_000_000, num_threads=1)
        for codes, date in corpus.articles():
            writer.add_document(tantivy.Document(text=" ".join(map(word, codes.tolist())), date=date))
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> Prepare:
        import tantivy
        from tantivy import FieldType, Occur
        from tantivy import Query as Q

        schema = self._schema()
        place = tantivy.Index.open(str(folder))
        searcher = place.searcher()
        counting = self._counting

        def prepare(asked: Asked) -> Ask:
            terms = [Q.term_query(schema, "text", one) for one in asked.words]
            occur = Occur.Should if asked.kind == "or" else Occur.Must
            parts = [(occur, term) for term in terms]
            if asked.kind == "date":
                dates = Q.range_query(
                    schema, "date", FieldType.Integer, asked.since, asked.until, include_upper=False
                )
                parts.append((Occur.Must, Q.const_score_query(dates, 0.0)))
            whole = Q.boolean_query(parts)
            if asked.kind == "phrase":
                whole = Q.phrase_query(schema, "text", list(asked.words))

            def ask() -> Found:
                result: Any = searcher.search(whole, TOP, count=counting)
                return result.count or 0, [address.doc for _, address in result.hits]

            return ask

        return prepare


class Fts5:
    """SQLite's FTS5."""

    def build(self, corpus: Corpus, folder: Path) -> None:
        connection = sqlite3.connect(folder / "news.db")
        connection.execute("CREATE VIRTUAL TABLE news USING fts5(text, content='')")
        connection.execute("CREATE TABLE dates(id INTEGER PRIMARY KEY, date INTEGER)")
        for number, (codes, date) in enumerate(corpus.articles()):
            text = " ".join(map(word, codes.tolist()))
            connection.execute("INSERT INTO news(rowid, text) VALUES (?, ?)", (number, text))
            connection.execute("INSERT INTO dates VALUES (?, ?)", (number, date))
        connection.execute("INSERT INTO news(news) VALUES ('optimize')")
        connection.commit()

    def open(self, folder: Path) -> Prepare:
        connection = sqlite3.connect(folder / "news.db")
        connection.execute("PRAGMA mmap_size = 4000000000")
        plain = "SELECT rowid FROM news WHERE news MATCH ? ORDER BY rank LIMIT ?"
        dated = (
            "SELECT news.rowid FROM news JOIN dates ON dates.id = news.rowid "
            "WHERE news MATCH ? AND date >= ? AND date < ? ORDER BY rank LIMIT ?"
        )

        def prepare(asked: Asked) -> Ask:
            match = (" OR " if asked.kind == "or" else " AND ").join(asked.words)
            if asked.kind == "phrase":
                match = '"' + " ".join(asked.words) + '"'
            dates = (asked.since, asked.until) if asked.kind == "date" else ()
            sql = dated if dates else plain
            return lambda: (0, [row[0] for row in connection.execute(sql, (match, *dates, TOP))])

        return prepare


class Xapian:
    """Xapian, by Debian's python3-xapian."""

    def build(self, corpus: Corpus, folder: Path) -> None:
        xapian = _xapian()
        database = xapian.WritableDatabase(str(folder), xapian.DB_CREATE_OR_OPEN)
        for codes, date in corpus.articles():
            document = xapian.Document()
            for place, code in enumerate(codes.tolist(), 1):
                document.add_posting(word(code), place)
            document.add_value(0, xapian.sortable_serialise(date))
            database.add_document(document)
        database.commit()
        database.close()

    def open(self, folder: Path) -> Prepare:
        xapian = _xapian()
        database = xapian.Database(str(folder))
        enquire = xapian.Enquire(database)
        Q = xapian.Query

        def prepare(asked: Asked) -> Ask:
            operator = {"or": Q.OP_OR, "phrase": Q.OP_PHRASE}.get(asked.kind, Q.OP_AND)
            whole = Q(operator, list(asked.words))
            if asked.kind == "date":
                first, last = (xapian.sortable_serialise(s) for s in (asked.since, asked.until - 1))
                whole = Q(Q.OP_FILTER, whole, Q(Q.OP_VALUE_RANGE, 0, first, last))

            def ask() -> Found:
                enquire.set_query(whole)
                return 0, [match.docid for match in enquire.get_mset(0, TOP)]

            return ask

        return prepare


def _xapian() -> Any:
    """Debian's module; raises ImportError where it is not installed for this Python."""
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        import xapian
    finally:
        sys.path.pop()
    return xapian


class Lemmatized(Documents):
    """Articles that come as the numbers of their words, all of one weight."""

    def __init__(self, some: Sequence[tuple[Any, int]], first: int) -> None:
        super().__init__(
            Article(id=str(number), title="-", text="-", published=datetime.fromtimestamp(date, UTC))
            for number, (_, date) in enumerate(some, first)
        )
        self._words = [words for words, _ in some]

    @cached_property
    def terms(self) -> dict[str, Terms]:
        nothing = Terms.listed(*([] for _ in self._words))
        return dict.fromkeys(("title", "phrases", *LABELS), nothing) | {"text": self._text()}

    def _text(self) -> Terms:
        """The posting lists of all words, in the order of their numbers."""
        lengths = np.array([len(words) for words in self._words])
        article = np.repeat(np.arange(len(lengths)), lengths)
        codes = np.concatenate(self._words).astype(np.int64)
        place = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        order = np.argsort(codes, kind="stable")
        codes, owner = codes[order], article[order]
        new_term = np.diff(codes, prepend=-1) != 0
        begins = np.flatnonzero(new_term | (np.diff(owner, prepend=-1) != 0))
        counts = np.diff(begins, append=len(codes))
        terms = np.flatnonzero(new_term[begins])
        return Terms(
            tuple(word(code) for code in codes[begins[terms]].tolist()),
            smallest(np.diff(terms, append=len(begins))),
            smallest(owner[begins]),
            smallest(counts * GRAIN),
            smallest(counts),
            smallest(place[order]),
            smallest(lengths),
            smallest(place),
            smallest(place),
        )


class Ours:
    """This program: the value of a question, one term a word, without nearness and freshness, to numbers."""

    COMMIT = 10_000

    def __init__(self, compiled: bool = True) -> None:
        self._compiled = compiled

    def build(self, corpus: Corpus, folder: Path) -> None:
        with WhooshEngine(folder).writer() as writer:
            articles, first = corpus.articles(), 0
            while some := list(islice(articles, self.COMMIT)):
                writer.put(Lemmatized(some, first))
                first += len(some)
                writer.commit(first)

    def open(self, folder: Path) -> Prepare:
        reader = WhooshReader(WhooshEngine(folder), compiled=self._compiled)

        def prepare(asked: Asked) -> Ask:
            question = query(asked)

            def ask() -> Found:
                total, found = reader.ranked(question)
                return total, [number for number, _ in found]

            return ask

        return prepare


def query(asked: Asked) -> Query:
    """A question as our own value."""
    words = tuple(Word(one, (Alternative(one, 1.0, Via.LEMMA),), In.TEXT) for one in asked.words)
    root: Node = AnyOf(words) if asked.kind == "or" else AllOf(words)
    if asked.kind == "phrase":
        root = AllOf((Phrase(" ".join(asked.words), tuple((one,) for one in asked.words), In.TEXT),))
    filters = Filters()
    if asked.kind == "date":
        filters = Filters(datetime.fromtimestamp(asked.since, UTC), datetime.fromtimestamp(asked.until, UTC))
    return Query(root=root, filters=filters, limit=TOP, nearness=False)


CONTENDERS: dict[str, Any] = {
    "ours": Ours(),
    "ours, numpy": Ours(compiled=False),
    "Tantivy": Tantivy(counting=False),
    "Tantivy, counting": Tantivy(counting=True),
    "Xapian": Xapian(),
    "SQLite FTS5": Fts5(),
    "Whoosh": Whoosh(),
}
