"""The contract of the seam, kept by every engine."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search.article import Article
from search.document import Document
from search.engine import Engine, Writer
from search.engines import open_engine
from search.errors import IndexBusy, IndexMissing, IndexUnavailable, SvodkaError
from search.settings import BadSetting
from tests.conftest import ROOT, ask

MAY = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["whoosh:", "memory:"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    return open_engine(request.param, tmp_path / "index")


def article(id: str, text: str = "Мост открыли", **more: object) -> Article:
    return Article(**{"id": id, "title": "Новости", "text": text, **more})  # type: ignore[arg-type]


def put(writer: Writer, *some: Article) -> None:
    writer.put(Document(each) for each in some)


def ids(engine: Engine, q: str, **arguments: str) -> list[str]:
    with engine.reader() as reader:
        return [hit.article.id for hit in ask(reader, q, repair="off", **arguments).page.hits]


def test_nothing_committed_yet(engine: Engine) -> None:
    with engine.reader() as reader, pytest.raises(IndexMissing):
        reader.status()


def test_commit_makes_visible_with_its_mark(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"))
        state = writer.commit(7)
    assert (state.mark, state.documents, state.generation) == (7, 1, 1)
    with engine.reader() as reader:
        assert reader.status() == state
        assert reader.article("a") == article("a")
        assert reader.article("b") is None


def test_what_is_not_committed_is_not_there(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"))
        writer.commit(1)
        put(writer, article("b"))
        writer.remove(["a"])
    assert ids(engine, "мост") == ["a"]


def test_same_id_replaces_also_within_a_commit(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a", "Мост закрыли"), article("a", "Мост достроили"))
        writer.commit(1)
        assert ids(engine, "достроили") == ["a"]
        put(writer, article("a", "Тоннель построили"))
        writer.commit(2)
    assert (ids(engine, "мост"), ids(engine, "тоннель")) == ([], ["a"])
    with engine.reader() as reader:
        assert reader.status().documents == 1


def test_removed_article_is_gone_and_unknown_id_is_passed_over(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"), article("b"))
        writer.commit(1)
        writer.remove(["a", "нет такого"])
        writer.commit(2)
    assert ids(engine, "мост") == ["b"]


def test_open_reader_notices_a_commit(engine: Engine) -> None:
    with engine.writer() as writer, engine.reader() as reader:
        put(writer, article("a"))
        writer.commit(1)
        assert ask(reader, "мост").page.total == 1
        put(writer, article("b"))
        writer.commit(2)
        assert ask(reader, "мост").page.total == 2
        assert reader.status().generation == 2


def test_one_writer_at_a_time(engine: Engine, tmp_path: Path) -> None:
    with engine.writer():
        with pytest.raises(IndexBusy):
            engine.writer()
        name = "memory:" if "memory" in type(engine).__module__ else "whoosh:"
        code = (
            "import sys; from pathlib import Path; from search.engines import open_engine\n"
            "open_engine(sys.argv[1], Path(sys.argv[2])).writer()"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, name, str(tmp_path / "index")],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert "IndexBusy" in other.stderr
    engine.writer().close()


def test_rebuild_is_switched_to_in_one_step_under_open_readers(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"))
        writer.commit(1)
    with engine.reader() as reader:
        fresh = engine.rebuilding()
        with fresh.writer() as writer:
            put(writer, article("a"), article("b"))
            with pytest.raises(IndexBusy):
                engine.rebuilding()
            writer.commit(5)
        assert ask(reader, "мост").page.total == 1
        before = reader.status().generation
        fresh.switch()
        assert ask(reader, "мост").page.total == 2
        assert reader.status().generation > before
        assert reader.status().mark == 5


def test_filters_and_orders(engine: Engine) -> None:
    some = [
        article("a", published=MAY, source="Вестник", section="Общество", tags=("мост", "река")),
        article("b", published=MAY + timedelta(days=1), source="Курьер", author="Олег Рябых"),
        article("c", published=None, source="Вестник"),
    ]
    with engine.writer() as writer:
        put(writer, *some)
        writer.commit(1)
    assert ids(engine, "мост", sort="newest") == ["b", "a", "c"]
    assert ids(engine, "мост", sort="oldest") == ["a", "b", "c"]
    assert set(ids(engine, "мост", source="вестник")) == {"a", "c"}
    assert set(ids(engine, "мост", source="-Вестник")) == {"b"}
    assert ids(engine, "мост", author="рябых") == ["b"]
    assert ids(engine, "", tag="река") == ["a"]
    assert ids(engine, "мост", from_="2025-05-02") == ["b"]
    assert ids(engine, "мост", to="2025-05-01") == ["a"]
    assert ids(engine, "мост", from_="2025-05-03") == []


def test_pages_follow_each_other_and_the_total_is_whole(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, *(article(f"{n:02}") for n in range(45)))
        writer.commit(1)
    with engine.reader() as reader:
        pages = [ask(reader, "мост", page=str(n), per_page="20").page for n in (1, 2, 3)]
    assert [page.total for page in pages] == [45, 45, 45]
    assert sorted(hit.article.id for page in pages for hit in page.hits) == [f"{n:02}" for n in range(45)]


def test_order_follows_the_stated_rules(engine: Engine) -> None:
    filler = " ".join(f"слово{n}" for n in range(60))
    with engine.writer() as writer:
        put(
            writer,
            article("title", filler, title="Переправа"),
            article("text", f"{filler} переправа"),
            article("near", f"речной вокзал {filler}"),
            article("far", f"речной {filler} вокзал"),
            article("form", f"дамбу {filler}"),
            article("other", f"дамба {filler}"),
            article("old", f"паром {filler}", published=MAY - timedelta(days=400)),
            article("new", f"паром {filler}", published=datetime(2025, 10, 31, tzinfo=UTC)),
        )
        writer.commit(1)
    assert ids(engine, "переправа") == ["title", "text"]
    assert ids(engine, "речной вокзал") == ["near", "far"]
    assert ids(engine, "дамбу") == ["form", "other"]
    assert ids(engine, "паром") == ["new", "old"]


def test_terms_and_near_forms(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a", "Караганда"), article("b", "Караганды"), article("c", "Караганда"))
        writer.commit(1)
    with engine.reader() as reader:
        assert reader.terms("=караганд", 5) == [("=караганда", 2), ("=караганды", 1)]
        assert reader.near("каранганда", 1) == {"караганда": 2}
        assert reader.near("караганда", 0) == {"караганда": 2}


def test_many_small_commits_stay_few_files(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    with engine.writer() as writer, engine.reader() as reader:
        for number in range(60):
            put(writer, article(str(number)))
            writer.commit(number)
        assert ask(reader, "мост").page.total == 60
        assert ask(reader, "мост").page.hits[0].article.text == "Мост открыли"
    assert len([name for name in current(tmp_path) if name.endswith(".text.terms")]) < 20


def current(folder: Path) -> list[str]:
    """The files of the latest commit."""
    latest = max(folder.rglob("manifest-*.json"), key=lambda path: int(path.stem.partition("-")[2]))
    return [latest.name, *json.loads(latest.read_text())["files"]]


def test_changed_byte_is_found_in_every_file(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    with engine.writer() as writer:
        put(writer, *(article(str(number), f"Мост номер {number}") for number in range(30)))
        writer.commit(1)
    whole = ids(engine, "мост", per_page="50")
    with engine.reader() as reader:
        assert reader.check() == []
    for path in sorted(tmp_path / "build-1" / name for name in current(tmp_path)):
        content = path.read_bytes()
        middle = len(content) // 2
        path.write_bytes(content[:middle] + bytes([content[middle] ^ 0xFF]) + content[middle + 1 :])
        with engine.reader() as reader:
            try:
                found = reader.check()
            except IndexUnavailable as error:
                found = [str(error)]
        assert any(path.name in finding for finding in found), path.name
        path.write_bytes(content[:-1])
        try:
            assert ids(engine, "мост", per_page="50") == whole, path.name
        except SvodkaError as error:
            assert isinstance(error, IndexUnavailable)  # noqa: PT017
        path.write_bytes(content)


@pytest.mark.parametrize("url", ["", "solr:", "whoosh"])
def test_unknown_engine_is_named(tmp_path: Path, url: str) -> None:
    if url == "whoosh":
        open_engine(url, tmp_path)
    else:
        with pytest.raises(BadSetting, match="SVODKA_ENGINE"):
            open_engine(url, tmp_path)
