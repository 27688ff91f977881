"""An article knows its copies, whenever and in whatever order they came, until they change or go."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from indexer.archive import Archive
from indexer.cli import main
from indexer.copied import ArchiveCopies
from indexer.intake import fates
from indexer.loading import load, rebuild
from search.article import Article
from search.engine import Engine
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW, engine_url
from web.app import create_app

FIRE = (
    "Пожар на складе в Актобе тушили всю ночь. Склад на улице Айтеке би сгорел полностью, пострадали"
    " 12 человек, двое из них в больнице. Причину установят эксперты, сообщили в областном"
    " департаменте. Ущерб оценивают в 340 миллионов тенге."
)
TAKEN_OVER = "По данным ДЧС, " + FIRE.replace("сгорел полностью", "выгорел дотла")
CUT_SHORT = FIRE.partition(" Причину")[0]
OTHER = (
    "Хоккеисты «Сарыарки» обыграли гостей из Павлодара со счётом 4:2. Обе шайбы в последней трети забросил"
    " защитник, который вернулся в команду после травмы."
)
NOTICE = (
    "Агентство по энергетике объявило цены на топливо на {}. Литр бензина будет стоить не больше {} лея, литр"
    " дизельного топлива не больше {} лея. Цены меняются каждый день по новой методике."
)
START = datetime(2015, 6, 1, 9, tzinfo=UTC)


def article(id: str, text: str, source: str | None = None, days: float | None = 0) -> Article:
    moment = None if days is None else START + timedelta(days=days)
    return Article(id=id, title=f"Заголовок {id}", text=text, published=moment, source=source or id)


class House:
    """An archive, its index, and the service over both."""

    def __init__(self, home: Path, engine: str = "whoosh:") -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.path = home / "archive.db"
        self.engine: Engine = open_engine(engine, home / "index")

    def take(self, *articles: Article) -> None:
        """As `svodka add` would."""
        with Archive(self.path) as archive:
            assert all(list(fates(archive, articles)))
            load(archive, self.engine)

    def remove(self, id: str) -> None:
        with Archive(self.path) as archive:
            with archive.changing():
                archive.remove(id)
            load(archive, self.engine)

    def rebuild(self) -> None:
        with Archive(self.path) as archive:
            rebuild(archive, self.engine)

    def answer(self, path: str) -> Any:
        with self.engine.reader() as reader:
            app = create_app(lambda: reader, Settings(), lambda: NOW, copies=ArchiveCopies(self.path))
            return app.test_client().get(path)

    def copies(self, id: str) -> list[str]:
        return [one["id"] for one in self.answer(f"/api/v1/articles/{id}").json["copies"]]

    def all_copies(self, ids: Iterable[str]) -> dict[str, list[str]]:
        return {id: self.copies(id) for id in ids}


@pytest.fixture(params=["whoosh:", "memory:", "opensearch:"])
def house(tmp_path: Path, request: pytest.FixtureRequest) -> House:
    return House(tmp_path / "var", engine_url(request.param, request))


@pytest.fixture
def local(tmp_path: Path) -> House:
    return House(tmp_path / "var")


def test_copy_of_another_outlet_is_told_with_its_source_and_date(house: House) -> None:
    house.take(article("vestnik", FIRE, "Вестник"), article("kurier", TAKEN_OVER, "Курьер", 1))
    assert house.answer("/api/v1/articles/vestnik").json["copies"] == [
        {
            "id": "kurier",
            "source": {"id": "курьер", "name": "Курьер"},
            "published_at": "2015-06-02T09:00:00+00:00",
        }
    ]
    assert house.copies("kurier") == ["vestnik"]


def test_order_of_arrival_makes_no_difference(tmp_path: Path) -> None:
    some = [article("a", FIRE), article("b", TAKEN_OVER, days=1), article("c", CUT_SHORT, days=2)]
    some.append(article("d", OTHER))
    for number, order in enumerate(permutations(some)):
        house = House(tmp_path / f"{number}")
        for one in order:
            house.take(one)
        assert house.all_copies("abcd") == {"a": ["b", "c"], "b": ["a", "c"], "c": ["a", "b"], "d": []}


def test_copies_are_found_across_years_and_without_dates(local: House) -> None:
    some = [article("2015", FIRE), article("2025", FIRE, days=3653), article("undated", FIRE, days=None)]
    local.take(*some)
    assert local.all_copies(("2015", "2025", "undated")) == {
        "2015": ["2025", "undated"],  # the earliest first, those without a date last
        "2025": ["2015", "undated"],
        "undated": ["2015", "2025"],
    }


def test_long_text_that_was_changed_a_little_is_found_after_years(local: House) -> None:
    text = " ".join((FIRE, OTHER, NOTICE.format("10 июня", 22, 18)))
    changed = "Напомним: " + text.replace("вернулся", "недавно вернулся")
    local.take(article("2015", text), article("2025", changed, days=3653))
    assert local.copies("2015") == ["2025"]


def test_lead_of_a_long_article_is_a_copy(local: House) -> None:
    rest = " ".join(f"Житель дома номер {n} рассказал соседу {n * n} о том, что видел." for n in range(60))
    local.take(article("long", f"{FIRE} {rest}"), article("lead", FIRE), article("rest", rest))
    assert local.copies("lead") == ["long"]


def test_sentence_in_a_digest_is_no_copy(local: House) -> None:
    local.take(article("flash", "Мост через Ишим закрыли на ремонт до осени."))
    local.take(article("digest", f"{OTHER} Мост через Ишим закрыли на ремонт до осени. {FIRE}"))
    assert local.copies("flash") == []


def test_changed_article_is_no_copy_any_more(house: House) -> None:
    house.take(article("a", FIRE), article("b", TAKEN_OVER), article("c", FIRE))
    house.take(article("b", OTHER))
    assert house.all_copies("abc") == {"a": ["c"], "b": [], "c": ["a"]}
    house.take(article("b", CUT_SHORT))
    assert house.copies("b") == ["a", "c"]


def test_deleted_article_is_nobodys_copy(house: House) -> None:
    house.take(article("a", FIRE), article("b", TAKEN_OVER), article("c", FIRE))
    house.remove("a")
    assert house.answer("/api/v1/articles/a").status_code == 404
    assert house.all_copies("bc") == {"b": ["c"], "c": ["b"]}


def test_rebuild_finds_the_same(local: House) -> None:
    texts = {"a": FIRE, "b": TAKEN_OVER, "c": CUT_SHORT, "d": OTHER}
    local.take(*(article(*each) for each in texts.items()))
    found = local.all_copies("abcd")
    local.rebuild()
    assert local.all_copies("abcd") == found
    for file in local.home.glob("copies.db*"):
        file.unlink()
    assert local.copies("a") == []  # the article is answered all the same
    local.rebuild()
    assert local.all_copies("abcd") == found


def test_archive_of_before_there_were_copies_is_caught_up_with(local: House) -> None:
    local.take(article("a", FIRE), article("b", TAKEN_OVER), article("gone", FIRE))
    local.remove("gone")
    for file in local.home.glob("copies.db*"):
        file.unlink()
    local.take(article("c", OTHER))  # the next that comes in
    assert local.all_copies("abc") == {"a": ["b"], "b": ["a"], "c": []}


def test_what_another_version_found_is_found_anew(local: House, monkeypatch: pytest.MonkeyPatch) -> None:
    local.take(article("a", FIRE), article("b", TAKEN_OVER))
    monkeypatch.setattr("indexer.copied.ANALYSIS", 1000)
    assert local.copies("a") == []
    local.take(article("c", OTHER))
    assert local.copies("a") == ["b"]


def test_damaged_copies_do_not_keep_an_article_from_being_read(local: House) -> None:
    local.take(article("a", FIRE), article("b", FIRE))
    for file in local.home.glob("copies.db*"):
        file.write_bytes(b"no database " * 1000)
    assert local.copies("a") == []


def test_serial_notices_are_kept_apart(local: House) -> None:
    agency = [
        article(f"{n}", NOTICE.format(f"{10 + n} июня", f"2{n},4{n}", f"1{n},9{n}"), "Агентство", n)
        for n in range(1, 9)
    ]
    local.take(*agency, article("other", agency[3].text, "Вестник", 4))
    found = local.all_copies(one.id for one in agency)
    assert found == {n: ["other"] if n == "4" else [] for n in "12345678"}


def test_captions_of_a_few_words_are_no_copies(local: House) -> None:
    local.take(article("a", "Фото дня."), article("b", "Фото дня."), article("c", "…"), article("d", "—"))
    assert local.all_copies("abcd") == {"a": [], "b": [], "c": [], "d": []}


def test_command_line_and_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVODKA_HOME", str(tmp_path / "var"))
    records = [article("a", FIRE, "Вестник").record(), article("b", TAKEN_OVER, "Курьер <i>", 1).record()]
    lines = "\n".join(json.dumps(record) for record in records)
    assert CliRunner().invoke(main, ["add", "-"], input=lines).exit_code == 0
    house = House(tmp_path / "var")
    page = house.answer("/articles/a").text
    assert "Та же заметка:" in page
    assert '<a href="/articles/b" lang="ru">Курьер &lt;i&gt;</a>' in page
    assert "2 июня 2015" in page
    assert "The same article:" in house.answer("/articles/a?lang=en").text
    assert "Дәл сол хабар:" in house.answer("/articles/a?lang=kk").text


def test_page_names_the_first_copies_and_counts_the_others(local: House) -> None:
    local.take(*(article(f"{n:02}", FIRE, days=n) for n in range(20)), article("other", OTHER))
    page = local.answer("/articles/00").text
    listed = page.partition("Та же заметка:")[2].partition("</p>")[0]
    assert listed.count("<a ") == 12
    assert "и ещё 7" in listed
    assert "Та же заметка" not in local.answer("/articles/other").text


def test_what_outlets_say_in_one_form_weeks_apart_are_no_copies(local: House) -> None:
    attack = "Силами ПВО в Раменском округе отражена атака беспилотника. Разрушений и пострадавших нет, {}."
    local.take(
        article("may", attack.format("сообщил мэр столицы")),
        article("same-day", attack.format("заявил мэр"), days=0.2),
        article("june", attack.format("заявил глава города"), days=30),
    )
    assert local.copies("may") == ["same-day"]
    assert local.copies("june") == []


def test_date_that_is_mended_makes_a_copy_or_unmakes_it(local: House) -> None:
    local.take(article("a", FIRE), article("b", TAKEN_OVER, days=40))
    assert local.copies("a") == []
    local.take(article("b", TAKEN_OVER, days=4))
    assert local.copies("a") == ["b"]
