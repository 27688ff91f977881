"""A draft held against the archive: copies, shared passages, numbers and names that differ."""

import random
from collections.abc import Iterator
from datetime import UTC
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import limits
from search.article import Article
from search.copies import is_copy
from search.draft import Review, hints, read_draft, review
from search.engine import Reader
from search.errors import BadQuestion, DraftTooLong
from search.passages import PASSAGE, Words, passages, share
from search.russian.claims import claims
from tests.conftest import indexed

FIRE = (
    "Пожар на складе в Актобе потушили к утру. Пострадали 12 человек, трое детей доставлены в больницу.\n"
    "Аким Алибек Алденей рассказал, что огонь перекинулся на соседний дом и сгорели 24 машины."
)
ARTICLES = [
    Article(id="fire", title="Пожар на складе в Актобе", text=FIRE),
    Article(id="rain", title="Дожди в Актобе", text="В Актобе прошли дожди, аким обещал новый склад."),
    Article(id="match", title="Матч", text="Хоккеисты Караганды выиграли матч у соперника из Актобе."),
]


@pytest.fixture(scope="module", params=["whoosh:", "memory:"])
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with indexed(tmp_path_factory.mktemp("index"), ARTICLES, request.param) as opened:
        yield opened


def reviewed(reader: Reader, text: str) -> Review:
    return review(reader, read_draft({"text": text}, UTC), 5)


def test_copied_passage_is_shown_side_by_side(reader: Reader) -> None:
    text = "Сегодня горело.\nПожар на складе в Актобе потушили рано к утру. Пострадали 12 человек. Дым ушёл."
    first = reviewed(reader, text).compared[0]
    assert first.relative.hit.article.id == "fire"
    (passage,) = first.passages
    assert text[passage.start : passage.end] == text[16:-11]
    assert FIRE[passage.other_start : passage.other_end] == FIRE.partition(",")[0]
    assert 0.5 < first.share < 1


def test_other_articles_share_nothing(reader: Reader) -> None:
    compared = reviewed(reader, "В Актобе откроют новый склад, сообщил аким.").compared
    assert compared
    assert all(one.share == 0 and not one.passages for one in compared)


def test_numbers_and_names_that_differ_are_hinted_at(reader: Reader) -> None:
    text = (
        "Пожар на складе в Актобе потушили. В больницу доставлены трое детей."
        " Пострадали 15 человек. Об этом рассказал аким Алибек Алдиней. Сгорели 24 машины."
    )
    hints = reviewed(reader, text).hints
    assert [(h.kind, text[h.start : h.end], h.others[0][0]) for h in hints] == [
        ("number", "15 человек", "12 человек"),
        ("name", "Алдиней", "Алденей"),
    ]
    assert hints[0].others[0][1].id == "fire"


def test_other_first_name_is_hinted_at(reader: Reader) -> None:
    text = FIRE.replace("Алибек", "Нурлан")
    assert [(h.kind, h.others[0][0]) for h in reviewed(reader, text).hints] == [
        ("first_name", "Алибек Алденей")
    ]


def test_first_name_is_held_against_those_of_its_surname_only() -> None:
    story = Article(
        id="duma", title="Дума", text="Спикер Вячеслав Володин и депутат Валентин Резник спорили."
    )
    (hint,) = hints("Об этом Володин молчал. Вечером Валентин Володин ответил.", [story])
    assert (hint.kind, hint.others) == ("first_name", (("Вячеслав Володин", story),))


@pytest.mark.parametrize(
    ("text", "written", "archive"),
    [
        (
            "Остаются 3 975 частных жилых домов. Спасено 12 домов.",
            "3 975 частных жилых домов",
            "3957 частных домов",
        ),
        ("Задержана 32-летняя алматинка.", "32-летняя", "22-летняя"),
        ("Выплаты увеличены на 9,6% с 1 января.", "9,6%", "8,6%"),
    ],
)
def test_slips_in_numbers_are_hinted_at(text: str, written: str, archive: str) -> None:
    story = Article(
        id="flood",
        title="Паводок",
        text="Подтоплены 3957 частных домов, 962 дачи. Задержана 22-летняя алматинка."
        " Выплаты будут увеличены на 8,6%.",
    )
    (hint,) = hints(text, [story])
    assert (text[hint.start : hint.end], hint.others) == (written, ((archive, story),))


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("Молдавы", "Молдовы"),
        ("Кишеневе", "Кишиневе"),
        ("Укроину", "Украину"),
        ("Магнитагорске", "Магнитогорске"),
    ],
)
def test_misspelt_names_of_the_dictionary_are_hinted_at(wrong: str, right: str) -> None:
    text = "Вчера власти Молдовы в Кишиневе и Магнитогорске назвали Украину соседом, а Москву — столицей."
    story = Article(id="story", title="Соседи", text=text)
    assert hints(text, [story]) == ()
    assert hints("Так в Минске назвали Варшаву.", [story]) == ()
    draft = text.replace(right, wrong)
    (hint,) = hints(draft, [story])
    assert (draft[hint.start : hint.end], hint.others) == (wrong, ((right, story),))


