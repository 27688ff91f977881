"""Pages of invented outlets, each of a shape of its own, and what must come out of them."""

from itertools import pairwise

import pytest

from indexer.boilerplate import Kind, kind
from indexer.cleaning import NotAPage, Page, page

TITLE = "В Светлогорске открыли новый мост через Серебрянку"
P1 = (
    "В Светлогорске после трёх лет строительства открыли автомобильный мост через реку Серебрянку, "
    "передаёт Stepnoy.kz."
)
P2 = (
    "По словам заместителя акима Бориса Ельникова, движение по мосту разгрузит центр города, а дорога "
    "до больницы станет короче на двадцать минут."
)
P3 = "Мы ждали этого дня много лет, и теперь скорая помощь не будет стоять в заторах, — сказал он."
P4 = "Работы обошлись бюджету области в пять миллиардов тенге. Мост рассчитан на сто лет службы."
BODY = "\n".join((P1, P2, P3, P4))


def spaced(*lines: str) -> str:
    return "\n\n".join(lines)


def test_title_doubled_and_tail_of_the_feed() -> None:
    text = spaced("×", TITLE, TITLE, P1, P2, P3, P4,
                  "Подписывайтесь на наш Telegram, там самая свежая информация.",
                  "Лента новостей", "Все новости →")  # fmt: skip
    assert page(text) == Page(TITLE, BODY, source="Stepnoy.kz")


def test_crumbs_date_and_author_above_the_body() -> None:
    text = spaced("Меню", "Главная / Новости / Общество", TITLE, "15 июня 2025, 14:30",
                  "Автор: Айгуль Сейтова", "Просмотров: 1 204", "Фото: акимат Светлогорска", P1, P2, P3, P4,
                  "Теги: мост, Светлогорск",
                  "Поделиться", "Facebook", "Telegram", "WhatsApp")  # fmt: skip
    assert page(text) == Page(
        TITLE,
        BODY,
        published="2025-06-15T14:30",
        source="Stepnoy.kz",
        author="Айгуль Сейтова",
        section="Общество",
    )


def test_read_also_stands_between_paragraphs() -> None:
    text = spaced(TITLE, P1, "Читайте также: Как ремонтируют дороги области", P2, "Читайте также",
                  "В Светлогорске построят школу", "Кто ответит за ямы на дорогах?", P3,
                  "По теме: Мосты области", P4)  # fmt: skip
    assert page(text).text == BODY


def test_tail_in_the_middle_of_nowhere() -> None:
    text = spaced(TITLE, P1, P2, "Лента новостей", "14:20", "В Караганде ищут пропавшего школьника",
                  "13:05 Курс тенге на пятницу", "Все новости →", f"{P4} {P2}",
                  "© 2025 Stepnoy.kz. Все права защищены.",
                  "Перепечатка материалов только с письменного разрешения редакции.")  # fmt: skip
    assert page(text).text == "\n".join((P1, P2, f"{P4} {P2}"))


def test_windows_line_ends_and_hard_spaces() -> None:
    text = "\r\n".join(
        (
            "Новости | Политика | Спорт",
            TITLE,
            "12.06.2025 09:05",
            P1.replace(" ", "\u00a0"),
            P2,
            P3,
            P4,
            "18+",
        )
    )
    assert page(text) == Page(TITLE, BODY, published="2025-06-12T09:05", source="Stepnoy.kz")


def test_signs_that_turn_the_direction_of_writing_are_left_out() -> None:
    turned = [f"\u2067{line}\u2069" for line in (P1, P2, P3, P4)]
    assert page(spaced(f"\u202e{TITLE}\u202c", *turned)) == page(spaced(TITLE, P1, P2, P3, P4))


def test_signature_and_comments_below_the_body() -> None:
    text = spaced("Вечерний Светлогорск", TITLE, P1, P2, P3, P4, "Айгуль СЕЙТОВА", "Комментарии (2)", "Марат",
                  "Ура, наконец-то открыли! Ездим третий день, дорога отличная.", "Ответить",
                  "Оставить комментарий")  # fmt: skip
    assert page(text) == Page(TITLE, BODY, source="Stepnoy.kz", author="Айгуль СЕЙТОВА")


