"""The JSON API: its contract, its errors, its headers."""

from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate

from search.answering import hit_json
from search.article import Article
from search.asking import HIT_FIELDS, PARAMETERS
from search.page import Hit
from search.settings import Settings
from tests.conftest import NOW, indexed
from tests.web.conftest import some_articles
from web.app import create_app
from web.headers import HEADERS

ROUTES = ["/", "/?q=мост", "/help", "/articles/most-1", "/api/v1/search", "/api/v1/articles/most-1"]
ROUTES += ["/openapi.json", "/healthz", "/readyz", "/nope", "/api/v1/nope", "/static/style.css", "/?page=x"]


def get(client: FlaskClient, path: str, **arguments: str) -> Any:
    response = client.get(path, query_string={name.rstrip("_"): value for name, value in arguments.items()})
    assert response.status_code == 200, response.text
    return response.json


def test_search_answers_with_marked_hits(client: FlaskClient) -> None:
    answer = get(client, "/api/v1/search", q="мостом", per_page="2")
    assert (answer["total"], answer["pages"], len(answer["hits"])) == (45, 23, 2)
    hit = answer["hits"][0]
    start, end = hit["title_marks"][0]
    assert hit["title"][start:end] == "Мост"
    assert "<mark>мост</mark>" in hit["snippets"][0]["html"]
    assert hit["source"] == {"id": "вестник", "name": "Вестник"}


def test_filters_that_no_article_passes_are_told_as_they_were_asked(client: FlaskClient) -> None:
    answer = get(client, "/api/v1/search", q="источник:Вестник мост", source="Курьер")
    assert answer["total"] == 0
    assert answer["query"]["filters"]["source"] == ["вестник", "курьер", "-вестник", "-курьер"]


def test_pages_are_linked(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?q=мост&per_page=20&page=2")
    assert response.json is not None
    assert response.headers["Link"] == (
        f'<{response.json["next_url"]}>; rel="next", <{response.json["prev_url"]}>; rel="prev"'
    )
    last = client.get(response.json["next_url"])
    assert last.json is not None
    assert (last.json["page"], len(last.json["hits"]), last.json["next_url"]) == (3, 5, None)


def test_cursor_goes_through_everything(client: FlaskClient) -> None:
    asked = {"q": "мост", "sort": "oldest", "per_page": "7", "fields": "id,title"}
    pages = [get(client, "/api/v1/search", **asked)]
    while pages[-1]["next_cursor"]:
        pages.append(get(client, "/api/v1/search", cursor=pages[-1]["next_cursor"], **asked))
        assert pages[-1]["prev_url"] is None
    assert [(page["total"], page["page"]) for page in pages] == [(45, 1), *[(45, None)] * 6]
    assert all(set(hit) == {"id", "title"} for page in pages for hit in page["hits"])
    seen = [hit["id"] for page in pages for hit in page["hits"]]
    assert seen == [f"most-{number}" for number in range(44, -1, -1)]
    assert pages[1]["next_url"].endswith(f"cursor={pages[1]['next_cursor']}")
    assert pages[-1]["next_url"] is None


def test_article_with_any_id(client: FlaskClient) -> None:
    found = get(client, "/api/v1/articles/" + quote("путь/с косой?#%"))
    assert (found["id"], found["author"]) == ("путь/с косой?#%", "Олег Рябых")


def test_unknown_article_is_a_problem(client: FlaskClient) -> None:
    response = client.get("/api/v1/articles/нет")
    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert response.json is not None
    assert response.json["code"] == "article_not_found"


def test_unknown_parameter_is_named_with_the_nearest(client: FlaskClient) -> None:
    response = client.get("/api/v1/search?q=мост&per-page=5&page=zero")
    assert response.status_code == 400
    assert response.json is not None
    errors = {error["parameter"]: error["nearest"] for error in response.json["errors"]}
    assert errors == {"per-page": "per_page", "page": None}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/articles/most-1?x=1"),
        ("GET", "/api/v1/articles/most-1/related?q=x"),
        ("POST", "/api/v1/related?q=x"),
        ("GET", "/openapi.json?x=1"),
    ],
)
def test_parameter_that_an_address_does_not_have_is_named(
    client: FlaskClient, method: str, path: str
) -> None:
    response = client.open(path, method=method, json={"text": "Мост"} if method == "POST" else None)
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["errors"][0]["message"] == "нет такого параметра"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nope", 404),
        ("POST", "/api/v1/search", 405),
        ("DELETE", "/api/v1/articles/most-1", 405),
        ("PUT", "/api/v1/articles/most-1/related", 405),
    ],
)
def test_every_error_is_a_problem(client: FlaskClient, method: str, path: str, status: int) -> None:
    response = client.open(path, method=method)
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json is not None
    assert set(response.json) == {"type", "title", "status", "detail", "instance", "code", "errors"}
    assert (status != 405) or "GET" in response.headers["Allow"]


