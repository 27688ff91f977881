"""Watches: a saved question whose new findings are sent to an address, signed, one notice a story."""

import errno
import fcntl
import hashlib
import hmac
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from indexer import intake, loading
from indexer.archive import Archive
from indexer.cli import main
from indexer.fetch import Fetcher, pause
from indexer.house import House
from indexer.watches import Watches
from indexer.watching import FAILURES, Watching, fresh_watch, rehearsed
from search.article import Article
from search.engines import open_engine
from search.errors import WatchesUnavailable
from tests.conftest import NOW

PUBLIC = "93.184.216.34"
OPEN = Fetcher(look_up=lambda host, port: ["127.0.0.1"], may_reach=lambda address: True)


@dataclass
class Receiver:
    """A web server that takes notices, and answers as it is told to."""

    url: str = ""
    answers: list[tuple[int, dict[str, str]] | bytes] = field(default_factory=list)  # then 204
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.taken]

    @property
    def titles(self) -> list[str]:
        return [json.loads(body)["data"]["article"]["title"] for _, body in self.taken]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            it.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
            answer = it.answers.pop(0) if it.answers else (204, {})
            if isinstance(answer, bytes):
                self.wfile.write(answer)
                return
            status, headers = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    it.url = f"http://receiver.example:{server.server_port}/hook?token=abc"
    yield it
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Desk:
    """An archive, its index and its watches, at a moment that is set by hand."""

    home: Path
    now: datetime = NOW
    said: list[str] = field(default_factory=list)

    def comes(self, *articles: Article) -> None:
        """Some articles come in and are indexed."""
        with Archive(self.home / "archive.db") as archive:
            intake.take(archive, articles)
            loading.load(archive, open_engine("whoosh:", self.home / "index"))

    def watch(self, url: str, q: str, **more: str) -> str:
        """A new watch, by its id."""
        question = (("q", q), *more.items())
        with Watches(self.home / "watches.db") as watches, self.reader() as reader:
            made = fresh_watch(q, question, url, reader.status().mark, self.now)
            watches.add(made)
        return made.id

    def reader(self) -> Any:
        return open_engine("whoosh:", self.home / "index").reader()

    @contextmanager
    def watching(self, fetcher: Fetcher = OPEN) -> Iterator[Watching]:
        with ExitStack() as stack:
            watches = stack.enter_context(Watches(self.home / "watches.db"))
            archive = stack.enter_context(Archive(self.home / "archive.db"))
            reader = stack.enter_context(self.reader())
            yield Watching(
                watches,
                archive,
                reader,
                "https://n.example",
                UTC,
                fetcher,
                lambda: self.now,
                self.said.append,
            )

    def run(self, fetcher: Fetcher = OPEN, **later: float) -> None:
        """What came in is looked at, and what is due is sent; `later` moves the clock on before."""
        self.now += timedelta(**later)
        with self.watching(fetcher) as watching:
            watching.look()
            while watching.send():
                pass

    def kept(self) -> Any:
        with Watches(self.home / "watches.db") as watches:
            (watch,) = watches
        return watch


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.comes(news("старое", "Мост через реку открыли давно", days=3))
    return desk


SUBJECTS = (
    "паводок в посёлке Жалтыр",
    "пожар на складе Керемет",
    "выставка кошек Барсик",
    "турнир по шашкам Дамка",
)


def news(id: str, title: str, days: float = 0, text: str = "") -> Article:
    """An article that came out some days before NOW; others on the same subject are of its story."""
    return Article(
        id=id,
        title=title,
        text=text or f"{title}. " * 12,
        source=f"Издание {id}",
        published=NOW - timedelta(days=days),
    )


def test_what_comes_in_is_told_once_and_signed(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "мосты", source="Издание новое")
    desk.comes(news("новое", "На мосту у Жалтыра заменили опору"), news("мимо", "Выставка кошек открылась"))
    desk.run()
    desk.run()
    ((headers, body),) = receiver.taken
    told = json.loads(body)
    assert told["type"] == "story.found"
    assert told["data"]["article"]["id"] == "новое"
    assert "<mark>мосту</mark>" in told["data"]["article"]["snippets"][0]["html"]
    assert told["data"]["watch"]["search_url"].startswith("https://n.example/?q=%D0%BC")
    # Standard Webhooks, by hand.
    key = b64decode(desk.kept().secret.removeprefix("whsec_"))
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    signature = b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert (desk.kept().sent, desk.kept().waiting) == (1, 0)


