"""Misspelt forms, keyboard layouts and nearness, each beside a plain way to reckon the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.russian.layout import switched
from search.vocabulary import Vocabulary

forms = st.text(alphabet="абвгежяёқzk-5", min_size=1, max_size=6)


def distance(one: str, other: str) -> int:
    """Edits from one word to the other, a swap of neighbours as one: the textbook's table."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a != b))
            if i > 1 and j > 1 and one[i - 2 : i] == b + other[j - 2]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return table[len(one), len(other)]


@given(st.dictionaries(forms, st.integers(1, 1000), max_size=30), forms, st.integers(0, 2))
def test_near_forms_are_all_within_so_many_edits(counts: dict[str, int], form: str, edits: int) -> None:
    expected = {other: count for other, count in counts.items() if distance(form, other) <= edits}
    assert Vocabulary.of(counts).near(form, edits) == expected


@pytest.mark.parametrize(
    ("form", "edits", "near"),
    [
        ("караганда", 0, {"караганда"}),
        ("каранганда", 1, {"караганда"}),
        ("кaраганда", 1, {"караганда"}),  # the second letter is Latin
        ("карганад", 2, {"караганда"}),
        ("темиртау", 2, set()),
    ],
)
def test_examples(form: str, edits: int, near: set[str]) -> None:
    assert set(Vocabulary.of({"караганда": 3, "балхаш": 1}).near(form, edits)) == near


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fcnfyf", "астана"),
        ("Fcnfyf", "Астана"),
        ("vj;tn", "может"),
        ("ghbdtn,", "привет,"),
        ("ыфьыгтп", "samsung"),
        ("`krf", "ёлка"),
    ],
)
def test_other_layout(typed: str, meant: str) -> None:
    assert meant in switched(typed)


@pytest.mark.parametrize("typed", ["", "2025", "…", "мостqwe"])
def test_no_layout_is_told_without_letters_of_one_alphabet(typed: str) -> None:
    assert switched(typed) == []


@given(st.text(alphabet="авгдезийклмнопрстуфцчшщыья", min_size=1))
def test_layout_switches_back(word: str) -> None:
    (typed,) = switched(word)
    assert word in switched(typed)


def test_signs_are_in_no_latin_word() -> None:
    assert switched("борьба") == []