def test_other_content_than_json_is_not_acceptable(client: FlaskClient) -> None:
    assert client.get("/api/v1/search", headers={"Accept": "text/xml"}).status_code == 406
    assert client.get("/api/v1/search", headers={"Accept": "text/html,*/*;q=0.5"}).status_code == 200
    for kind, status in {"application/json; charset=utf-8": 200, "application/json;q=0": 406}.items():
        assert client.get("/api/v1/search", headers={"Accept": kind}).status_code == status


@pytest.mark.parametrize("path", ["/api/v1/search?q=мост", "/api/v1/articles/most-1", "/openapi.json"])
def test_unchanged_answer_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/api/v1/search?q=река").headers["ETag"] != first.headers["ETag"]


def test_an_answer_is_made_once_in_a_commit(tmp_path: Path) -> None:
    path = "/api/v1/search?q=мост"
    with indexed(tmp_path, some_articles()) as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        first = client.get(path)
        assert client.get(path).data == first.data  # the time it took, too
        assert client.get(path + "&sort=newest").data != first.data
        indexed(tmp_path, [Article(id="новый", title="Мост закрыли", text="Мост закрыли утром.")]).close()
        assert get(client, "/api/v1/search", q="мост")["total"] == 46  # of 45 before
        assert client.get(path).headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize("id", ["две\nстроки", "/с краёв/", "a?b#c%20"])
def test_article_is_found_by_any_id(tmp_path: Path, id: str) -> None:
    with indexed(tmp_path, [Article(id=id, title="Мост", text="Мост через реку.")]) as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        assert get(client, f"/api/v1/articles/{quote(id, safe='')}")["id"] == id
        assert client.get(f"/articles/{quote(id, safe='')}").status_code == 200
        assert get(client, f"/api/v1/articles/{quote(id, safe='')}/related")["hits"] == []


def test_missing_article_is_missing_whatever_the_client_has(client: FlaskClient) -> None:
    for path in ("/api/v1/articles/нет", "/api/v1/articles/нет/related"):
        assert client.get(path, headers={"If-None-Match": "*"}).status_code == 404


def test_article_takes_no_parameters(client: FlaskClient) -> None:
    response = client.get("/api/v1/articles/most-1?fields=title")
    assert response.status_code == 400
    assert response.json is not None
    assert [error["parameter"] for error in response.json["errors"]] == ["fields"]


def test_service_without_an_index_says_so(empty: FlaskClient) -> None:
    assert empty.get("/healthz").status_code == 200
    for path in ("/readyz", "/api/v1/search?q=мост"):
        response = empty.get(path)
        assert response.status_code == 503
        assert int(response.headers["Retry-After"]) > 0
        assert response.json is not None
        assert response.json["code"] == "index_missing"
    page = empty.get("/")
    assert page.status_code == 503
    assert "svodka add" in page.text


@pytest.mark.parametrize("path", ROUTES)
def test_every_response_has_its_headers(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"X-Request-Id": "abc-1"})
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["X-Request-Id"] == "abc-1"
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert ("Access-Control-Allow-Origin" in response.headers) is path.startswith(("/api/", "/openapi"))
    response.close()


