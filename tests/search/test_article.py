"""Records become articles or say what is wrong with them; settings likewise."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from search.article import Article
from search.errors import InvalidArticle
from search.settings import BadSetting, Settings

ALMATY = ZoneInfo("Asia/Almaty")
RECORD: dict[str, Any] = {
    "title": " Мост\nоткрыт ",
    "text": "Движение началось.",
    "published": "15.06.2025 14:30",
}


def test_record_becomes_an_article_and_a_record_again() -> None:
    article = Article.from_record(RECORD | {"views": 5, "url": "https://www.vestnik.example/1"}, ALMATY)
    assert article.title == "Мост открыт"
    assert article.published is not None
    assert article.published.isoformat() == "2025-06-15T14:30:00+05:00"
    assert article.source == "vestnik.example"
    assert article.extra == {"views": 5}
    assert Article.from_record(article.record()) == article


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"title": ""}, "title: нет заголовка"),
        ({"text": None}, "text: нет текста"),
        ({"text": 5}, "text: нужна строка"),
        ({"published": "вчера"}, "published"),
        ({"published": "0001-01-01"}, "published"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"tags": 7}, "tags"),
        ({"title": "a" * 2000}, "title: 2000 знаков"),
        ({"title": "\ud800"}, "суррогат"),
    ],
)
def test_fault_names_the_field(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArticle, match=message):
        Article.from_record(RECORD | change, ALMATY)


def test_same_address_is_the_same_article_and_any_change_another_content() -> None:
    one = Article.from_record(RECORD | {"url": "https://Vestnik.example/1/?utm_source=x#top"}, ALMATY)
    other = Article.from_record(
        RECORD | {"url": "https://vestnik.example/1/?utm_source=x", "text": "Иное."}, ALMATY
    )
    assert one.id == other.id
    assert one.fingerprint() != other.fingerprint()


def test_settings_have_defaults_and_name_what_is_wrong(tmp_path: Path) -> None:
    settings = Settings.read({"SVODKA_HOME": str(tmp_path), "SVODKA_TIMEZONE": ""})
    assert settings.archive == tmp_path / "archive.db"
    assert settings.timezone.key == "Asia/Almaty"
    for variable, value in (
        ("SVODKA_TIMEZONE", "Mars"),
        ("SVODKA_HALF_LIFE", "0"),
        ("SVODKA_HALF_LIFE", "нет"),
    ):
        with pytest.raises(BadSetting, match=variable):
            Settings.read({variable: value})