def test_story_is_told_once_however_its_articles_come(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    desk.comes(
        news("a", "Паводок подтопил посёлок Жалтыр", 0.5), news("b", "Паводок подтопил посёлок Жалтыр", 0.4)
    )
    desk.run()
    desk.comes(news("c", "Паводок подтопил посёлок Жалтыр", 0.1))
    desk.run()
    desk.comes(news("a", "Паводок подтопил посёлок Жалтыр: уточнено", 0.5))
    desk.run()
    (only,) = receiver.taken
    assert json.loads(only[1])["data"]["found"] == 2


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_rehearsal_tells_what_would_be_sent(desk: Desk, receiver: Receiver, at_once: int) -> None:
    desk.watch(receiver.url, "сообщили")
    articles = [
        news(
            f"n{number}",
            f"{SUBJECTS[number % 4]} сообщили",
            days=20 - number / 4,
            text=f"{SUBJECTS[number % 4]}. " * 9,
        )
        for number in range(16)
    ]
    for start in range(0, len(articles), at_once):
        desk.comes(*articles[start : start + at_once])
        desk.run()
    with desk.reader() as reader:
        findings = rehearsed(reader, (("q", "сообщили"),), UTC, desk.now)
    assert receiver.titles == [finding.first.article.title for finding in findings]
    assert 4 <= len(findings) < 16


def test_what_is_no_news_or_lacks_a_word_is_not_told(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок подтопил дорогу школу больницу")
    desk.comes(
        news("архив", "Паводок подтопил дорогу, школу и больницу", days=31),
        news("часть", "Паводок подтопил дорогу и школу"),
        Article(id="без даты", title="Паводок подтопил дорогу, школу и больницу", text="Паводок. " * 30),
    )
    desk.run()
    assert receiver.taken == []


def test_failure_is_tried_again_later_under_the_same_id(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    receiver.answers = [(500, {}), (503, {"Retry-After": "600"}), (302, {"Location": "http://127.0.0.1/"})]
    desk.comes(news("a", SUBJECTS[0]))
    desk.run()
    desk.run(seconds=10)
    desk.run(minutes=9)  # it said ten
    assert len(receiver.taken) == 2
    desk.run(minutes=2)
    assert "302" in desk.kept().fault
    desk.run(minutes=2)
    assert len(receiver.taken) == 4
    assert len(set(receiver.ids)) == 1
    assert (desk.kept().failures, desk.kept().fault, desk.kept().sent) == (0, None, 1)


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}),
        (503, {"Retry-After": "Wed, 21 Oct 99999999999999999999 07:28:00 GMT"}),
        b"\x16\x03\x01 hello\r\n\r\n",
    ],
    ids=["refused", "odd date", "no HTTP"],
)
def test_receiver_that_keeps_failing_pauses_its_watch_and_loses_nothing(
    desk: Desk, receiver: Receiver, answer: tuple[int, dict[str, str]] | bytes
) -> None:
    id = desk.watch(receiver.url, "сообщили")
    receiver.answers = [answer] * FAILURES
    desk.comes(news("a", f"{SUBJECTS[0]} сообщили"))
    for _ in range(FAILURES + 3):
        desk.run(hours=7)
    assert len(receiver.taken) == FAILURES
    assert desk.kept().paused
    desk.comes(news("b", f"{SUBJECTS[1]} сообщили"))
    desk.run(hours=7)
    assert "приостановлено" in desk.said[-1]
    with Watches(desk.home / "watches.db") as watches:
        watches.resume(id)
    desk.run()
    assert [title.split()[0] for title in receiver.titles[FAILURES:]] == ["паводок", "пожар"]