def test_odd_request_id_is_not_taken_over(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-Id": "a b\t<"}).headers["X-Request-Id"] != "a b\t<"


def test_description_is_valid_and_true(client: FlaskClient) -> None:
    document = get(client, "/openapi.json")
    validate(document)
    described = document["paths"]["/api/v1/search"]["get"]["parameters"]
    assert [parameter["name"] for parameter in described] == list(PARAMETERS)
    components = {"components": document["components"]}
    for schema, path in {
        "Answer": "/api/v1/search?q=мостт день",
        "Article": "/api/v1/articles/most-1",
        "Problem": "/api/v1/search?x=1",
        "Health": "/readyz",
        "Suggestions": "/api/v1/suggest?q=мос",
        "Related": "/api/v1/articles/most-1/related",
    }.items():
        jsonschema.validate(client.get(path).json, {"$ref": f"#/components/schemas/{schema}", **components})


BEGINNING_ALIKE = "проект просьба проверка проспект пробка прогноз провод проход процент процесс профиль"


def test_described_defaults_are_those_of_the_code(tmp_path: Path) -> None:
    some = [
        Article(id=f"{n}-{word}", title=f"{word.capitalize()} моста", text="Мост через реку осмотрели.")
        for word in BEGINNING_ALIKE.split()
        for n in range(2)
    ]
    with indexed(tmp_path, some) as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        paths = get(client, "/openapi.json")["paths"]
        described = [
            (path.replace("{id}", some[0].id), method, parameter["name"], parameter["schema"]["default"])
            for path, methods in paths.items()
            for method, operation in methods.items()
            for parameter in operation.get("parameters", ())
            if "default" in parameter["schema"]
        ]
        for path, method, name, default in described:
            asked = {"search": {"q": "мост"}, "suggest": {"q": "про"}}.get(path.rpartition("/")[2], {})
            draft = {"title": some[0].title, "text": some[0].text} if method == "post" else None
            told = [
                client.open(path, method=method.upper(), query_string=arguments, json=draft).get_json()
                for arguments in (asked, {**asked, name: default})
            ]
            assert told[0].get("hits") or told[0].get("suggestions")
            for field in ("query", "hits", "suggestions", "page", "per_page"):
                assert told[0].get(field) == told[1].get(field), (path, name)
    assert len({path for path, *_ in described}) == 4


def test_any_date_of_the_calendar_is_described_and_taken(client: FlaskClient) -> None:
    parameters = get(client, "/openapi.json")["paths"]["/api/v1/search"]["get"]["parameters"]
    for day in ("0001-01-01", "1975-01-01", "2025-06-01", "9999-12-31"):
        for name in ("from", "to"):
            (schema,) = (each["schema"] for each in parameters if each["name"] == name)
            jsonschema.validate(day, schema, format_checker=jsonschema.FormatChecker())
            get(client, "/api/v1/search", **{name: day})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(st.one_of(st.sampled_from(list(PARAMETERS)), st.text(max_size=8)), st.text(max_size=40))
)
def test_no_arguments_break_it(client: FlaskClient, arguments: dict[str, str]) -> None:
    for path in ("/", "/api/v1/search", "/articles/most-1"):
        response = client.get(path, query_string=arguments)
        assert response.status_code in (200, 400)


