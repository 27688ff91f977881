"""Questions that find nothing as typed, and what is made of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from search.engine import Reader
from search.query import Via
from tests.conftest import articles, ask, indexed

TEXTS = [
    "Президент подписал указ о паводке",
    "Аким Сейткерим Жалгасбаев осмотрел мост",
    "Планшеты Samsung привезли в школу",
    "Может быть, дождя не было",
    "Погода в Астане",
    "Оба снимка показали Юпитер",
    "Of the J and the F",
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with indexed(tmp_path_factory.mktemp("index"), articles(TEXTS)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("typed", "kind", "meant"),
    [
        ("gfdjlrt", "layout", "паводке"),
        ("vj;tn", "layout", "может"),
        ("fcnfyf", "layout", "астана"),
        ("j,f", "layout", "оба"),
        ("ыфьыгтп", "layout", "samsung"),
        ("gjujlf d fcnfyt", "layout", "погода в астане"),
        ("призидент", "typo", "президент"),
        ("жалгазбаев", "typo", "жалгасбаев"),
        ("Жалгасбаиву", "typo", "жалгасбаев"),
        ("небыло", "typo", "не было"),
        ("п0года", "lookalike", "погода"),
    ],
)
def test_mistake_is_mended(reader: Reader, typed: str, kind: str, meant: str) -> None:
    answer = ask(reader, typed)
    assert answer.text == meant
    assert {correction.kind for correction in answer.corrections} == {kind}
    assert all(correction.applied for correction in answer.corrections)
    assert answer.page.total == answer.corrections[0].count == 1


@pytest.mark.parametrize(
    "typed", ['"призидент"', "!призидент", "призид*", "мост", "samsung", "здоровье", "жабы", "xyz"]
)
def test_what_is_meant_so_is_left_alone(reader: Reader, typed: str) -> None:
    assert ask(reader, typed).corrections == ()


def test_reader_may_decline(reader: Reader) -> None:
    assert ask(reader, "призидент", repair="off").page.total == 0
    offered = ask(reader, "призидент", repair="offer")
    assert (offered.page.total, offered.text, offered.offered) == (0, "призидент", "президент")


def test_marks_tell_of_the_mending(reader: Reader) -> None:
    (hit,) = ask(reader, "призидент").page.hits
    assert [mark.via for mark in hit.snippets[0].marks] == [Via.TYPO]


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("Погачар", ["Подача воды прекращена"]),
        ("экспаты", ["Эксперты осмотрели мост"]),
        ("Тайынша", ["Тайна маяка раскрыта"]),
        ("Кеген", ["Ртуты собрали"]),
    ],
)
def test_name_that_is_not_there_becomes_no_other_word(tmp_path: Path, typed: str, texts: list[str]) -> None:
    with indexed(tmp_path, articles(texts)) as reader:
        assert ask(reader, typed).corrections == ()


@pytest.mark.parametrize(("name", "word"), [("Курц", "курс"), ("Сохо", "сухо"), ("Nokia", "nokta")])
def test_nothing_is_offered_for_a_rare_name(tmp_path: Path, name: str, word: str) -> None:
    with indexed(tmp_path, articles([f"Там {name}", *(f"Там {word}" for _ in range(60))])) as reader:
        assert ask(reader, name).corrections == ()


def test_surname_is_mended_that_stands_in_another_case_only(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Кубок вручили Ястремской"])) as reader:
        assert ask(reader, "Ястримская").page.total == 1


def test_word_is_mended_though_no_article_has_all_the_words(reader: Reader) -> None:
    answer = ask(reader, "дождя призидент")
    assert (answer.text, answer.relaxed) == ("дождя президент", True)
    assert {hit.article.text for hit in answer.page.hits} == {TEXTS[0], TEXTS[3]}


def test_rare_misprint_is_mended_where_nothing_has_all_the_words(tmp_path: Path) -> None:
    texts = ["Призидент приехал", *("Президент встретил посла" for _ in range(60))]
    with indexed(tmp_path, articles(texts)) as reader:
        answer = ask(reader, "призидент встретил посла")
    assert (answer.text, answer.page.total, answer.relaxed) == ("президент встретил посла", 60, False)


def test_rare_misprint_of_the_archive_is_offered(tmp_path: Path) -> None:
    texts = ["Призидент приехал", *("Президент приехал" for _ in range(60))]
    with indexed(tmp_path, articles(texts)) as reader:
        answer = ask(reader, "призидент")
    assert (answer.page.total, answer.offered) == (1, "президент")
    assert [(c.applied, c.count) for c in answer.corrections] == [(False, 60)]


def test_single_letter_of_the_right_layout_stays(reader: Reader) -> None:
    answer = ask(reader, "gjujlf в fcnfyt")
    assert (answer.text, answer.page.total) == ("погода в астане", 1)


def test_word_written_as_two_is_joined(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Мотоцикл угнали", "Цикл лекций завершён"])) as reader:
        answer = ask(reader, "угнанный мото цикл")
        assert [c.to for c in answer.corrections] == ["мотоцикл"]
        assert {hit.article.id for hit in answer.page.hits} == {"t0"}


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("под ставку", ["Кредит под ставку банка", "Подставку купили"]),  # they stand side by side somewhere
        ("от дела", ["Начальника отдела наградили"]),  # a preposition is no half of a word
        ("отчёт банка", ["Отчётбанка вышел", "Банка стоит"]),  # a space got lost in the archive
    ],
)
def test_two_words_are_not_joined(tmp_path: Path, typed: str, texts: list[str]) -> None:
    with indexed(tmp_path, articles(texts)) as reader:
        assert ask(reader, typed).corrections == ()


def test_slip_in_a_surname_ending_is_mended(tmp_path: Path) -> None:
    texts = ["Токаев прилетел", "Токарев спел", *("Токаев выступил" for _ in range(9))]
    with indexed(tmp_path, articles(texts)) as reader:
        assert ask(reader, "токаеев").text == "токаев"


def test_latin_name_that_sounds_so_is_no_slip_in_a_word_of_all_articles(tmp_path: Path) -> None:
    texts = ["Chegg закрыли", *("Чего ждать от зимы" for _ in range(60))]
    with indexed(tmp_path, articles(texts)) as reader:
        answer = ask(reader, "чегг")
    assert (answer.page.total, answer.corrections) == (1, ())


def test_sure_slips_are_mended_beside_one_that_is_not(tmp_path: Path) -> None:
    texts = ["Миинистр ушёл", "Фермеры вышли", "Фермеры устали", *("Министр приехал" for _ in range(60))]
    with indexed(tmp_path, articles(texts)) as reader:
        answer = ask(reader, "фемеры ждут миинистр")
    assert (answer.text, answer.relaxed) == ("фермеры ждут миинистр", True)


def test_russian_word_typed_in_latin_letters_is_spelt_in_its_own(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Налоги снизили", "Электричество отключили"])) as reader:
        taxes, power, name = (ask(reader, q) for q in ("nalogi", "elektrichestvo", "Nalogi"))
    assert [(c.kind, c.to) for c in taxes.corrections] == [("translit", "налоги")]
    assert (power.text, power.page.total) == ("электричество", 1)
    assert name.corrections == ()


@pytest.mark.parametrize(("word", "text"), [("police", "Дело о полисе"), ("sony", "Ночью снятся сони")])
def test_english_word_is_spelt_in_no_other_letters(tmp_path: Path, word: str, text: str) -> None:
    with indexed(tmp_path, articles([text])) as reader:
        assert ask(reader, word).corrections == ()


def test_caps_lock_is_no_abbreviation(tmp_path: Path) -> None:
    texts = [
        "ПОЖАР: МВД РАССКАЗАЛО О СУДЕ",
        *("Суд о пожаре, МВД и СУД" if n < 2 else "Суд и пожар" for n in range(60)),
    ]
    with indexed(tmp_path, articles(texts)) as reader:
        fire, court, ministry = (ask(reader, q) for q in ("ПОЖАР", "СУД", "МВД"))
    assert (fire.text, [c.kind for c in fire.corrections]) == ("пожар", ["layout"])
    assert (court.page.total, court.offered) == (2, "суд")
    assert ministry.corrections == ()


def test_in_a_question_in_capitals_no_word_is_an_abbreviation(tmp_path: Path) -> None:
    texts = ["«Он знал», — сказал судья о Петрове", "Судья уехал"]
    with indexed(tmp_path, articles(texts)) as reader:
        assert ask(reader, '"ОН ЗНАЛ" - СУДЬЯ О ПЕТРОВЕ').page.total == 1
        assert [hit.article.id for hit in ask(reader, "СУДЬЯ БЕЗ СЛОВ -УЕХАЛ").page.hits] == ["t0"]
