"""Watching: what came into the index is held against every watch, and what is found is sent, signed.

Notices follow Standard Webhooks: the body is JSON, `webhook-id` stays the same however often one is sent, and
`webhook-signature` is the HMAC over id, time and body with the secret that only the receiver has besides us.
"""

import json
import secrets
import threading
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from urllib.parse import urlencode

from standardwebhooks import Webhook

from indexer.archive import Archive
from indexer.fetch import Fetcher, NotFetched, Reply, pause
from indexer.watches import Notice, Told, Watch, Watches
from search.answer import answer
from search.answering import article_head, snippet_json
from search.article import Article
from search.asking import read_watched
from search.engine import Reader
from search.errors import ArchiveUnavailable, BadQuestion, DiskFull, IndexUnavailable, QueryTooCostly
from search.query import Sort
from search.watch import Finding, by_story, news_since, published

FAILURES = 15  # in a row, in some seventeen hours; then a watch is paused
_GONE = 410
_POLL_SECONDS = 1.0
_SECONDS = 15.0  # a receiver may take to answer
_AGAIN_SECONDS = 60.0  # after a kill, or where nothing can be written down
_AT_ONCE = 8  # receivers that are sent to at the same time

Say = Callable[[str], object]


def fresh_watch(
    name: str, question: tuple[tuple[str, str], ...], url: str, mark: int, now: datetime
) -> Watch:
    """A new watch, with an id and a secret of its own, over what comes in after a mark."""
    secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    return Watch(secrets.token_hex(4), name, question, url, secret, now.isoformat(timespec="seconds"), mark)


