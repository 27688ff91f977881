"""HTML pages: articles of invented outlets, pages that are none, and saved pages of real sites."""

import gzip
import io
import json
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from indexer.formats import Item, Rejection, read, read_stream
from search.article import Article

ALMATY = ZoneInfo("Asia/Almaty")
TITLE = "В Светлогорске открыли новый мост через Серебрянку"
PARAGRAPHS = (
    "В Светлогорске после трёх лет строительства открыли автомобильный мост через реку Серебрянку.",
    "По словам заместителя акима Бориса Ельникова, движение по мосту разгрузит центр города, а дорога "
    "до больницы станет короче на двадцать минут.",
    "«Мы ждали этого дня много лет, и теперь скорая помощь не будет стоять в заторах», — сказал он.",
    "Работы обошлись бюджету области в пять миллиардов тенге. Мост рассчитан на сто лет службы.",
)
BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
MENU = "<nav><ul>" + "".join(f'<li><a href="/{n}">Раздел {n}</a></li>' for n in range(20)) + "</ul></nav>"
TAIL = (
    "<p>Подписывайтесь на наш Telegram, там самая оперативная информация.</p><p>Нашли ошибку? Ctrl+Enter</p>"
    '<div class="comments"><h3>Комментарии</h3><p>Наконец-то открыли, спасибо строителям!</p></div>'
    '<aside><h3>Читайте также</h3><ul><li><a href="/9">Другая новость города о дорогах</a></li></ul></aside>'
)


def items(page: str | bytes) -> list[Item]:
    data = page.encode() if isinstance(page, str) else page
    return list(read_stream(io.BytesIO(data), "page.html", ALMATY))


def article(page: str | bytes) -> Article:
    (item,) = items(page)
    assert isinstance(item, Article), item
    return item


def reason(page: str | bytes) -> str:
    (item,) = items(page)
    assert isinstance(item, Rejection), item
    return item.reason


def html(head: str = "", body: str = BODY) -> str:
    return f"<!doctype html><html><head>{head}</head><body>{MENU}<h1>{TITLE}</h1>{body}{TAIL}</body></html>"


def test_json_ld_tells_everything() -> None:
    told = {
        "@context": "https://schema.org",
        "@graph": [
            {"@type": "WebSite", "name": "Вестник", "datePublished": "2001-01-01"},
            {
                "@type": ["NewsArticle"],
                "headline": TITLE,
                "datePublished": "2025-06-15T14:30:00+06:00",
                "dateModified": "2025-06-15T15:00:00+06:00",
                "author": [{"@type": "Person", "name": "Айгуль Сейтова"}, {"name": "Марат Ахметов"}],
                "publisher": {"@type": "Organization", "name": "Вестник"},
                "articleSection": ["Общество"],
                "keywords": "мост, дороги",
            },
        ],
    }
    head = (
        f'<title>{TITLE} | Вестник</title><link rel="canonical" href="https://vestnik.example/news/1">'
        f'<script type="application/ld+json">{json.dumps(told)}</script>'
    )
    found = article(html(head))
    assert (found.title, found.text) == (TITLE, "\n".join(PARAGRAPHS))
    assert (found.source, found.author) == ("Вестник", "Айгуль Сейтова, Марат Ахметов")
    assert (found.section, found.tags, found.url) == (
        "Общество",
        ("мост", "дороги"),
        "https://vestnik.example/news/1",
    )
    assert found.published == datetime.fromisoformat("2025-06-15T14:30:00+06:00")
    assert found.modified == datetime.fromisoformat("2025-06-15T15:00:00+06:00")


