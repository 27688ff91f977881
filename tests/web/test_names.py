"""Names on pages and in the API: under an article, beside the results, and a page for each."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from search.article import Article
from search.document import Document
from search.engines import open_engine
from search.names import Names
from search.settings import Settings
from tests.conftest import NOW
from tests.web.conftest import HOSTILE
from web.app import create_app

SPOKEN_OF = [
    Names(("Алибек Алденей", "Айгүл Сәрсен"), ("КарПУ",), ("Озёрск",)),
    Names(("Алибек Алденей",), ("ТЭЦ/ГРЭС",), ("Озёрск",)),
    Names(("Айгүл Сәрсен",), (HOSTILE,), ("Сарытас",)),
    Names(),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    engine = open_engine("whoosh:", tmp_path_factory.mktemp("index"))
    with engine.writer() as writer:
        writer.put(
            Document(
                Article(
                    id=str(number),
                    title=f"Новость {number}",
                    text="Мост открыли.",
                    source=f"Издание {number % 2}",
                    published=NOW - timedelta(days=40 * number),
                ),
                names=names,
            )
            for number, names in enumerate(SPOKEN_OF)
        )
        writer.commit(1)
    with engine.reader() as reader:
        yield create_app(lambda: reader, Settings(), lambda: NOW).test_client()


def told(client: FlaskClient, kind: str, name: str) -> dict[str, object]:
    found: dict[str, object] = client.get(f"/api/v1/names/{kind}/{quote(name)}").get_json()
    return found


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.text.replace("\u00a0", " ")


def test_name_is_told_with_its_articles_and_its_company(client: FlaskClient) -> None:
    found = told(client, "person", "алибек алденей")
    assert (found["kind"], found["name"], found["total"]) == ("person", "Алибек Алденей", 2)
    assert [hit["id"] for hit in found["hits"]] == ["0", "1"]  # type: ignore[attr-defined]
    company = {kind: [(one["label"], one["count"]) for one in those] for kind, those in found["with"].items()}  # type: ignore[attr-defined]
    assert company == {
        "person": [("Айгүл Сәрсен", 1)],
        "org": [("КарПУ", 1), ("ТЭЦ/ГРЭС", 1)],
        "place": [("Озёрск", 2)],
    }
    assert (found["from"], found["to"]) == ("2025-09-22", "2025-11-01")


def test_name_may_hold_a_slash(client: FlaskClient) -> None:
    assert told(client, "org", "ТЭЦ/ГРЭС")["total"] == 1


def test_unknown_name_is_told_as_a_name(client: FlaskClient) -> None:
    assert told(client, "person", "Никто")["code"] == "name_not_found"
    assert "Имени «Никто» в архиве нет" in client.get("/names/person/Никто").text
    assert "There is no such name in the archive" in client.get("/names/person/Никто?lang=en").text


def test_page_of_an_unknown_name_leads_to_a_search(client: FlaskClient) -> None:
    assert (
        f'<a href="/?q={quote("Никто")}">Искать «Никто» в статьях</a>'
        in client.get("/names/person/Никто").text
    )


def test_page_of_a_name_leads_to_what_it_counts(client: FlaskClient) -> None:
    """By its outlets and by its timeline."""
    text = page(client, f"/names/person/{quote('Алибек Алденей')}")
    counts = re.findall(r'<a (?:lang="ru" )?href="([^"]+)">[^<]+</a>(?:&nbsp;<small>|</td><td>)(\d+)<', text)
    leading = [(unescape(path), count) for path, count in counts if path.startswith("/?")]
    assert len(leading) == 4
    for path, count in leading:
        assert f'data-total="{count}"' in page(client, path)


def test_timeline_of_weeks_is_told_by_its_days(client: FlaskClient) -> None:
    assert "30 июня 2025 — 2 ноября 2025" in page(client, "/?q=мост&from=2025-05-01")


def test_name_is_written_alike_on_its_page_and_beside_others(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path / "index")
    with engine.writer() as writer:
        for number, place in enumerate(("Кишинёв", "Кишинёв", "Кишинев")):
            article = Article(id=str(number), title="Мост", text="Открыт.", published=NOW + timedelta(number))
            writer.put([Document(article, names=Names(("Ион Чебан",), (), (place,)))])
        writer.commit(1)
    with engine.reader() as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        beside = told(client, "person", "Ион Чебан")["with"]["place"][0]["label"]  # type: ignore[index]
        assert told(client, "place", "Кишинев")["name"] == beside


@pytest.mark.parametrize("path", ["person/Никто", "person/%20", "person/КарПУ", "thing/Озёрск", "person/"])
def test_unknown_name_is_404(client: FlaskClient, path: str) -> None:
    assert client.get(f"/api/v1/names/{path}").status_code == 404
    assert client.get(f"/names/{path}").status_code == 404


def test_name_takes_no_parameters(client: FlaskClient) -> None:
    assert client.get("/api/v1/names/place/Озёрск?page=2").status_code == 400


def test_article_tells_its_names(client: FlaskClient) -> None:
    assert client.get("/api/v1/articles/0").get_json()["names"] == {
        "person": ["Алибек Алденей", "Айгүл Сәрсен"],
        "org": ["КарПУ"],
        "place": ["Озёрск"],
    }
    assert client.get("/api/v1/articles/3").get_json()["names"] == {"person": [], "org": [], "place": []}


def test_page_of_an_article_leads_to_its_names(client: FlaskClient) -> None:
    text = page(client, "/articles/0")
    address = f"/names/person/{quote('Алибек Алденей')}"
    assert f'<a href="{address}">Алибек Алденей</a>' in text
    name = page(client, address)
    assert "<h1" in name
    assert "Айгүл Сәрсен" in name
    assert "С 22 сентября 2025 по 1 ноября 2025." in name
    assert "Новость 1" in name
    assert "Новость 2" not in name


def test_results_offer_names_to_narrow_by(client: FlaskClient) -> None:
    text = page(client, "/?q=мост")
    assert 'id="facet-person"' in text
    assert "person=%D0%90%D0%BB%D0%B8%D0%B1%D0%B5%D0%BA" in text
    narrowed = page(client, "/?q=мост&person=Алибек+Алденей")
    assert 'data-total="2"' in narrowed
    assert "Человек: Алибек Алденей" in narrowed
    assert "Всё об этом человеке" in narrowed


def test_page_of_a_name_is_the_same_in_other_languages(client: FlaskClient) -> None:
    assert "In the same articles" in page(client, "/names/place/Озёрск?lang=en")
    assert "Сол мақалаларда" in page(client, "/names/place/Озёрск?lang=kk")


def test_hostile_name_is_only_text(client: FlaskClient) -> None:
    assert "<img" not in page(client, f"/names/org/{quote(HOSTILE)}")
    assert "<img" not in page(client, "/articles/2")


def test_without_names_there_is_nothing_to_narrow_by(tmp_path: Path) -> None:
    engine = open_engine("memory:", tmp_path)
    with engine.writer() as writer:
        writer.put([Document(Article(id="a", title="Мост", text="Мост открыли."))])
        writer.commit(1)
    with engine.reader() as reader:
        client = create_app(lambda: reader, Settings(), lambda: NOW).test_client()
        assert client.get("/api/v1/search?q=мост&person=Алибек").get_json()["total"] == 0
        assert client.get("/api/v1/search?facets=person").get_json()["facets"][0]["values"] == []
        assert 'id="facet-person"' not in client.get("/?q=мост").text
