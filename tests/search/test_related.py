"""An article's relatives: the same story elsewhere, what came before and after."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from indexer.derived import Derived
from indexer.formats import read
from indexer.stories import Stories, frequent
from search import limits
from search.article import Article
from search.document import Documents
from search.engine import Reader
from search.engines import open_engine
from search.related import Relation, related
from tests.conftest import NOW, ROOT, indexed


@pytest.fixture(scope="module")
def reader(fresh: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    items = read(ROOT / "samples", ZoneInfo("Asia/Almaty"))
    some = Documents(item for item in items if isinstance(item, Article))
    place = open_engine(fresh(), tmp_path_factory.mktemp("index"))
    with Derived(tmp_path_factory.mktemp("derived") / "derived.db") as derived, place.writer() as writer:
        stories = map(Stories(derived).place, some.articles, frequent(some))
        writer.put(some.placed(stories, some.names))
        writer.commit(1)
    with place.reader() as opened:
        yield opened


def relatives(reader: Reader, id: str, most: int = 5) -> dict[str, Relation]:
    article = reader.article(id)
    assert article is not None
    return {one.hit.article.id: one.relation for one in related(reader, article, most).relatives}


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("delo-qarmash", {"vestnik-qarmash-kopiya": Relation.SAME, "kurier-qarmash": Relation.SAME}),
        ("sport-hokkey", {"ozero-hokkey": Relation.SAME, "sport-dzuba": Relation.BACKGROUND}),
        (
            "vestnik-most-podryad",
            {"vestnik-most-zaderzhka": Relation.LATER, "delo-most-smeta": Relation.LATER},
        ),
        ("nauka-lednik", {"vestnik-lednik": Relation.SAME}),
    ],
)
def test_story_is_found_with_the_time_between(reader: Reader, id: str, expected: dict[str, Relation]) -> None:
    found = relatives(reader, id)
    assert id not in found
    assert {other: found.get(other) for other in expected} == expected


def test_reason_is_told(reader: Reader) -> None:
    article = reader.article("sport-hokkey")
    assert article is not None
    first = related(reader, article, 1).relatives[0]
    assert first.hit.article.id == "ozero-hokkey"
    assert {"Есенжол", "Дзюба"} <= set(first.names)
    assert "финал" in first.words
    assert first.days is not None
    assert 0 < first.days < 1


@pytest.mark.parametrize("id", ["delo-qarmash", "sport-hokkey", "nauka-lednik"])
def test_scores_are_parts_of_what_the_article_itself_would_have(reader: Reader, id: str) -> None:
    article = reader.article(id)
    assert article is not None
    others = [(one.hit.article.id, one.hit.score) for one in related(reader, article, 2).relatives]
    assert all(0 < score < 0.8 for _, score in others)
    draft = replace(article, id="draft")
    found = [(one.hit.article.id, one.hit.score) for one in related(reader, draft, 3).relatives]
    assert [other for other, _ in found] == [id, *(other for other, _ in others)]
    assert [score for _, score in found] == pytest.approx([1.0, *(score for _, score in others)], rel=0.02)


def test_draft_need_not_be_in_the_archive(reader: Reader) -> None:
    draft = Article(
        id="draft", title="Что с котлом", text="Инженер ТЭЦ-3 Руслан Сивоконь рассказал об аварии котла."
    )
    found = related(reader, draft, 3).relatives
    assert {one.hit.article.id for one in found[:2]} <= {"vestnik-tec3", "kurier-tec", "delo-tec"}
    assert {one.relation for one in found} == {Relation.BACKGROUND}


FLOOD = """В Северо-Казахстанской области паводок.
Пресс-служба ДЧС показала, как самолёт привёз воду.
Жителей Северо-Казахстанской области эвакуируют, сказали в Кокшетау. Самолёт прилетит ещё. Tengrinews.kz."""
RAID = "В ночном клубе Астаны прошёл рейд: задержали пятерых гостей, двое отказались предъявить документы."
BRIBE = """В Кокшетау водитель предложил полицейскому взятку.
Полицейский отказался от денег и доложил начальству.
Водителя задержали, сообщила пресс-служба ДЧС. Tengrinews.kz."""


def told(id: str, text: str, days: float = 0) -> Article:
    url, moment = f"https://tengrinews.kz/{id}", NOW + timedelta(days=days)
    return Article(id=id, title=text[:30], text=text, url=url, published=moment)


def test_only_what_tells_of_the_same_event_is_same(tmp_path: Path) -> None:
    bribe = told("bribe", BRIBE)
    with indexed(tmp_path, [bribe, told("raid", RAID, 1), told("again", BRIBE, 1)]) as reader:
        found = {one.hit.article.id: one.relation for one in related(reader, bribe, 5).relatives}
    assert found == {"again": Relation.SAME, "raid": Relation.LATER}


def test_shared_words_stand_as_they_are_written(tmp_path: Path) -> None:
    flood = told("flood", FLOOD)
    with indexed(tmp_path, [flood, told("bribe", BRIBE), told("again", FLOOD)]) as reader:
        again, bribe = related(reader, flood, 2).relatives
    assert {*bribe.names, *bribe.words} == {"Кокшетау", "ДЧС", "пресс-служба"}
    assert {"Северо-Казахстанская", "Кокшетау", "ДЧС"} == set(again.names)
    assert {"самолёт", "паводок"} <= set(again.words)


MAYOR = """(ФОТО) Пожар на Буюканах: мэр обещал помощь
Мэр Кишинёва Ион Чебан приехал на Буюканы. Жильцов с Буюкан эвакуируют. Токаев молчит, ждут слова Токаева.
📩 Прислать новость"""


def test_shared_words_are_told_once_and_as_what_they_are(tmp_path: Path) -> None:
    """A name of two forms is one; what begins a line, or is small elsewhere, is no name by its capital."""
    title, _, text = MAYOR.partition("\n")
    fire, again = (Article(id=id, title=title, text=text, published=NOW) for id in ("fire", "again"))
    with indexed(tmp_path, [fire, again, told("bribe", BRIBE)]) as reader:
        (one,) = related(reader, fire, 1).relatives
    assert {"Кишинёв", "Чебан"} <= set(one.names)
    assert {"мэр", "прислать"} <= set(one.words)
    for name in ("Буюкан", "Токае"):
        assert len([head for head in (*one.names, *one.words) if head.startswith(name)]) == 1
    assert not {"ФОТО", "фото", "Токай"} & {*one.names, *one.words}


def test_a_name_is_told_as_others_write_it(tmp_path: Path) -> None:
    """Санду may be of Санда, and Асию of Асий, but nobody is called so."""
    meeting = told("meeting", "Президент приняла Асию в столице. Глава страны Санду обещала гранты.")
    again = replace(meeting, id="again")
    others = [f"Майя Санду выступила в школе {n}, журналист Асия слушала." for n in range(20)]
    others += ["Погода на завтра обещает снег."] * 40
    rest = [told(f"other{n}", text) for n, text in enumerate(others)]
    with indexed(tmp_path, [meeting, again, *rest]) as reader:
        (one,) = related(reader, meeting, 1).relatives
    assert {"Санду", "Асия"} <= set(one.names)
    assert not {"Санда", "Асий"} & set(one.names)


@pytest.mark.parametrize(
    ("text", "head", "wrong"),
    [
        ("Больные COVID-19 лежат дома.", "COVID-19", "Covid-19"),
        ("Сайты закрыли из-за DDoS-атак хакеров.", "DDoS-атака", "Ddos-атак"),
        ("Решали страны-члены союза.", "страна-член", "страны-член"),
        ("Об этом сказала Мария Захарова. Захарову спросили ещё.", "Захарова", "Захаров"),
        ("Суд отпустил Алексея Захарова. Захарову помогли.", "Захаров", "Захарова"),
        ("Ремонт начали в Атырауской области.", "Атырауская", "Атырауской"),
        ("Авария случилась в Оргеевском районе.", "Оргеевский", "Оргеевском"),
        ("Миллиардер Илон Маск молчит. Слово Илона Маска ждут.", "Илон", "Илона"),
    ],
)
def test_shared_names_stand_in_the_form_they_are_called_by(
    tmp_path: Path, text: str, head: str, wrong: str
) -> None:
    one = told("one", text)
    rest = [told(f"other{n}", "Погода на завтра обещает снег.") for n in range(9)]
    with indexed(tmp_path, [one, replace(one, id="again"), *rest]) as reader:
        again = related(reader, one, 1).relatives[0]
    assert head in {*again.names, *again.words}
    assert wrong not in {*again.names, *again.words}


def test_common_name_is_told_as_it_stands_where_its_base_form_would_be_seldom(tmp_path: Path) -> None:
    """Санду, though of its lemmas only Санда is among the words that tell most."""
    things = """озеро, яблоко, окно, молоко, колесо, дерево, облако, болото, золото, серебро, кольцо, письмо,
        перо, полотно, ведро, зерно, бревно, гнездо, копыто, корыто"""
    bridge = told("bridge", f"Мост открыла Санду: {things}.")
    rest = [told(f"other{n}", f"В школе {n} выступила Санду.") for n in range(60)]
    with indexed(tmp_path, [bridge, replace(bridge, id="again"), *rest]) as reader:
        one = related(reader, bridge, 1).relatives[0]
    assert "Санда" not in one.names


def test_english_that_tells_nothing_makes_no_relatives(tmp_path: Path) -> None:
    draft = told("draft", "The court in The Hague issued a warrant for the prime minister of Israel.")
    other = told("other", "Авария в Озёрске. This was the day in the life of a town, it is said on the site.")
    with indexed(tmp_path, [draft, other, told("bribe", BRIBE)]) as reader:
        assert related(reader, draft, 5).relatives == ()


def test_nothing_in_common(reader: Reader) -> None:
    assert related(reader, Article(id="x", title="Zzz", text="qwerty uiop"), 5).relatives == ()


def test_very_long_articles_are_compared_by_their_beginning(tmp_path: Path) -> None:
    text = "Рабочие осмотрели мост через реку и заменили опору. "
    times = limits.READ_CLOSELY // len(text) + 1
    some = Article(id="one", title="Мост", text=text * times + "Потом пришла весна.")
    other = Article(id="other", title="Мост", text=text * times + "Но всё растаяло. " * 9_000)
    endless = Article(id="endless", title="Мост", text="мост-" * 100_000)
    with indexed(tmp_path, [some, other, endless]) as reader:
        first, last = related(reader, some, 5).relatives
    assert (first.hit.article.id, first.copy) == ("other", True)
    assert (last.hit.article.id, max(map(len, last.names + last.words))) == (
        "endless",
        4,
    )  # no word of its own