def test_title_of_the_browser_tab_and_a_long_menu() -> None:
    text = "\n".join(("Войти", "РУС", "ҚАЗ", "Политика", "Экономика", "Происшествия", "В мире",
                      f"{TITLE} — Степной вестник", TITLE, "Вчера, 18:40", "2 мин. на чтение", P1, P2, P3, P4,
                      "Нашли ошибку? Выделите её и нажмите Ctrl+Enter.", "Материалы по теме",
                      "Мост обещали открыть весной", "Сколько стоит проезд по платной дороге"))  # fmt: skip
    assert page(text) == Page(TITLE, BODY, source="Stepnoy.kz")


def test_hard_wrapped_paragraphs_become_whole() -> None:
    wrapped = (
        "В Светлогорске после трёх лет строительства открыли автомобильный\n"
        "мост через реку Серебрянку, передаёт Stepnoy.kz. Движение по нему\n"
        "началось в понедельник утром, первыми проехали строители и семьи\n"
        "мостовиков из посёлка."
    )
    assert page(spaced(TITLE, wrapped, P2)).text == wrapped.replace("\n", " ") + "\n" + P2


def test_promotion_inside_the_body_leaves_a_subheading() -> None:
    text = spaced(TITLE, P1, "Подпишитесь на наш канал в WhatsApp", "Что говорят жители", P2)
    assert page(text).text == "\n".join((P1, "Что говорят жители", P2))


@pytest.mark.parametrize(
    "paragraph",
    [
        "Полиция советует не подписываться на Telegram-каналы, которые обещают быстрый заработок на ставках.",
        "Подписаться на Telegram-канал акимата можно по коду на квитанции, рассказали в управлении связи.",
        "«Подписывайтесь на наш канал, там вся правда», — призывал задержанный в своём ролике.",
        "Комментарии жителей под записью акима пришлось закрыть из-за оскорблений в адрес строителей.",
        "Фото с места происшествия опубликовал акимат, на снимках видно, как обрушилась опора.",
        "Источник в полиции сообщил, что водитель уснул за рулём.",
        "Теги на стенах моста закрасят до конца недели, пообещали в коммунальной службе.",
        "Сегодня в 14:30 движение по мосту временно закроют.",
        "Авторы проекта получили областную премию.",
        "Если вы стали очевидцем пожара, не подходите к зданию, советуют спасатели.",
        "Редактор газеты уволился вслед за учредителем.",
        "Комментарии проходят через модераторов, и грубые ответы скрывают, пояснили в акимате.",
        "Читайте договор внимательно, прежде чем подписать, напоминают юристы.",
    ],
)
def test_body_that_sounds_like_boilerplate_stays(paragraph: str) -> None:
    assert page(spaced(TITLE, P1, P2, paragraph, P4)).text == "\n".join((P1, P2, paragraph, P4))
    assert page(spaced(TITLE, P1, P2, P4, paragraph)).text == "\n".join((P1, P2, P4, paragraph))


