"""Hits counted by label and by date, on every engine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from search.answering import to_json
from search.article import Article
from search.document import Document
from search.engine import Reader
from search.engines import open_engine
from search.errors import BadQuestion
from search.names import Names
from search.page import Facet
from search.query import Filters, Labels, Query
from tests.conftest import ask, indexed

SOME = [
    ("1", "Вестник", "Общество", "Олег Рябых", ("мост",), "2025-05-31T23:30:00+00:00"),
    ("2", "вестник", "Общество", "Олег Рябых", ("мост", "река"), "2025-06-01T10:00:00+00:00"),
    ("3", "Курьер", "Спорт", "Цой", (), "2025-06-02T10:00:00+00:00"),
    ("4", "Курьер", None, None, (), None),
]


def articles() -> list[Article]:
    return [
        Article(
            id=id,
            title="Мост",
            text="Мост открыли",
            source=source,
            section=section,
            author=author,
            tags=tags,
            published=datetime.fromisoformat(published) if published else None,
        )
        for id, source, section, author, tags, published in SOME
    ]


def test_values_are_counted_over_all_hits(tmp_path: Path, fresh: Callable[[], str]) -> None:
    with indexed(tmp_path, articles(), fresh()) as reader:
        page = ask(reader, "мост", facets="source,section,author,tag", per_page="1").page
        assert [(facet.field, [(key, count) for key, _, count in facet.values]) for facet in page.facets] == [
            ("source", [("вестник", 2), ("курьер", 2)]),
            ("section", [("общество", 2), ("спорт", 1)]),
            ("author", [("олег рябых", 2), ("цой", 1)]),
            ("tag", [("мост", 2), ("река", 1)]),
        ]


def test_own_filter_is_left_out_and_chosen_values_are_told(tmp_path: Path, fresh: Callable[[], str]) -> None:
    with indexed(tmp_path, articles(), fresh()) as reader:
        answer = ask(reader, "мост", facets="source,section", source="Вестник")
        source, section = to_json(answer)["facets"]
        assert answer.page.total == 2
        assert [(v["value"], v["count"], v["selected"]) for v in source["values"]] == [
            ("вестник", 2, True),
            ("курьер", 2, False),
        ]
        assert [(v["label"], v["count"]) for v in section["values"]] == [("Общество", 2)]


SPEAKING = {
    "1": Names(("Алибек Алденей", "Айгүл Сәрсен"), ("Мостострой",), ("Озёрск",)),
    "2": Names(("Алибек Алденей",), (), ("Озёрск", "Сарытас")),
    "3": Names((), ("Мостострой",), ()),
}


def speaking(folder: Path, engine: str) -> Reader:
    place = open_engine(engine, folder)
    with place.writer() as writer:
        writer.put(Document(each, names=SPEAKING.get(each.id, Names())) for each in articles())
        writer.commit(1)
    return place.reader()


def test_names_are_counted_and_filtered_by(tmp_path: Path, fresh: Callable[[], str]) -> None:
    with speaking(tmp_path, fresh()) as reader:
        page = ask(reader, "мост", facets="person,org,place").page
        assert [
            (facet.field, [(label, count) for _, label, count in facet.values]) for facet in page.facets
        ] == [
            ("person", [("Алибек Алденей", 2), ("Айгүл Сәрсен", 1)]),
            ("org", [("Мостострой", 2)]),
            ("place", [("Озёрск", 2), ("Сарытас", 1)]),
        ]
        by = [
            ("person", "алибек алденей"),
            ("org", "«Мостострой»"),
            ("place", "-Озерск"),
            ("person", "Никто"),
        ]
        found = [{hit.article.id for hit in ask(reader, "мост", **dict([pair])).page.hits} for pair in by]
        assert found == [{"1", "2"}, {"1", "3"}, {"3", "4"}, set()]


def test_names_come_back_and_are_replaced_with_their_article(
    tmp_path: Path, fresh: Callable[[], str]
) -> None:
    engine = fresh()
    with speaking(tmp_path, engine) as reader:
        assert [reader.names(id) for id in ("1", "4", "нет")] == [SPEAKING["1"], Names(), Names()]
        with open_engine(engine, tmp_path).writer() as writer:
            writer.put([Document(articles()[0], names=Names(place=("Токаш",)))])
            writer.commit(2)
        assert reader.names("1") == Names(place=("Токаш",))
        assert reader.names("2") == SPEAKING["2"]


def test_facets_within_a_filter_are_of_what_it_finds(tmp_path: Path, fresh: Callable[[], str]) -> None:
    with speaking(tmp_path, fresh()) as reader:
        asked = Query(filters=Filters(person=Labels(frozenset(("айгүл сәрсен",)))), facets=("person",))
        everybody, these = (
            reader.search(replace(asked, within=within)).facets[0]
            for within in (frozenset[str](), frozenset(("person",)))
        )
        assert [label for _, label, _ in everybody.values] == ["Алибек Алденей", "Айгүл Сәрсен"]
        assert [(label, count) for _, label, count in these.values] == [
            ("Айгүл Сәрсен", 1),
            ("Алибек Алденей", 1),
        ]


def test_rare_values_are_counted_together(tmp_path: Path, fresh: Callable[[], str]) -> None:
    many = [Article(id=str(n), title="Мост", text="Мост", source=f"Издание {n:02}") for n in range(15)]
    with indexed(tmp_path, many, fresh()) as reader:
        (facet,) = ask(reader, "мост", facets="source").page.facets
        assert isinstance(facet, Facet)
        assert (len(facet.values), facet.other) == (10, 5)


def test_of_equally_many_the_first_of_the_alphabet_are_told(tmp_path: Path, fresh: Callable[[], str]) -> None:
    many = [Article(id=str(n), title="Мост", text="Мост", source=f"И{(n * 37) % 90:02}") for n in range(120)]
    with indexed(tmp_path, many, fresh()) as reader:
        (facet,) = ask(reader, "мост", facets="source").page.facets
        sources = sorted((each.source or "").lower() for each in many)
        twice = sorted({source for source in sources if sources.count(source) == 2})
        assert [key for key, _, _ in facet.values] == twice[:10]
        assert facet.other == 120 - 20


def test_chosen_values_are_told_however_rare(tmp_path: Path, fresh: Callable[[], str]) -> None:
    rarer = [
        Article(id=f"{n}-{m}", title="Мост", text="Мост", source=f"И{n:02}") for n in range(80) for m in "ab"
    ]
    rare = [
        Article(id=s, title="Мост" if s != "Река" else "Реку", text="…", source=s) for s in ("Рано", "Река")
    ]
    with indexed(tmp_path, [*rarer, *rare], fresh()) as reader:
        answer = ask(reader, "мост", facets="source", source="Рано")
        (facet,) = to_json(answer)["facets"]
        assert [(v["value"], v["count"]) for v in facet["values"] if v["selected"]] == [("рано", 1)]
        assert (len(facet["values"]), facet["other"]) == (11, 140)
        (facet,) = to_json(ask(reader, "мост", facets="source", source="Река"))["facets"]
        assert facet["values"][-1] == {"value": "река", "label": "Река", "count": 0, "selected": True}
        assert facet["other"] == 141
        (facet,) = to_json(ask(reader, "мост", facets="source", source="И03"))["facets"]
        assert [v["value"] for v in facet["values"] if v["selected"]] == ["и03"]
        assert len(facet["values"]) == 10
        (facet,) = to_json(ask(reader, "мост", facets="source", source="Нигде"))["facets"]
        assert (len(facet["values"]), facet["other"]) == (10, 141)


@pytest.mark.parametrize(
    ("interval", "bars"),
    [
        ("day", [(date(2025, 5, 31), 1), (date(2025, 6, 1), 1), (date(2025, 6, 2), 1)]),
        ("week", [(date(2025, 5, 26), 2), (date(2025, 6, 2), 1)]),
        ("month", [(date(2025, 5, 1), 1), (date(2025, 6, 1), 2)]),
    ],
)
def test_hits_by_date(
    tmp_path: Path, fresh: Callable[[], str], interval: str, bars: list[tuple[date, int]]
) -> None:
    with indexed(tmp_path, articles(), fresh()) as reader:
        assert list(ask(reader, "мост", histogram=interval).page.histogram) == bars


def test_unknown_field_is_named(tmp_path: Path) -> None:
    with indexed(tmp_path, articles()) as reader, pytest.raises(BadQuestion) as caught:
        ask(reader, "мост", facets="source,sorce")
    assert (caught.value.errors[0].parameter, caught.value.errors[0].nearest) == ("facets", "source")
