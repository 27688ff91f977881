"""The language of questions: what each sign means, and that any text is a question."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.article import Article
from search.errors import BadQuestion
from search.parser import parse
from search.query import leaves
from tests.conftest import Finding, ask, indexed

BRIDGE = "Мост через реку открыли в июне. Аким осмотрел новые опоры."


@pytest.mark.parametrize(
    ("q", "finds"),
    [
        ("мост река", True),
        ("реки мосты", True),
        ("мост тоннель", False),
        ('"мост через реку"', True),
        ("«мост через реку»", True),
        ("“новые опоры”", True),
        ("„новые опоры“", True),
        ('"через мост"', False),
        ('"новых опор"', False),
        ("!опоры", True),
        ("!опора", False),
        ("мост -опоры", False),
        ("мост -тоннель", True),
        ('мост -"новые опоры"', False),
        ("тоннель ИЛИ мост", True),
        ("тоннель OR мост", True),
        ("тоннель | мост", True),
        ("тоннель или мост", False),
        ("(тоннель | мост) июнь", True),
        ("(тоннель | мост) июль", False),
        ("опор*", True),
        ("тонн*", False),
        ("заголовок:мост", False),
        ("текст:мост", True),
        ("-мост", False),
        ("-тоннель", True),
    ],
)
def test_signs(found: Finding, q: str, finds: bool) -> None:
    assert found(q, BRIDGE) is finds


@pytest.mark.parametrize(
    ("q", "finds"),
    [
        ("источник:Вестник", True),
        ("источник:вестник мост", True),
        ("источник:Курьер", False),
        ("-источник:Курьер", True),
        ('раздел:"В мире"', True),
        ("автор:Сактаган", True),
        ("метка:дороги", True),
        ("с:2025-06-01 по:2025-06-03", True),
        ("с:2025-06-04", False),
        ("before:2025-06-02", False),
    ],
)
def test_fields(tmp_path, q: str, finds: bool) -> None:  # type: ignore[no-untyped-def]
    article = Article(
        id="1",
        title="Мост открыт",
        text=BRIDGE,
        source="Вестник",
        section="В мире",
        author="Айгерим Сактаган",
        tags=("дороги",),
        published=datetime(2025, 6, 3, 23, tzinfo=UTC),
    )
    with indexed(tmp_path, [article], "memory:") as reader:
        assert bool(ask(reader, q).page.total) is finds


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ('мост "через', "quote"),
        ("(мост", "bracket"),
        ("мост)", "bracket"),
        ("мост ИЛИ", "or"),
        ("мо*", "prefix"),
        ("с:вчера мост", "date"),
        ("мост " * 200, "too_long"),
        (" ".join(f"слово{n}" for n in range(40)), "clauses"),
        ("(" * 20 + "мост" + ")" * 20, "depth"),
        ("?!…", "empty"),
    ],
)
def test_faults_are_warnings_and_errors_where_strict(tmp_path, q: str, code: str) -> None:  # type: ignore[no-untyped-def]
    with indexed(tmp_path, [Article(id="1", title="Мост", text=BRIDGE)], "memory:") as reader:
        assert code in [warning.code for warning in ask(reader, q).warnings]
        with pytest.raises(BadQuestion) as caught:
            ask(reader, q, strict="1")
        assert {error.parameter for error in caught.value.errors} == {"q"}


signs = st.sampled_from(['"', "«", "»", "(", ")", "|", "-", "!", "*", " ИЛИ ", "с:", "заголовок:", " ", ":"])


@given(st.lists(st.one_of(st.text(max_size=12), signs, st.sampled_from(["мост", "КарПУ", "2025"]))))
def test_any_text_is_a_question(pieces: list[str]) -> None:
    text = "".join(pieces)
    parsed = parse(text)
    assert list(leaves(parsed.root)) is not None
    assert all(0 <= start < end <= len(text) for start, end in parsed.plain)
    assert parse(text) == parsed
