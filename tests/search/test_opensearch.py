"""A real cluster that loses nodes, hangs, fills up and comes back; what only an index in a cluster has."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import certifi
import pytest
from click.testing import CliRunner, Result
from opensearchpy import OpenSearch

from cluster.local import LocalCluster
from indexer import intake, loading
from indexer.archive import Archive
from indexer.cli import main
from search.article import Article
from search.document import Document, Documents
from search.engine import Engine
from search.engines import open_engine
from search.engines.opensearch import address, asking, commits, schema, writer
from search.engines.opensearch.address import Address
from search.errors import IndexAway, IndexBusy, IndexDamaged, QueryTooCostly, SvodkaError
from search.settings import BadSetting, Settings
from tests.conftest import NOW, ask
from web.app import create_app


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[OpenSearch]:
    """A client of the cluster, where the indexes of other tests are gone and all nodes run."""
    cluster.start()
    opened = OpenSearch(cluster.hosts.removeprefix("http://").split(","), timeout=30)
    opened.indices.delete(index="test*")
    yield opened
    opened.close()


@pytest.fixture
def url(cluster: LocalCluster, client: OpenSearch) -> str:
    """An index of three shards, each on two nodes."""
    return cluster.setting("testnews")


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Engine:
    return open_engine(url, tmp_path / "index")


def article(number: int, **more: Any) -> Article:
    return Article(**{"id": f"a{number}", "title": f"Новость {number}", "text": "Мост открыли", **more})


def put(engine: Engine, *numbers: int) -> None:
    with engine.writer() as opened:
        opened.put(Document(article(number)) for number in numbers)
        opened.commit(max(numbers))


def until(true: Callable[[], bool], seconds: float = 400.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


def accept(archive: Archive, *numbers: int) -> None:
    intake.take(archive, (article(number) for number in numbers))


@contextmanager
def following(archive_path: Path, engine: Engine) -> Iterator[list[SvodkaError]]:
    """The loader at work beside; it says when the cluster was away."""
    stop, told = threading.Event(), list[SvodkaError]()

    def follow() -> None:
        with Archive(archive_path) as archive:
            for _ in loading.follow(archive, engine, stop, told.append):
                pass

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield told
    finally:
        stop.set()
        thread.join()


@pytest.mark.timeout(1800)
def test_nodes_die_and_come_back(
    cluster: LocalCluster, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One dead node is not noticed; with two the service says so; with all back it goes on by itself."""
    monkeypatch.setattr(address, "WRITE_SECONDS", 10.0)  # what a dying node swallows is soon tried again
    monkeypatch.setattr(asking, "READ_SECONDS", 5.0)
    web = create_app(engine.reader, Settings(), lambda: NOW).test_client()

    def total() -> int:
        answer = web.get("/api/v1/search?q=мост")
        return int(answer.get_json()["total"]) if answer.status_code == 200 else -answer.status_code

    path = tmp_path / "archive.db"
    with Archive(path) as archive, following(path, engine) as told:
        accept(archive, *range(100))
        until(lambda: total() == 100)
        cluster.wait()  # what a replica does not have yet goes with its node
        cluster.kill(2)
        accept(archive, *range(100, 150))
        until(lambda: total() == 150)
        cluster.kill(1)
        accept(archive, *range(150, 160))
        until(lambda: total() == -503)
        for place in ("/readyz", "/api/v1/search?q=мост"):
            answer = web.get(place)
            assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.get_json()["code"] == "index_away"
            assert "Кластер" in answer.get_json()["detail"]
        assert web.get("/healthz").status_code == 200
        until(lambda: bool(told))
        cluster.start(1, 2)
        until(lambda: total() == 160)
        assert web.get("/readyz").status_code == 200
    with engine.reader() as reader:
        assert reader.check() == []
        assert all(reader.article(f"a{number}") == article(number) for number in range(160))


def test_hanging_cluster_is_given_up_in_time(
    cluster: LocalCluster, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, 1)
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 1
        with monkeypatch.context() as patch, cluster.frozen(0, 1, 2):
            patch.setattr(asking, "READ_SECONDS", 2.0)
            with pytest.raises(IndexAway, match="вовремя"):
                ask(reader, "мост")
        cluster.wait()
        assert ask(reader, "мост").page.total == 1


def test_search_that_a_shard_gives_up_costs_too_much() -> None:
    """As a node of 330,000 articles told it."""
    failed = {"reason": "all shards failed", "root_cause": [{"reason": "Time exceeded"}]}
    answers = {"responses": [{"status": 500, "error": failed}]}
    client: Any = SimpleNamespace(msearch=lambda **_: answers)
    with pytest.raises(QueryTooCostly):
        asking.Asking(client, commits.Commit("news-1")).one({})


