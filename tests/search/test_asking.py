"""Arguments become a question; every fault is named, with what is allowed and the nearest name."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search import limits
from search.asking import (
    HIT_FIELDS,
    PARAMETERS,
    Collapse,
    Match,
    Question,
    Repair,
    read_question,
    read_watched,
)
from search.cursor import Cursor
from search.errors import BadQuestion, ParameterError
from search.query import LABELS, After, Filters, In, Interval, Labels, Sort

ALMATY = ZoneInfo("Asia/Almaty")
CURSOR = Cursor(After("путь/с 1", 1.25, None), datetime(2025, 6, 1, tzinfo=UTC), 3, Question().fingerprint)


def read(*pairs: tuple[str, str]) -> Question:
    return read_question(pairs, ALMATY)


def faults(*pairs: tuple[str, str]) -> tuple[ParameterError, ...]:
    with pytest.raises(BadQuestion) as caught:
        read(*pairs)
    return caught.value.errors


READ: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "facets": [("source,tag", {"facets": ("source", "tag")}), ("", {"facets": ()})],
    "collapse": [("story", {"collapse": Collapse.STORY}), ("none", {"collapse": Collapse.NONE})],
    "histogram": [("week", {"histogram": Interval.WEEK})],
    "q": [("мост через реку", {"q": "мост через реку"}), ("", {"q": ""})],
    "in": [("title", {"where": In.TITLE}), ("text", {"where": In.TEXT}), ("all", {"where": In.ALL})],
    "match": [("exact", {"match": Match.EXACT}), ("lemma", {"match": Match.LEMMA})],
    "repair": [("auto", {"repair": Repair.AUTO}), ("offer", {"repair": Repair.OFFER})],
    "strict": [("1", {"strict": True}), ("0", {"strict": False})],
    "page": [("1", {"page": 1}), ("7", {"page": 7})],
    "per_page": [("1", {"per_page": 1}), (str(limits.PER_PAGE_MAX), {"per_page": limits.PER_PAGE_MAX})],
    "sort": [("oldest", {"sort": Sort.OLDEST}), ("relevance", {"sort": Sort.RELEVANCE})],
    "from": [
        ("2025-06-01", {"filters": Filters(since=datetime(2025, 6, 1, tzinfo=ALMATY))}),
        ("2025-06-01T12:30", {"filters": Filters(since=datetime(2025, 6, 1, 12, 30, tzinfo=ALMATY))}),
        ("2025-06-01T12:30Z", {"filters": Filters(since=datetime(2025, 6, 1, 12, 30, tzinfo=UTC))}),
        # a plus sign that came through an address unquoted
        ("2025-06-01T12:30 00:00", {"filters": Filters(since=datetime(2025, 6, 1, 12, 30, tzinfo=UTC))}),
    ],
    "to": [  # the day, or second, itself is inside
        ("2025-06-30", {"filters": Filters(until=datetime(2025, 7, 1, tzinfo=ALMATY))}),
        (
            "2025-06-30T12:00:00Z",
            {"filters": Filters(until=datetime(2025, 6, 30, 12, 0, 1, tzinfo=UTC))},
        ),
    ],
    "source": [("Вестник", {"filters": Filters(source=Labels(frozenset(("вестник",))))})],
    "section": [
        ("-В  мире", {"filters": Filters(section=Labels(exclude=frozenset(("в мире",))))}),
    ],
    "author": [("Семён Рябых", {"filters": Filters(author=Labels(frozenset(("семен рябых",))))})],
    "origin": [("Qaz365.kz", {"filters": Filters(origin=Labels(frozenset(("qaz365.kz",))))})],
    "person": [("Ёлкин Пётр", {"filters": Filters(person=Labels(frozenset(("елкин петр",))))})],
    "org": [("-КарТУ", {"filters": Filters(org=Labels(exclude=frozenset(("карту",))))})],
    "place": [("Алматы", {"filters": Filters(place=Labels(frozenset(("алматы",))))})],
    "tag": [("дороги", {"filters": Filters(tag=Labels(frozenset(("дороги",))))})],
    "snippets": [("0", {"snippets": 0}), (str(limits.SNIPPETS_MAX), {"snippets": limits.SNIPPETS_MAX})],
    "snippet_length": [("60", {"snippet_length": 60}), ("1000", {"snippet_length": 1000})],
    "fields": [("title,url", {"fields": ("title", "url")}), ("", {"fields": HIT_FIELDS})],
    "cursor": [(str(CURSOR), {"cursor": CURSOR})],
}


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [(name, value, meant) for name, rows in READ.items() for value, meant in rows],
)
def test_parameter_is_read(name: str, value: str, meant: dict[str, Any]) -> None:
    arguments = ((name, value),) if name not in ("page", "cursor") else ()
    assert read((name, value)) == Question(arguments=arguments, **meant)


def test_every_parameter_has_an_example_here() -> None:
    assert set(PARAMETERS) == set(READ)


def test_labels_may_be_given_more_than_once() -> None:
    filters = read(("source", "Вестник"), ("source", "-Курьер"), ("source", "ВЕСТНИК")).filters
    assert filters.source == Labels(frozenset(("вестник",)), frozenset(("курьер",)))


def test_without_anything_the_defaults_hold() -> None:
    question = read()
    assert question == Question()
    assert (question.page, question.per_page, question.snippets) == (1, limits.PER_PAGE, limits.SNIPPETS)


def test_without_words_the_newest_come_first() -> None:
    assert read().order is Sort.NEWEST
    assert read(("q", "  ")).order is Sort.NEWEST
    assert read(("q", "мост")).order is Sort.RELEVANCE
    assert read(("sort", "oldest")).order is Sort.OLDEST


def test_arguments_are_kept_for_links_to_other_pages() -> None:
    pairs = (("q", "мост"), ("source", "Вестник"), ("source", "-Курьер"), ("per_page", "5"))
    assert read(*pairs, ("page", "2")).arguments == pairs


@pytest.mark.parametrize(
    ("name", "value", "message", "nearest"),
    [
        ("qq", "1", "нет такого параметра", "q"),
        ("pages", "1", "нет такого параметра", "page"),
        ("perpage", "1", "нет такого параметра", "per_page"),
        ("sours", "1", "нет такого параметра", "source"),
        ("Q", "1", "нет такого параметра", "q"),
        ("perPage", "1", "нет такого параметра", "per_page"),
        ("sort", "NEWEST", "можно: relevance, newest, oldest", "newest"),
        ("fields", "Title", "можно id, url, title", "title"),
        ("xyzzy", "1", "нет такого параметра", None),
        ("", "1", "нет такого параметра", None),
        ("in", "body", "можно: all, title, text", None),
        ("in", "titel", "можно: all, title, text", "title"),
        ("match", "exakt", "можно: lemma, exact", "exact"),
        ("repair", "of", "можно: auto, offer, off", "off"),
        ("sort", "newst", "можно: relevance, newest, oldest", "newest"),
        ("strict", "2", "от 0 до 1", None),
        ("strict", "true", "целое число", None),
        ("page", "0", "от 1 до", None),
        ("page", "-1", "целое число", None),
        ("page", "1.5", "целое число", None),
        ("page", "٣", "целое число", None),
        ("page", "9" * 5000, "целое число", None),
        ("page", "51", "страниц всего 50", None),
        ("per_page", "0", "от 1 до 100", None),
        ("per_page", "101", "от 1 до 100", None),
        ("snippets", "6", "от 0 до 5", None),
        ("snippet_length", "59", "от 60 до 1000", None),
        ("from", "вчера", "нужна дата", None),
        ("from", "2025-02-30", "нужна дата", None),
        ("from", "2025-06", "нужна дата", None),
        ("from", "2025-W01", "нужна дата", None),
        ("from", "20250601", "нужна дата", None),
        ("to", "", "нужна дата", None),
        ("to", "10000-01-01", "нужна дата", None),
        ("source", "  ", "пустое значение", None),
        ("source", "-", "пустое значение", None),
        ("fields", "titel", "можно id, url, title", "title"),
        ("cursor", "abc", "это не курсор", None),
        ("cursor", "курсор", "это не курсор", None),
        ("cursor", str(CURSOR)[:-1], "это не курсор", None),
        ("q", "a\0b", "знак", None),
        ("q", "\ud800", "знак", None),
    ],
)
def test_fault_is_named(name: str, value: str, message: str, nearest: str | None) -> None:
    (fault,) = faults((name, value))
    assert fault.parameter == name
    assert message in fault.message
    assert fault.nearest == nearest
    assert value.startswith(fault.value or "")
    assert len(fault.value or "") <= 200


def test_fault_tells_what_is_allowed() -> None:
    assert faults(("sort", "best"))[0].allowed == ("relevance", "newest", "oldest")
    assert set(faults(("nope", "1"))[0].allowed) == set(PARAMETERS)


def test_all_faults_are_told_at_once() -> None:
    found = faults(("page", "x"), ("sort", "x"), ("q", "a"), ("q", "b"), ("nope", "1"))
    assert {fault.parameter for fault in found} == {"page", "sort", "q", "nope"}


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - set(LABELS)))
def test_only_labels_may_be_given_twice(name: str) -> None:
    value = READ[name][0][0]
    (fault,) = faults((name, value), (name, value))
    assert (fault.parameter, fault.message) == (name, "параметр дан больше одного раза")


def test_last_page_of_the_window_can_be_asked_for() -> None:
    assert read(("page", "10"), ("per_page", "100")).page == 10
    assert faults(("page", "11"), ("per_page", "100"))[0].parameter == "page"


names = st.sampled_from(sorted(PARAMETERS)) | st.text(max_size=10)
values = st.text(max_size=30) | st.sampled_from(["1", "0", "title", "newest", "2025-06-01", "-1", "99999"])


@given(st.lists(st.tuples(names, values), max_size=6))
def test_any_arguments_are_read_or_their_faults_named(pairs: list[tuple[str, str]]) -> None:
    found: tuple[ParameterError, ...] = ()
    try:
        question = read(*pairs)
        assert 1 <= question.page * question.per_page <= limits.RESULT_WINDOW
        assert 1 <= question.per_page <= limits.PER_PAGE_MAX
    except BadQuestion as error:
        found = error.errors or (ParameterError("?", ""),)
    assert all(fault.message for fault in found)
    assert {fault.parameter for fault in found} <= {name for name, _ in pairs} | {"page"}


def test_values_of_filters_are_bounded_all_together() -> None:
    some = [("source", f"Вестник {number}") for number in range(limits.FILTER_VALUES - 1)]
    assert len(read(*some, ("tag", "-мост"), ("tag", "-Мост")).filters.source.include) == len(some)
    (fault,) = faults(*some, ("tag", "мост"), ("tag", "река"), ("q", "мост"))
    assert (fault.parameter, fault.message) == ("tag", "значений у фильтров не больше 50")


def test_dates_at_the_ends_of_time_leave_nothing_out() -> None:
    for day in ("0001-01-01", "0001-01-01T00:00+14:00"):
        filters = read(("from", day)).filters
        assert filters.since is not None
        assert filters.since < datetime(1, 1, 3, tzinfo=UTC)
    for day in ("9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"):
        filters = read(("to", day)).filters
        assert filters.until is not None
        assert filters.until > datetime(9999, 12, 30, tzinfo=UTC)


def test_watch_cannot_be_of_names_which_come_too_late_for_it() -> None:
    with pytest.raises(BadQuestion) as caught:
        read_watched([("q", "мост"), ("person", "Алибек Алденей")], ALMATY)
    assert [error.parameter for error in caught.value.errors] == ["person"]
