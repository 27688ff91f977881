"""What a name as it stands in a text is the name of."""

from collections import Counter

import pytest

from search.russian.mentions import is_common, person, thing, whole


def alone(_: str) -> int:
    return 0


@pytest.mark.parametrize(
    ("surface", "name"),
    [
        ("Ирины Волковой", "Ирина Волкова"),
        ("Павла Дурова", "Павел Дуров"),
        ("Ангелы Меркель", "Ангела Меркель"),
        ("Анной Ковальчук", "Анна Ковальчук"),
        ("Льву Толстому", "Лев Толстой"),
        ("Дмитрия Королёва", "Дмитрий Королёв"),
        ("Владимира Владимировича Путина", "Владимир Путин"),
        ("Волкова Ирина", "Ирина Волкова"),
        ("К.К. Иванова", "К. К. Иванов"),
        ("Токаев К.", "К. Токаев"),
        ("ЛЕНУ СИДОРОВУ", "Лена Сидорова"),
        ("Адвокат Ирина Волкова", "Ирина Волкова"),
        ("Папа Римский", "Папа Римский"),
        ("Elon Musk", "Elon Musk"),
        ("", ""),
        ("—", ""),
    ],
)
def test_person_stands_in_the_nominative_with_first_name_first(surface: str, name: str) -> None:
    assert person(surface, alone) == name


def test_forms_of_other_articles_vote_for_a_name_outside_of_the_dictionary() -> None:
    seen = Counter({"алденей": 2, "алденея": 1, "касым-жомарт": 3, "токаевым": 1, "токаеву": 1, "токаев": 3})
    assert person("Алибека Алденея", seen.__getitem__) == "Алибек Алденей"
    assert person("Касым-Жомарта Токаева", seen.__getitem__) == "Касым-Жомарт Токаев"
    seen = Counter(
        {"санду": 300, "майя": 30, "майи": 20, "майе": 5, "илон": 50, "илона": 20, "маск": 50, "маска": 20}
    )
    for surface in ("Санду", "Майя Санду", "Майи Санду", "Майе Санду"):
        assert person(surface, seen.__getitem__).endswith("Санду")
    for surface in ("Илон Маск", "Илона Маска", "Илоном Маском"):
        assert person(surface, seen.__getitem__) == "Илон Маск"
    seen = Counter({"тасбулат": 4, "тасбулатом": 1, "тасбулата": 2})
    assert person("Тасбулата", seen.__getitem__) == "Тасбулат"
    seen = Counter({"тасбулата": 6, "тасбулаты": 2, "тасбулату": 1})
    assert person("Тасбулаты", seen.__getitem__) == "Тасбулата"


@pytest.mark.parametrize(
    ("surface", "name"),
    [
        ("Казахстане", "Казахстан"),
        ("Северной Кореи", "Северная Корея"),
        ("Соединенных Штатов Америки", "Соединенные Штаты Америки"),
        ("Ростова-на-Дону", "Ростов-на-Дону"),
        ("Алматы", "Алматы"),
        ("Кубе", "Куба"),
        ("США", "США"),
        ("New York", "New York"),
    ],
)
def test_place_stands_in_the_nominative(surface: str, name: str) -> None:
    assert thing(surface, alone, place=True) == name


@pytest.mark.parametrize(
    ("surface", "name"),
    [
        ("Министерства обороны России", "Министерство обороны России"),
        ("Следственным комитетом", "Следственный комитет"),
        ("Совета Безопасности ООН", "Совет Безопасности ООН"),
        ("партии «Единая Россия»", "партия «Единая Россия»"),
        ("МИДом", "МИД"),
        ("британского МИДа", "британский МИД"),
        ("ТЭЦ-3", "ТЭЦ-3"),
        ("Газпрома", "Газпром"),
        ("…", "…"),
    ],
)
def test_only_the_first_noun_of_an_organisation_changes(surface: str, name: str) -> None:
    assert thing(surface, alone, place=False) == name


def test_short_form_is_of_the_one_full_name_it_fits() -> None:
    article = [
        ("Касым-Жомарта Токаева", "Касым-Жомарт Токаев"),
        ("Токаева", "Токаева"),
        ("К. Токаеву", "К. Токаев"),
        ("Касым-Жомарт", "Касым-Жомарт"),
        ("Президент Токаев", "Токаев"),
        ("Путин", "Путин"),
    ]
    assert set(whole(article).values()) == {"Касым-Жомарт Токаев", "Путин"}


def test_short_form_that_fits_two_stays_as_it_is() -> None:
    article = [("Илья Волков", "Илья Волков"), ("Ирина Волкова", "Ирина Волкова"), ("Волкова", "Волкова")]
    assert whole(article)["Волкова"] == "Волкова"


def test_common_words_name_nobody() -> None:
    assert [is_common(word) for word in ("Президент", "Токаев", "Москва", "МИД")] == [
        True,
        False,
        False,
        False,
    ]
