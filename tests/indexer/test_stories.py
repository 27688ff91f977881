"""Stories form as articles come in, keep their numbers, and come apart when their articles go."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from indexer.cli import main
from indexer.derived import Derived, Placed
from indexer.stories import Stories, frequent
from indexer.vectors import Vectors, wanted
from search.article import Article
from search.document import Documents
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW, ROOT
from web.app import create_app

FIRE = [
    "Пожар на складе в Актобе тушили всю ночь. Склад на улице Айтеке би сгорел, пострадали 12 человек.",
    "Сгорел склад в Актобе на улице Айтеке би. При пожаре пострадали двенадцать человек, тушили всю ночь.",
    "Акимат Актобе о пожаре на складе: причина установлена, склад на Айтеке би горел из-за проводки.",
]
OTHER = "Хоккеисты карагандинской «Сарыарки» обыграли соперников из Павлодара в гостях."


def article(id: str, text: str, hours: float | None = 0, source: str = "") -> Article:
    moment = None if hours is None else datetime(2025, 6, 1, tzinfo=UTC) + timedelta(hours=hours)
    return Article(id=id, title=text[:40], text=text, published=moment, source=source or id)


class Placing:
    """Places articles one by one, each time by a fresh process."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, *articles: Article) -> list[int]:
        with Derived(self.path) as derived:
            stories = Stories(derived)
            found = [stories.place(one, frequent(Documents([one]))[0]) for one in articles]
            derived.save()
        return found

    def remove(self, id: str) -> None:
        with Derived(self.path) as derived:
            Stories(derived).remove((id,))
            derived.save()


@pytest.fixture
def placing(tmp_path: Path) -> Placing:
    return Placing(tmp_path / "derived.db")


def test_articles_on_one_event_are_one_story(placing: Placing) -> None:
    first, second, third, other = placing.place(
        article("a", FIRE[0]), article("b", FIRE[1], 2), article("c", FIRE[2], 20), article("d", OTHER, 3)
    )
    assert first == second == third != other


def test_it_makes_no_difference_whether_they_come_at_once(placing: Placing, tmp_path: Path) -> None:
    some = [article(f"{n}", text, n) for n, text in enumerate([FIRE[0], OTHER, *FIRE[1:]])]
    together = Placing(tmp_path / "other.db").place(*some)
    assert [placing.place(one)[0] for one in some] == together


def test_same_words_long_after_are_another_story(placing: Placing) -> None:
    first, later = placing.place(article("a", FIRE[0]), article("b", FIRE[1], 24 * 30))
    assert first != later


def test_undated_articles_are_held_against_those_that_came_last(placing: Placing) -> None:
    first, second, other = placing.place(
        article("a", FIRE[0], None), article("b", FIRE[1], None), article("c", OTHER, None)
    )
    assert first == second != other


def test_placing_again_changes_nothing(placing: Placing) -> None:
    some = [article("a", FIRE[0]), article("b", FIRE[1], 2)]
    assert placing.place(*some) == placing.place(*reversed(some))[::-1]


def test_story_is_undone_when_its_articles_go(placing: Placing) -> None:
    story = placing.place(article("a", FIRE[0]), article("b", FIRE[1], 1))[0]
    placing.remove("a")
    assert placing.place(article("c", FIRE[2], 2)) == [story]  # of b, whose number stays
    placing.remove("b")
    placing.remove("c")
    assert placing.place(article("d", FIRE[0], 3)) != [story]


def test_changed_article_leaves_its_story(placing: Placing) -> None:
    story = placing.place(article("a", FIRE[0]), article("b", FIRE[1], 1))[0]
    assert placing.place(article("b", OTHER, 1)) != [story]


def test_notices_of_one_form_with_other_numbers_are_no_story(placing: Placing) -> None:
    form = "Цены на топливо сегодня: бензин {} лея, дизель {} лея за литр, сообщает агентство по энергетике."
    some = [article(f"{n}", form.format(20 + n, 17 + n), 10 * n, source="Агентство") for n in range(3)]
    assert len(set(placing.place(*some))) == 3


def test_data_of_another_analysis_are_dropped(placing: Placing, monkeypatch: pytest.MonkeyPatch) -> None:
    placing.place(article("a", FIRE[0]))
    monkeypatch.setattr("indexer.derived._SCHEMA", "DROP TABLE placed; CREATE TABLE placed (id);")
    monkeypatch.setattr("indexer.derived.ANALYSIS", 1000)
    with Derived(placing.path) as derived:
        assert derived.frequencies(["пожар"]) == (0, {"пожар": 1})


def scattered(days: int) -> list[Article]:
    """Two fires and a match on every third day, in no order."""
    some = [
        article(f"{day}-{n}", text, 24 * day + n)
        for day in range(0, days, 3)
        for n, text in enumerate((*FIRE[:2], OTHER))
    ]
    random.Random(1).shuffle(some)
    return some


