"""Svodka on nodes with the security plugin: over TLS, with a user who has the role of cluster/role.json.

The plugin is fetched for it, so it runs where it is asked for: SVODKA_SECURED=1.
"""

import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from cluster.local import LocalCluster, free_port
from cluster.security import ROLE, USER, Security
from indexer import intake, loading
from indexer.archive import Archive
from indexer.cli import main
from search.article import Article
from search.document import Document
from search.engines import open_engine
from search.errors import IndexAway
from search.settings import Settings
from tests.conftest import JAVA, NOW, ROOT, articles, ask
from tests.promises.conftest import free_port as any_port
from web.app import create_app

pytestmark = [
    pytest.mark.skipif(
        os.environ.get("SVODKA_SECURED") != "1",
        reason="the security plugin is fetched, 43 MB: set SVODKA_SECURED=1",
    ),
    pytest.mark.timeout(900),
]
RIGHTS: Any = json.loads(ROLE.read_text())
INDEX_RIGHTS = RIGHTS["index_permissions"][0]


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Three secured nodes."""
    made = LocalCluster(tmp_path_factory.mktemp("secured"), free_port(3), options=JAVA, secured=True)
    try:
        made.start()
        yield made
    finally:
        made.stop()


class Svodka:
    """The program as an operator has it, on the secured nodes."""

    def __init__(self, nodes: LocalCluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        assert nodes.security
        self.nodes = nodes
        self.home = home
        self.security: Security = nodes.security
        self._monkeypatch = monkeypatch
        monkeypatch.setenv("SVODKA_HOME", str(home))
        self.at(nodes.setting("news"))

    def at(self, setting: str) -> None:
        """Have another SVODKA_ENGINE."""
        self.setting = setting
        self._monkeypatch.setenv("SVODKA_ENGINE", setting)

    def run(self, *arguments: str, code: int = 0) -> str:
        """What a command prints, which never has the password."""
        done = CliRunner().invoke(main, arguments)
        assert self.security.password not in done.output
        assert done.exit_code == code, done.output
        return done.output

    def api(self) -> FlaskClient:
        """The API over the same index."""
        engine = open_engine(self.setting, self.home / "index")
        return create_app(engine.reader, Settings(), lambda: NOW).test_client()

    def forget(self) -> None:
        """Remove the index, as the admin."""
        self.nodes.ask("DELETE", "/news-*")

    def allowed(self, role: object) -> None:
        """Give the user another role, as the admin."""
        self.nodes.ask("PUT", f"/_plugins/_security/api/roles/{USER}", role)


@pytest.fixture
def svodka(nodes: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Svodka]:
    made = Svodka(nodes, tmp_path / "var", monkeypatch)
    made.forget()
    yield made
    made.allowed(RIGHTS)


def test_all_of_svodka_works_with_the_role(svodka: Svodka) -> None:
    run = svodka.run
    run("add", str(ROOT / "samples"), code=1)  # a page there is no article
    found = json.loads(run("search", "мост", "--json", "--facets", "source"))
    assert found["total"] > 10
    assert found["hits"][0]["title_marks"]
    assert "vestnik-most" in run("related", "vestnik-most-zakryt")
    api = svodka.api()
    seen, asked = [], {"q": "мост", "per_page": "5"}
    while asked.get("cursor", "first"):
        page = api.get("/api/v1/search", query_string=asked).get_json()
        seen += [hit["id"] for hit in page["hits"]]
        asked["cursor"] = page["next_cursor"]
    assert len(set(seen)) == len(seen) == found["total"]
    for question in ("мосст", "мос*", '"через реку"', "мост&sort=newest&collapse=story"):
        assert api.get(f"/api/v1/search?q={question}").get_json()["total"]
    assert api.get("/api/v1/suggest?q=мос").get_json()["suggestions"]
    assert api.get("/api/v1/articles/vestnik-most-zakryt/related").get_json()["hits"]
    for _ in range(3):  # the third removes the build of the first
        run("rebuild")
    run("remove", "vestnik-most-zakryt")
    assert "Индекс догнал архив." in run("status")
    assert run("check") == "Всё в порядке.\n"
    assert json.loads(run("search", "мост", "--json"))["total"] == found["total"] - 1
    assert api.get("/readyz").status_code == 200


def test_service_and_its_loader_work_with_the_role(svodka: Svodka) -> None:
    """A loader that is refused waits, says why, and goes on by itself when it may."""
    port = str(any_port())
    log = svodka.home.parent / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "indexer.cli", "serve", "--port", port], cwd=ROOT, stdout=out, stderr=out
        )

    def total() -> int:
        address = f"http://127.0.0.1:{port}/api/v1/search?{urlencode({'q': 'мост'})}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return int(json.load(answer)["total"])
        except OSError:
            return 0

    def until(true: Callable[[], bool]) -> None:
        end = time.monotonic() + 120
        while not true():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.5)

    try:
        svodka.run("add", "--no-load", str(ROOT / "samples" / "vestnik.jsonl"))
        until(lambda: total() > 0)
        before = total()
        svodka.allowed({"cluster_permissions": []})
        svodka.run("add", "--no-load", str(ROOT / "samples" / "kurier.jsonl"))
        until(lambda: "Загрузка ждёт: У пользователя из SVODKA_ENGINE нет права" in log.read_text())
        svodka.allowed(RIGHTS)
        until(lambda: total() > before)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(100) == 0
    assert svodka.security.password not in log.read_text()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("PASSWORD", "wrong"), "не принимает имя или пароль"),
        (("PASSWORD", "чужой"), "не принимает имя или пароль"),
        (("ca.pem", "other.pem"), "unable to get local issuer certificate"),
        (("127.0.0.1", "localhost"), "Hostname mismatch"),
        (("/news", "/others"), "нет права indices:data/read/get"),
    ],
    ids=["password", "cyrillic", "ca", "host", "index"],
)
def test_what_the_cluster_refuses_is_told(svodka: Svodka, change: tuple[str, str], told: str) -> None:
    svodka.run("add", str(ROOT / "samples" / "sport.jsonl"))
    Security(svodka.home / "others", svodka.home)  # another authority
    (svodka.home / "others" / "ca.pem").rename(svodka.security.folder / "other.pem")
    was, becomes = change
    svodka.at(svodka.setting.replace(was.replace("PASSWORD", svodka.security.password), becomes))
    for command in (("search", "мяч"), ("load",), ("rebuild",)):
        assert told in svodka.run(*command, code=3)
    assert told in svodka.run("status")
    for path in ("/api/v1/search?q=мяч", "/readyz"):
        answer = svodka.api().get(path)
        assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.get_json()["code"] == "index_away"


def everything(svodka: Svodka) -> None:
    """All that Svodka asks of a cluster; raises IndexAway."""
    engine = open_engine(svodka.setting, svodka.home / "index")
    svodka.home.mkdir()
    with Archive(svodka.home / "archive.db") as archive:
        intake.take(archive, articles(["Мост открыли", "Мост закрыли"]))
        loading.load(archive, engine)
        with engine.writer() as writer:  # is never committed, so the next writer drops it
            writer.put([Document(Article(id="left", title="—", text="Мост"))])
        with archive.changing():
            archive.remove("t1")
        loading.load(archive, engine)
        for _ in range(3):
            loading.rebuild(archive, engine)
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 1
        assert reader.status().documents == 1


@pytest.mark.parametrize("right", [*RIGHTS["cluster_permissions"], *INDEX_RIGHTS["allowed_actions"]])
def test_role_has_no_right_too_many(svodka: Svodka, right: str) -> None:
    """Without any of them something is refused, and the message names what."""
    less = copy.deepcopy(RIGHTS)
    for some in (less["cluster_permissions"], less["index_permissions"][0]["allowed_actions"]):
        if right in some:
            some.remove(right)
    svodka.allowed(less)
    with pytest.raises(IndexAway, match=re.escape(f"нет права {right} ") + "|нет нужного права"):
        everything(svodka)


@pytest.mark.parametrize("pattern", INDEX_RIGHTS["index_patterns"])
def test_role_has_no_index_too_many(svodka: Svodka, pattern: str) -> None:
    less = copy.deepcopy(RIGHTS)
    less["index_permissions"][0]["index_patterns"].remove(pattern)
    svodka.allowed(less)
    with pytest.raises(IndexAway, match=r"нет (нужного )?права"):
        everything(svodka)
