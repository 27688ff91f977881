"""Handing articles in over HTTP, and who may."""

import json
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from indexer.archive import Archive
from indexer.inbox import ArchiveInbox
from indexer.loading import load
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW
from web.app import create_app
from web.ingest import LARGEST_BODY, MOST_LINES
from web.keys import Keys, KeysUnreadable, Scope

BRIDGE = {"title": "Мост открыт", "text": "Мост через реку открыли.", "published": "2025-06-15"}
NDJSON = "application/x-ndjson"


class Service:
    """A service with an inbox, its keys, and a client that shows one of them."""

    def __init__(self, home: Path) -> None:
        self.settings = Settings(home=home)
        self.engine = open_engine("whoosh:", self.settings.index)
        Archive(self.settings.archive).close()
        inbox = ArchiveInbox(self.settings.archive, UTC)
        self.client: FlaskClient = create_app(
            self.engine.reader, self.settings, lambda: NOW, inbox
        ).test_client()
        self.keys = Keys(self.settings.keys)
        self.key = self.keys.add("лента", [Scope.WRITE], NOW)

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        more.setdefault("content_type", NDJSON if method == "POST" else "application/json")
        headers = {"Authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        return self.client.open(path, method=method, data=data, headers=headers, **more)

    def load(self) -> None:
        with Archive(self.settings.archive) as archive:
            load(archive, self.engine)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    return Service(tmp_path)


def told(response: TestResponse, status: int = 202) -> Any:
    assert response.status_code == status, response.text
    return response.json


def ndjson(*records: object) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def test_article_is_put_found_changed_and_deleted(service: Service) -> None:
    path = "/api/v1/articles/most"
    assert told(service.send("PUT", path, BRIDGE)) == {"id": "most", "fate": "accepted"}
    assert told(service.send("PUT", path, BRIDGE))["fate"] == "duplicate"
    service.load()
    assert told(service.client.get("/api/v1/search?q=мосту"), 200)["total"] == 1
    assert told(service.send("PUT", path, BRIDGE | {"text": "Паводок."}))["fate"] == "updated"
    service.load()
    assert told(service.client.get(path), 200)["text"] == "Паводок."
    assert told(service.send("DELETE", path)) == {"id": "most", "fate": "removed"}
    assert told(service.send("DELETE", path), 404)["code"] == "article_not_found"
    service.load()
    assert service.client.get(path).status_code == 404


def test_every_line_has_a_fate(service: Service) -> None:
    lines = ndjson(BRIDGE | {"id": "a"}, BRIDGE | {"id": "a"}, {"title": "x"}) + b"\n{\n" + ndjson(BRIDGE)
    answer = told(service.send("POST", "/api/v1/articles", lines))
    assert {name: answer[name] for name in ("read", "accepted", "updated", "duplicate", "rejected")} == {
        "read": 5,
        "accepted": 2,
        "updated": 0,
        "duplicate": 1,
        "rejected": 2,
    }
    fates = [(item["line"], item["fate"], item.get("id", item.get("reason"))) for item in answer["items"]]
    assert fates[:3] == [
        (1, "accepted", "a"),
        (2, "duplicate", "a"),
        (3, "rejected", "text: нет текста"),
    ]
    assert fates[3][:2] == (5, "rejected")
    again = told(service.send("POST", "/api/v1/articles", lines))
    assert (again["accepted"], again["duplicate"], again["rejected"]) == (0, 3, 2)
    with Archive(service.settings.archive) as archive:
        assert archive.counts().articles == 2
        assert [reject.rejection.origin for reject in archive.rejects()] == ["API: лента"] * 2


def test_what_is_acknowledged_is_in_the_archive(service: Service) -> None:
    service.send("PUT", "/api/v1/articles/путь/с косой", BRIDGE)
    with Archive(service.settings.archive) as archive:
        kept = archive.article("путь/с косой")
    assert kept is not None
    assert kept.title == "Мост открыт"


@pytest.mark.parametrize(
    ("record", "parameter"),
    [
        (BRIDGE | {"id": "other"}, "id"),
        ({"title": "Мост"}, "text"),
        (BRIDGE | {"published": "вчера"}, "published"),
        ([], "body"),
        (b"{", "body"),
        (b"\xff", "body"),
        (b"[" * 100_000, "body"),
        (b'{"views": ' + b"9" * 5000 + b"}", "body"),
        (b"", "body"),
    ],
)
def test_bad_article_is_named(service: Service, record: object, parameter: str) -> None:
    problem = told(service.send("PUT", "/api/v1/articles/a", record), 400)
    assert problem["code"] == "invalid_article"
    assert [error["parameter"] for error in problem["errors"]] == [parameter]


def test_fault_of_a_field_tells_its_value(service: Service) -> None:
    for field, value, shown in [
        ("published", "вчера", "вчера"),
        ("id", 7, "7"),
        ("title", "\ud800", "?"),
        ("title", [], None),
        ("text", "", ""),
    ]:
        problem = told(service.send("PUT", "/api/v1/articles/a", BRIDGE | {field: value}), 400)
        (error,) = problem["errors"]
        assert (error["parameter"], error["value"]) == (field, shown)


def test_id_in_the_address_and_in_the_record_may_be_a_number(service: Service) -> None:
    path = "/api/v1/articles/5"
    assert told(service.send("PUT", path, BRIDGE | {"id": 5})) == {"id": "5", "fate": "accepted"}
    assert told(service.send("PUT", path, BRIDGE | {"id": " 5"})) == {"id": "5", "fate": "duplicate"}
    assert told(service.send("PUT", path, BRIDGE | {"id": True}), 400)["errors"][0]["parameter"] == "id"


@pytest.mark.parametrize("id", ["a" * 201, "%20a", "a%00"])
def test_id_that_cannot_be_kept_is_refused(service: Service, id: str) -> None:
    problem = told(service.send("PUT", f"/api/v1/articles/{id}", BRIDGE), 400)
    assert problem["errors"][0]["parameter"] == "id"


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/v1/articles/a"), ("DELETE", "/api/v1/articles/a"), ("POST", "/api/v1/articles")],
)
def test_unknown_parameter_is_refused(service: Service, method: str, path: str) -> None:
    problem = told(service.send(method, path + "?dry_run=1", BRIDGE), 400)
    assert (problem["code"], problem["errors"][0]["parameter"]) == ("bad_question", "dry_run")
    with Archive(service.settings.archive) as archive:
        assert archive.position() == 0


