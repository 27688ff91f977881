"""The oracle: scans every article, plainly right. For tests, and for archives of some thousand articles.

A commit is one JSON file, replaced in one step.
"""

import json
import zlib
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from search import ranking
from search.article import Article
from search.document import Document
from search.durable import write_durably
from search.engine import Completion, gathered
from search.engines.files import Lock, current_build, next_build, switch
from search.engines.scan import Scan, World, field
from search.errors import IndexDamaged, IndexMissing, InvalidArticle
from search.names import NONE, Names
from search.page import Hit, Page, State, Story
from search.query import Query
from search.russian.phrases import SEPARATOR

_COMMIT = "commit.json"
_KEPT = 8  # commits that a reader has seen


class MemoryEngine:
    """An index that is read whole into memory, kept as one file in a folder."""

    def __init__(self, folder: Path, build: Path | None = None) -> None:
        self._folder = folder
        self._build = build

    def reader(self) -> "MemoryReader":
        """A reader that follows the commits."""
        return MemoryReader(self)

    def writer(self) -> "MemoryWriter":
        """The writer; raises IndexBusy while there is another."""
        return MemoryWriter(self)

    def rebuilding(self) -> "MemoryEngine":
        """An empty build beside the current one."""
        return MemoryEngine(self._folder, next_build(self._folder))

    def switch(self) -> None:
        """Make this build the current one."""
        switch(self._folder, self.place)

    @property
    def place(self) -> Path:
        """The folder of this engine's build."""
        return self._build or current_build(self._folder)

    def stamp(self) -> tuple[str, int]:
        """What changes with every commit; raises IndexMissing before the first."""
        path = self.place / _COMMIT
        try:
            return str(path), path.stat().st_mtime_ns
        except FileNotFoundError as error:
            raise IndexMissing(
                f"Индекса в {self._folder} ещё нет: добавьте статьи командой svodka add."
            ) from error

    def state(self) -> State:
        """The latest commit."""
        return self.read().state

    def generation(self) -> int:
        """The number of the latest commit that readers of the folder see; 0 before the first."""
        try:
            return MemoryEngine(self._folder).read().state.generation
        except (IndexMissing, IndexDamaged):
            return 0

    def read(self) -> World:
        """The latest commit; raises IndexMissing and IndexDamaged."""
        path = Path(self.stamp()[0])
        try:
            crc, _, commit = path.read_text(encoding="utf-8").partition("\n")
            if int(crc) != zlib.crc32(commit.encode()):
                raise ValueError("содержимое не то, что было записано")
            content = json.loads(commit)
            articles = [Article.from_record(record) for record in content["articles"]]
            stories = {str(id): int(number) for id, number in content["stories"].items()}
            names = {str(id): Names.kept(found) for id, found in content.get("names", {}).items()}
            as_of = datetime.fromisoformat(content["as_of"])
            state = State(content["generation"], content["mark"], as_of, len(articles))
        except (ValueError, KeyError, TypeError, InvalidArticle) as error:
            raise IndexDamaged(f"Файл индекса {path} повреждён: {error}. Поможет svodka rebuild.") from error
        return World(state, {a.id: Document(a, stories[a.id], names.get(a.id, NONE)) for a in articles})


class MemoryWriter(AbstractContextManager["MemoryWriter"]):
    """Gathers changes and writes them out at commit."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._engine = engine
        self._lock = Lock(engine.place / "lock")
        try:
            world = engine.read()
            self._state, self._documents = world.state, dict(world.documents)
        except IndexMissing:
            self._state, self._documents = State(0, 0, None, 0), {}
        except BaseException:
            self._lock.close()
            raise

    def put(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """Add articles; the same id replaces."""
        self._documents.update((document.article.id, document) for document in documents)
        return {}

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out."""
        for id in ids:
            self._documents.pop(id, None)

    def commit(self, mark: int) -> State:
        """Write everything out in one step."""
        as_of = datetime.now(UTC)
        generation = max(self._engine.generation(), self._state.generation) + 1
        self._state = State(generation, mark, as_of, len(self._documents))
        content: dict[str, Any] = {
            "generation": self._state.generation,
            "mark": mark,
            "as_of": as_of.isoformat(),
            "stories": {id: document.story for id, document in self._documents.items()},
            "names": {id: found for id, d in self._documents.items() if (found := d.names.record())},
            "articles": [document.article.record() for document in self._documents.values()],
        }
        commit = json.dumps(content).encode()
        write_durably(self._engine.place / _COMMIT, b"%d\n%s" % (zlib.crc32(commit), commit))
        return self._state

    def close(self) -> None:
        """Let another write."""
        self._lock.close()

    def __exit__(self, *_: object) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self


