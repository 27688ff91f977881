"""An article's relatives: the same story elsewhere, what came before and after."""

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest

from indexer.formats import read
from search.article import Article
from search.engine import Reader
from search.related import Relation, related
from tests.conftest import ROOT, indexed


@pytest.fixture(scope="module")
def reader(fresh: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    items = read(ROOT / "samples", ZoneInfo("Asia/Almaty"))
    some = [item for item in items if isinstance(item, Article)]
    with indexed(tmp_path_factory.mktemp("index"), some, fresh()) as opened:
        yield opened


def relatives(reader: Reader, id: str, most: int = 5) -> dict[str, Relation]:
    article = reader.article(id)
    assert article is not None
    return {one.hit.article.id: one.relation for one in related(reader, article, most).relatives}


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("delo-qarmash", {"vestnik-qarmash-kopiya": Relation.SAME, "kurier-qarmash": Relation.SAME}),
        ("sport-hokkey", {"ozero-hokkey": Relation.SAME, "sport-dzuba": Relation.BACKGROUND}),
        (
            "vestnik-most-podryad",
            {"vestnik-most-zaderzhka": Relation.LATER, "delo-most-smeta": Relation.SAME},
        ),
        ("nauka-lednik", {"vestnik-lednik": Relation.SAME}),
    ],
)
def test_story_is_found_with_the_time_between(reader: Reader, id: str, expected: dict[str, Relation]) -> None:
    found = relatives(reader, id)
    assert id not in found
    assert {other: found.get(other) for other in expected} == expected


def test_reason_is_told(reader: Reader) -> None:
    article = reader.article("sport-hokkey")
    assert article is not None
    first = related(reader, article, 1).relatives[0]
    assert first.hit.article.id == "ozero-hokkey"
    assert {"есенжол", "дзюба"} <= set(first.names) | set(first.words)
    assert first.days is not None
    assert 0 < first.days < 1


def test_draft_need_not_be_in_the_archive(reader: Reader) -> None:
    draft = Article(
        id="draft", title="Что с котлом", text="Инженер ТЭЦ-3 Руслан Сивоконь рассказал об аварии котла."
    )
    found = related(reader, draft, 3).relatives
    assert {one.hit.article.id for one in found[:2]} <= {"vestnik-tec3", "kurier-tec", "delo-tec"}
    assert {one.relation for one in found} == {Relation.BACKGROUND}


def test_nothing_in_common(reader: Reader) -> None:
    assert related(reader, Article(id="x", title="Zzz", text="qwerty uiop"), 5).relatives == ()