@pytest.mark.parametrize(
    "line",
    [
        "✕", "* * *", "Просмотров: 512", "👁 1,2K", "5 240 просмотров", "Поделиться:", "Facebook Twitter VK",
        "Главная » Общество » " + TITLE, "Фото: Марат Ахметов", "© Фото: пресс-служба акима",
        "Коллаж: Stepnoy.kz",
        "Версия для печати", "Время чтения: 3 мин", "Скопировать ссылку", "#мост #дороги", "RU KZ EN", "16+",
        "Подписывайтесь на нас в Instagram!", "Читайте нас в Telegram", "Мы в соцсетях",
        "Следите за нашими новостями",
        "Если вы заметили ошибку, выделите текст и нажмите Ctrl+Enter",
        "Есть новость? Присылайте её нам в WhatsApp: +7 700 000 00 00",
        "Больше новостей в нашем Telegram-канале. Подписывайтесь!",
        "При перепечатке материалов активная ссылка на сайт обязательна.",
        "Мы используем файлы cookie. Оставаясь на сайте, вы соглашаетесь с этим.",
        "Чтобы не пропустить важные новости, подпишитесь на наш канал.", "Оцените статью", "Загрузить ещё",
        "Свидетельство о регистрации СМИ № 123 от 1 июня 2010 года", "Самое читаемое за неделю",
        "Популярное сейчас",
        "Просмотры: 2 301 Комментарии: 14", "Грустно", "[video]", "Редактор: Марат Ахметов",
        "Если вы стали очевидцем, присылайте фото и видео на номер +7 700 000 00 00",
        "Материалы сайта предназначены для лиц старше 18 лет.", "Рейтинг@Mail.ru", "Обсудить на форуме",
        "Ваш комментарий появится после проверки модератором",
        "Ещё по теме:", "Новости партнёров", "Комментариев пока нет", "© Степной вестник, 2010–2025",
    ],
)  # fmt: skip
def test_line_is_not_of_an_article(line: str) -> None:
    assert kind(line) is not Kind.BODY
    assert page(spaced(TITLE, P1, P2, P3, P4, line)).text == BODY


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("15 июня 2025, 14:30", "2025-06-15T14:30"),
        ("Опубликовано: 3 марта 2024 года", "2024-03-03"),
        ("14:30, 15.06.2025", "2025-06-15T14:30"),
        ("2025-06-15 08:00", "2025-06-15T08:00"),
        ("Понедельник, 2 сент. 2024 г. в 9:05", "2024-09-02T09:05"),
        ("1 мая 2025 | 10:00 | Культура", "2025-05-01"),
        ("5 января 2025 10:00 (МСК)", "2025-01-05T10:00+03:00"),
        ("15 июня, 14:30", None),
    ],
)
def test_date_line(line: str, published: str | None) -> None:
    found = page(spaced(TITLE, line, P1, P2))
    assert (found.published, found.text) == (published, "\n".join((P1, P2)))


@pytest.mark.parametrize(
    ("opening", "source"),
    [
        ("Мост открыли в понедельник, сообщает Вестник.kz со ссылкой на акимат.", "Вестник.kz"),
        ("Мост открыли в понедельник, пишет портал «Степь».", "Степь"),
        ("Мост открыли, передаёт корреспондент агентства Kazinform.", "Kazinform"),
        ("СВЕТЛОГОРСК, 15 июня — Stepnoy.kz. Мост открыли в понедельник.", "Stepnoy.kz"),
        ("СВЕТЛОГОРСК. 15 июня. Stepnoy.kz — Мост открыли в понедельник.", "Stepnoy.kz"),
        ("Мост открыли в понедельник, сообщает пресс-служба МЧС.", None),
        ("Мост открыли в понедельник. Об этом сообщил Минтранс.", None),
    ],
)
def test_source_of_the_dateline(opening: str, source: str | None) -> None:
    assert page(spaced(TITLE, opening, P2, P4)).source == source


def test_without_a_title_the_first_sentence_serves() -> None:
    assert page(spaced(f"Мост через реку открыли. {P2}", P4)) == Page(
        "Мост через реку открыли.", f"Мост через реку открыли. {P2}\n{P4}"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("This is the README of a data set. It has English text and nothing else to read here.", "русского"),
        ("404\n\nСтраница не найдена\n\nВернуться на главную", "меньше"),
        (
            "\n".join(f"Заголовок новости номер {number} без всякого текста" for number in range(30)),
            "короткие строки|меньше",
        ),
        ("", "русского"),
    ],
)
def test_what_is_no_page(text: str, reason: str) -> None:
    with pytest.raises(NotAPage, match=reason):
        page(text)


def test_order_of_paragraphs_is_kept() -> None:
    text = page(spaced(TITLE, P1, P2, P3, P4)).text
    places = [text.index(paragraph) for paragraph in (P1, P2, P3, P4)]
    assert all(one < other for one, other in pairwise(places))
