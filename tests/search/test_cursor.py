"""Reading on by cursor: nothing twice, nothing left out, whatever is committed meanwhile."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from search.answer import Answer
from search.article import Article
from search.asking import read_question
from search.cursor import Cursor, _check
from search.document import Document
from search.engine import Engine, Reader, Writer
from search.engines import open_engine
from search.engines.opensearch import writer
from search.engines.whoosh import storage
from search.errors import BadQuestion
from search.query import After
from tests.conftest import ask

MAY = datetime(2025, 5, 1, 12, tzinfo=UTC)
ORDERS = ("relevance", "newest", "oldest")


def article(number: int, **more: object) -> Article:
    text = f"Мост {'открыли ' * (number % 7)} и река {'мост ' * (number % 3)}"
    published = MAY + timedelta(hours=number // 2) if number % 11 else None
    facts = {"id": f"a{number}", "title": "Новости", "text": text, "published": published, **more}
    return Article(**facts)  # type: ignore[arg-type]


@pytest.fixture
def engine(fresh: Callable[[], str], tmp_path: Path) -> Engine:
    engine = open_engine(fresh(), tmp_path / "index")
    with engine.writer() as writer:
        writer.put(Document(article(number)) for number in range(130))
        writer.commit(1)
    return engine


def walk(reader: Reader, **arguments: str) -> Iterator[Answer]:
    answer = ask(reader, "мост река", per_page="20", **arguments)
    yield answer
    while answer.following:
        answer = ask(reader, "мост река", per_page="20", cursor=str(answer.following), **arguments)
        yield answer


def ids(answer: Answer) -> list[str]:
    return [hit.article.id for hit in answer.page.hits]


@pytest.mark.parametrize("sort", ORDERS)
def test_pages_by_cursor_are_the_pages_by_number(engine: Engine, sort: str) -> None:
    with engine.reader() as reader:
        by_number = [ids(ask(reader, "мост река", page=str(n), sort=sort)) for n in range(1, 8)]
        assert [ids(answer) for answer in walk(reader, sort=sort)] == by_number


@pytest.mark.parametrize("sort", ORDERS)
def test_commits_between_pages_make_no_double_and_no_gap(engine: Engine, sort: str) -> None:
    """New articles come, the last one seen is taken out: all that were there are seen, each once."""
    with engine.reader() as reader, engine.writer() as writer:
        everything, seen = ids(ask(reader, "мост река", per_page="100", sort=sort)), []
        for step, answer in enumerate(walk(reader, sort=sort)):
            seen += ids(answer)
            assert answer.page.state.generation == 1
            assert not answer.warnings
            disturb(writer, step, seen[-1])
    assert seen[:100] == everything
    assert sorted(seen) == sorted(f"a{number}" for number in range(130))


@pytest.mark.parametrize("sort", ORDERS)
def test_reading_on_in_a_commit_that_is_gone(
    engine: Engine, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By date there is still no double and no gap; by relevance the answer warns."""
    for module, name in ((storage, "GRACE_SECONDS"), (writer, "GRACE_SECONDS"), (writer, "KEPT_SECONDS")):
        monkeypatch.setattr(module, name, -1.0)
    seen = []
    with engine.writer() as opened:
        with engine.reader() as reader:
            answer = ask(reader, "мост река", sort=sort)
        for step in range(50):
            seen += ids(answer)
            if answer.following is None:
                break
            disturb(opened, step, seen[-1])
            with engine.reader() as reader:
                answer = ask(reader, "мост река", sort=sort, cursor=str(answer.following))
            assert answer.page.state.generation == step + 2
            warned = [warning.code for warning in answer.warnings]
            assert warned == (["index_changed"] if sort == "relevance" else [])
    if sort != "relevance":
        assert len(seen) == len(set(seen))
        assert {f"a{number}" for number in range(130)} <= set(seen)


def disturb(writer: Writer, step: int, last: str) -> None:
    """Commit some new articles that are good hits; now and then the last one seen goes."""
    writer.put(Document(article(1000 + 10 * step + n, title="Мост и река")) for n in range(5))
    if step % 2:
        writer.remove([last])
    writer.commit(step + 2)


def test_cursor_keeps_the_moment_that_freshness_is_measured_by(engine: Engine) -> None:
    with engine.reader() as reader:
        first, second, *_ = walk(reader)
    assert second.query.now == first.query.now


def test_cursor_goes_with_its_question_only() -> None:
    cursor = str(Cursor(After("a", 1.0, None), MAY, 1, read_question([("q", "мост")], UTC).fingerprint))
    assert read_question([("q", "мост"), ("cursor", cursor), ("per_page", "5")], UTC).cursor
    for pairs in ([("q", "река")], [("q", "мост"), ("sort", "newest")], [("q", "мост"), ("page", "2")]):
        with pytest.raises(BadQuestion, match="cursor"):
            read_question([*pairs, ("cursor", cursor)], UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner)
)


@given(st.lists(json_values, min_size=6, max_size=6) | json_values)
@example(["a", 1.0, None, 1, 1, "\ud800"])
@example(["\udfff", 1.0, None, 1, 1, ""])
def test_whatever_is_made_up_is_refused_or_a_cursor(content: object) -> None:
    made_up = json.dumps(content).encode()
    try:
        cursor = Cursor.read(urlsafe_b64encode(_check(made_up) + made_up).decode())
    except ValueError:
        return
    assert Cursor.read(str(cursor)) == cursor
