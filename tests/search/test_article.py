"""Records become articles or say what is wrong with them."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import limits
from search.article import Article, label_key
from search.errors import InvalidArticle

ALMATY = ZoneInfo("Asia/Almaty")
RECORD: dict[str, Any] = {
    "title": " Мост\nоткрыт ",
    "text": "Движение началось.\r\nВодители довольны.",
    "published": "15.06.2025 14:30",
}


def read(**change: Any) -> Article:
    return Article.from_record(RECORD | change, ALMATY)


def test_record_becomes_an_article_and_a_record_again() -> None:
    article = read(views=5, url="https://www.vestnik.example/1")
    assert article.title == "Мост открыт"
    assert article.text == "Движение началось.\nВодители довольны."
    assert article.published is not None
    assert article.published.isoformat() == "2025-06-15T14:30:00+05:00"
    assert article.source == "vestnik.example"
    assert article.extra == {"views": 5}
    assert article.record()["views"] == 5
    assert Article.from_record(article.record()) == article


def test_unknown_stays_unknown() -> None:
    article = Article.from_record({"title": "Мост", "text": "Открыт", "url": "", "source": None, "tags": []})
    assert (article.url, article.published, article.source, article.tags) == (None, None, None, ())
    assert set(article.record()) == {"id", "title", "text"}


def test_never_is_no_date_of_an_article_that_was_taken_with_it() -> None:
    record = {"id": "y", "title": "Мост", "text": "Открыт", "published": "9999-12-31T23:59:59+00:00"}
    assert Article.kept(record | {"modified": "2025-06-15T14:30:00+05:00"}).modified is not None
    assert Article.kept(record | {"modified": record["published"]}) == Article.kept(record)
    assert Article.kept(record).published is None


def test_labels_are_tidied() -> None:
    article = read(source=" Наш  вестник ", tags=["мост", " река ", "", "мост"])
    assert (article.source, article.tags) == ("Наш вестник", ("мост", "река"))
    assert read(tags="мост, река").tags == ("мост", "река")
    assert read(id=17).id == "17"
    assert read(source="Вестник", url="https://a.example/1").source == "Вестник"


def test_label_does_not_turn_the_line_it_stands_in() -> None:
    """Nor is an outlet with an unseen sign in its name another outlet."""
    article = read(source="Вест\u202eник", author="\u2067Рябых\u2069", tags=["\u200fмост"])
    assert (article.source, article.author, article.tags) == ("Вестник", "Рябых", ("мост",))


def test_people_and_labels_are_found_by_their_keys() -> None:
    labels = read(author="Семён  Рябых", source="ВЕСТНИК", tags=["Дороги"]).labels()
    assert labels["author"] == {"семен рябых", "семен", "рябых"}
    assert labels["source"] == {"вестник"}
    assert labels["tag"] == {"дороги"}
    assert not labels["section"]
    assert label_key(" Семён\tРЯБЫХ ") == "семен рябых"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-06-15", datetime(2025, 6, 15, tzinfo=ALMATY)),
        ("2025-06-15T14:30:10", datetime(2025, 6, 15, 14, 30, 10, tzinfo=ALMATY)),
        ("2025-06-15T14:30:10Z", datetime(2025, 6, 15, 14, 30, 10, tzinfo=UTC)),
        ("2025-06-15T14:30+03:00", datetime(2025, 6, 15, 11, 30, tzinfo=UTC)),
        ("2025-06-03 14:30 +0300", datetime(2025, 6, 3, 11, 30, tzinfo=UTC)),
        ("2025-06", datetime(2025, 6, 1, tzinfo=ALMATY)),
        ("2025", datetime(2025, 1, 1, tzinfo=ALMATY)),
        ("03.06.2025", datetime(2025, 6, 3, tzinfo=ALMATY)),
        ("03.06.2025 09:05", datetime(2025, 6, 3, 9, 5, tzinfo=ALMATY)),
        ("Sun, 15 Jun 2025 14:30:00 +0500", datetime(2025, 6, 15, 9, 30, tzinfo=UTC)),
        ("1899-12-31", datetime(1899, 12, 31, tzinfo=ALMATY)),
    ],
)
def test_dates(text: str, moment: datetime) -> None:
    published = read(published=text).published
    assert published == moment
    assert published is not None
    assert published.tzinfo is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "title: нет заголовка"),
        ({"title": " \n\0 "}, "title: нет заголовка"),
        ({"title": ["Мост"]}, "title: нужна строка, а здесь список"),
        ({"title": "a" * (limits.TITLE_CHARACTERS + 1)}, "title: 1001 знаков, можно не больше 1000"),
        ({"title": "\ud800"}, "title: половина суррогатной пары на месте 0"),
        ({"topic": {"names": ["\udc00"]}}, "topic: половина суррогатной пары"),
        ({"\ud800": 1}, r"\?: половина суррогатной пары"),
        ({"text": None}, "text: нет текста"),
        ({"text": 5}, "text: нужна строка"),
        ({"text": "а" * (limits.TEXT_CHARACTERS + 1)}, "text: 2000001 знаков"),
        ({"id": True}, "id: нужна строка"),
        ({"id": "x" * 201}, "id: 201 знаков"),
        ({"published": "вчера"}, "published: 'вчера' — не дата"),
        ({"published": "2025-02-30"}, "published"),
        ({"published": "2025-13-01"}, "published"),
        ({"published": "0001-01-01"}, "published"),
        ({"published": "1799-12-31"}, "published: .* год 1799"),
        ({"published": "9999-12-31T23:59:59+00:00"}, "published: .* год 9999"),
        ({"modified": "9999-12-31"}, "modified: .* год 9999"),
        ({"published": 20250615}, "published: нужна строка"),
        ({"modified": "99.99.9999"}, "modified"),
        ({"url": "javascript:alert(1)"}, "url: .* нужен адрес http"),
        ({"url": "http://a b"}, "url"),
        ({"url": "http://[::1"}, "url: .* не адрес"),
        ({"url": "https://a.example/" + "x" * 2000}, "url: 2018 знаков"),
        ({"source": "x" * 201}, "source: 201 знаков"),
        ({"author": {"name": "x"}}, "author: нужна строка, а здесь объект"),
        ({"tags": 7}, "tags: нужен список строк"),
        ({"tags": ["мост", 7]}, "tags: нужна строка, а здесь число"),
        ({"tags": ["x"] * 101}, "tags: 101 меток"),
    ],
)
def test_fault_names_the_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArticle, match=message):
        read(**change)


# What makes two items the same one


def test_same_address_is_the_same_article_and_any_change_another_content() -> None:
    one = read(url="https://Vestnik.example/1/?utm_source=x#top")
    other = read(url="https://vestnik.example/1/?utm_source=x", text="Иное.")
    assert one.id == other.id
    assert one.fingerprint() != other.fingerprint()
    assert read(url="https://vestnik.example/2").id != one.id


def test_without_an_address_source_title_and_date_tell() -> None:
    one = read(source="Вестник")
    assert read(source="Вестник", text="Иное.").id == one.id
    assert read(source="Курьер").id != one.id
    assert read(source="Вестник", title="Тоннель").id != one.id
    assert read(source="Вестник", published="2025-06-16").id != one.id
    assert read(source="Вестник", id="42").id == "42"


@pytest.mark.parametrize("change", [{"tags": ["мост"]}, {"views": 6}, {"author": "О. Рябых"}])
def test_fingerprint_sees_every_change(change: dict[str, Any]) -> None:
    assert read(**change).fingerprint() != read().fingerprint()
    assert read(**change).fingerprint() == read(**change).fingerprint()


labels = st.text(max_size=20) | st.none()
zones = st.builds(lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-840, 840))
moments = st.datetimes(datetime(1850, 1, 1), datetime(2200, 1, 1), timezones=zones).map(datetime.isoformat)
records = st.fixed_dictionaries(
    {"title": st.text(max_size=30), "text": st.text(max_size=60)},
    optional={
        "id": st.text(max_size=10) | st.integers(),
        "published": moments | st.none(),
        "source": labels,
        "section": labels,
        "author": labels,
        "tags": st.lists(st.text(max_size=10), max_size=4) | st.none(),
        "views": st.integers(),
    },
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ("id", "url", "title", "text", "published", "modified", "source", "section", "author", "tags", "lang")


@given(records)
def test_article_survives_the_way_through_its_record(record: dict[str, Any]) -> None:
    try:
        article = Article.from_record(record, ALMATY)
    except InvalidArticle:
        return
    assert Article.from_record(article.record()) == article
    assert Article.from_record(article.record()).fingerprint() == article.fingerprint()


@given(st.dictionaries(st.sampled_from(KEYS), anything))
def test_any_record_is_an_article_or_invalid(record: dict[str, Any]) -> None:
    fault = ""
    try:
        article = Article.from_record({"title": "Мост", "text": "Открыт", **record})
    except InvalidArticle as error:
        fault = str(error)
    assert fault.partition(":")[0] in KEYS if fault else article.id and article.title and article.text
