"""9. A question has a price limit: it is refused with its place and reason, or answered within bounds.

Behaviour is asserted; how long the worst took is printed.
"""

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from search import limits
from tests.promises.conftest import LONG, Service, rounds, some_articles, told

WORDS = ("мост", "река", "рабочие", "опору", "аким", "день", "осмотрели", "номер")
HOSTILE = {
    "stars": "*" * 500,
    "star before": "*ост *ека",
    "star inside": "м*ст р*ка",
    "short prefixes": "м* р* а* о*",
    "prefixes": " ".join(f"{word[:3]}*" for word in WORDS * 4),
    "brackets": "(" * 1000 + "мост" + ")" * 1000,
    "closed brackets": ")" * 1000,
    "depth": "(мост (" * 60 + "река" + "))" * 60,
    "long word": "а" * 100_000,
    "many words": "слово " * 5000,
    "many different words": " ".join(f"слово{number}" for number in range(5000)),
    "ors": " ИЛИ ".join(WORDS * 50),
    "nots": "-мост " * 200,
    "not of nots": "-" * 400 + "мост",
    "quotes": '"' * 500,
    "phrases": '"мост через реку" ' * 100,
    "a long phrase": '"' + " ".join(WORDS * 40) + '"',
    "fields": "заголовок:" * 100 + "мост",
    "dates": "с:0001-01-01 по:9999-12-31 " * 50,
    "nul": "\0" * 500 + "мост",
    "bidi": "\u202e" * 400 + "мост",
    "marks": "е" + "\u0308" * 400,
    "emoji": "🌉" * 300,
    "layout": "vjcn " * 100,
    "misprints": " ".join(word[:-1] + "ъ" for word in WORDS * 6),
    "kazakh": "қарағанды " * 50,
    "digits": "1" * 500,
    "hyphens": "а-" * 250,
}
OTHERS = (
    {"page": "1000000000"},
    {"page": "9" * 500},
    {"per_page": "1000000"},
    {"snippets": "100", "snippet_length": "1000000"},
    {"source": "-" * 300},
    {"from": "9999-12-31T23:59:59+14:00", "to": "0001-01-01"},
    {"facets": "source," * 1000},
    {"cursor": "A" * 2000},
    {"source": [f"s{number}" for number in range(400)]},
)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service over some thousands of articles."""
    made = Service(tmp_path_factory.mktemp("home"), some_articles(20_000 if LONG else 600))
    with made.reader:
        yield made


def within_bounds(response: TestResponse) -> None:
    assert response.status_code in (200, 400, 413, 414, 503), response.text
    told = response.json
    assert told is not None
    if response.status_code == 200:
        assert len(told["query"]["terms"]) <= limits.QUERY_CHARACTERS // 2  # words of phrases are told apart
        assert len(told["hits"]) <= limits.PER_PAGE_MAX
    else:
        assert told["detail"] or told["errors"]
    if response.status_code == 503:
        assert told["code"] == "query_too_costly"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_question_is_refused_or_answered(busy: Service, name: str) -> None:
    for more in ({}, {"strict": "1"}, {"match": "exact"}, {"in": "title", "facets": "source,tag"}):
        within_bounds(busy.client.get("/api/v1/search", query_string={"q": HOSTILE[name], **more}))


@pytest.mark.parametrize("arguments", OTHERS, ids=str)
def test_hostile_argument_is_refused_or_answered(busy: Service, arguments: dict[str, Any]) -> None:
    response = busy.client.get("/api/v1/search", query_string={"q": "мост", **arguments})
    within_bounds(response)
    if response.status_code == 400:
        assert response.json is not None
        assert {error["parameter"] for error in response.json["errors"]} <= set(arguments)


def generated(chance: random.Random) -> str:
    """A question at the limits: as long, deep and broad as is allowed."""
    pieces: list[str] = []
    depth = 0
    while len(" ".join(pieces)) < limits.QUERY_CHARACTERS - 30:
        word = chance.choice(WORDS)
        made = chance.choice(
            (word, f"{word[:3]}*", f"-{word}", f'"{word} {chance.choice(WORDS)}"', f"!{word}", "ИЛИ")
        )
        if chance.random() < 0.2 and depth < limits.QUERY_DEPTH:
            made, depth = "(", depth + 1
        elif chance.random() < 0.2 and depth:
            made, depth = ")", depth - 1
        pieces.append(made)
    return " ".join(pieces) + ")" * depth


def test_questions_at_the_limits_are_answered(busy: Service, seed: int) -> None:
    chance, took = random.Random(seed), []
    for _ in rounds(10_000, 150):
        q = generated(chance)
        started = time.perf_counter()
        within_bounds(busy.client.get("/api/v1/search", query_string={"q": q}))
        took.append(time.perf_counter() - started)
    told(questions=len(took), worst_s=round(max(took), 2), median_s=round(sorted(took)[len(took) // 2], 3))


def test_refusal_names_the_place(busy: Service) -> None:
    response = busy.client.get("/api/v1/search", query_string={"q": "мост ((", "strict": "1"})
    assert response.status_code == 400
    assert response.json is not None
    assert response.json["errors"][0]["parameter"] == "q"
