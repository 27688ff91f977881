"""Hits counted by label and by date, on every engine."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from search.answering import to_json
from search.article import Article
from search.errors import BadQuestion
from search.page import Facet
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


def test_rare_values_are_counted_together(tmp_path: Path, fresh: Callable[[], str]) -> None:
    many = [Article(id=str(n), title="Мост", text="Мост", source=f"Издание {n:02}") for n in range(15)]
    with indexed(tmp_path, many, fresh()) as reader:
        (facet,) = ask(reader, "мост", facets="source").page.facets
        assert isinstance(facet, Facet)
        assert (len(facet.values), facet.other) == (10, 5)


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