@pytest.mark.parametrize(
    ("head", "body", "published"),
    [
        (
            '<meta property="article:published_time" content="2025-06-15T14:30:00+05:00">',
            BODY,
            "2025-06-15T14:30:00+05:00",
        ),
        ("", '<time datetime="2025-06-15 14:30">сегодня</time>' + BODY, "2025-06-15T14:30:00+05:00"),
        (
            "",
            '<span itemprop="datePublished" content="20250615T1430"></span>' + BODY,
            "2025-06-15T14:30:00+05:00",
        ),
        (
            '<meta property="article:published_time" content="2025-06-15">',
            '<time datetime="2025-06-15T14:30:00Z"></time>' + BODY,
            "2025-06-15T14:30:00+00:00",
        ),
        (
            '<link rel="canonical" href="https://vestnik.ru/1"><meta name="date" content="broken">',
            '<time datetime="2025-06-15T14:30"></time>' + BODY,
            "2025-06-15T14:30:00+03:00",
        ),
        ("", '<div class="date">15 июня 2025 г., 14:30</div>' + BODY, "2025-06-15T14:30:00+05:00"),
    ],
)
def test_precise_time_of_publication(head: str, body: str, published: str) -> None:
    found = article(html(head, body))
    assert found.published is not None
    assert found.published.isoformat() == published
    assert found.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "title",
    [f"{TITLE} - Вестник", f"{TITLE} | Новости Светлогорска", f"{TITLE} — Вестник: новости дня", TITLE],
)
def test_title_comes_without_the_name_of_the_site(title: str) -> None:
    head = f'<title>{title}</title><meta property="og:site_name" content="Вестник">'
    assert article(html(head + f'<meta property="og:title" content="{title}">')).title == TITLE


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8"])
def test_declared_encoding(encoding: str) -> None:
    page = html(f'<meta http-equiv="Content-Type" content="text/html; charset={encoding}">')
    found = article(page.replace("—", "-").replace("«", '"').replace("»", '"').encode(encoding))
    assert found.title == TITLE
    assert found.text.startswith(PARAGRAPHS[0])


def test_encoding_that_is_declared_wrongly_or_not_at_all() -> None:
    assert article(html('<meta charset="windows-1251">').encode("utf-8")).title == TITLE
    assert article(html().encode("windows-1251")).title == TITLE
    assert article(html('<meta charset="no-such">').encode("utf-8")).title == TITLE


def test_packed_page_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "page.html.gz").write_bytes(gzip.compress(html().encode()))
    (item,) = read(tmp_path, ALMATY)
    assert isinstance(item, Article)


def test_article_of_short_paragraphs_is_no_list() -> None:
    lines = (
        "Суд отправил бывшего главу района под стражу.",
        "Его подозревают в превышении полномочий.",
        "Участок у реки достался его знакомому без всякого аукциона.",
        "Ущерб оценили в два миллиона тенге.",
        "Адвокат с решением не согласен и подаст жалобу.",
        "Вину задержанный не признаёт.",
    )
    assert article(html(body=f"<div>{'<br><br>'.join(lines)}</div>")).text == "\n".join(lines)


HEADLINES = "".join(
    f'<div><a href="/news/{n}">Новость номер {n} о делах города и области</a><span>1{n % 10}:30</span></div>'
    for n in range(60)
)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (html('<link rel="canonical" href="https://vestnik.example/">'), "главную страницу"),
        (html('<meta property="og:url" content="https://vestnik.example">'), "главную страницу"),
        (html('<meta property="og:url" content="https://vestnik.example/ru/">'), "главную страницу"),
        (html('<meta property="og:type" content="website">', HEADLINES), "список заголовков"),
        (f"<html><body>{MENU}{HEADLINES}</body></html>", "список заголовков"),
        (f"<html><body>{MENU}<h1>404</h1><p>Страница не найдена.</p></body></html>", "меньше 200 букв"),
        ("<html><body></body></html>", "меньше 200 букв"),
        ("<!doctype html>", "страница пуста"),
    ],
)
def test_page_that_is_no_article(page: str, told: str) -> None:
    assert told in reason(page)


def test_hostile_pages_are_rejected_and_do_not_raise() -> None:
    assert items("<html><body>" + "<div>" * 50_000 + "Текст" + "</div>" * 50_000)
    assert items(html('<script type="application/ld+json">' + "[" * 50_000 + "</script>"))
    assert items(html('<script type="application/ld+json">{"@type": "NewsArticle", "author": 7}</script>'))
    assert items(html('<link rel="canonical" href="http://[broken">'))


def expected_pages() -> list[dict[str, str | None]]:
    data = data_folder()
    if not (data / "pages.jsonl.gz").is_file():
        return []
    with gzip.open(data / "pages.jsonl.gz", "rt", encoding="utf-8", newline="\n") as lines:
        return [json.loads(line) for line in lines]


def data_folder() -> Path:
    return Path(os.environ.get("SVODKA_DATA", Path(__file__).parents[3] / "shared" / "data"))


def test_saved_pages_of_real_sites() -> None:
    pages = expected_pages()
    if not pages:
        pytest.skip(f"no pages.jsonl.gz in {data_folder()}: set SVODKA_DATA to the folder of the data")
    for page in pages:
        (item,) = read(data_folder() / str(page["file"]), ALMATY)
        if page["title"] is None:
            assert isinstance(item, Rejection), page["file"]
        else:
            assert isinstance(item, Article), page["file"]
            assert (item.title, item.url) == (page["title"], page["url"])
            assert item.published == datetime.fromisoformat(str(page["published"]))