def test_full_disk_stops_writing_but_not_reading(
    engine: Engine, client: OpenSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A node does this itself when its disk is full to the flood stage."""
    monkeypatch.setattr(writer, "RETRIES", 1)
    put(engine, 1)
    block = "index.blocks.read_only_allow_delete"
    client.indices.put_settings(index="testnews", body={block: True})
    with pytest.raises(IndexAway, match="кончается место"):
        put(engine, 2)
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 1
    client.indices.put_settings(index="testnews", body={block: None})
    put(engine, 2, 3)
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 3


def test_article_that_the_cluster_refuses_is_named_and_kept(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = schema.rows

    def rows(documents: Documents, born: int) -> Iterator[schema.Row]:
        return (row | {"tie": "none"} if row["id"] == "a1" else row for row in real(documents, born))

    monkeypatch.setattr(schema, "rows", rows)
    with Archive(tmp_path / "archive.db") as archive:
        accept(archive, 0, 1, 2)
        assert loading.load(archive, engine) == 3
        (kept,) = list(archive.rejects())
    assert kept.rejection.place == "статья a1"
    assert "tie" in kept.rejection.reason
    assert json.loads(kept.rejection.raw)["title"] == "Новость 1"
    with engine.reader() as reader:
        assert {hit.article.id for hit in ask(reader, "мост").page.hits} == {"a0", "a2"}


def test_writer_of_another_machine_holds_others_up_until_its_lease_ends(
    url: str, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = open_engine(url, tmp_path / "other")
    put(engine, 1)
    with engine.writer() as opened:
        with pytest.raises(IndexBusy, match="другой процесс"):
            other.writer()
        later = time.time() + 2 * commits.LEASE_SECONDS
        monkeypatch.setattr(time, "time", lambda: later)
        put(other, 2)
        for late in (lambda: opened.put([Document(article(3))]), lambda: opened.commit(9)):
            with pytest.raises(IndexBusy):
                late()
    with engine.reader() as reader:
        assert {hit.article.id for hit in ask(reader, "мост").page.hits} == {"a1", "a2"}


def test_index_of_another_version_asks_for_a_rebuild(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    put(engine, 1)
    monkeypatch.setattr(commits, "VERSION", schema.VERSION + 1)
    with engine.reader() as reader, pytest.raises(IndexDamaged, match="svodka rebuild"):
        reader.status()
    fresh = engine.rebuilding()
    put(fresh, 1, 2)
    fresh.switch()
    with engine.reader() as reader:
        assert reader.status().documents == 2


def test_articles_missing_from_the_cluster_are_noticed(engine: Engine, client: OpenSearch) -> None:
    put(engine, 1, 2)
    client.delete(index="testnews-1", id=schema.key("a1", 1), params={"refresh": "true"})
    with engine.reader() as reader:
        assert reader.check() == ["В индексе testnews статей 1, а внесено 2"]


def test_command_line_on_a_cluster(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVODKA_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("SVODKA_ENGINE", url)
    record = {
        "id": "a",
        "title": "Мост открыт",
        "text": "Мост через реку открыли.",
        "published": "2025-06-15",
    }

    def run(*arguments: str, stdin: str | None = None) -> Result:
        done = CliRunner().invoke(main, arguments, input=stdin)
        assert done.exit_code == 0, done.output
        return done

    run("add", "-", stdin=json.dumps(record))
    run("rebuild")
    found = json.loads(run("search", "мосты", "--json").stdout)
    assert [(hit["id"], hit["title_marks"]) for hit in found["hits"]] == [("a", [[0, 4]])]
    assert json.loads(run("status", "--json").stdout)["index"]["documents"] == 1
    assert run("check").stdout == "Всё в порядке.\n"
    run("remove", "a")
    assert json.loads(run("search", "мосты", "--json").stdout)["total"] == 0


@pytest.mark.parametrize(
    "url",
    [
        "host:9200/news",
        "http://host:9200",
        "http://host:9200/News",
        "http://host/a/b",
        "http://host/news?shards=0",
        "http://host/news?shard=1",
        "ftp://host/news",
        "http://host:port/news",
        "http://[host/news",
        f"http://host/news?ca={certifi.where()}",
        "https://user:se?cret@host/news",
        "https://user:se/cret@host/news",
        "https://user:se#cret@host/news",
    ],
)
def test_address_that_is_none_is_refused_with_an_example(url: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="opensearch:http") as refused:
        open_engine(f"opensearch:{url}", tmp_path)
    assert "cret@" not in str(refused.value)


def test_password_is_told_nowhere(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="opensaerch") as refused:
        open_engine("opensaerch:https://user:secret@host/news", tmp_path)
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(Address.parse("https://user:secret@host/news"))


def test_authority_without_a_certificate_is_refused(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for path in (empty, tmp_path / "none.pem"):
        with pytest.raises(BadSetting, match=path.name):
            open_engine(f"opensearch:https://host/news?ca={path}", tmp_path)


def test_address_has_nodes_credentials_and_how_the_index_is_spread() -> None:
    ca = certifi.where()
    parsed = Address.parse(f"https://svodka:p%40ss@one,two:9201/news?shards=6&replicas=2&ca={ca}")
    assert parsed == Address(("https://one:9200", "https://two:9201"), "news", 6, 2, ("svodka", "p@ss"), ca)
