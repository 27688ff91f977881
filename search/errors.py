"""Everything that may go wrong and concerns more than one module, drawn once.

    SvodkaError
    ├── InvalidArticle      a record is not an article; says which field and why
    ├── BadQuestion         a question cannot be taken; names every parameter at fault
    ├── DraftTooLong        a draft is longer than is looked at
    ├── NotFound            what is asked for by its id or name is not there
    │   ├── ArticleUnknown  no article has this id
    │   ├── StoryUnknown    no story has this id
    │   └── NameUnknown     no article has this name
    ├── WatchUnknown        no watch has this id
    ├── WatchesUnavailable  the watches cannot be opened, read or written
    ├── QueryTooCostly      a search ran past its time budget
    ├── DiskFull            there is no space left where the archive and the index live
    ├── ArchiveUnavailable  the archive cannot be opened, read or written
    └── IndexUnavailable    the index cannot be used now
        ├── IndexMissing    nothing has been indexed yet
        ├── IndexBusy       another writer holds the index
        ├── IndexAway       the cluster that holds the index does not answer, or not for all of it
        └── IndexDamaged    a file of the index is not what was written; `svodka rebuild` mends it

What only one module raises stands there: BadSetting (`search/settings.py`), NotFetched (`indexer/fetch.py`),
KeysUnreadable (`web/keys.py`).

Each error has a `code`, which is part of the API's contract, and a text in plain Russian.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class SvodkaError(Exception):
    """The root of every error this program raises on purpose."""

    code = "error"


class InvalidArticle(SvodkaError):
    """A record cannot become an article; the message names the field and what is wrong with it."""

    code = "invalid_article"


@dataclass(frozen=True, slots=True)
class ParameterError:
    """One fault of a question: which parameter, what was given, what is allowed."""

    parameter: str
    message: str
    value: str | None = None
    allowed: tuple[str, ...] = ()
    nearest: str | None = None

    def __str__(self) -> str:
        given = "" if self.value is None else f" = «{self.value}»"
        perhaps = f"; может быть, {self.nearest}?" if self.nearest else ""
        return f"{self.parameter}{given}: {self.message}{perhaps}"


def field_error(error: InvalidArticle, record: Mapping[str, object]) -> ParameterError:
    """What is wrong with a field of a record, with the value that it has there, if that is a plain one."""
    name, _, message = str(error).partition(": ")
    value = record.get(name)
    plain = str(value) if isinstance(value, str | int | float) else None
    told = plain and plain[:200].encode("utf-8", "replace").decode()
    return ParameterError(name, message, told)


class BadQuestion(SvodkaError):
    """A question has parameters that cannot be taken; `errors` names each of them."""

    code = "bad_question"

    def __init__(self, errors: Sequence[ParameterError]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = tuple(errors)


class DraftTooLong(SvodkaError):
    """A draft is longer than is looked at (`limits.DRAFT_CHARACTERS`)."""

    code = "draft_too_long"


class NotFound(SvodkaError):
    """What is asked for by its id or name is not there."""

    code = "not_found"


class ArticleUnknown(NotFound):
    """No article has this id."""

    code = "article_not_found"


class StoryUnknown(NotFound):
    """No story has this id."""

    code = "story_not_found"


class NameUnknown(NotFound):
    """No article has this name, or it was not found there yet."""

    code = "name_not_found"


class WatchUnknown(SvodkaError):
    """No watch has this id."""

    code = "watch_not_found"


class WatchesUnavailable(SvodkaError):
    """The watches cannot be opened, read or written, or somebody else sends their notices just now."""

    code = "watches_unavailable"


class QueryTooCostly(SvodkaError):
    """A search ran past its time budget (`limits.SEARCH_SECONDS`)."""

    code = "query_too_costly"


class DiskFull(SvodkaError):
    """There is no space left where the archive and the index live; `retry_after` is a hint in seconds."""

    code = "disk_full"
    retry_after = 10


class ArchiveUnavailable(SvodkaError):
    """The archive cannot be opened, read or written; the message names its file."""

    code = "archive_unavailable"
    retry_after = 2


class IndexUnavailable(SvodkaError):
    """The index cannot be used now; `retry_after` is a hint in seconds."""

    code = "index_unavailable"
    retry_after = 5


class IndexMissing(IndexUnavailable):
    """Nothing has been indexed yet."""

    code = "index_missing"


class IndexBusy(IndexUnavailable):
    """Another writer holds the index."""

    code = "index_busy"


class IndexAway(IndexUnavailable):
    """The cluster that holds the index does not answer, or not for all of it; it may come back by itself."""

    code = "index_away"


class IndexDamaged(IndexUnavailable):
    """A file of the index is not what was written there; the message names it."""

    code = "index_damaged"
    retry_after = 60
