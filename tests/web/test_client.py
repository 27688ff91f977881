"""The client in one file, against a service that really runs."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clients import svodka
from clients.svodka import Problem, Svodka
from tests.conftest import NOW, ROOT
from tests.promises.conftest import filled, served
from web.keys import Keys, Scope
from web.openapi import document


def test_it_stays_small() -> None:
    assert len((ROOT / "clients" / "svodka.py").read_text("utf-8").splitlines()) < 200


@pytest.mark.parametrize(("kind", "schema"), [("Hit", "Hit"), ("Article", "Article"), ("Answer", "Answer")])
def test_its_types_are_those_of_the_contract(kind: str, schema: str) -> None:
    described = set(document()["components"]["schemas"][schema]["properties"])
    assert described <= set(getattr(svodka, kind).__annotations__)


def test_questions_are_asked_and_gone_through(service: str) -> None:
    news = Svodka(service + "/")
    found = news.search("мост", source=["Вестник Степи", "Жаңа жол"], facets="source", per_page=3)
    assert found["total"] > 3
    hits = list(news.every("мост", source=["Вестник Степи", "Жаңа жол"], per_page=2, fields="id,title"))
    assert len({hit["id"] for hit in hits}) == len(hits) == found["total"]
    assert news.search(from_="2025-10-01", in_="title", q="барс")["total"] >= 1
    whole = news.article("vestnik-most-otkryt")
    assert whole["text"].startswith("После трёх")
    assert news.related(whole["id"], per_page=2)[0]["id"] == "zhana-most"  # told on the same day
    assert news.review(whole["text"])["hits"][0]["share"] > 0.9


def test_errors_are_told_with_the_parameter(service: str) -> None:
    with pytest.raises(Problem, match="может быть, newest") as caught:
        Svodka(service).search("мост", sort="newst")
    assert (caught.value.status, caught.value.code) == (400, "bad_question")
    assert caught.value.errors[0]["nearest"] == "newest"
    with pytest.raises(Problem, match="404 article_not_found"):
        Svodka(service).article("нет такой")
    with pytest.raises(Problem, match="401 unauthorized"):
        Svodka(service).remove("a")


def test_articles_are_handed_in(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    key = Keys(tmp_path / "keys.json").add("лента", [Scope.WRITE], NOW)
    with served(tmp_path) as server:
        news = Svodka(server.address, key)
        record = {"title": "Мост закрыт", "text": "Мост закрыли на ремонт."}
        assert news.put("путь/1", record) == "accepted"
        fates = list(news.add([{**record, "id": f"n{number}"} for number in range(1_002)] + [{"title": ""}]))
        assert [fate["line"] for fate in fates] == list(range(1, 1_004))
        assert {fate["fate"] for fate in fates[:-1]} == {"accepted"}
        assert (fates[-1]["fate"], fates[-1]["reason"]) == ("rejected", "title: нет заголовка")
        long = {**record, "text": record["text"] * 160}  # a thousand of these are more than a body may be
        fates = list(news.add({**long, "id": f"n{number}"} for number in range(1_200)))
        assert [fate["line"] for fate in fates] == list(range(1, 1_201))
        assert {fate["fate"] for fate in fates[:1_002]} == {"updated"}
        news.remove("путь/1")
        with pytest.raises(Problem, match="404"):
            news.remove("путь/1")


@pytest.fixture
def busy() -> Iterator[str]:
    """A service that answers at the third time of asking; a proxy before it names a date at the second."""
    answers = [(429, "0"), (503, "Wed, 21 Oct 2026 07:28:00 GMT"), (200, "")]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, after = answers.pop(0) if answers else (503, "60")
            self.send_response(status)
            self.send_header("Retry-After", after)
            self.end_headers()
            self.wfile.write(json.dumps({"total": 1}).encode() if status == 200 else b"<html>")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_who_is_busy_is_asked_again(busy: str) -> None:
    assert Svodka(busy).search("мост")["total"] == 1
    with pytest.raises(Problem, match="503 error"):  # a minute is more than it waits
        Svodka(busy).search("мост")


def test_it_needs_nothing_of_ours(tmp_path: Path) -> None:
    alone = tmp_path / "svodka.py"
    alone.write_bytes((ROOT / "clients" / "svodka.py").read_bytes())
    command = [sys.executable, "-I", "-S", "-c", f"import runpy; runpy.run_path({os.fspath(alone)!r})"]
    subprocess.run(command, cwd=tmp_path, check=True)
