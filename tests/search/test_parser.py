"""The language of questions: what each sign means, and that any text is a question."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import limits
from search.article import Article
from search.errors import BadQuestion
from search.parser import parse
from search.query import AllOf, AnyOf, Filters, In, Leaf, Node, Phrase, Prefix, Word, leaves
from tests.conftest import Finding, ask, indexed

BRIDGE = "Мост через реку открыли в июне. Аким осмотрел новые опоры."


@pytest.mark.parametrize(
    ("q", "finds"),
    [
        ("мост река", True),
        ("реки мосты", True),
        ("мост, река!", True),
        ("мост тоннель", False),
        ("мост без реки", True),  # prepositions are not required
        # phrases
        ('"мост через реку"', True),
        ('"МОСТ ЧЕРЕЗ РЕКУ"', True),
        ("«мост через реку»", True),
        ("“новые опоры”", True),
        ("„новые опоры“", True),
        ("„новые опоры”", True),
        ('"через мост"', False),
        ('"мост реку"', False),
        ('"новых опор"', False),
        ('"опоры"', True),
        ('"опора"', False),
        ('аким "новые опоры"', True),
        ('"июне аким"', True),
        # this form only
        ("!опоры", True),
        ("!Опоры", True),
        ("!опора", False),
        ('!"новые опоры"', True),
        ('!"новая опора"', False),
        # without
        ("мост -опоры", False),
        ("мост -опора", False),
        ("мост -тоннель", True),
        ("мост -!опора", True),
        ('мост -"новые опоры"', False),
        ('мост -"старые опоры"', True),
        ("мост -(тоннель | опора)", False),
        ("мост -тон*", True),
        ("мост -опо*", False),
        ("-мост", False),
        ("-тоннель", True),
        ("-тоннель мост", True),  # the minus is of one word
        ("-опоры мост", False),
        ("мост - тоннель", False),  # a dash between spaces excludes nothing
        # either
        ("тоннель ИЛИ мост", True),
        ("тоннель OR мост", True),
        ("тоннель | мост", True),
        ("тоннель|мост", True),
        ("тоннель ИЛИ паром ИЛИ мост", True),
        ("тоннель ИЛИ паром", False),
        ("тоннель или мост", False),
        ("аким тоннель ИЛИ мост", True),
        ("вокзал тоннель ИЛИ мост", False),  # ИЛИ binds tighter than the space
        ('тоннель ИЛИ "новые опоры"', True),
        # groups
        ("(тоннель | мост) июнь", True),
        ("(тоннель | мост) июль", False),
        ("(тоннель июнь) | (мост аким)", True),
        ("((мост))", True),
        # beginnings of words
        ("опор*", True),
        ("ОПОР*", True),
        ("тонн*", False),
        ("осмот* мос*", True),
        # fields
        ("заголовок:мост", False),
        ("заголовок:новость", True),
        ("title:новость мост", True),
        ("текст:мост", True),
        ("text:новость", False),
        ('текст:"новые опоры"', True),
        ("заголовок:(мост | новость)", True),
        ("заголовок:нов*", True),
        ("заголовок:!новости", False),
        ("-заголовок:мост", True),
        ("-заголовок:новость", False),
    ],
)
def test_signs(tmp_path: Path, q: str, finds: bool) -> None:
    with indexed(tmp_path, [Article(id="1", title="Новость", text=BRIDGE)], "memory:") as reader:
        answer = ask(reader, q, repair="off")
    assert (answer.page.total > 0 and not answer.relaxed) is finds
    assert answer.warnings == ()


@pytest.mark.parametrize(
    ("q", "finds"),
    [
        ("источник:Вестник", True),
        ("источник:вестник мост", True),
        ("source:ВЕСТНИК", True),
        ("источник:Курьер", False),
        ("источник:Вестник тоннель", False),
        ("-источник:Курьер", True),
        ("-источник:Вестник", False),
        ("источник:Курьер источник:Вестник", True),
        ('раздел:"В мире"', True),
        ("section:«в мире»", True),
        ("автор:Сактаган", True),
        ('author:"Айгерим Сактаган"', True),
        ("автор:Айгер", False),
        ("метка:дороги", True),
        ("-tag:дороги", False),
        ("с:2025-06-01 по:2025-06-03", True),
        ("с:2025-06-03", True),
        ("с:2025-06-04", False),
        ("с:03.06.2025", True),
        ("по:02.06.2025", False),
        ("after:2025-06-03T22:59", True),
        ("after:2025-06-03T23:01", False),
        ("по:2025-06-03", True),
        ("before:2025-06-02", False),
        ("before:2025-06-03T23:00", True),
        # neither since nor until a day
        ("-с:2025-06-03", False),
        ("-с:2025-06-04", True),
        ("-по:2025-06-02", True),
        ("-по:2025-06-03", False),
        ("по:2025-06-30 -с:2025-06-03", False),
        ("-с:2025-06-03 по:2025-06-30", False),
    ],
)
def test_filters_in_the_question(tmp_path: Path, q: str, finds: bool) -> None:
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
        answer = ask(reader, q, repair="off")
    assert bool(answer.page.total) is finds
    assert answer.warnings == ()


def test_days_are_days_of_the_time_zone() -> None:
    almaty = ZoneInfo("Asia/Almaty")
    filters = parse("с:2025-06-01 по:2025-06-30", almaty).filters
    assert filters.since == datetime(2025, 6, 1, tzinfo=almaty)
    assert filters.until == datetime(2025, 7, 1, tzinfo=almaty)


def shape(node: Node) -> object:
    """A question in short: lists for all, sets in brackets for any, words as typed."""
    if isinstance(node, AllOf):
        parts: list[object] = [shape(part) for part in node.parts]
        return [*parts, *(("not", shape(part)) for part in node.without)]
    if isinstance(node, AnyOf):
        return ("any", *(shape(part) for part in node.parts))
    if isinstance(node, Prefix):
        return f"{node.prefix}*"
    return f'"{node.text}"' if isinstance(node, Phrase) else node.text


@pytest.mark.parametrize(
    ("q", "read"),
    [
        ("мост река", ["мост", "река"]),
        ("мост -река", ["мост", ("not", "река")]),
        ("мост | река паром", [("any", "мост", "река"), "паром"]),
        ("мост | река | паром", [("any", "мост", "река", "паром")]),
        ("«мост», ИЛИ , «река» паром", [("any", "мост", "река"), "паром"]),
        ("(мост)ИЛИ(река) паром", [("any", "мост", "река"), "паром"]),
        ("мост (река | паром)", ["мост", ("any", "река", "паром")]),
        ("мост (река паром)", ["мост", ["река", "паром"]]),
        ('"мост через реку" Река*', ['"мост через реку"', "река*"]),
        ("http://a.kz", ["http", "a.kz"]),  # no field
        ("счёт 2:1", ["счёт", "2", "1"]),
        ("C++ & Java", ["C", "Java"]),
        ("мост--река", ["мост", "река"]),
    ],
)
def test_question_as_a_tree(q: str, read: list[object]) -> None:
    assert shape(parse(q).root) == read


@pytest.mark.parametrize(
    ("q", "read", "code"),
    [
        # an ИЛИ before or after what may not be joined
        ("мост ИЛИ -река дорога", ["мост", "дорога", ("not", "река")], "or"),
        ("мост -река ИЛИ дорога", ["мост", "дорога", ("not", "река")], "or"),
        ("мост ИЛИ источник:Вестник дорога", ["мост", "дорога"], "or"),
        ("мост источник:Вестник ИЛИ дорога", ["мост", "дорога"], "or"),
        ("мост ИЛИ с:2025-06-01 дорога", ["мост", "дорога"], "or"),
        ("(мост источник:Вестник) ИЛИ дорога", ["мост", "дорога"], "or"),
        ("дорога ИЛИ (мост источник:Вестник)", ["дорога", "мост"], "or"),
        ("(мост ИЛИ) дорога", ["мост", "дорога"], "or"),
        ("(ИЛИ мост) дорога", ["мост", "дорога"], "or"),
        # a minus before or after what it may not exclude
        ("мост -(источник:Вестник)", ["мост"], "minus"),
        ("мост -(река источник:Вестник)", ["мост", ("not", "река")], "minus"),
        ("мост -(с:2025-06-01 по:2025-06-30)", ["мост"], "minus"),
        ("мост -заголовок:(река источник:Вестник)", ["мост", ("not", "река")], "minus"),
        ("мост заголовок:-река", ["мост", "река"], "minus"),
    ],
)
def test_what_cannot_be_meant_is_told(q: str, read: list[object], code: str) -> None:
    parsed = parse(q)
    assert shape(parsed.root) == read
    assert [warning.code for warning in parsed.warnings] == [code]
    assert code != "minus" or parsed.filters == Filters()


def test_field_and_exactness_reach_the_words() -> None:
    def only(q: str, **how: object) -> Leaf:
        (leaf,) = leaves(parse(q, **how).root)  # type: ignore[arg-type]
        return leaf

    assert [only(q).where for q in ("мост", "заголовок:мост", "текст:мост")] == [In.ALL, In.TITLE, In.TEXT]
    assert only("мост", where=In.TITLE).where is In.TITLE
    assert only("текст:мост", where=In.TITLE).where is In.TEXT
    exact = only("!мосту")
    assert isinstance(exact, Word)
    assert [alternative.term for alternative in exact.alternatives] == ["=мосту"]
    assert only("мосту", exact=True) == exact.__class__("мосту", exact.alternatives)


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ('мост "через', "quote"),
        ("мост «через", "quote"),
        ("(мост", "bracket"),
        ("мост)", "bracket"),
        ("мост ИЛИ", "or"),
        ("| мост", "or"),
        ("мост ИЛИ -река", "or"),
        ("-(источник:Вестник)", "minus"),
        ("мост НЕ река", "not"),
        ("NOT (река ИЛИ дорога) мост", "not"),
        ("мост AND река", "and"),
        ("мо*", "prefix"),
        ("с:вчера мост", "date"),
        ("по:2025-02-30 мост", "date"),
        ("с:99999-01-01 мост", "date"),
        ("мост " * 200, "too_long"),
        ("м" * 600, "too_long"),
        (" ".join(f"слово{n}" for n in range(40)), "clauses"),
        ("(" * 20 + "мост" + ")" * 20, "depth"),
        ("?!…", "empty"),
    ],
)
def test_faults_are_warnings_and_errors_where_strict(tmp_path: Path, q: str, code: str) -> None:
    with indexed(tmp_path, [Article(id="1", title="Мост", text=BRIDGE)], "memory:") as reader:
        warnings = ask(reader, q).warnings
        assert code in [warning.code for warning in warnings]
        assert all(warning.message.endswith(".") for warning in warnings)
        with pytest.raises(BadQuestion) as caught:
            ask(reader, q, strict="1")
    assert {error.parameter for error in caught.value.errors} == {"q"}
    assert [error.message for error in caught.value.errors] == [warning.message for warning in warnings]


@pytest.mark.parametrize(
    "q", ["мост не река", '"мост НЕ река"', "МОСТ НЕ ЧЕРЕЗ РЕКУ", "НЕТ мост", "мост !НЕ"]
)
def test_words_that_are_meant_as_words_are_no_fault(q: str) -> None:
    assert parse(q).warnings == ()


@pytest.mark.parametrize(
    "q", ['"мост', "(мост", "мост)", "мост ИЛИ", "ИЛИ мост", "мос*)", "мост (", '""мост']
)
def test_what_cannot_be_read_is_left_out(found: Finding, q: str) -> None:
    assert found(q, BRIDGE)


def test_question_without_words_finds_nothing_but_an_empty_one_everything(found: Finding) -> None:
    assert not found("?!", BRIDGE)
    assert found("", BRIDGE)
    assert found("   ", BRIDGE)


def test_bounds() -> None:
    words = " ".join(f"сло{n}" for n in range(200))
    assert len(list(leaves(parse(words).root))) == limits.QUERY_CLAUSES
    assert len(list(leaves(parse("а" * 10_000).root))) == 1
    deep = "(" * limits.QUERY_DEPTH + "мост" + ")" * limits.QUERY_DEPTH
    assert parse(deep).warnings == ()
    assert [warning.code for warning in parse(f"({deep})").warnings][:1] == ["depth"]


def test_typed_quotes_demand_beside_quotes_of_print() -> None:
    for q in ('"Паводок отступил" «мост через реку открыли»', '«мост через реку открыли» "Паводок отступил"'):
        assert parse(q).loose is None, q


def test_loosened_question_keeps_what_is_excluded_and_demanded() -> None:
    parsed = parse('паводок "мост через реку" весной -тоннель')
    assert parsed.loose is not None
    assert parsed.loose.without == parsed.root.without
    words_and_phrases = [leaf.text for leaf in leaves(parsed.loose) if not isinstance(leaf, Prefix)]
    assert words_and_phrases == ["паводок", "весной", "мост через реку"]
    words, phrase = parsed.loose.parts
    assert isinstance(phrase, Phrase)
    assert isinstance(words, AllOf)
    assert 0 < words.quorum < 1


@pytest.mark.parametrize(
    ("q", "opened"),
    [
        ("«мост через реку открыли в мае»", True),
        ("Аким: «мост через реку открыли в мае»", True),
        ("Спасатели: «Паводок отступил», пишет газета", True),
        ('Спасатели Озёрска: "Паводок отступил" окончательно утром', True),
        ('Спасатели Озёрска: "Паводок отступил" утром', False),
        ("«Паводок отступил» Озёрск утром", False),
    ],
)
def test_quotes_of_a_pasted_headline_demand_nothing(q: str, opened: bool) -> None:
    loose = parse(q).loose
    assert loose is not None
    assert all(isinstance(leaf, Word) for leaf in leaves(loose)) is opened


@pytest.mark.parametrize(
    "q",
    [
        "мост",
        "мост в",
        '"мост через реку открыли в мае"',
        "«мост через реку»",
        '"мост через реку" паводок',
        "!мосту паводок",
        "заголовок:мост паводок",
        'заголовок:"через реку" текст:мост паводок',
        '"через реку" ИЛИ "под рекой" мост',
        '("через реку" мост) паводок',
        '"через реку" мост «под рекой»',
    ],
)
def test_nothing_is_loosened_where_too_few_words_are_plain(q: str) -> None:
    assert parse(q).loose is None


def test_only_plain_words_may_be_repaired() -> None:
    q = 'мост "через реку" !аким опор* заголовок:новость'
    assert [q[start:end].strip() for start, end in parse(q).plain] == ["мост"]
    assert parse("мост", exact=True).plain == ()


# Anything at all

SIGNS = '" « » “ ” „ ( ) | - ! * : ИЛИ OR с: -по: заголовок: источник: -источник: !" -( \n \t'
signs = st.sampled_from(SIGNS.split(" "))
pieces = st.one_of(st.text(max_size=12), signs, st.sampled_from(["мост", "КарПУ", "2025-06-01", " ", "мос*"]))
questions = st.lists(pieces, max_size=60).map("".join)


def depth(node: Node) -> int:
    return 1 + max(map(depth, node.parts), default=0) if isinstance(node, AllOf | AnyOf) else 0


@given(questions, st.sampled_from(In), st.booleans())
def test_any_text_is_a_question(text: str, where: In, exact: bool) -> None:
    parsed = parse(text, where=where, exact=exact)
    assert parse(text, where=where, exact=exact) == parsed
    assert len(list(leaves(parsed.root))) <= 2 * limits.QUERY_CLAUSES  # a hyphenated word is a pair
    assert depth(parsed.root) <= 2 * limits.QUERY_DEPTH + 3
    end = 0
    for start, stop in parsed.plain:
        assert end <= start < stop <= len(text)
        end = stop


@given(questions)
def test_anything_is_answered_or_refused_where_strict(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    text = "".join(sign for sign in text if sign != "\0" and not "\ud800" <= sign <= "\udfff")
    with indexed(tmp_path_factory.mktemp("any"), [Article(id="1", title="Мост", text=BRIDGE)]) as reader:
        loose = ask(reader, text)
        assert loose.page.total in (0, 1)
        if loose.warnings:
            with pytest.raises(BadQuestion):
                ask(reader, text, strict="1")
        else:
            assert ask(reader, text, strict="1").page.total == loose.page.total


@given(st.lists(st.sampled_from(["мост", "Аким", "новые", "в"]), min_size=1, max_size=6))
def test_plain_words_are_read_as_they_stand(words: list[str]) -> None:
    parsed = parse(" ".join(words))
    assert [leaf.text for leaf in leaves(parsed.root) if isinstance(leaf, Word)] == words
    assert parsed.warnings == ()
