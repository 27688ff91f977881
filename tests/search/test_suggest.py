"""What is offered while a question is being typed."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from search import limits
from search.article import Article
from search.engine import Reader
from search.suggest import suggest
from tests.conftest import NOW, indexed

TITLES = [
    ("Мост через реку открыли", 1),
    ("Мост через реку закрыли на ремонт", 90),
    ("Мосты города осмотрят", 200),
    ("Президент Молдовы прибыла в Астану", 3),
    ("Президент Молдовы: визит окончен", 2),
    ("Президента встретили в Караганде", 400),
    ("Ёлку зажгли в Қарағанды", 5),
    ("Завод QARMASH и завод Кармаш", 5),
    ("В Кишинёве будут отключать свет", 1),
    ("В Кишинёве будут отключать воду", 2),
    ("В Кишинёве открыли школу", 3),
    ("Кишинёв готовится к зиме", 4),
]


@pytest.fixture(scope="module")
def reader(fresh: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    some = [
        Article(id=str(n), title=title, text="Текст.", published=NOW - timedelta(days=age))
        for n, (title, age) in enumerate(TITLES)
    ]
    with indexed(tmp_path_factory.mktemp("index"), some, fresh()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("мос", "Мост"),
        ("мост ч", "Мост через реку"),
        ("мост ", "Мост через реку"),
        ("презид", "Президент"),
        ("ПРЕЗИДЕНТ МОЛ", "Президент Молдовы"),
        ("елк", "Ёлку"),
        ("gh", "Президент"),
        ("vjc", "Мост"),
        ("qarm", "QARMASH"),
        ("открыли мос", "открыли Мост"),
    ],
)
def test_typed_text_goes_on(reader: Reader, typed: str, expected: str) -> None:
    assert expected in [one.text for one in suggest(reader, typed, 8, NOW, 30)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Қараған", "Қарағанды"),
        ("Кишінё", "Кишинёв"),
        ("Kishin", "Кишинёв"),
        ("prezid", "Президент"),
        ("президент Mold", "Президент Молдовы"),
        ("свет Kishin", "свет Кишинёве"),
    ],
)
def test_last_word_may_be_spelt_in_kazakh_or_latin_letters(reader: Reader, typed: str, expected: str) -> None:
    assert expected in [one.text for one in suggest(reader, typed, 8, NOW, 30)]


def test_completed_last_word_is_counted_with_the_words_before_it_and_left_out_where_nothing_has_them(
    reader: Reader,
) -> None:
    for typed, expected in {
        "открыли м": {"открыли Мост": 1},  # and no Молдовы
        "текст мос": {"текст Мост": 3},  # all forms, and the whole article: what a click finds
        "текст !мос": {"текст !Мост": 2},
        "паром м": {},
    }.items():
        assert {one.text: one.count for one in suggest(reader, typed, 8, NOW, 30)} == expected


def test_however_many_are_asked_for_few_are_counted(tmp_path: Path) -> None:
    words = [a + b for a in "бвгдж" for b in "аеоу"]
    some = [Article(id=word, title=f"Кр{word}", text="Мост.") for word in words]
    with indexed(tmp_path, some) as reader, patch.object(reader, "search", wraps=reader.search) as counted:
        assert len(suggest(reader, "мост кр", 100, NOW, 30)) == limits.SUGGESTIONS
        assert counted.call_count <= limits.SUGGESTIONS
        assert len(suggest(reader, "мост кр", 3, NOW, 30)) == 3


@pytest.mark.parametrize("typed", ["", "   ", "ъъъ", "?!", "\0", "мостик через"])
def test_nothing_to_offer(reader: Reader, typed: str) -> None:
    assert suggest(reader, typed, 8, NOW, 30) == []


def test_frequent_and_recent_come_first_and_forms_of_a_word_once(reader: Reader) -> None:
    texts = [one.text for one in suggest(reader, "мос", 8, NOW, 30)]
    assert texts[0] in ("Мост", "Мост через реку")
    assert "Мосты" not in texts
    first, *_ = suggest(reader, "президент молдовы", 8, NOW, 30)
    assert (first.text, first.count) == ("Президент Молдовы", 2)


def test_phrases_keep_within_punctuation(reader: Reader) -> None:
    texts = [one.text for one in suggest(reader, "молд", 20, NOW, 30)]
    assert not any("визит" in text for text in texts)


def test_word_is_offered_in_its_base_form_and_phrases_as_they_stand(reader: Reader) -> None:
    texts = [one.text for one in suggest(reader, "кишинё", 8, NOW, 30)]
    assert texts[0] == "Кишинёв"
    assert "Кишинёве" not in texts
    assert "в Кишинёве" in [one.text for one in suggest(reader, "в кишинё", 8, NOW, 30)]


def test_phrase_is_not_offered_word_by_word(reader: Reader) -> None:
    texts = [one.text for one in suggest(reader, "кишинё", 8, NOW, 30)]
    assert "Кишинёве будут" not in texts  # "отключать" follows in every title
    assert "Кишинёве будут отключать" in texts
    assert not {"Кишинёве будут отключать свет", "Кишинёве будут отключать воду"} & set(texts)
