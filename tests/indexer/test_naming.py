"""Names come to the index after the words, are kept, and follow what becomes of their articles."""

import json
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from indexer import finding, intake, loading
from indexer.archive import Archive
from indexer.cli import main
from indexer.named import Found, Mention, Named, digest
from indexer.naming import Naming
from search.article import Article
from search.engines import open_engine
from search.errors import IndexMissing
from search.names import Names
from tests.conftest import ask

needs_models = pytest.mark.skipif(
    not finding.installed(), reason="names are found by natasha's models: pip install 'svodka[names]'"
)
ABAI = Article(
    id="a", title="Новости дня", text="Алибек Алденей побывал в Караганде. Алденея встретили в КарТУ."
)
DARA = Article(id="b", title="Ещё новости", text="О поездке Алибека Алденея рассказали в Караганде.")


def told(article: Article, *mentions: tuple[str, str]) -> Found:
    """What would have been found in an article."""
    each = [Mention(kind, surface, 1, place) for place, (kind, surface) in enumerate(mentions)]
    return Found(article.id, digest(article), tuple(each))


FULL = told(ABAI, ("person", "Тасбулат Ергазы"), ("place", "Караганде"))
SHORT = told(DARA, ("person", "Тасбулата"), ("place", "Караганде"))


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Named]:
    with Named(tmp_path / "names.db") as opened:
        yield opened


def test_forms_in_later_articles_settle_the_names_of_earlier_ones(named: Named) -> None:
    named.take(0, 1, [SHORT])
    assert named.names(DARA) == Names(("Тасбулата",), (), ("Караганда",))
    named.show(named.waiting(10), 1)
    named.take(1, 2, [FULL])
    assert named.names(DARA) == Names(("Тасбулат",), (), ("Караганда",))
    assert named.waiting(10) == ["a", "b"]  # the index shows another name of the first


def test_it_makes_no_difference_in_which_order_they_come(named: Named, tmp_path: Path) -> None:
    named.take(0, 2, [SHORT, FULL])
    with Named(tmp_path / "other.db") as other:
        other.take(0, 1, [FULL])
        other.take(1, 2, [SHORT])
        assert [named.names(each) for each in (ABAI, DARA)] == [other.names(each) for each in (ABAI, DARA)]


def test_removed_article_has_no_say_any_more(named: Named) -> None:
    named.take(0, 2, [SHORT, FULL])
    named.take(2, 3, [Found("a", "", None)])
    assert (named.names(ABAI), named.names(DARA)) == (None, Names(("Тасбулата",), (), ("Караганда",)))


def test_names_are_of_the_words_they_were_found_in(named: Named) -> None:
    named.take(0, 1, [SHORT])
    assert named.names(Article(id="b", title=DARA.title, text="Другой текст")) is None


def test_whoever_comes_second_changes_nothing(named: Named) -> None:
    named.take(0, 5, [FULL])
    named.take(0, 3, [Found("a", "", None)])
    assert (named.position(), named.names(ABAI) is None) == (5, False)


def test_name_of_several_kinds_is_of_the_commonest(named: Named) -> None:
    often = Found("a", digest(ABAI), (Mention("person", "Сарытас", 1, 0), Mention("place", "Сарытаса", 2, 9)))
    named.take(0, 1, [often])
    assert named.names(ABAI) == Names(place=("Сарытас",))


def test_surname_alone_is_of_who_nearly_always_bears_it(named: Named) -> None:
    alone = told(DARA, ("person", "Ергазы"), ("person", "Волков"))
    named.take(0, 1, [alone])
    assert named.names(DARA) == Names(("Ергазы", "Волков"))
    several = [Article(id=str(number), title="—", text="—") for number in range(6)]
    full = [told(article, ("person", "Тасбулат Ергазы"), ("person", "Илья Волков")) for article in several]
    others = [told(replace(article, id=f"o{article.id}"), ("person", "Ирек Волков")) for article in several]
    named.take(1, 20, [*full, *others])
    assert named.names(DARA) == Names(("Тасбулат Ергазы", "Волков"))
    assert "b" in named.waiting(100)


def test_index_older_than_its_names_is_shown_them_again(named: Named) -> None:
    named.take(0, 1, [FULL])
    named.show(["a"], 7)
    named.distrust(7)
    assert named.waiting(10) == []
    named.distrust(3)
    assert named.waiting(10) == ["a"]


CAPITALISED = re.compile(r"[А-Я]\w+ [А-Я]\w+")


