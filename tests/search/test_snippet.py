"""Which passages are shown, and that every form of a question's words is marked in them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.page import Snippet
from search.parser import parse
from search.query import Via
from search.russian.sentences import ends
from search.russian.tokens import tokenise
from search.snippet import Wanted, all_places, marks, snippets

TEXT = (
    "Утром в городе шёл дождь. Мост через реку открыли для движения, и на мосту собрались люди. "
    "А. Иванов приехал на открытие моста из Караганды.\nРеку видно издалека."
)


def marked(text: str, q: str, field: str = "text") -> list[tuple[str, str]]:
    found = marks(text, all_places(text), Wanted(parse(q).root, field))
    return [(text[mark.start : mark.end], mark.via.value) for mark in found]


def shown(text: str, q: str, most: int = 2, length: int = 200) -> tuple[Snippet, ...]:
    return snippets(text, ends(text), all_places(text), Wanted(parse(q).root, "text"), most, length)


# Marks


@pytest.mark.parametrize(
    ("text", "q", "found"),
    [
        (TEXT, "мост", [("Мост", "form"), ("мосту", "lemma"), ("моста", "lemma")]),
        ("Ёлку и елку нарядили", "ёлку", [("Ёлку", "form"), ("елку", "yo")]),
        ("Ёлку и елку нарядили", "елку", [("Ёлку", "yo"), ("елку", "form")]),
        ("Вечер в Қарағанды", "караганда", [("Қарағанды", "kazakh")]),
        ("Вечер в Караганде", "қарағанды", [("Караганде", "kazakh")]),
        ("Завод QARMASH", "кармаш", [("QARMASH", "latin")]),
        ("Сотрудник МИДа", "мид", [("МИДа", "abbreviation")]),
        ("Реку видно", "рек*", [("Реку", "prefix")]),
        ("За́мок и замка", "замок", [("За́мок", "form"), ("замка", "lemma")]),
        ("Пере\u00adезд закрыт", "переезд", [("Пере\u00adезд", "form")]),
        ("Слово Алденея и Алденею", "Алденей", [("Алденея", "lemma"), ("Алденею", "lemma")]),
        ("Премьер-министр здесь", "министр", [("Премьер-министр", "lemma")]),
        ("Выпустят 10 000 машин", "10000", [("10 000", "form")]),
        ("мост и мосту", "!мосту", [("мосту", "form")]),
        ("мост и река", "мост -река", [("мост", "form")]),
        ("мост и река", "паром | река", [("река", "form")]),
        ("мост и река", "паром", []),
        (
            "В то же время мост открыт. Он в селе.",
            "мост в селе",
            [("мост", "form"), ("в", "form"), ("селе", "form")],
        ),
        ("Мост в\nгороде, в селе", "мост в", [("Мост", "form"), ("в", "form")]),
        ("Мост в селе", "в на", [("в", "form")]),
        ("", "мост", []),
    ],
)
def test_every_form_is_marked_with_its_route(text: str, q: str, found: list[tuple[str, str]]) -> None:
    assert marked(text, q) == found


def test_phrase_is_marked_only_where_it_stands() -> None:
    assert [word for word, _ in marked(TEXT, '"через реку"')] == ["через", "реку"]
    assert [word for word, _ in marked("мост и мост через мост", '"мост через"')] == ["мост", "через"]


def test_word_of_one_field_is_marked_only_there() -> None:
    assert marked(TEXT, "заголовок:мост река") == marked(TEXT, "река")
    assert marked(TEXT, "заголовок:дождь", "title") == [("дождь", "form")]
    assert marked(TEXT, "текст:дождь", "title") == []


def test_offsets_are_code_points() -> None:
    text = "😀😀 Мост 🌉 мосту e\u0301 моста"
    found = marks(text, all_places(text), Wanted(parse("мост").root, "text"))
    assert [(mark.start, mark.end) for mark in found] == [(3, 7), (10, 15), (19, 24)]
    (one,) = shown(text, "мост")
    assert [one.text[mark.start : mark.end] for mark in one.marks] == ["Мост", "мосту", "моста"]


# Passages


def test_best_passages_in_the_order_of_the_text() -> None:
    first, second = shown(TEXT, "дождь мост")
    assert first.text == "Утром в городе шёл дождь."
    assert second.text.startswith("Мост через реку")
    assert (first.field, first.before, first.after) == ("text", False, False)


def test_passage_with_more_of_the_words_is_chosen() -> None:
    text = "Мост закрыт. Река поднялась. Мост через реку размыло. Мост починят."
    assert [one.text for one in shown(text, "мост река", most=1)] == ["Мост через реку размыло."]


def test_second_passage_has_what_the_first_lacks() -> None:
    text = "Мост и снова мост. Мост закрыт. Река поднялась."
    assert [one.text for one in shown(text, "мост река")] == ["Мост и снова мост.", "Река поднялась."]


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("Приехал А. Иванов. Мост открыт.", "Мост открыт."),
        ("Стоит 5 млн. Мост открыт.", "Стоит 5 млн. Мост открыт."),  # an abbreviation may go on
        ("Живёт в г. Астана. Мост открыт.", "Мост открыт."),
        ("«Пора!» Мост открыт.", "Мост открыт."),
        ("Пора… Мост открыт!", "Мост открыт!"),
        ("Пора\n— Мост открыт", "— Мост открыт"),
        ("Рост 5.5 процента. Мост открыт.", "Мост открыт."),
    ],
)
def test_where_sentences_end(text: str, second: str) -> None:
    assert [one.text for one in shown(text, "открыт", most=1)] == [second]


def test_long_sentence_is_cut_at_word_edges_around_the_words() -> None:
    text = "слово " * 200 + "мост " + "слово " * 200
    (one,) = shown(text, "мост", most=1, length=80)
    assert len(one.text) <= 80
    assert (one.before, one.after) == (True, True)
    assert set(one.text.split()) == {"слово", "мост"}
    assert [one.text[mark.start : mark.end] for mark in one.marks] == ["мост"]


def test_long_sentence_is_cut_around_what_tells_most() -> None:
    text = "паводки в городе, " + "слово " * 60 + "в Казахстане паводки, " + "слово " * 30
    (one,) = shown(text, "паводки в казахстане", most=1, length=80)
    assert "в Казахстане паводки" in one.text
    text = (
        "казахстан в "
        + "слово " * 60
        + "паводки в, паводки в, паводки в, "
        + "слово " * 60
        + "паводки казахстана"
    )
    (one,) = shown(text, "паводки в казахстане", most=1, length=80)
    assert one.text.endswith("паводки казахстана")


def test_no_passage_says_what_another_or_the_headline_does() -> None:
    text = "МОСТ открыли!\nМост открыли утром. Мост открыли — утром? Река поднялась. Мост красив."
    asked = Wanted(parse("мост").root, "text")
    placed = all_places(text)
    told = snippets(text, ends(text), placed, asked, 5, 200, "Мост открыли")
    assert [one.text for one in told] == ["Мост открыли утром.", "Мост красив."]


def test_where_only_the_headline_answers_the_news_after_it_is_shown() -> None:
    text = "Мост открыли.\n\nНа праздник пришёл весь город. Пели песни."
    asked = Wanted(parse("мост").root, "text")
    (one,) = snippets(text, ends(text), all_places(text), asked, 2, 200, "«Мост» открыли")
    assert one.text == "На праздник пришёл весь город."
    (alone,) = snippets("Мост!", ends("Мост!"), all_places("Мост!"), asked, 2, 200, "Мост")
    assert (alone.text, len(alone.marks)) == ("Мост!", 1)


@pytest.mark.parametrize("length", range(60, 90, 7))
def test_only_words_inside_the_cut_are_marked(length: int) -> None:
    (one,) = shown("мост и река " * 100, "мост", most=1, length=length)
    assert [one.text[mark.start : mark.end] for mark in one.marks] == ["мост"] * one.text.count("мост")


def test_without_a_match_the_beginning_is_shown() -> None:
    (one,) = shown(TEXT, "слон")
    assert (one.text, one.marks) == ("Утром в городе шёл дождь.", ())


def test_nothing_to_show() -> None:
    assert shown(TEXT, "мост", most=0) == ()
    assert shown(" \n ", "мост") == ()


# Anything at all

pieces = st.sampled_from(
    [
        "мост",
        "Мосту",
        "река",
        "реку",
        "😀",
        "ДТП",
        "e\u0301",
        "за́мок",
        "\n",
        ". ",
        "! ",
        " ",
        "Қарағанды",
        "«",
    ]
)
texts = st.lists(st.one_of(pieces, st.text(max_size=5)), max_size=60).map("".join)
queries = st.lists(
    st.sampled_from(["мост", "река", "рек*", '"мост река"', "!мосту", "-дтп", "замок", "караганда", "😀"])
    | st.text(max_size=8),
    max_size=5,
).map(" ".join)


@given(texts, queries)
def test_marks_are_whole_words_in_order(text: str, q: str) -> None:
    words = {(token.start, token.end) for token in tokenise(text)}
    found = marks(text, all_places(text), Wanted(parse(q).root, "text"))
    spans = [(mark.start, mark.end) for mark in found]
    assert spans == sorted(set(spans))
    assert words.issuperset(spans)
    assert all(isinstance(mark.via, Via) for mark in found)


@given(texts, queries, st.integers(0, 4), st.integers(60, 300))
def test_snippets_are_marked_pieces_of_the_text(text: str, q: str, most: int, length: int) -> None:
    wanted = Wanted(parse(q).root, "text")
    places = all_places(text)
    whole = marks(text, places, wanted)
    made = snippets(text, ends(text), places, wanted, most, length)
    assert len(made) <= most
    assert bool(made) == bool(text.strip() and most)
    for one in made:
        assert one.text in text
        assert 0 < len(one.text) <= length
        end = 0
        for mark in one.marks:
            assert end <= mark.start < mark.end <= len(one.text)
            assert one.text[mark.start : mark.end] in {text[each.start : each.end] for each in whole}
            end = mark.end
    if whole and most:
        assert any(one.marks for one in made) or max(m.end - m.start for m in whole) > length // 2


@given(st.integers(1, 400), st.integers(0, 400), st.integers(60, 300))
def test_a_mark_is_always_in_sight_and_words_are_whole(before: int, after: int, length: int) -> None:
    text = "слово " * before + "мост" + " слово" * after
    (one,) = shown(text, "мост", most=1, length=length)
    assert [one.text[mark.start : mark.end] for mark in one.marks] == ["мост"]
    assert set(one.text.split()) <= {"слово", "мост"}
    assert (one.before, one.after) == (not text.startswith(one.text), not text.endswith(one.text))


@pytest.mark.parametrize("row", ["." * 200_000, ". " + " " * 200_000, (". " + " " * 5_000) * 50])
def test_rows_of_points_and_spaces_are_looked_at_once(row: str) -> None:
    started = time.process_time()
    assert ends(f"Мост{row}река") == (len(row) + 8,)
    assert time.process_time() - started < 5  # looked at from each of them it would be minutes
