"""Feeds, the table, and the description for browsers."""

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import pytest
from flask.testing import FlaskClient

from search.article import Article
from search.settings import Settings
from tests.conftest import NOW, indexed
from tests.web.conftest import HOSTILE
from web.app import create_app
from web.feeds import OPENSEARCH


def test_atom_has_the_newest_hits(client: FlaskClient) -> None:
    response = client.get("/search.atom?q=мост&per_page=5")
    assert response.content_type == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(response.data)
    assert not feed.bozo
    assert feed.feed.title == "мост — Сводка"
    assert feed.feed.opensearch_totalresults == "45"
    assert [entry.title for entry in feed.entries] == [f"Мост через реку, день {day}" for day in range(5)]
    entry = feed.entries[0]
    assert (entry.link, entry.tags[0].term) == ("https://vestnik.example/0", "Общество")
    assert "&lt;mark&gt;мост&lt;/mark&gt;" in response.text
    following = next(link.href for link in feed.feed.links if link.rel == "next")
    second = feedparser.parse(client.get(following).data)
    assert second.entries[0].title == "Мост через реку, день 5"


def test_json_feed_has_the_same(client: FlaskClient) -> None:
    response = client.get("/search.json?q=мост&per_page=5")
    assert response.content_type == "application/feed+json"
    assert response.json is not None
    assert response.json["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in response.json["items"]] == [f"most-{day}" for day in range(5)]
    following = client.get(response.json["next_url"]).json
    assert following is not None
    assert following["items"][0]["id"] == "most-5"


def test_table_has_all_hits(client: FlaskClient) -> None:
    response = client.get("/search.csv?q=мост&sort=oldest")
    assert response.headers["X-Total-Count"] == "45"
    rows = list(csv.DictReader(StringIO(response.text)))
    columns = "id url title source author section tags published_at modified_at snippet"
    assert list(rows[0]) == columns.split()
    assert [row["id"] for row in rows] == [f"most-{day}" for day in range(44, -1, -1)]
    assert len(list(csv.reader(StringIO(client.get("/search.csv?q=мост&per_page=3").text)))) == 4
    for_excel = client.get("/search.csv?q=мост", headers={"Accept": "text/html,*/*;q=0.8"})
    assert for_excel.text.startswith("\ufeff")


def test_table_has_the_columns_that_are_asked_for(client: FlaskClient) -> None:
    rows = csv.reader(StringIO(client.get("/search.csv?q=мост&sort=newest&fields=title,score,id").text))
    assert [next(rows), next(rows)[:2]] == [["id", "title", "score"], ["most-0", "Мост через реку, день 0"]]
    refused = {"/search.csv": "id,story", "/search.atom": "id", "/search.json": "title"}
    for path, fields in refused.items():
        response = client.get(path, query_string={"q": "мост", "fields": fields})
        assert response.status_code == 400
        assert response.json is not None
        assert response.json["errors"][0]["parameter"] == "fields"


def test_table_goes_on_by_its_link(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.limits.RESULT_WINDOW", 20)
    address, seen = "/search.csv?q=мост&sort=newest", []
    while address:
        response = client.get(address)
        seen.append([row["id"] for row in csv.DictReader(StringIO(response.text))])
        address = response.headers.get("Link", "").removeprefix("<").removesuffix('>; rel="next"')
    assert [len(ids) for ids in seen] == [20, 20, 5]
    assert [id for ids in seen for id in ids] == [f"most-{day}" for day in range(45)]


@pytest.mark.parametrize("path", ["/search.atom", "/search.json"])
def test_feed_tells_its_public_address(tmp_path: Path, path: str) -> None:
    settings = Settings.read({"SVODKA_PUBLIC_URL": "https://news.example"})
    with indexed(tmp_path, [Article(id="a", title="Мост", text="Мост.")]) as reader:
        client = create_app(lambda: reader, settings, lambda: NOW).test_client()
        response = client.get(f"{path}?q=мост&per_page=5")
    if path == "/search.json":
        assert response.json is not None
        told = response.json["feed_url"]
    else:
        told = next(link.href for link in feedparser.parse(response.data).feed.links if link.rel == "self")
    assert told == f"https://news.example{path}?q=%D0%BC%D0%BE%D1%81%D1%82&per_page=5"


def test_bad_key_is_refused_by_feeds_too(client: FlaskClient) -> None:
    for path in ("/search.atom", "/search.json", "/search.csv", "/search.suggestions", "/api/v1/search"):
        assert client.get(path, headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_cursor_of_another_order_is_refused(client: FlaskClient) -> None:
    def following(path: str) -> str:
        response = client.get(path, query_string={"q": "мост", "per_page": "5"})
        assert response.json is not None
        return str(response.json.get("next_cursor") or response.json["next_url"].rpartition("cursor=")[2])

    by_relevance, by_date = following("/api/v1/search"), following("/search.json")
    for path, cursor, sort, status in [
        ("/search.atom", by_relevance, None, 400),
        ("/search.atom", by_relevance, "relevance", 200),
        ("/search.json", by_date, "newest", 200),
        ("/api/v1/search", by_relevance, "relevance", 200),
        ("/api/v1/search", by_date, "newest", 200),
        ("/api/v1/search", by_date, None, 400),
    ]:
        arguments = {"q": "мост", "per_page": "5", "cursor": cursor, **({"sort": sort} if sort else {})}
        response = client.get(path, query_string=arguments)
        assert response.status_code == status, (path, sort)
        if status == 400:
            assert response.json is not None
            assert response.json["errors"][0]["value"] == cursor[:200]


def test_odd_texts_stay_texts(tmp_path: Path) -> None:
    odd = Article(id="=1+1", title="=HYPERLINK(1)", text=f"Мост.\x0b{HOSTILE}", author="\x01Рябых")
    with indexed(tmp_path, [odd]) as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        row = next(csv.DictReader(StringIO(client.get("/search.csv?q=мост").text)))
        assert (row["id"], row["title"]) == ("'=1+1", "'=HYPERLINK(1)")
        feed = feedparser.parse(client.get("/search.atom?q=мост").data)
    assert not feed.bozo
    assert "<img" not in feed.entries[0].summary
    assert feed.entries[0].updated_parsed[:3] == datetime(1970, 1, 1, tzinfo=UTC).timetuple()[:3]


def test_browsers_are_told_how_to_ask(client: FlaskClient) -> None:
    root = ElementTree.fromstring(client.get("/opensearch.xml").data)
    urls = {url.get("type"): str(url.get("template")) for url in root.iter(f"{{{OPENSEARCH}}}Url")}
    assert "Мост через" in client.get(urls["text/html"].replace("{searchTerms}", "мост")).text
    asked = client.get(urls["application/x-suggestions+json"].replace("{searchTerms}", "мос"))
    assert asked.json is not None
    assert asked.json[0] == "мос"
    assert asked.json[1][0].startswith("Мост")


@pytest.mark.parametrize("path", ["/search.atom", "/search.json", "/search.csv"])
def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(path + "?q=мост")
    again = client.get(path + "?q=мост", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    bad = client.get(path + "?qq=мост")
    assert (bad.status_code, bad.content_type) == (400, "application/problem+json")
    assert first.headers["Access-Control-Allow-Origin"] == "*"


def test_links_lead_to_the_host_that_was_asked_whoever_asked_before(client: FlaskClient) -> None:
    for host in ("evil.example", "news.example"):
        assert f"http://{host}/" in client.get("/search.atom?q=мост", headers={"Host": host}).text