def test_day_is_read_once_in_whatever_order_articles_come(
    placing: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    between, read = Derived.between, []

    def counted(derived: Derived, since: int, until: int) -> list[Placed]:
        read.append(since)
        return between(derived, since, until)

    monkeypatch.setattr(Derived, "between", counted)
    placing.place(*scattered(40))
    assert len(read) == len(set(read)) <= 40 + 2 * 2


def test_stories_are_the_same_with_little_memory(
    placing: Placing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = scattered(12)
    at_ease = placing.place(*some)
    monkeypatch.setattr("indexer.stories.MOST_HELD", 2)
    assert Placing(tmp_path / "other.db").place(*some) == at_ease
    assert len(set(at_ease)) < len(some)


def test_undated_articles_are_held_against_so_many(placing: Placing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.stories.RECENT", 3)
    others = [article(f"o{n}", f"Новость {n}: {word}.", None) for n, word in enumerate(OTHER.split()[:5])]
    first, *_, near = placing.place(article("a", FIRE[0], None), *others[:2], article("b", FIRE[1], None))
    assert near == first
    *_, far = placing.place(*others[2:], article("c", FIRE[2], None))
    assert far != first


def test_articles_go_from_what_is_held(placing: Placing) -> None:
    with Derived(placing.path) as derived:
        stories = Stories(derived)

        def place(one: Article) -> int:
            return stories.place(one, frequent(Documents([one]))[0])

        story = place(article("a", FIRE[0]))
        assert place(article("b", FIRE[1], 1)) == place(article("u", FIRE[1], None)) == story
        assert place(article("b", OTHER, 1)) != story
        stories.remove(["a", "u", "nobody"])
        assert place(article("c", FIRE[2], 2)) != story


def test_vectors_find_who_is_like_a_vector() -> None:
    chance = random.Random(1)

    def placed(number: int) -> Placed:
        terms = tuple(chance.sample([f"слово{n}" for n in range(30)], chance.randrange(8)))
        weights = tuple(round(chance.random(), 4) for _ in terms)
        return Placed(f"{number}", number, "", number, terms, weights)

    some, vectors = [placed(number) for number in range(40)], Vectors()
    for first in range(0, 40, 8):
        vectors.add(some[first : first + 8])
        asked = placed(100).vector
        vectors.likeness(wanted(asked))  # between the one and the other
    assert vectors.remove(["3", "39", "nobody"]) == 2
    kept = [one for one in some if one.id not in ("3", "39")]
    assert vectors.ids == [one.id for one in kept]
    assert vectors.moments.tolist() == vectors.stories.tolist() == [one.story for one in kept]
    products = [sum(weight * asked.get(term, 0) for term, weight in one.vector.items()) for one in kept]
    assert vectors.likeness(wanted(asked)).tolist() == pytest.approx(products)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SVODKA_HOME", str(folder))
        run("add", str(ROOT / "samples"))
        yield folder


def run(*arguments: str) -> str:
    return CliRunner().invoke(main, arguments).stdout


def found(*arguments: str) -> Any:
    return json.loads(run("search", *arguments, "--json"))


@pytest.fixture
def client(home: Path) -> Iterator[FlaskClient]:
    with open_engine("whoosh:", home / "index").reader() as reader:
        yield create_app(lambda: reader, Settings(), lambda: NOW).test_client()


def test_of_a_story_only_the_first_hit_is_listed(home: Path) -> None:
    every, heads = found("Qarmash"), found("Qarmash", "--collapse", "story")
    assert (every["total"], every["heads"], len(every["hits"])) == (heads["total"], None, every["total"])
    stories = [hit["story"]["id"] for hit in every["hits"]]
    assert len(set(stories)) < len(stories)
    assert [hit["story"]["id"] for hit in heads["hits"]] == list(dict.fromkeys(stories))
    assert (heads["heads"], heads["pages"]) == (len(set(stories)), 1)
    assert heads["hits"][0]["story"]["size"] == 3


def test_command_line_tells_how_many_more_there_are(home: Path) -> None:
    assert run("search", "Qarmash", "--collapse", "story").count("+2 в сюжете") == 1


def test_story_has_an_address(client: FlaskClient) -> None:
    story = client.get("/api/v1/articles/kurier-qarmash").json["story"]  # type: ignore[index]
    told = client.get(f"/api/v1/stories/{story['id']}").json
    assert told is not None
    assert told["size"] == story["size"] == sum(outlet["count"] for outlet in told["outlets"]) == 3
    moments = [hit["published_at"] for hit in told["hits"]]
    assert moments == sorted(moments)
    assert (told["first"]["id"], told["from"]) == (told["hits"][0]["id"], moments[0])
    assert sum(bar["count"] for bar in told["histogram"]) == 3
    for nothing in ("0", "ff", "x", "-1", "f" * 17, "１"):
        missing = client.get(f"/api/v1/stories/{nothing}")
        assert missing.status_code == 404
        assert missing.json is not None
        assert missing.json["code"] == "story_not_found"
    assert "There is no such story" in client.get("/stories/x?lang=en").text
    assert client.get(f"/api/v1/stories/{story['id']}?x=1").status_code == 400


def test_pages_lead_to_the_story(client: FlaskClient) -> None:
    results = client.get("/?q=Qarmash").text.replace("\u00a0", " ")
    assert "+2 сообщения" in results
    assert "Показать все статьи" in results
    address = results.partition('href="/stories/')[2].partition('"')[0]
    story = client.get("/stories/" + address).text.replace("\u00a0", " ")
    assert "3 сообщения об одном событии. Первый источник:" in story
    assert story.count("<li>") >= 3
    kazakh = client.get(f"/stories/{address}?lang=kk").text.replace("\u00a0", " ")
    assert "Бір оқиға туралы 3 хабар." in kazakh
    assert "Весь сюжет: 3 сообщения" in client.get("/articles/kurier-qarmash").text.replace("\u00a0", " ")
    assert "Свернуть по сюжетам" in client.get("/?q=Qarmash&collapse=none").text


def test_removed_article_leaves_its_story_smaller(home: Path) -> None:
    size = found("Qarmash")["hits"][0]["story"]["size"]
    run("remove", "vestnik-qarmash-kopiya")
    assert found("Qarmash")["hits"][0]["story"]["size"] == size - 1
    story = found("Qarmash")["hits"][0]["story"]
    run("rebuild")
    assert found("Qarmash")["hits"][0]["story"] == story
