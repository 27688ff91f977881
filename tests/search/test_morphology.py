"""Our analyser reads every form as pymorphy3's own does, whose parts it replaces."""

from functools import cache
from itertools import islice

import pymorphy3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.russian.morphology import morphology

FORMS = (
    "стали", "замок", "еж", "ёж", "все", "всё", "люди", "шел", "шёл", "лучше", "наилучший", "мою", "пила",
    "карту", "карта", "путин", "путина", "алденея", "сагинова", "токаева", "лук", "банка", "дорогой", "три",
    "по-русски", "премьер-министр", "премьер-министра", "кто-нибудь", "северо-казахстанской", "сим-карты",
    "переподписали", "недоперепил", "псевдоэкспертами", "хинкальная", "бутявка", "глокая", "криптобиржу",
    "цска", "мвдшник", "covid-19", "qarmet", "2025", "5,5", "xii", "а", "и.", "», ", "%", "тенге",
    "съёмка", "съемка",
)  # fmt: skip


@cache
def plain() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")


def same(form: str) -> None:
    ours, theirs = morphology().parse(form), plain().parse(form)
    assert [one[:3] for one in ours] == [one[:3] for one in theirs]
    assert [one.score for one in ours] == pytest.approx([one.score for one in theirs])
    for one, other in zip(ours[:2], theirs[:2], strict=True):
        assert one.normalized[:3] == other.normalized[:3]
        assert [each[:3] for each in one.lexeme] == [each[:3] for each in other.lexeme]
    assert morphology().word_is_known(form) == plain().word_is_known(form)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_the_readings_of_pymorphy3(form: str) -> None:
    same(form)


@given(st.text("абвгдеёжиклмнопрстуфхцчшщыьэюя-", min_size=1, max_size=12))
def test_so_has_any_form(form: str) -> None:
    same(form)


def test_so_have_some_forms_of_the_dictionary() -> None:
    for one in islice(plain().iter_known_word_parses(), 0, 500_000, 500):
        same(one.word)
