"""The figures of the service, and the lines it logs."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from indexer.archive import Archive
from indexer.inbox import ArchiveInbox
from search.article import Article
from search.settings import Settings
from tests.conftest import NOW, articles, indexed
from web.app import create_app


@pytest.fixture
def client(tmp_path: Path) -> Iterator[FlaskClient]:
    """A service whose requests and questions are logged."""
    settings = Settings(home=tmp_path, access_log=str(tmp_path / "access.log"), log_queries=True)
    with indexed(tmp_path / "index", articles(["Мост открыли", "Мост закрыли"])) as reader:
        moment = reader.status().as_of
        assert moment
        inbox = ArchiveInbox(settings.archive, UTC)
        yield create_app(lambda: reader, settings, lambda: moment + timedelta(hours=1), inbox).test_client()
    for handler in logging.getLogger("svodka.access").handlers:
        handler.close()


def figures(client: FlaskClient) -> dict[str, float]:
    """The samples by their names and labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        " ".join((sample.name, *sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_requests_are_counted_by_kind_and_outcome(client: FlaskClient) -> None:
    before = figures(client)
    etag = client.get("/api/v1/search?q=мост").headers["ETag"]
    client.get("/api/v1/search?q=мост")
    client.get("/api/v1/search?q=мост", headers={"If-None-Match": etag})
    client.get("/api/v1/search?q=слон")
    client.get("/api/v1/search?page=x")
    client.get("/?q=vjcn")
    client.get("/articles/нет")
    after = figures(client)
    counted = {
        "api.search found": 2,
        "api.search unchanged": 1,
        "api.search nothing": 1,
        "api.search refused": 1,
        "pages.search corrected": 1,
        "pages.article refused": 1,
    }
    for kind, count in counted.items():
        name = f"svodka_requests_total {kind}"
        assert after[name] - before.get(name, 0) == count, kind
    name = "svodka_request_seconds_count api.search"
    assert after[name] - before.get(name, 0) == 5


def test_index_and_loader_are_told(client: FlaskClient, tmp_path: Path) -> None:
    with Archive(tmp_path / "archive.db") as archive, archive.changing():
        for id in "abc":
            article = Article(id=id, title="Мост", text="Мост")
            archive.store(article, article.fingerprint())
    told = figures(client)
    assert told["svodka_index_up"] == 1
    assert told["svodka_index_documents"] == 2
    assert told["svodka_index_age_seconds"] == 3600
    assert told["svodka_loader_queue"] == 2  # the index of this fixture has got to 1


def test_service_without_an_index_has_figures(tmp_path: Path) -> None:
    from search.engines import open_engine

    app = create_app(open_engine("whoosh:", tmp_path).reader, Settings(home=tmp_path), lambda: NOW)
    client = app.test_client()
    assert figures(client)["svodka_index_up"] == 0


def logged(tmp_path: Path) -> list[dict[str, object]]:
    content = (tmp_path / "access.log").read_bytes()
    assert re.fullmatch(rb"[\x20-\x7e\n]*", content)
    return [json.loads(line) for line in content.splitlines()]


def test_request_is_a_line_of_json(client: FlaskClient, tmp_path: Path) -> None:
    somebody = {"REMOTE_ADDR": "203.0.113.7"}
    client.get("/api/v1/search?q=мост", headers={"X-Request-Id": "abc-1"}, environ_base=somebody)
    client.get("/нет", environ_base=somebody)
    first, second = logged(tmp_path)
    assert {name: first[name] for name in ("request_id", "method", "path", "status", "outcome", "q")} == {
        "request_id": "abc-1",
        "method": "GET",
        "path": "/api/v1/search",
        "status": 200,
        "outcome": "found",
        "q": "мост",
    }
    assert first["client"] == second["client"]
    assert "203.0.113" not in (tmp_path / "access.log").read_text()