def capitalised(article: Article) -> tuple[Mention, ...]:
    """What stands in for the models: two words with capitals are a person."""
    return tuple(Mention("person", name, 1, 0) for name in sorted(set(CAPITALISED.findall(article.text))))


class House:
    """An archive and its index."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.archive = Archive(home / "archive.db")
        self.engine = open_engine("whoosh:", home / "index")

    @property
    def naming(self) -> Naming:
        return Naming(self.archive, self.engine)

    def take(self, *some: Article) -> None:
        intake.take(self.archive, some)
        loading.load(self.archive, self.engine)

    def remove(self, id: str) -> None:
        with self.archive.changing():
            self.archive.remove(id)
        loading.load(self.archive, self.engine)

    def found(self, q: str = "", **filters: str) -> set[str]:
        with self.engine.reader() as reader:
            return {hit.article.id for hit in ask(reader, q, **filters).page.hits}


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 200
    while time.monotonic() < end:
        with suppress(IndexMissing):
            if true():
                return
        time.sleep(0.05)
    raise TimeoutError


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr("indexer.naming.mentions", capitalised)
    opened = House(tmp_path)
    yield opened
    opened.archive.close()


def test_words_are_found_before_the_names(house: House) -> None:
    house.take(ABAI, DARA)
    assert (house.found("Караганда"), house.found(person="Алибек Алденей")) == ({"a", "b"}, set())
    house.naming.run()
    assert house.found("Караганда", person="Алибек Алденей") == {"a", "b"}


def test_names_may_be_found_before_there_is_an_index(house: House) -> None:
    intake.take(house.archive, [ABAI, DARA])
    house.naming.step()
    loading.load(house.archive, house.engine)
    assert house.found("Караганда", person="Алибек Алденей") == {"a", "b"}


def test_a_step_at_a_time_comes_to_the_same(house: House) -> None:
    house.take(ABAI, DARA)
    naming = house.naming
    assert [naming.step(), naming.step()] == [False, False]
    assert house.found(person="Алибек Алденей") == {"a", "b"}


def test_a_step_leaves_off_when_the_loader_is_wanted(house: House) -> None:
    many = [replace(ABAI, id=str(number)) for number in range(30)]
    house.take(*many)
    naming = house.naming
    assert naming.step(lambda: True)
    with Named(house.home / "names.db") as named:
        assert named.counts() == (1, 1)  # one was looked through, and waits
    while naming.step(lambda: False):
        pass
    with Named(house.home / "names.db") as named:
        assert named.counts() == (30, 0)


def test_a_commit_of_names_ends_with_what_it_has_when_the_loader_is_wanted(house: House) -> None:
    many = [replace(ABAI, id=str(number)) for number in range(30)]
    house.take(*many)
    with Named(house.home / "names.db") as named:
        named.take(0, 30, [told(article, ("person", "Ирина Волкова")) for article in many])
    wanted = iter([False, True])
    assert house.naming.step(lambda: next(wanted))
    shown = house.found(person="Ирина Волкова")
    assert 0 < len(shown) < 20
    assert not house.naming.step()
    assert len(house.found(person="Ирина Волкова")) == 20  # a whole page


def test_changed_article_loses_its_names_until_they_are_found_again(house: House) -> None:
    house.take(ABAI, DARA)
    house.naming.run()
    house.take(replace(DARA, text="Дарига Назарбаева выступила."))
    assert house.found(person="Алибек Алденей") == {"a"}
    house.naming.run()
    assert house.found(person="Дарига Назарбаева") == {"b"}


def test_removed_article_does_not_come_back_with_its_names(house: House) -> None:
    house.take(ABAI, DARA)
    with Named(house.home / "names.db") as named:
        named.take(0, 2, [told(ABAI, ("person", "Ирина Волкова")), told(DARA, ("person", "Ирины Волковой"))])
    house.remove("a")
    house.naming.run()
    assert (house.found(), house.found(person="Ирина Волкова")) == ({"b"}, {"b"})


def test_article_stays_in_its_story(house: House) -> None:
    house.take(ABAI, DARA)
    with house.engine.reader() as reader:
        before = [reader.story(id) for id in "ab"]
    house.naming.run()
    with house.engine.reader() as reader:
        assert [reader.story(id) for id in "ab"] == before != [None, None]


def test_rebuild_takes_the_names_that_were_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.take(ABAI, DARA)
    house.naming.run()
    shutil.rmtree(house.home / "index")
    monkeypatch.setattr("indexer.naming.mentions", None)  # nobody looks again
    loading.rebuild(house.archive, house.engine)
    house.naming.run()
    assert house.found(person="Алибек Алденей") == {"a", "b"}


def test_names_shown_while_the_index_is_rebuilt_come_to_the_new_one(house: House) -> None:
    house.take(ABAI)

    def meanwhile(_: int) -> None:  # the words are in the new index by now, without names
        house.naming.run()

    loading.rebuild(house.archive, house.engine, meanwhile)
    assert house.found(person="Алибек Алденей") == set()
    house.naming.run()
    assert house.found(person="Алибек Алденей") == {"a"}


def test_lost_names_are_looked_for_again(house: House) -> None:
    house.take(ABAI, DARA)
    house.naming.run()
    for file in house.home.glob("names.db*"):
        file.unlink()
    house.naming.run()
    assert house.found(person="Алибек Алденей") == {"a", "b"}


def test_killed_before_the_commit_is_told_of_shows_them_again(house: House) -> None:
    house.take(ABAI)
    with Named(house.home / "names.db") as named:
        named.take(0, 1, [told(ABAI, ("person", "Алибек Алденей"))])
    house.naming.run()
    with house.engine.reader() as reader:
        assert reader.names("a") == Names(("Алибек Алденей",))
        generation = reader.status().generation
    house.naming.run()
    with house.engine.reader() as reader:
        assert reader.status().generation == generation  # there was nothing left to show


def test_loader_that_follows_brings_words_and_names(house: House) -> None:
    stop = threading.Event()
    loads: list[int] = []

    def follow() -> None:
        with Archive(house.home / "archive.db") as archive:
            naming = Naming(archive, house.engine)
            loads.extend(loading.follow(archive, house.engine, stop, naming=naming))

    loader = threading.Thread(target=follow)
    loader.start()
    try:
        for article in (ABAI, DARA, replace(DARA, id="c")):
            intake.take(house.archive, [article])
            wait_until(lambda id=article.id: id in house.found("Караганда"))  # type: ignore[misc]
        wait_until(lambda: house.found(person="Алибек Алденей") == {"a", "b", "c"})
    finally:
        stop.set()
        loader.join()
    assert sum(loads) == 3


@needs_models
def test_command_finds_who_is_spoken_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVODKA_HOME", str(tmp_path))
    monkeypatch.setenv("SVODKA_NAMES", "1")
    (tmp_path / "news.jsonl").write_text(
        "\n".join(json.dumps(article.record(), ensure_ascii=False) for article in (ABAI, DARA)),
        encoding="utf-8",
    )
    runner = CliRunner()
    for command in (["add", str(tmp_path / "news.jsonl")], ["load"]):
        assert runner.invoke(main, command).exit_code == 0
    status = json.loads(runner.invoke(main, ["status", "--json"]).output)
    assert status["names"] == {"position": status["position"], "waiting": 0}
    assert "Имена найдены." in runner.invoke(main, ["status"]).output
    asked = ["search", "--person", "Алибек Алденей", "--facets", "person,place", "--json"]
    answer = json.loads(runner.invoke(main, asked).output)
    assert answer["total"] == 2
    assert [value["label"] for facet in answer["facets"] for value in facet["values"]] == [
        "Алибек Алденей",
        "Караганда",
    ]


@needs_models
def test_names_stand_without_what_is_around_them() -> None:
    text = "Президент приехал в (Караганду).\nЗавод «Восток» и банк «Нурлы жол» закрыты, сообщил А. Алденей."
    found = {text[start:end] for start, end, _ in finding.spans(text)}
    assert "Президент" not in found
    assert "Караганду" in found
    assert all(name.count("«") == name.count("»") for name in found)


@needs_models
def test_nothing_found_is_no_fault() -> None:
    odd = ["", "…", "\n\n", "«»", "123 456", "🌉", "А" * 20_000, "word " * 3_000]
    assert [list(finding.spans(text)) for text in odd[:6]] == [[]] * 6
    assert all(len(list(finding.spans(text))) < 100 for text in odd)


@needs_models
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Аким Сарытаса Сейткерим Жалгасбаев осмотрел опоры.", "Сейткерим Жалгасбаев"),
        ("Мост открыт. Аким Жалгасбаев назвал цену.", "Жалгасбаев"),
        ("Липы посадил лесник Аким Дубовых.", "Аким Дубовых"),
    ],
)
def test_an_office_that_begins_a_sentence_is_no_first_name(text: str, name: str) -> None:
    assert [text[start:end] for start, end, kind in finding.spans(text) if kind == "person"] == [name]