@pytest.mark.parametrize(
    "query", ["q=%ff%fe", "q=%00", "%", "q=%ED%A0%80", "&&&=", "q=" + "a" * 5000, "page=1e3"]
)
def test_odd_query_strings(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/v1/search?{query}").status_code in (200, 400)
    assert client.get(f"/?{query}").status_code in (200, 400)


@pytest.mark.parametrize("path", ["/api/v1/search", "/api/v1/suggest", "/search.csv", "/"])
@pytest.mark.parametrize("sent", [b"%EC%EE%F1%F2", "мост".encode("cp1251")])
def test_question_in_another_encoding_is_refused(client: FlaskClient, path: str, sent: bytes) -> None:
    query = (b"q=" + sent).decode("latin-1")
    response = client.get(path, environ_overrides={"QUERY_STRING": query})
    assert response.status_code == 400
    assert "текст должен быть в UTF-8" in response.text
    if response.json is not None:
        error = response.json["errors"][0]
        assert (error["parameter"], error["value"]) == ("q", "%EC%EE%F1%F2")
    assert client.get("/?utm_source=%EC&q=мост").status_code == 200  # means nothing here


def test_fields_are_those_of_a_hit() -> None:
    assert tuple(hit_json(Hit(Article(id="a", title="Мост", text="Мост."), 1.0))) == HIT_FIELDS


def test_suggestions(client: FlaskClient) -> None:
    found = get(client, "/api/v1/suggest", q="мос", per_page="2")
    assert found["suggestions"][0]["text"].startswith("Мост")
    assert len(found["suggestions"]) <= 2
    assert client.get("/api/v1/suggest?q=мос&page=2").status_code == 400
    assert get(client, "/api/v1/suggest") == {"q": "", "suggestions": []}


def test_related_articles_with_why(client: FlaskClient) -> None:
    found = get(client, "/api/v1/articles/most-3/related", per_page="3")
    assert len(found["hits"]) == 3
    assert "most-3" not in [hit["id"] for hit in found["hits"]]
    assert found["hits"][0]["why"]["relation"] in ("same", "earlier", "later")
    assert get(client, "/api/v1/articles/" + quote("путь/с косой?#%") + "/related")["hits"] is not None
    assert client.get("/api/v1/articles/нет/related").status_code == 404


def test_passages_a_draft_shares_with_an_article(client: FlaskClient) -> None:
    text = "Новости дня.\r\nРабочие осмотрели мост. На мосту заменили опору номер 3. Аким рад."
    response = client.post("/api/v1/related", json={"text": text})
    assert response.json is not None
    components = {"components": get(client, "/openapi.json")["components"]}
    jsonschema.validate(response.json, {"$ref": "#/components/schemas/Review", **components})
    first = response.json["hits"][0]
    assert first["id"] == "most-3"
    assert first["share"] > 0.5
    (passage,) = first["passages"]
    assert passage["draft"]["text"].startswith("Рабочие осмотрели мост. На мосту заменили опору номер 3")
    taken = text.replace("\r\n", "\n")  # as the draft was read
    assert taken[passage["draft"]["start"] : passage["draft"]["end"]] == passage["draft"]["text"]


def test_relatives_of_a_draft(client: FlaskClient) -> None:
    draft = {"title": "Мост", "text": "На мосту через реку заменили опору."}
    response = client.post("/api/v1/related", json=draft)
    assert response.status_code == 200
    assert response.json is not None
    first = response.json["hits"][0]
    assert first["id"].startswith("most-")
    assert (first["share"], first["passages"], response.json["hints"]) == (0, [], [])
    assert response.headers["Cache-Control"] == "no-store"
    endless = b'{"text": ' + b"[" * 100_000
    for body in (
        endless,
        b"",
        b"[]",
        b"{",
        b'{"title": "x"}',
        b'{"text": 5}',
        b'{"text": "x", "published": "z"}',
    ):
        bad = client.post("/api/v1/related", data=body)
        assert (bad.status_code, bad.content_type) == (400, "application/problem+json")
    assert client.post("/api/v1/related", data=b"x" * 600_000).status_code == 413
    long = client.post("/api/v1/related", json={"text": "я" * 50_001})
    assert (long.status_code, long.json and long.json["code"]) == (413, "draft_too_long")
    untold = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    for size, status in ((600_000, 413), (20, 200)):
        stream = BytesIO(b'{"text": "' + b"x" * size + b'"}')
        answer = client.post("/api/v1/related", input_stream=stream, environ_overrides=untold)
        assert answer.status_code == status
    assert client.get("/api/v1/related").status_code == 405
