"""Text becomes tokens: what is one word, what is two, and where each stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.russian.tokens import tokenise


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        ("— … «»", []),
        ("Мост открыли.", ["Мост", "открыли"]),
        ("«Мост»,открыли!", ["Мост", "открыли"]),
        ("премьер-министр", ["премьер-министр"]),
        ("премьер‑министр", ["премьер‑министр"]),  # a hyphen that lines are not broken at
        ("мост - река", ["мост", "река"]),
        ("мост—река", ["мост", "река"]),
        ("по-русски, кое-как", ["по-русски", "кое-как"]),
        ("ТЭЦ-3 и Ту-154", ["ТЭЦ-3", "и", "Ту-154"]),
        ("COVID-19", ["COVID-19"]),
        ("О'Нил", ["О'Нил"]),
        ("Қарағанды қаласы", ["Қарағанды", "қаласы"]),
        ("за́мок", ["за́мок"]),
        ("на 15% и 5,5 %", ["на", "15", "%", "и", "5,5", "%"]),
        ("% и a%20b", ["и", "a", "20b"]),
        ("пере\u00adезд", ["пере\u00adезд"]),
    ],
)
def test_words(text: str, tokens: list[str]) -> None:
    assert [token.text for token in tokenise(text)] == tokens


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("выпустят 10 000 машин", ["10 000"]),
        ("выпустят 1 250 000 машин", ["1 250 000"]),
        ("выпустят 10\u00a0000 машин", ["10\u00a0000"]),
        ("рост на 5,5 и 6.25 процента", ["5,5", "6.25"]),
        ("в 2024 2025 годах", ["2024", "2025"]),
        ("12 2025", ["12", "2025"]),
        ("150, 200 и 300", ["150", "200", "300"]),
    ],
)
def test_numbers_are_one_token_each(text: str, numbers: list[str]) -> None:
    assert [token.text for token in tokenise(text) if token.kind == "number"] == numbers


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("Перевод через Kaspi.kz не прошёл", ["Kaspi.kz"]),
        ("На сайте stat.gov.kz опубликовали", ["stat.gov.kz"]),
        ("Отчёт (egov.kz).", ["egov.kz"]),
        ("Приехал.Потом уехал", []),
    ],
)
def test_host_names_are_one_token_each(text: str, hosts: list[str]) -> None:
    assert [token.text for token in tokenise(text) if token.kind == "host"] == hosts


@given(st.text() | st.text(alphabet="мостАБ ё-‑.,%0123456789kz'\u0301\u00ad😀\n"))
def test_tokens_are_pieces_of_the_text_in_order(text: str) -> None:
    end = 0
    for token in tokenise(text):
        assert end <= token.start < token.end
        assert text[token.start : token.end] == token.text
        assert any(sign.isalnum() for sign in token.text) or token.text == "%"
        assert token.kind in ("word", "number", "host")
        end = token.end
    assert end <= len(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_line_feed_parts_texts(one: str, other: str) -> None:
    apart = [token.text for each in (one, other) for token in tokenise(each)]
    assert [token.text for token in tokenise(f"{one}\n\n{other}")] == apart
