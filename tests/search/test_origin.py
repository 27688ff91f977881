"""Whom an article took its story from, where it says so."""

from pathlib import Path

import pytest

from search.article import Article
from search.russian.origin import origin
from tests.conftest import ask, indexed


@pytest.mark.parametrize(
    ("text", "outlet"),
    [
        ("Рабочие укладывают асфальт, передаёт Qaz365.kz.", "Qaz365.kz"),
        ("В КарТУ прошёл форум, передает корреспондент Tengrinews.kz.", "Tengrinews.kz"),
        ("Об этом сообщает Reuters со ссылкой на источники.", "Reuters"),
        ("Президент уволил министра, пишет «Российская газета».", "Российская газета"),
        ("Пошлину снизят, сообщает портал «Казинформ».", "Казинформ"),
        ("Об этом сообщило агентство Bloomberg.", "Bloomberg"),
        ("Издание Politico сообщило о переговорах.", "Politico"),
        ("Как пишет The Wall Street Journal, сделку отложили.", "The Wall Street Journal"),
        ("Самолёт сел, со ссылкой на РИА «Новости» сообщили в аэропорту.", "РИА Новости"),
        ("Так сообщил «Интерфаксу» глава ведомства, передаёт ТАСС.", "ТАСС"),
        ("Дом сгорел, передает ФАН. Пострадавших нет.", "ФАН"),
        ("По информации портала Agora, стройку заморозили.", "Agora"),
        ("Пошлина снизится, сообщил Минсельхоз.", None),
        ("Дрон сбит, сообщили в Минобороны. По данным полиции, пострадавших нет.", None),
        ("Он сообщил, что «Газпром» прекратил поставки.", None),
        ("Запуск прошёл успешно, сообщает NASA.", None),
        ("В письме она пишет, что устала.", None),
        ("Об этом сообщил премьер-министр Олжас Бектенов.", None),
        ("", None),
    ],
)
def test_outlets_are_told_from_offices_and_people(text: str, outlet: str | None) -> None:
    assert origin(text, None) == outlet


def test_outlet_that_names_itself_took_it_from_nobody() -> None:
    text = "Толчки ощутили в Алматы, передает корреспондент Tengrinews.kz."
    assert origin(text, "tengrinews.kz") is None
    assert origin(text, "Вестник") == "Tengrinews.kz"
    assert origin(text[:-1] + " со ссылкой на Kazinform.", "tengrinews.kz") == "Kazinform"


@pytest.mark.parametrize("engine", ["whoosh:", "memory:"])
def test_hits_are_counted_and_filtered_by_origin(engine: str, tmp_path: Path) -> None:
    some = [
        Article(id="a", title="Мост", text="Мост открыт, передаёт Qaz365.kz."),
        Article(id="b", title="Мост", text="Мост закрыт, пишет qaz365.kz."),
        Article(id="c", title="Мост", text="Мост красят."),
    ]
    with indexed(tmp_path, some, engine) as reader:
        page = ask(reader, "мост", facets="origin").page
        assert page.facets[0].values[0][::2] == ("qaz365.kz", 2)
        assert {hit.article.id for hit in ask(reader, "мост", origin="Qaz365.kz").page.hits} == {"a", "b"}
        assert {hit.article.id for hit in ask(reader, "мост", origin="-qaz365.kz").page.hits} == {"c"}