def test_id_that_is_the_address_of_relatives_is_refused(service: Service) -> None:
    answer = told(service.send("POST", "/api/v1/articles", ndjson(BRIDGE | {"id": "a/related"})))
    assert answer["items"][0]["reason"].startswith("id: /related")
    assert service.send("PUT", "/api/v1/articles/a/related", BRIDGE).status_code == 405


def test_blank_lines_have_a_number_and_do_not_count(service: Service) -> None:
    lines = b"\n \r\n" * MOST_LINES + b" " + ndjson(BRIDGE) * 2 + b"\n\t{\n"
    items = told(service.send("POST", "/api/v1/articles", lines))["items"]
    assert [(item["line"], item["fate"]) for item in items] == [
        (2 * MOST_LINES + 1, "accepted"),
        (2 * MOST_LINES + 2, "duplicate"),
        (2 * MOST_LINES + 4, "rejected"),
    ]
    with Archive(service.settings.archive) as archive:
        assert [reject.rejection.raw for reject in archive.rejects()] == [b"\t{"]


def test_no_lines_are_no_request(service: Service) -> None:
    assert told(service.send("POST", "/api/v1/articles", b"\n \n"), 400)["errors"][0]["parameter"] == "body"


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/v1/articles/a"), ("POST", "/api/v1/articles")])
def test_bodies_are_bounded_and_of_known_kinds(service: Service, method: str, path: str) -> None:
    assert told(service.send(method, path, b"x" * (LARGEST_BODY + 1)), 413)
    untold = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    stream = BytesIO(b"x" * (LARGEST_BODY + 1))
    assert service.send(method, path, input_stream=stream, environ_overrides=untold).status_code == 413
    assert told(service.send(method, path, BRIDGE, content_type="text/plain"), 415)
    assert told(service.send(method, path, BRIDGE, headers={"Content-Encoding": "gzip"}), 415)
    packed = {"HTTP_TRANSFER_ENCODING": "gzip, chunked"}
    assert told(service.send(method, path, BRIDGE, environ_overrides=packed), 415)


def test_signs_that_say_nothing_of_a_body_are_taken(service: Service) -> None:
    body = b"\xef\xbb\xbf" + ndjson(BRIDGE)  # Windows begins UTF-8 so
    for method, path in (("PUT", "/api/v1/articles/a"), ("POST", "/api/v1/articles")):
        for encoding in ("Identity", ""):
            answer = told(service.send(method, path, body, headers={"Content-Encoding": encoding}))
            assert not answer.get("rejected")


def test_lines_are_bounded_and_then_none_is_taken(service: Service) -> None:
    lines = ndjson(BRIDGE) * (MOST_LINES + 1)
    assert told(service.send("POST", "/api/v1/articles", lines), 413)
    assert told(service.send("POST", "/api/v1/articles", lines.rstrip()), 413)
    with Archive(service.settings.archive) as archive:
        assert archive.position() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/api/v1/articles/a"), ("DELETE", "/api/v1/articles/a"), ("POST", "/api/v1/articles")],
)
def test_writing_needs_a_key_that_may(service: Service, method: str, path: str) -> None:
    good, reading = service.key, service.keys.add("читатель", [Scope.READ], NOW)
    for header, status in {
        "Bearer nonsense": 401,
        f"Bearer {good}x": 401,
        f"Bearer {good[:-1]}": 401,
        f"Basic {good}": 401,
        f"Bearer {reading}": 403,
        f"Bearer {service.keys.add('хозяин', [Scope.ADMIN], NOW)}": None,
    }.items():
        response = service.send(method, path, BRIDGE, headers={"Authorization": header})
        if status:
            assert (response.status_code, response.content_type) == (status, "application/problem+json")
        else:
            assert response.status_code in (202, 404)
        assert (status == 401) == ("WWW-Authenticate" in response.headers)
    bare = service.client.open(path, method=method, data=ndjson(BRIDGE), content_type=NDJSON)
    assert bare.status_code == 401
    kind = NDJSON if method == "POST" else "application/json"
    shown = service.client.open(
        path, method=method, data=ndjson(BRIDGE), content_type=kind, headers={"X-API-Key": good}
    )
    assert shown.status_code in (202, 404)


