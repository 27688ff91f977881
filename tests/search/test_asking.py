"""Arguments become a question; every fault is named, with what is allowed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from search.answering import to_json
from search.article import Article
from search.asking import read_question
from search.errors import BadQuestion
from search.query import In, Sort
from tests.conftest import articles, ask, indexed


def test_all_parameters_are_read() -> None:
    pairs = [("q", "мост"), ("in", "title"), ("page", "3"), ("per_page", "5"), ("sort", "oldest")]
    question = read_question(
        [*pairs, ("source", "Вестник"), ("source", "-Курьер"), ("to", "2025-06-01")], UTC
    )
    assert (question.where, question.page, question.per_page, question.sort) == (In.TITLE, 3, 5, Sort.OLDEST)
    assert question.filters.source.include == {"вестник"}
    assert question.filters.source.exclude == {"курьер"}
    assert question.filters.until == datetime(2025, 6, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value", "message", "nearest"),
    [
        ("qq", "1", "нет такого параметра", "q"),
        ("pages", "1", "нет такого параметра", "page"),
        ("page", "0", "от 1 до 1000", None),
        ("page", "٣", "целое число", None),
        ("per_page", "101", "от 1 до 100", None),
        ("page", "51", "страниц всего 50", None),
        ("sort", "newst", "newest", "newest"),
        ("from", "вчера", "нужна дата", None),
        ("from", "9999-12-31", "", None),
        ("source", "  ", "пустое значение", None),
        ("q", "a\0b", "знак", None),
    ],
)
def test_fault_is_named(name: str, value: str, message: str, nearest: str | None) -> None:
    if not message:
        read_question([(name, value)], UTC)
        return
    with pytest.raises(BadQuestion) as caught:
        read_question([(name, value)], UTC)
    (error,) = caught.value.errors
    assert error.parameter == name
    assert message in error.message
    assert error.nearest == nearest


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(BadQuestion) as caught:
        read_question([("page", "x"), ("sort", "x"), ("q", "a"), ("q", "b")], UTC)
    assert {error.parameter for error in caught.value.errors} == {"page", "sort", "q"}


def test_without_words_the_newest_come_first() -> None:
    assert read_question([], UTC).order is Sort.NEWEST
    assert read_question([("q", "мост")], UTC).order is Sort.RELEVANCE


def test_quorum_is_told(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мост через реку открыли", "Тоннель под горой"])) as reader:
        answer = ask(reader, "мост река плотина")
        assert (answer.relaxed, answer.page.total) == (True, 1)
        assert not ask(reader, "мост река").relaxed


def test_typed_and_given_filters_both_hold(tmp_path: Path) -> None:
    some = [Article(id=s, title="Мост", text="Мост", source=s) for s in ("Вестник", "Курьер")]
    with indexed(tmp_path, some) as reader:
        assert ask(reader, "мост источник:Вестник", source="Вестник").page.total == 1
        assert ask(reader, "мост источник:Вестник", source="Курьер").page.total == 0


def test_answer_as_json_keeps_the_contract(tmp_path: Path) -> None:
    hostile = Article(
        id="a", title="<b>Мост</b>", text="Мост & <script>", published=datetime(2025, 5, 1, tzinfo=UTC)
    )
    with indexed(tmp_path, [hostile, *articles(["Мост", "Мост", "Мост"])]) as reader:
        content = to_json(ask(reader, "мост", per_page="2", page="2"), "/api/v1/search")
        first = to_json(ask(reader, "мост", per_page="100"))
    assert {"query", "corrections", "warnings", "total_relation", "took_ms", "index", "hits"} <= set(content)
    assert (content["total"], content["pages"], content["page"]) == (4, 2, 2)
    assert content["next_url"] is None
    assert content["prev_url"].startswith("/api/v1/search?")
    hit = next(hit for hit in first["hits"] if hit["id"] == "a")
    assert hit["snippets"][0]["html"] == "<mark>Мост</mark> &amp; &lt;script&gt;"
    assert hit["title_marks"] == [[3, 7]]
    assert hit["published_at"] == "2025-05-01T00:00:00+00:00"
