"""The seam to an engine: what reads an index and what writes one.

Contracts, kept by one suite of tests on every engine:

- A search sees one commit whole; a reader notices a later commit by itself, at its next call.
- A commit is kept for some minutes after the next one, so that somebody may read on in it (`Reader.at`).
- `commit` returns only when the articles outlive a power cut; what was not committed is not there.
- One writer at a time; a second raises IndexBusy at once, in any process.
- A search keeps to `limits.SEARCH_SECONDS` or raises QueryTooCostly.
- Damage raises IndexDamaged and names the file; it never gives a silently wrong answer.
- Russian analysis happens before the seam (a writer is given Documents), snippets after it.

Nothing here names a file, a segment or a library, so that another engine can stand behind it.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self

from search.article import Article
from search.document import Document
from search.names import Names
from search.page import Page, State, Story
from search.query import Query


@dataclass(frozen=True, slots=True)
class Completion:
    """A word or phrase of titles, how many have it, and the date of the newest that does."""

    text: str
    count: int
    newest: datetime | None


def gathered(found: Iterable[Completion], most: int) -> list[Completion]:
    """Completions from several places as one list, those in most titles first."""
    by_text: dict[str, Completion] = {}
    for one in found:
        held = by_text.get(one.text, Completion(one.text, 0, None))
        newest = max(filter(None, (held.newest, one.newest)), default=None)
        by_text[one.text] = Completion(one.text, held.count + one.count, newest)
    return sorted(by_text.values(), key=lambda one: (-one.count, one.text))[:most]


class Reader(AbstractContextManager["Reader"], Protocol):
    """Answers questions from the latest commit."""

    def search(self, query: Query) -> Page:
        """The page of hits a query asks for; hits come without marks and snippets."""
        ...

    def article(self, id: str) -> Article | None:
        """The article with this id, or None."""
        ...

    def story(self, id: str) -> Story | None:
        """The story that the article with this id belongs to, as large as it is now."""
        ...

    def names(self, id: str) -> Names:
        """The names that the article with this id speaks of; none where they were not found yet."""
        ...

    def terms(self, prefix: str, most: int) -> list[tuple[str, int]]:
        """Exact forms that begin so (=мос), the most frequent first, with their article counts."""
        ...

    def counts(self, terms: Iterable[str]) -> dict[str, int]:
        """Those of some index terms that the index has, with the number of articles that have each."""
        ...

    def near(self, form: str, edits: int) -> dict[str, int]:
        """The forms and lemmas of words within so many edits of a folded one, with their article counts.

        See `vocabulary.Vocabulary.near`. Articles not yet merged away may count, so the counts are for
        choosing between forms, not for showing.
        """
        ...

    def completions(self, prefix: str, most: int) -> list[Completion]:
        """The words and phrases of titles that begin so (folded), those in most titles first.

        Articles not yet merged away may count.
        """
        ...

    def status(self) -> State:
        """The latest commit; raises IndexMissing where nothing was ever committed."""
        ...

    def at(self, generation: int) -> "Reader":
        """A reader of one commit, for the next questions; of the latest where that one is not kept any more.

        It need not be closed.
        """
        ...

    def check(self) -> list[str]:
        """What is wrong with the index, each finding naming its place; empty when it is whole."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class Writer(AbstractContextManager["Writer"], Protocol):
    """Changes an index, one commit at a time. Closing without a commit changes nothing."""

    def put(self, documents: Iterable[Document]) -> Mapping[str, str]:
        """Add articles; one with an id that is there replaces it.

        Those that the engine will never take come back as id → reason; what it had of them stays as it was.
        """
        ...

    def remove(self, ids: Iterable[str]) -> None:
        """Take articles out; an id that is not there is passed over."""
        ...

    def commit(self, mark: int) -> State:
        """Make everything since the last commit visible and durable, together with the mark."""
        ...

    def close(self) -> None:
        """Let go of the index; what was not committed is dropped."""
        ...


class Engine(Protocol):
    """A place where an index lives."""

    def state(self) -> State:
        """The latest commit, as its writer left it; raises IndexMissing and IndexDamaged. Reads no index."""
        ...

    def reader(self) -> Reader:
        """A reader of the index; opening one before the first commit is no error."""
        ...

    def writer(self) -> Writer:
        """The writer of the index; raises IndexBusy while there is another."""
        ...

    def rebuilding(self) -> Self:
        """A fresh place beside this one, whose `switch` puts it in this one's stead in one step."""
        ...

    def switch(self) -> None:
        """Readers of the original place see this rebuilt index from their next call on."""
        ...