def test_receiver_that_is_gone_pauses_its_watch_at_once(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    receiver.answers = [(410, {})]
    desk.comes(news("a", SUBJECTS[0]))
    desk.run()
    assert desk.kept().paused
    assert desk.kept().waiting == 1


def test_kill_after_sending_sends_again_under_the_same_id(
    desk: Desk, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.watch(receiver.url, "паводок")
    desk.comes(news("a", SUBJECTS[0]))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Watches, "taken", killed)
        with pytest.raises(KeyboardInterrupt):
            desk.run()
    desk.run(seconds=5)
    assert len(receiver.ids) == 1  # who cannot write down what was taken does not go on sending it
    desk.run(minutes=1)
    assert len(receiver.ids) == 2
    assert len(set(receiver.ids)) == 1


def test_nothing_is_lost_when_killed_before_sending(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    desk.comes(news("a", SUBJECTS[0]))
    with desk.watching() as watching:
        assert watching.look() == 1
    desk.run()
    assert len(receiver.taken) == 1


def test_who_follows_tells_what_comes_in_meanwhile(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    stop = threading.Event()

    def follow() -> None:
        with desk.watching() as watching:
            watching.follow(stop)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        for subject in ("Паводок подтопил посёлок Жалтыр", "После паводка откроют выставку кошек"):
            before = len(receiver.taken)
            desk.comes(news(subject, subject))
            while len(receiver.taken) == before:
                assert thread.is_alive()
                time.sleep(0.05)
    finally:
        stop.set()
        thread.join()
    assert len(receiver.taken) == 2


def test_rebuilt_index_tells_nothing_again(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    desk.comes(news("a", SUBJECTS[0]))
    desk.run()
    (desk.home / "derived.db").unlink()
    with Archive(desk.home / "archive.db") as archive:
        loading.rebuild(archive, open_engine("whoosh:", desk.home / "index"))
    with Watches(desk.home / "watches.db") as watches:
        watches.note(desk.kept().id, [], 0)  # as if it had looked at nothing yet
    desk.run()
    assert len(receiver.taken) == 1


def test_what_comes_before_an_older_archive_has_its_index_is_told_of_then(
    desk: Desk, receiver: Receiver
) -> None:
    path, index = desk.home / "archive.db", open_engine("whoosh:", desk.home / "index")
    desk.comes(news("a", "Паром"), news("b", "Трамвай"))
    desk.watch(receiver.url, "паводок")
    path.unlink()
    with Archive(path) as archive:
        intake.take(archive, [news("старое", "Мост через реку открыли давно", days=3)])
        with Watches(desk.home / "watches.db") as watches:
            watches.rewind(archive.position())
        intake.take(archive, [news("новое", "Паводок пришёл")])
        desk.run()
        loading.rebuild(archive, index)
    desk.run()
    assert receiver.titles == ["Паводок пришёл"]


def test_name_that_turns_inside_is_not_reached(desk: Desk, receiver: Receiver) -> None:
    desk.watch(receiver.url, "паводок")
    desk.comes(news("a", SUBJECTS[0]))
    for addresses in (["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::ffff:127.0.0.1"], []):
        desk.run(Fetcher(look_up=lambda host, port, found=addresses: found), hours=7)  # type: ignore[misc]
    assert receiver.taken == []
    assert desk.kept().failures == 4
    assert desk.kept().waiting == 1


def test_waits_grow_to_six_hours() -> None:
    waits = [pause(failures) for failures in range(1, FAILURES)]
    assert waits[0] == 0
    assert all(5 * 2**n <= wait <= 5 * 2**n + 5 for n, wait in enumerate(waits[1:12], 1))
    assert waits[-1] == 6 * 3600
    assert pause(1, 86_400) == 6 * 3600


# The command


Svodka = Callable[..., Result]


@pytest.fixture
def svodka(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Svodka:
    monkeypatch.setattr(House, "fetcher", lambda self: OPEN)
    home = tmp_path / "home"

    def run(*words: str, **options: Any) -> Result:
        return CliRunner(env={"SVODKA_HOME": str(home)}).invoke(main, words, **options)

    run("add", "-", input=line("старое", "Паводок подтопил дорогу"))
    return run


def line(id: str, title: str, published: str = "") -> str:
    record = {
        "id": id,
        "title": title,
        "text": f"{title}. Об этом сообщили в акимате области. " * 5,
        "published": published or datetime.now(UTC).isoformat(),
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


def test_watch_is_rehearsed_kept_and_run(svodka: Svodka, receiver: Receiver, tmp_path: Path) -> None:
    added = svodka("watch", "add", "--url", receiver.url, "--name", "Вода", "паводки", "--json")
    told = json.loads(added.output)
    assert told["rehearsal"]["notices"] == 1
    assert told["secret"].startswith("whsec_")
    assert stat.S_IMODE((tmp_path / "home" / "watches.db").stat().st_mode) == 0o600
    svodka("add", "-", input=line("новое", "Паводок пришёл в город"))
    ran = svodka("watch", "run")
    assert "отправлено: 1" in ran.output
    listed = svodka("watch", "list")
    assert "Вода" in listed.output
    assert "отправлено 1, ждёт 0" in listed.output
    assert told["secret"] not in ran.output + listed.output + svodka("watch", "list", "--json").output
    assert svodka("watch", "remove", told["id"]).exit_code == 0
    assert json.loads(svodka("watch", "list", "--json").output) == {"watches": []}


def test_failure_is_told_without_secret_and_address(svodka: Svodka, receiver: Receiver) -> None:
    told = json.loads(svodka("watch", "add", "--url", receiver.url, "паводки", "--json").output)
    receiver.answers = [(500, {})]
    svodka("add", "-", input=line("новое", "Паводок пришёл в город"))
    ran = svodka("watch", "run")
    assert "приёмник ответил 500" in ran.output
    assert "ждёт: 1" in ran.output
    assert "token" not in ran.output
    assert told["secret"] not in ran.output
    assert "500" in svodka("watch", "list").output
    svodka("watch", "resume", told["id"])
    assert "отправлено: 1" in svodka("watch", "run").output


@pytest.mark.parametrize(
    "words", ["watch list", "watch remove x", "watch resume x", "keys list", "keys revoke x"]
)
def test_looking_where_nothing_ever_was_is_told_and_leaves_nothing(tmp_path: Path, words: str) -> None:
    home = tmp_path / "mistyped"
    ended = CliRunner(env={"SVODKA_HOME": str(home)}).invoke(main, words.split())
    assert (ended.exit_code, "svodka add" in ended.output, home.exists()) == (3, True, False), ended.output


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "паводок"], 2, "--url"),
        (["add", "--url", "ftp://x.example/", "паводок"], 2, "нужен адрес http:// или https://"),
        (["add", "--url", "https://a:b@x.example/", "паводок"], 2, "паролем"),
        (["add", "--url", "https://x.example/", "(паводок"], 2, "Скобка"),
        (["rehearse", "--from", "вчера", "паводок"], 2, "2025-06-01"),
        (["rehearse", "--page", "2", "паводок"], 2, "--page"),
        (["remove", "nobody"], 1, "Нет такого слежения: nobody"),
        (["resume", "nobody"], 1, "Нет такого слежения: nobody"),
    ],
)
def test_mistakes_are_told(svodka: Svodka, words: list[str], code: int, said: str) -> None:
    ended = svodka("watch", *words)
    assert (ended.exit_code, said in ended.output) == (code, True), ended.output


def test_rehearsal_that_finds_nothing_says_what_the_archive_has(svodka: Svodka) -> None:
    svodka("add", "-", input=line("давно", "Выставка кошек открылась", published="2020-05-01T12:00+05:00"))
    assert "ни одной статьи" in svodka("watch", "rehearse", "баобаб").output
    told = svodka("watch", "rehearse", "кошки").output
    assert "извещений: 0" in told
    assert "1, последняя: 01.05.2020  Выставка кошек открылась" in told


def test_address_inside_is_refused_when_a_watch_is_made(
    svodka: Svodka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(House, "fetcher", lambda self: Fetcher())
    ended = svodka("watch", "add", "--url", "http://169.254.169.254/latest", "паводок")
    assert ended.exit_code == 3
    assert "не из открытой сети" in ended.output


def test_two_do_not_send_at_once(svodka: Svodka, tmp_path: Path) -> None:
    with Watches(tmp_path / "home" / "watches.db") as watches, watches.alone():
        ended = svodka("watch", "run")
    assert ended.exit_code == 3
    assert "другой процесс" in ended.output


def test_file_system_without_locks_is_no_other_sender(
    svodka: Svodka, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    ended = svodka("watch", "run")
    assert (ended.exit_code, "watches.db: [Errno" in ended.output) == (3, True)


def test_serving_sends_notices_where_there_are_watches(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "indexer.cli", "serve", "--port", port]
    serving = subprocess.Popen(command, env={**os.environ, "SVODKA_HOME": str(tmp_path)})
    try:
        with Watches(tmp_path / "watches.db") as watches:
            while is_free(watches):
                assert serving.poll() is None
                time.sleep(0.1)
    finally:
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(60) == 0
    with Watches(tmp_path / "watches.db") as watches:
        assert is_free(watches)


def is_free(watches: Watches) -> bool:
    """Whether nobody sends notices."""
    try:
        with watches.alone():
            return True
    except WatchesUnavailable:
        return False
