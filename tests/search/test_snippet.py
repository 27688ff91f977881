"""Which passages are shown, and that every form of a question's words is marked in them."""

from hypothesis import given
from hypothesis import strategies as st

from search.parser import parse
from search.query import Via
from search.snippet import all_places, marks, snippets

TEXT = (
    "Утром в городе шёл дождь. Мост через реку открыли для движения, и на мосту собрались люди. "
    "А. Иванов приехал на открытие моста из Караганды.\nРеку видно издалека."
)


def marked(text: str, q: str) -> list[tuple[str, str]]:
    found = marks(text, all_places(text), parse(q).root, "text")
    return [(text[mark.start : mark.end], mark.via.value) for mark in found]


def test_every_form_is_marked_with_its_route() -> None:
    assert marked(TEXT, "мост") == [("Мост", "form"), ("мосту", "lemma"), ("моста", "lemma")]
    assert marked("Ёлку и елку нарядили", "ёлку") == [("Ёлку", "form"), ("елку", "yo")]
    assert marked("Вечер в Қарағанды", "караганда") == [("Қарағанды", "kazakh")]
    assert marked("Вечер в Караганде", "қарағанды") == [("Караганде", "kazakh")]
    assert marked("Завод QARMASH", "кармаш") == [("QARMASH", "latin")]
    assert marked("Сотрудник МИДа", "мид") == [("МИДа", "abbreviation")]
    assert marked("Реку видно", "рек*") == [("Реку", "prefix")]


def test_phrase_is_marked_only_where_it_stands() -> None:
    assert [word for word, _ in marked(TEXT, '"через реку"')] == ["через", "реку"]


def test_best_passages_in_the_order_of_the_text() -> None:
    first, second = snippets(TEXT, all_places(TEXT), parse("дождь мост").root, 2, 200)
    assert first.text == "Утром в городе шёл дождь."
    assert second.text.startswith("Мост через реку")
    assert (first.field, first.before, first.after) == ("text", False, False)


def test_initials_end_no_sentence() -> None:
    (one,) = snippets(TEXT, all_places(TEXT), parse("Караганда").root, 1, 200)
    assert one.text == "А. Иванов приехал на открытие моста из Караганды."


def test_long_sentence_is_cut_at_word_edges_around_the_words() -> None:
    text = "слово " * 200 + "мост " + "слово " * 200
    (one,) = snippets(text, all_places(text), parse("мост").root, 1, 80)
    assert len(one.text) <= 80
    assert (one.before, one.after) == (True, True)
    assert set(one.text.split()) == {"слово", "мост"}


def test_without_a_match_the_beginning_is_shown() -> None:
    (one,) = snippets(TEXT, all_places(TEXT), parse("слон").root, 2, 200)
    assert one.text == "Утром в городе шёл дождь."


words = st.sampled_from(
    ["мост", "Мосту", "река", "😀", "ДТП", "e\u0301", "\n", ".", " ", "Қарағанды", "«", "— "]
)


@given(st.lists(st.one_of(words, st.text(max_size=5))), st.text(max_size=20), st.integers(60, 300))
def test_marks_are_in_order_and_inside(pieces: list[str], q: str, length: int) -> None:
    text = "".join(pieces)
    root = parse(q + " мост река").root
    for one in snippets(text, all_places(text), root, 3, length):
        assert one.text in text
        assert len(one.text) <= length
        end = 0
        for mark in one.marks:
            assert end <= mark.start < mark.end <= len(one.text)
            assert isinstance(mark.via, Via)
            end = mark.end
