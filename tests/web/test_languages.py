"""The languages of the pages: complete catalogs, plurals, addresses that keep the language."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from tests.conftest import ROOT
from web.languages import FOLDER, LANGUAGES

CYRILLIC = re.compile("[А-Яа-яЁё]")


def told() -> Iterator[str | tuple[str, ...]]:
    """Every message of the pages."""
    method = [("**.py", "python"), ("templates/**.html", "jinja2")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    for _, _, message, _, _ in extract_from_dir(ROOT / "web", method, keywords=keywords):
        yield message


@pytest.mark.parametrize("language", ["en", "kk"])
def test_everything_is_translated(language: str) -> None:
    catalog = read(language)
    for message in told():
        found = catalog.get(message[0] if isinstance(message, tuple) else message)
        assert found is not None, message
        texts = found.string if isinstance(found.string, tuple) else (found.string,)
        assert all(texts), message
        assert not found.fuzzy
        for text in map(str, texts):  # the same holes
            assert set(re.findall(r"%\(\w+\)s", text)) == set(re.findall(r"%\(\w+\)s", str(message)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_translated_that_is_not_told(language: str) -> None:
    known = {message[0] if isinstance(message, tuple) else message for message in told()}
    ids = [m.id[0] if isinstance(m.id, tuple) else m.id for m in read(language) if m.id]
    assert set(ids) <= known


def read(language: str) -> Catalog:
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    return read_po(BytesIO(path.read_bytes()), locale=language)


@pytest.mark.parametrize(
    ("language", "words"),
    [("ru", "Найдено 45 статей"), ("en", "45 articles found"), ("kk", "45 мақала табылды")],
)
def test_page_speaks_its_language(client: FlaskClient, language: str, words: str) -> None:
    text = client.get("/", query_string={"q": "мост", "lang": language}).text
    assert words in text
    assert f'<html lang="{language}">' in text
    inner = [
        link
        for link in re.findall(r'href="(/(?:\?|articles|help|desk)[^"]*)"', text)
        if "hreflang" not in link
    ]
    own = [link for link in inner if f"lang={language}" in link]
    assert language == "ru" or len(own) >= len(inner) - 2  # but for the ways to the other two


@pytest.mark.parametrize(
    ("language", "minus", "either"),
    [
        ("ru", "минус ставят перед каждым из них", "ИЛИ стоит не между словами"),
        ("en", "The minus was not understood here", "ИЛИ does not stand between words"),
        ("kk", "Мұндағы минус түсініксіз", "ИЛИ сөздердің арасында емес"),
    ],
)
def test_page_tells_what_was_not_read_as_meant(
    client: FlaskClient, language: str, minus: str, either: str
) -> None:
    q = "мост -(источник:Вестник) ИЛИ -тоннель"
    text = client.get("/", query_string={"q": q, "lang": language}).text
    assert minus in text
    assert either in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "«NOT» прочитано как слово; исключить слово: -слово."),
        ("en", "НЕ (NOT) was read as a word; to exclude a word: -слово."),
        ("kk", "НЕ (NOT) сөз ретінде оқылды; сөзді шығарып тастау: -слово."),
    ],
)
def test_page_tells_how_a_word_is_excluded(client: FlaskClient, language: str, words: str) -> None:
    assert words in client.get("/", query_string={"q": "мост NOT опора", "lang": language}).text


def test_english_page_has_no_russian_of_ours(client: FlaskClient) -> None:
    """But for what is quoted: articles, words of the question, names of languages."""
    for path in ("/?lang=en", "/?q=zzzz&lang=en", "/nope?lang=en", "/desk?lang=en", "/?q=x&sort=y&lang=en"):
        text = client.get(path).text
        main = re.sub(r"<(\w+)[^>]* lang=\"(ru|kk)\".*?</\1>", "", text, flags=re.DOTALL)
        main = re.sub(r"<article.*?</article>|title=\"[^\"]*\"|<[^>]*>", " ", main, flags=re.DOTALL)
        assert not CYRILLIC.search(main), (path, CYRILLIC.findall(main), main)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"from": "вчера"}, "a date like 2025-06-01 or 2025-06-01T12:00+05:00 is needed"),
        ({"page": "0"}, "a whole number from 1 to 1000 is needed"),
        ({"page": "900"}, "there are only 50 pages: make the question narrower"),
        ({"per_page": ["5", "6"]}, "the parameter is given more than once"),
        ({"tag": "-"}, "an empty value"),
        ({"q": "мост\0"}, "a character that no text has"),
        ({"q": b"\xff"}, "the text must be in UTF-8"),
        ({"sort": "newst"}, "this is not allowed. Allowed: relevance, newest, oldest"),
    ],
)
def test_fault_of_an_argument_is_told_with_what_would_do(
    client: FlaskClient, fault: dict[str, str | bytes | list[str]], words: str
) -> None:
    assert words in client.get("/", query_string={**fault, "lang": "en"}).text
    told = client.get("/", query_string={**fault, "lang": "kk"}).text
    assert not any(text in told for text in ("нужн", "больше", "нельзя", "пустое", "знак", "долж"))


def test_unknown_language_is_russian(client: FlaskClient) -> None:
    assert '<html lang="ru">' in client.get("/?lang=xx").text


def test_catalogs_go_with_the_package() -> None:
    assert "translations/*/LC_MESSAGES/*.po" in Path(ROOT / "pyproject.toml").read_text()