class MemoryReader(AbstractContextManager["MemoryReader"]):
    """Answers by looking at every article."""

    def __init__(self, engine: MemoryEngine, fixed: World | None = None) -> None:
        self._engine = engine
        self._fixed = fixed
        self._stamp: tuple[str, int] | None = None
        self._world = World(State(0, 0, None, 0), {})
        self._seen: dict[int, World] = {}

    def _latest(self) -> World:
        if self._fixed:
            return self._fixed
        stamp = self._engine.stamp()
        if stamp != self._stamp:
            self._world = self._engine.read()
            self._stamp = stamp
            self._seen[self._world.state.generation] = self._world
            for generation in sorted(self._seen)[:-_KEPT]:
                del self._seen[generation]
        return self._world

    def at(self, generation: int) -> "MemoryReader":
        """A reader of one commit, or of the latest."""
        self._latest()
        seen = self._seen.get(generation)
        return MemoryReader(self._engine, seen) if seen else self

    def search(self, query: Query) -> Page:
        """The page of hits a query asks for."""
        world = self._latest()
        scan = Scan(world, query)
        found = [d for d in world.documents.values() if scan.passes(d) and scan.matches(query.root, d)]
        scores = scan.scores(found)
        ordered = sorted(found, key=lambda document: scan.key(document.article, scores[document.article.id]))
        heads = scan.heads(ordered) if query.collapse else None
        ordered = ordered if heads is None else heads
        if query.after:
            ordered = scan.following(ordered, scores, query.after)
        chosen = ordered[query.offset : query.offset + query.limit]
        hits = tuple(Hit(d.article, scores[d.article.id], world.story(d), scan.places(d)) for d in chosen)
        facets, bars = scan.counted()
        return Page(len(found), hits, world.state, facets, bars, None if heads is None else len(heads))

    def article(self, id: str) -> Article | None:
        """The article with this id."""
        document = self._latest().documents.get(id)
        return document.article if document else None

    def story(self, id: str) -> Story | None:
        """The story an article belongs to."""
        world = self._latest()
        document = world.documents.get(id)
        return world.story(document) if document else None

    def names(self, id: str) -> Names:
        """The names of an article."""
        document = self._latest().documents.get(id)
        return document.names if document else NONE

    def terms(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Terms with a prefix and the number of articles that have each."""
        counts: dict[str, int] = {}
        for document in self._latest().documents.values():
            for term in {
                t for name in ranking.FIELDS for t in field(document, name).postings if t.startswith(prefix)
            }:
                counts[term] = counts.get(term, 0) + 1
        return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]

    def counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Those of some terms that the index has."""
        having = self._latest().frequencies
        return {term: having[term] for term in terms if term in having}

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms within so many edits of one."""
        return self._latest().vocabulary.near(form, edits)

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """Words and phrases of titles that begin so."""
        documents = self._latest().documents.values()
        named = ((name, document) for document in documents for name in document.phrases)
        found = (
            Completion(name.partition(SEPARATOR)[2], 1, document.article.published)
            for name, document in named
            if name.startswith(prefix)
        )
        return gathered(found, most)

    def status(self) -> State:
        """The latest commit."""
        return self._latest().state

    def check(self) -> list[str]:
        """What reading it all brings to light."""
        try:
            self._engine.read()
        except IndexMissing:
            return []
        except IndexDamaged as error:
            return [str(error)]
        return []

    def close(self) -> None:
        """Forget what was read."""
        self._stamp = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def __enter__(self) -> Self:
        return self
