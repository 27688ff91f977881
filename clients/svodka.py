"""A client of the JSON API in one file without dependencies (Python 3.11): copy it beside your program.

    from svodka import Svodka
    news = Svodka("http://127.0.0.1:8000")
    print(news.search("мост", sort="newest", source=["Вестник Степи"])["total"])
    for hit in news.every("мост", from_="2025-06-01"):
        print(hit["title"])

Parameters are the API's; `from_` and `in_` stand for those that Python keeps for itself.
"""

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from http.client import HTTPResponse
from itertools import chain
from typing import Any, NotRequired, TypedDict, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

Value = str | int | Iterable[str]
_BUSY, _LINES, _BYTES = (429, 503), 1_000, 8 << 20  # what is worth asking again; what is handed in at once


class Snippet(TypedDict):
    """A passage, as text with marks and as HTML with <mark> only."""

    field: str
    text: str
    html: str
    marks: list[dict[str, Any]]  # start, end (code points), via


class Head(TypedDict, total=False):
    """An article without its text; without what `fields` leaves out."""

    id: str
    url: str | None
    title: str
    source: dict[str, str] | None  # id and name
    author: str | None
    section: str | None
    tags: list[str]
    origin: str | None
    published_at: str | None
    modified_at: str | None
    story: dict[str, Any] | None  # of hits and whole articles


class Hit(Head, total=False):
    """An article that was found."""

    score: float
    title_marks: list[list[int]]
    snippets: list[Snippet]
    why: dict[str, Any]  # of a relative
    share: float  # of a draft's words
    passages: list[dict[str, Any]]


class Article(Head):
    """A whole article."""

    lang: str | None
    text: str
    names: dict[str, list[Any]]  # by kind
    copies: list[Head]


class Answer(TypedDict):
    """A page of hits, and how the question was understood."""

    query: dict[str, Any]
    corrections: list[dict[str, Any]]
    warnings: list[dict[str, str]]
    total: int
    total_relation: str
    heads: int | None
    page: int | None
    per_page: int
    pages: int
    next_cursor: str | None
    next_url: str | None
    prev_url: str | None
    took_ms: float
    index: dict[str, Any]
    hits: list[Hit]
    facets: list[dict[str, Any]]
    histogram: list[dict[str, Any]]


class Fate(TypedDict):
    """What became of a line that was handed in."""

    line: int
    fate: str
    id: NotRequired[str]
    reason: NotRequired[str]


class Problem(Exception):
    """An answer that is an error: its status, `code`, and `errors` naming the parameters at fault."""

    def __init__(self, status: int, code: str, detail: str, errors: list[dict[str, Any]]) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status, self.code, self.errors = status, code, errors


class Svodka:
    """A service by its address. What it answers with an error raises Problem; no connection, OSError.

    Who is busy is asked again in the seconds it names, or in one, as long as `patience` seconds are not over.
    """

    def __init__(self, url: str, key: str = "", timeout: float = 30.0, patience: float = 30.0) -> None:
        self._url, self._timeout, self._patience = url.rstrip("/"), timeout, patience
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    def search(self, q: str = "", **parameters: Value) -> Answer:
        """A page of the hits of a question."""
        return cast(Answer, self._ask("/api/v1/search", {"q": q, **parameters}))

    def every(self, q: str = "", **parameters: Value) -> Iterator[Hit]:
        """All hits, the newest first if nothing else is asked; none twice, whatever is added meanwhile."""
        asked: dict[str, Value] = {"sort": "newest", "per_page": 100, **parameters}
        page = self.search(q, **asked)
        yield from page["hits"]
        while cursor := page["next_cursor"]:
            page = self.search(q, **{**asked, "cursor": cursor})
            yield from page["hits"]

    def article(self, id: str) -> Article:
        """A whole article."""
        return cast(Article, self._ask(f"/api/v1/articles/{quote(id)}"))

    def related(self, id: str, per_page: int = 10) -> list[Hit]:
        """The relatives of an article, each with its `why`."""
        found = self._ask(f"/api/v1/articles/{quote(id)}/related", {"per_page": per_page})
        return cast(list[Hit], found["hits"])

    def review(self, text: str, title: str = "") -> dict[str, Any]:
        """What the archive has on a draft: `hits` with shared passages, and `hints`."""
        return self._ask("/api/v1/related", body=json.dumps({"title": title, "text": text}).encode())

    def put(self, id: str, record: Mapping[str, Any]) -> str:
        """Hand an article in; its fate, once it is durable."""
        body = json.dumps(record).encode()
        return str(self._ask(f"/api/v1/articles/{quote(id)}", body=body, method="PUT")["fate"])

    def remove(self, id: str) -> None:
        """Take an article out."""
        self._ask(f"/api/v1/articles/{quote(id)}", method="DELETE")

    def add(self, records: Iterable[Mapping[str, Any]]) -> Iterator[Fate]:
        """Hand many articles in; the fate of each, in their order, once it is durable."""
        batch, first = list[str](), 0
        for line in chain(map(json.dumps, records), [""]):  # which is the end
            if batch and (not line or len(batch) == _LINES or sum(map(len, batch)) + len(line) > _BYTES):
                body = "\n".join(batch).encode()
                for fate in self._ask("/api/v1/articles", body=body, kind="application/x-ndjson")["items"]:
                    yield cast(Fate, {**fate, "line": first + fate["line"]})
                first, batch = first + len(batch), []
            batch.append(line)

    def _ask(
        self,
        path: str,
        parameters: Mapping[str, Value] | None = None,
        body: bytes | None = None,
        method: str | None = None,
        kind: str = "application/json",
    ) -> dict[str, Any]:
        pairs = {name.rstrip("_"): value for name, value in (parameters or {}).items()}
        url = self._url + path + (f"?{urlencode(pairs, doseq=True)}" if pairs else "")
        headers = self._headers | ({"Content-Type": kind} if body is not None else {})
        request = Request(url, body, headers, method=method)  # noqa: S310 # the address is the caller's own
        end = time.monotonic() + self._patience
        while True:
            try:
                with urlopen(request, timeout=self._timeout) as response:  # noqa: S310 # as above
                    return _object(response)
            except HTTPError as error:
                with error:
                    wait = float(after) if (after := error.headers.get("Retry-After", "")).isdecimal() else 1
                    if error.code in _BUSY and time.monotonic() + wait < end:
                        time.sleep(wait)
                        continue
                    told = _object(error)
                    detail, code = str(told.get("detail", error.reason)), str(told.get("code", "error"))
                    raise Problem(error.code, code, detail, told.get("errors", [])) from error


def _object(response: HTTPResponse | HTTPError) -> dict[str, Any]:
    """The JSON of an answer; nothing where it has none: a proxy may have answered."""
    try:
        return dict(json.loads(response.read()))
    except ValueError:
        return {}