def test_revoked_key_is_worthless_at_once(service: Service) -> None:
    assert service.send("PUT", "/api/v1/articles/a", BRIDGE).status_code == 202
    (key,) = Keys(service.settings.keys)
    assert Keys(service.settings.keys).revoke(key.id)
    assert service.send("PUT", "/api/v1/articles/a", BRIDGE).status_code == 401
    assert service.send("GET", "/api/v1/search?q=мост").status_code == 401  # where none is needed, too


def test_keys_are_kept_hashed_and_private(service: Service) -> None:
    content = service.settings.keys.read_text("utf-8")
    assert service.key not in content
    assert service.key.rpartition("_")[2] not in content
    assert service.settings.keys.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"keys": [{}]}',
        '{"keys": [{"scopes": ["root"]}]}',
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_damaged_keys_let_nobody_in(service: Service, content: str) -> None:
    service.settings.keys.write_text(content, "utf-8")
    refused_for_its_keys(service)


@pytest.mark.parametrize(
    "change",
    [
        {"digest": None},
        {"digest": "é"},
        {"digest": "ab"},
        {"id": ["a"]},
        {"name": None},
        {"created": 5},
        {"scopes": 1},
    ],
    ids=str,
)
def test_key_that_is_none_lets_nobody_in(service: Service, change: dict[str, object]) -> None:
    (key,) = json.loads(service.settings.keys.read_text("utf-8"))["keys"]
    service.settings.keys.write_text(json.dumps({"keys": [key | change]}), "utf-8")
    refused_for_its_keys(service)


def test_keys_that_cannot_be_reached_let_nobody_in(service: Service) -> None:
    service.settings.keys.unlink()
    service.settings.keys.symlink_to(service.settings.keys)
    refused_for_its_keys(service)


def refused_for_its_keys(service: Service) -> None:
    problem = told(service.send("PUT", "/api/v1/articles/a", BRIDGE), 503)
    assert problem["code"] == "keys_unreadable"
    assert str(service.settings.home) not in json.dumps(problem)
    assert service.client.get("/healthz").status_code == 200
    with pytest.raises(KeysUnreadable):
        list(Keys(service.settings.keys))


def test_archive_that_is_gone_takes_nothing_and_is_not_made_anew(service: Service) -> None:
    service.send("PUT", "/api/v1/articles/a", BRIDGE)
    service.load()
    service.settings.archive.rename(service.settings.home / "elsewhere")
    for method, path, body in (
        ("PUT", "/api/v1/articles/b", BRIDGE),
        ("DELETE", "/api/v1/articles/a", None),
        ("POST", "/api/v1/articles", ndjson(BRIDGE)),
    ):
        assert told(service.send(method, path, body), 503)["code"] == "archive_unavailable"
    assert "svodka_index_up 1" in service.client.get("/metrics").text
    assert not service.settings.archive.exists()
    (service.settings.home / "elsewhere").rename(service.settings.archive)
    assert told(service.send("PUT", "/api/v1/articles/b", BRIDGE))["fate"] == "accepted"


def test_home_that_is_gone_takes_nothing_and_is_not_made_anew(tmp_path: Path) -> None:
    service = Service(tmp_path / "var")
    service.settings.home.rename(tmp_path / "elsewhere")
    response = service.send("PUT", "/api/v1/articles/a", BRIDGE)
    assert told(response, 503)["code"] == "keys_unreadable"
    assert not service.settings.home.exists()
    (tmp_path / "elsewhere").rename(service.settings.home)
    assert told(service.send("PUT", "/api/v1/articles/a", BRIDGE))["fate"] == "accepted"


def test_archive_out_of_order_takes_nothing(service: Service) -> None:
    service.settings.archive.write_bytes(b"not a database" * 1000)
    response = service.send("PUT", "/api/v1/articles/a", BRIDGE)
    assert told(response, 503)["code"] == "archive_unavailable"
    assert told(response, 503)["title"] == "Архив сейчас недоступен"
    assert int(response.headers["Retry-After"]) > 0
    assert "archive.db" not in response.text


def test_answers_are_as_described(service: Service) -> None:
    document = told(service.client.get("/openapi.json"), 200)
    components = {"components": document["components"]}
    answers = {
        "Fate": service.send("PUT", "/api/v1/articles/a", BRIDGE),
        "Fates": service.send("POST", "/api/v1/articles", ndjson(BRIDGE, {})),
        "Problem": service.send("PUT", "/api/v1/articles/a", {}),
    }
    for schema, response in answers.items():
        jsonschema.validate(response.json, {"$ref": f"#/components/schemas/{schema}", **components})
