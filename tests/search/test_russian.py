"""The Russian rules, as tables of questions and texts."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.russian.analysis import analyse
from search.russian.families import families
from search.russian.folding import fold
from tests.conftest import Finding, articles, ask, indexed

FOUND = {
    "lemma": [
        ("сталь", "Производство стали выросло"),
        ("стать", "Производство стали выросло"),
        ("стать", "Цены стали выше"),
        ("деньги", "Украли много денег"),
        ("деньга", "Украли много денег"),
        ("идти", "Дождь шёл всю ночь"),
        ("человек", "На площади собрались люди"),
        ("дети", "Ребёнка спасли"),
        ("лучший", "Хороший повар"),
        ("открыть", "Открытая в мае школа"),
        ("открывшийся", "Открылся музей"),
        ("рельсам", "Рельсы уложили"),
        ("МОСКВЕ", "москва не верит"),
    ],
    "yo": [
        ("ёлка", "Елку поставили"),
        ("елка", "Ёлку поставили"),
        ("учёт", "Учета не было"),
        ("учет", "Учёта не было"),
        ("орел", "Орёл улетел"),
        ("все", "Всё закрыли"),
    ],
    "spelling": [
        ("замок", "За́мок стоит на горе"),
        ("за́мок", "Замок стоит на горе"),
        ("переезд", "Пере\u00adезд закрыт"),
        ("пере\u00adезд", "Переезд закрыт"),
        ("переезд", "Пере\u200bезд закрыт"),
        ("Москва", "Mосква не верит"),  # the first letter is Latin
        ("сахар", "Сaxaр подорожал"),  # the three in the middle are
        ("Mосква", "Москва не верит"),
        ("край", "Кра\u0438\u0306 света"),
        ("кра\u0438\u0306", "Край света"),
        ("мост", "СРОЧНО: МОСТ ЧЕРЕЗ РЕКУ ОБРУШИЛСЯ"),
        ("карта", "ВЫПУЩЕНА НОВАЯ КАРТА ГОРОДА"),
    ],
    "surname": [
        ("Алденей", "Слово Алденея услышали"),
        ("Алденею", "Слово Алденея услышали"),
        ("алденеем", "Алденей приехал"),
        ("Алденея", "Алденей приехал"),
        ("алденей", "Встреча с Алденеем прошла"),
        ("Токаев", "Указом Токаева назначен"),
        ("токаева", "С Токаевым встретились"),
        ("Токаев", "Рассказали о Токаеве"),
        ("Токаевой", "Токаева приехала"),
        ("Жалгасбаева", "Договор с Жалгасбаевым подписан"),
        ("Сейткерим", "Слово Сейткерима услышали"),
        ("Чиквашвили", "У Чиквашвили премьера"),
        ("Бржезовский", "Доклад Бржезовского приняли"),
        ("Бржезовская", "Доклад Бржезовской приняли"),
        ("Гульжанат", "Гульжанат выступила"),
        ("Маск", "Ракета Илона Маска взлетела"),
    ],
    "abbreviation": [
        ("ДТП", "В ДТП никто не пострадал"),
        ("дтп", "В ДТП никто не пострадал"),
        ("МИД", "В МИДе сообщили"),
        ("МИД", "Глава МИДа рассказал"),
        ("МИДом", "МИД ответил"),
        ("мид", "Сотрудник МИДа рассказал"),
        ("вуз", "Ректоры ВУЗов собрались"),
        ("ВУЗ", "Ректоры вузов собрались"),
        ("ОПЕК", "Страны ОПЕК договорились"),
        ("опек", "Страны ОПЕК договорились"),
        ("КарПУ", "Ректор КарПУ выступила"),
        ("карпу", "Ректор КарПУ выступила"),
        ("карту", "Студенты КарТУ выиграли грант"),
        ("ВОЗ", "Эксперты ВОЗ приехали"),
        ("воз", "Эксперты ВОЗ приехали"),
        ("КазМунайГаз", "Отчёт КазМунайГаза готов"),
        ("казмунайгаз", "Отчёт КазМунайГаз опубликовал"),
    ],
    "kazakh": [
        ("караганда", "Вечер в Қарағанды"),
        ("Қарағанды", "Вечер в Караганде"),
        ("Тоқаш", "Аул Токаш"),
        ("токаш", "Аул Тоқаш"),
        ("Тоқаев", "Указом Токаева назначен"),
        ("токаев", "Тоқаев выступил"),
        ("қала", "Бұл қала үлкен"),
    ],
    "latin": [
        ("кармаш", "Завод QARMASH работает"),
        ("QARMASH", "Завод Кармаш работает"),
        ("qarmash", "Завод QARMASH работает"),
        ("samsung", "Планшеты Самсунг"),
        ("самсунг", "Планшеты Samsung"),
        ("Tokayev", "Президент Токаев подписал"),
        ("Токаев", "President Tokayev signed"),
        ("тойота", "Угнали Toyota"),
        ("айфон", "Новый iPhone показали"),
        ("Netanyahu", "Нетаньяху прибыл"),
        ("Warsaw", "Погода в Варшаве"),
        ("Мерседес-Бенц", "Дилеры Mercedes-Benz"),
    ],
    "hyphen": [
        ("министр", "Премьер-министр приехал"),
        ("премьер-министр", "Слово премьер-министру"),
        ("премьер-министр", "Премьер министр приехал"),
        ("ТЭЦ", "Авария на ТЭЦ-3"),
        ("тэц-3", "Авария на ТЭЦ-3"),
        ("covid-19", "Прививки от COVID-19"),
        ("covid", "Прививки от COVID-19"),
        ("ту-154", "Самолёт Ту-154 сел"),
        ("Алма-Ата", "Поезд в Алма-Ату"),
        ("интернет-магазин", "Работа интернет-магазинов"),
    ],
    "number": [
        ("10000", "Выпустят 10 000 машин"),
        ("10 000", "Выпустят 10000 машин"),
        ("10 000", "Выпустят 10\u00a0000 машин"),
        ("5,5", "Рост на 5.5 процента"),
        ("5,5 процента", "Рост на 5,5 %"),
        ("15%", "Рост на 15 процентов"),
        ("5.5", "Рост на 5,5 процента"),
        ("2025", "В 2025 году"),
        ("миллиард", "Выделили 3 млрд тенге"),
        ("млн", "Выделили миллионы тенге"),
    ],
    "host": [
        ("kaspi.kz", "Перевод через Kaspi.kz"),
        ("Kaspi.kz", "Перевод через kaspi.kz"),
        ("kaspi", "Перевод через Kaspi.kz"),
    ],
}
NOT_FOUND = [
    ("тенг", "Штраф 300 тенге"),
    ("Python", "Указ подписал Путин"),
    ("Sony", "Приснился сон"),
    ("Subaru", "Погода в Сибири"),
    ("Милей", "Милые котята"),
    ("карта", "Студенты КарТУ выиграли грант"),
    ("картой", "Студенты КарТУ выиграли грант"),
    ("опека", "Страны ОПЕК договорились"),
    ("ОПЕК", "Органы опеки приехали"),
    ("возы", "Эксперты ВОЗ приехали"),
    ("ВОЗ", "Сено на возу"),
    ("карп", "Ректор КарПУ выступила"),
    ("здоровье", "Здание школы построили"),
    ("министр", "Минареты мечети видно издалека"),
    ("премьер-министр", "Министр приехал"),
    ("10", "Выпустят 10 000 машин"),
    ("5", "Рост на 5,5 процента"),
    ("000", "Выпустят 10 000 машин"),
    ("Алденей", "Слово Алдениса услышали"),
    ("КарТУ", "Посмотрите на карту"),
    ("ТЭЦ-3", "Авария на ТЭЦ-2"),
    ("Ту-154", "Самолёт Ту-134 сел"),
]


def cases(pairs: list[tuple[str, str]]) -> list[object]:
    return [pytest.param(q, text, id=f"{q} — {text}") for q, text in pairs]


@pytest.mark.parametrize(("q", "text"), cases([pair for pairs in FOUND.values() for pair in pairs]))
def test_is_found(found: Finding, q: str, text: str) -> None:
    assert found(q, text)


@pytest.mark.parametrize(("q", "text"), cases(NOT_FOUND))
def test_is_not_found(found: Finding, q: str, text: str) -> None:
    assert not found(q, text)


FAMILIES = [
    ["Алденей", "Алденея", "Алденею", "Алденеем", "Алденее"],
    ["Токаев", "Токаева", "Токаеву", "Токаевым", "Токаеве"],
    ["Жалгасбаев", "Жалгасбаева", "Жалгасбаеву", "Жалгасбаевым", "Жалгасбаеве"],
    ["Шаймерден", "Шаймердена", "Шаймердену", "Шаймерденом", "Шаймердене"],
    ["Бржезовский", "Бржезовского", "Бржезовскому", "Бржезовским", "Бржезовском"],
    ["Балхадиша", "Балхадиши", "Балхадише", "Балхадишу", "Балхадишей"],
]


@pytest.mark.parametrize("forms", FAMILIES, ids=lambda forms: str(forms[0]))
def test_base_form_of_a_surname_finds_every_case_and_is_found_by_it(found: Finding, forms: list[str]) -> None:
    base = forms[0]
    assert [form for form in forms if not found(base, f"Вчера {form} видели в городе")] == []
    assert [form for form in forms if not found(form, f"Вчера {base} видели в городе")] == []


@pytest.mark.parametrize(
    ("q", "better", "worse"),
    [
        ("дамбу", "Осмотрели дамбу", "Построена дамба"),
        ("самсунг", "Планшеты Самсунг", "Планшеты Samsung"),
        ("samsung", "Планшеты Samsung", "Планшеты Самсунг"),
        ("караганда", "Вечер, Караганда", "Вечер, Қарағанды"),
        ("министр", "Министр приехал", "Премьер-министр приехал"),
        ("карту", "Выдали карту", "Студенты КарТУ"),
        ("Тараз", "В городе, что называется Тараз", "Taurus, Taurus, Taurus"),
    ],
)
def test_weaker_match_comes_later(tmp_path: Path, q: str, better: str, worse: str) -> None:
    with indexed(tmp_path, articles([worse, better]), "memory:") as reader:
        assert [hit.article.text for hit in ask(reader, q, repair="off").page.hits] == [better, worse]


@given(st.text() | st.text(alphabet="АБВабёъ-́\u00adKkҚқ 0123456789.,\n"))
def test_every_token_has_its_form_first_and_sound_weights(text: str) -> None:
    for token in analyse(text):
        terms = dict(token.terms)
        assert len(terms) == len(token.terms)
        assert token.terms[0][0].startswith("=")
        assert all(0 < weight <= 1 + 1e-9 for weight in terms.values())
        assert not any(term.isspace() or "\n" in term for term in terms)


@given(st.text())
def test_folding_folds_once_for_all(form: str) -> None:
    assert fold(fold(form)) == fold(form)


# Families

RELATIVES = ["Канада канадский", "хакер хакерский", "коронавирус коронавирусный", "организация организовать"]


@pytest.mark.parametrize("pair", RELATIVES)
def test_words_of_one_family(pair: str) -> None:
    one, other = (set(families(fold(word), word[0].isupper())) for word in pair.split())
    assert one & other


def test_neither_names_nor_weak_words_have_a_family() -> None:
    assert not families("токаева", True)
    assert not families("чтобы", False)


def test_words_of_the_family_put_a_hit_higher_and_make_none(tmp_path: Path) -> None:
    texts = ["Сборная вылетела в понедельник утром", "Канадская сборная вылетела в понедельник"]
    with indexed(tmp_path, articles(texts)) as reader:
        answer = ask(reader, "сборная вылетела Канада вечером", repair="off")
        assert answer.relaxed
        assert [hit.article.id for hit in answer.page.hits] == ["t1", "t0"]
        assert ask(reader, "Канада", repair="off").page.total == 0


def test_a_hyphen_opens_where_a_part_of_the_words_is_enough(tmp_path: Path) -> None:
    with indexed(tmp_path, articles(["Бывший футболист найден живым"])) as reader:
        assert ask(reader, "экс-футболист оказался живым", repair="off").page.total == 1
        assert ask(reader, "экс-футболист", repair="off").page.total == 0