@pytest.mark.parametrize(
    ("other", "archive"),
    [
        ("Бои идут за рекой Литани на границе.", "Бои идут в Ливане на границе."),
        ("Фонд основал Джордж Сорос, деньги Джорджа Сороса.", "Мэр побывал в Сороках утром."),
    ],
)
def test_names_that_only_look_alike_in_some_case_are_no_slips(other: str, archive: str) -> None:
    assert hints(other, [Article(id="story", title="Соседи", text=archive)]) == ()


def test_draft_that_says_the_same_gets_no_hints(reader: Reader) -> None:
    assert reviewed(reader, FIRE).hints == ()


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("Пострадали 12 человек.", {(("пострадать",), "12")}),
        ("Двенадцать пострадавших в больнице.", {(("пострадать",), "12")}),
        ("Выделено 5,5 млн тенге", {(("миллион", "выделить"), "5.5")}),
        ("Построили 24 дома, сгорело 3 машины", {(("дом",), "24"), (("машина",), "3")}),
        ("15 июля 2024 года", set()),
        ("Основан в 2003 году.", set()),
        ("Вернулась в конце 2024 г.", set()),
        ("Ждали 1500 лет", {(("год", "ждать"), "1500")}),
        ("Счёт 3:2", set()),
        ("Пенсии повысят на 9,6% с 1 января", {(("процент", "повысить"), "9.6")}),
        ("Закон об индексации на 8,6 % с 1 января", {(("процент", "на"), "8.6")}),
        ("Число заражённых достигло 367651. В больницах люди.", set()),
        ("Штраф составил 300 тенге", {(("тенге", "составить"), "300")}),
        ("Собрали 5 млн. рублей", {(("миллион", "собрать"), "5")}),
        ("Задержана 22-летняя алматинка", {(("летний", "femn"), "22")}),
        ("Задержали 22-летнего водителя", {(("летний",), "22")}),
    ],
)
def test_what_is_counted(text: str, counts: set[tuple[tuple[str, ...], str]]) -> None:
    assert {(count.of, count.value) for count in claims(text).counts} == counts


def test_faults_of_a_draft_are_named() -> None:
    with pytest.raises(BadQuestion, match="text: нет текста"):
        read_draft({"title": "Мост"}, UTC)
    with pytest.raises(BadQuestion, match="published = «z»"):
        read_draft({"text": "x", "published": "z"}, UTC)
    with pytest.raises(DraftTooLong, match="50001 знаков"):
        read_draft({"text": "я" * (limits.DRAFT_CHARACTERS + 1)}, UTC)


words = st.lists(st.sampled_from(["мост", "река", "аким", "год", "день", "план"]), max_size=60)


@given(words, words)
def test_passages_are_the_same_words_in_order(one: list[str], other: list[str]) -> None:
    first, second = Words(" ".join(one)), Words(" ".join(other))
    found = passages(first, second)
    assert all(p.words >= PASSAGE for p in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    for passage in found:
        left = set(" ".join(one)[passage.start : passage.end].split())
        right = set(" ".join(other)[passage.other_start : passage.other_end].split())
        assert left & right
    assert 0 <= share(first, found) <= 1


@given(st.lists(st.integers(1000, 9999), min_size=PASSAGE, max_size=50, unique=True))
def test_text_is_wholly_in_itself(numbers: list[int]) -> None:
    words = Words(" ".join(map(str, numbers)))
    assert share(words, passages(words, words)) == 1


NOTICE = "Цены на топливо {}: бензин {} лея, дизель {} лея за литр, сообщает агентство по энергетике страны."


@pytest.mark.parametrize(
    ("one", "other", "one_outlet", "copy"),
    [
        (FIRE, FIRE, True, True),
        (FIRE, "Срочно! " + FIRE.replace("рассказал", "заявил"), False, True),
        (FIRE * 2, FIRE, False, True),  # cut short
        (FIRE, FIRE.replace("12", "15").replace("24", "40"), False, False),
        (NOTICE.format("в среду", 22, 18), NOTICE.format("в четверг", 23, 19), True, False),
        (FIRE, ARTICLES[1].text, False, False),
        ("Мост.", "Река.", False, False),
    ],
)
def test_copies_are_told_from_notices_of_one_form(one: str, other: str, one_outlet: bool, copy: bool) -> None:
    assert is_copy(Words(one), Words(other), one_outlet=one_outlet) is copy
    assert is_copy(Words(other), Words(one), one_outlet=one_outlet) is copy


def test_rewritten_copy_is_found(data: Path, tmp_path: Path) -> None:
    from benchmarks.data import articles
    from benchmarks.drafts import rewritten

    some = [article for _, article in zip(range(400), articles(), strict=False) if len(article.text) > 500]
    dice = random.Random(3)
    pool = [word for article in some[:50] for word in article.text.split()]
    with indexed(tmp_path, some) as reader:
        for article in dice.sample(some, 20):
            found = reviewed(reader, rewritten(article.text, 0.4, pool, dice)).compared
            assert article.text in [one.relative.hit.article.text for one in found]