@dataclass(frozen=True, slots=True)
class Watching:
    """Everything it takes: watches, the archive's changes, the index, the way out, and the clock."""

    watches: Watches
    archive: Archive
    reader: Reader
    public_url: str
    timezone: tzinfo
    fetcher: Fetcher
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    say: Say = lambda _: None

    def follow(self, stop: threading.Event) -> None:
        """Look and send again and again until `stop` is set."""
        while not stop.is_set():
            # The loader tells of all of these; what came in meanwhile is found later.
            with suppress(ArchiveUnavailable, IndexUnavailable, DiskFull):
                self.look()
            with suppress(DiskFull):
                while not stop.is_set() and self.send():
                    pass
            stop.wait(_POLL_SECONDS)

    def look(self) -> int:
        """Hold what came into the index against every watch; how many notices that made.

        Raises IndexUnavailable and ArchiveUnavailable.
        """
        made = 0
        self.archive.refresh()
        mark = self.reader.status().mark
        if mark > self.archive.position():
            return 0  # the index is of another archive; what comes in is in the one that is built next
        news: dict[int, dict[str, datetime]] = {}
        for watch in self.watches:
            if watch.paused or watch.mark == mark or watch.due > self.clock().timestamp():
                continue
            if watch.mark not in news:
                news[watch.mark] = self._news(watch.mark, mark)
            made += self._find(watch, news[watch.mark], mark)
        return made

    def _news(self, after: int, mark: int) -> dict[str, datetime]:
        """The articles that came between two marks and are news, with their dates."""
        since, found = news_since(self.clock()), {}
        for change in self.archive.changes(after):
            if change.position > mark:
                break
            if change.record is not None:
                date = Article.kept(json.loads(change.record)).published
                if date is not None and date >= since:
                    found[change.id] = date
        return found

    def _find(self, watch: Watch, news: dict[str, datetime], mark: int) -> int:
        try:
            question = read_watched(watch.question, self.timezone)
            now = self.clock().astimezone(self.timezone)
            hits = published(self.reader, question, min(news.values()), now) if news else ()
            findings = by_story(hit for hit in hits if hit.article.id in news)
        except QueryTooCostly:
            self._failed(watch, "вопрос слишком дорог")
            return 0
        except BadQuestion as error:
            self._pause(watch, f"вопрос больше не принимается: {error}")
            return 0
        told = [
            Told(each.story, tuple(h.article.id for h in each.hits), self._notice(watch, each))
            for each in findings
        ]
        return self.watches.note(watch.id, told, mark)

    def _notice(self, watch: Watch, finding: Finding) -> Notice:
        first = finding.first
        content = {
            "type": "story.found",
            "timestamp": self.clock().isoformat(timespec="seconds"),
            "data": {
                "watch": {"id": watch.id, "name": watch.name, "search_url": self._link(watch)},
                "story": {"id": first.story.id, "size": first.story.size} if first.story else None,
                "found": len(finding.hits),
                "article": {
                    **article_head(first.article),
                    "snippets": [snippet_json(snippet) for snippet in first.snippets],
                },
            },
        }
        return Notice(
            f"msg_{secrets.token_hex(12)}", watch.id, json.dumps(content, ensure_ascii=False).encode()
        )

    def _link(self, watch: Watch) -> str | None:
        return f"{self.public_url}/?{urlencode(watch.question)}" if self.public_url else None

    def send(self) -> int:
        """Send of each watch the notice that waits longest, where one is due; how many were taken."""
        now = self.clock().timestamp()
        due = self.watches.next(now, now + _AGAIN_SECONDS)
        if not due:
            return 0
        with ThreadPoolExecutor(min(len(due), _AT_ONCE)) as pool:
            replies = list(pool.map(lambda each: self._post(*each), due))
        return sum(
            self._settle(watch, notice, reply) for (watch, notice), reply in zip(due, replies, strict=True)
        )

    def _post(self, watch: Watch, notice: Notice) -> Reply | NotFetched:
        at = self.clock().astimezone(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(watch.secret).sign(notice.id, at, notice.body.decode()),
        }
        try:
            return replace(self.fetcher, seconds=_SECONDS).post(watch.url, notice.body, headers)
        except NotFetched as error:
            return error

    def _settle(self, watch: Watch, notice: Notice, reply: Reply | NotFetched) -> bool:
        if isinstance(reply, Reply) and 200 <= reply.status < 300:
            self.watches.taken(notice)
            return True
        if isinstance(reply, NotFetched):
            self._failed(watch, str(reply))
        elif reply.status == _GONE:
            self._pause(watch, "приёмник ответил 410: извещения больше не нужны")
        else:
            self._failed(watch, f"приёмник ответил {reply.status}", reply.retry_after)
        return False

    def _failed(self, watch: Watch, fault: str, retry_after: float | None = None) -> None:
        failures = watch.failures + 1
        self.watches.failed(watch.id, fault, self.clock().timestamp() + pause(failures, retry_after))
        if failures >= FAILURES:
            self._pause(watch, fault)
        else:
            self.say(f"Слежение {watch.id}: {fault}; неудач подряд: {failures}")

    def _pause(self, watch: Watch, fault: str) -> None:
        self.watches.pause(watch.id, fault)
        self.say(f"Слежение {watch.id} приостановлено: {fault}. Дальше — svodka watch resume {watch.id}.")


def rehearsed(
    reader: Reader, question: tuple[tuple[str, str], ...], timezone: tzinfo, now: datetime
) -> list[Finding]:
    """What a watch would have told in the last days (`limits.WATCH_DAYS`).

    Raises BadQuestion where it cannot be watched for, and what a Reader raises.
    """
    now = now.astimezone(timezone)
    return by_story(published(reader, read_watched(question, timezone), news_since(now), now))


def newest(
    reader: Reader, question: tuple[tuple[str, str], ...], timezone: tzinfo, now: datetime
) -> tuple[int, Article | None]:
    """How many articles of the whole archive a watch would find, and the newest of them."""
    asked = replace(read_watched(question, timezone), sort=Sort.NEWEST, per_page=1, snippets=0)
    page = answer(reader, asked, now.astimezone(timezone)).page
    return page.total, page.hits[0].article if page.hits else None
