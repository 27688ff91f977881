"""The contract of the seam, kept by every engine."""

import errno
import fcntl
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from search import limits
from search.article import Article
from search.document import Document
from search.engine import Engine, Writer
from search.engines import open_engine
from search.errors import IndexBusy, IndexMissing, IndexUnavailable
from search.query import AllOf, Query
from tests.conftest import ROOT, ask

MAY = datetime(2025, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def url(fresh: Callable[[], str]) -> str:
    return fresh()


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Engine:
    return open_engine(url, tmp_path / "index")


def article(id: str, text: str = "Мост открыли", **more: object) -> Article:
    return Article(**{"id": id, "title": "Новости", "text": text, **more})  # type: ignore[arg-type]


def put(writer: Writer, *some: Article) -> None:
    writer.put(Document(each) for each in some)


def filled(engine: Engine, *some: Article) -> Engine:
    with engine.writer() as writer:
        put(writer, *some)
        writer.commit(1)
    return engine


def ids(engine: Engine, q: str, **arguments: str) -> list[str]:
    with engine.reader() as reader:
        return [hit.article.id for hit in ask(reader, q, repair="off", **arguments).page.hits]


# Questions


def test_of_a_very_long_article_the_first_places_of_a_word_are_told(engine: Engine) -> None:
    long, other = article("long", "Река. " + "мост " * 5_000 + "опора"), article("other", "Мост и опора")
    with filled(engine, long, other).reader() as reader:
        hits = {hit.article.id: hit for hit in ask(reader, "мост опора").page.hits}
    places = hits["long"].places["text"]
    assert [place.position for place in places] == [*range(1, limits.PLACES + 1), 5_001]
    assert len(hits["other"].places["text"]) == 2


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ('"через реку" плотина шлюз паром', {"a", "b"}),
        ("!мосту паром плотина шлюз", {"c"}),
        ("заголовок:переправа паром плотина река", {"b"}),
        ('"через реку" заголовок:переправа шлюз паром', {"b"}),
        ('"через реку" паром шлюз -переправа', {"a"}),
        ('"через плотину" река паром', set()),
        ('"через реку" тоннель', set()),
        ('"через реку" -паром тоннель', set()),
        ("!мостами река", set()),
        ("заголовок:тоннель река паром", set()),
    ],
)
def test_what_a_sign_demands_is_not_loosened(engine: Engine, q: str, found: set[str]) -> None:
    some = (
        article("a", "Паром через реку"),
        article("b", "Шлюз через реку", title="Переправа"),
        article("c", "По мосту у реки и плотины"),
        article("d", "Река, паром, плотина и мост"),
    )
    assert set(ids(filled(engine, *some), q)) == found


# Commits


def test_nothing_committed_yet(engine: Engine) -> None:
    with engine.reader() as reader:
        for call in (reader.status, lambda: ask(reader, "мост"), lambda: reader.article("a")):
            with pytest.raises(IndexMissing, match="svodka add"):
                call()
        with engine.writer() as writer:
            put(writer, article("a"))
            with pytest.raises(IndexMissing):
                reader.status()
            writer.commit(1)
        assert reader.status().documents == 1


def test_nothing_is_wrong_with_what_is_not_there(engine: Engine) -> None:
    with engine.reader() as reader:
        assert reader.check() == []


def test_commit_makes_visible_with_its_mark(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"))
        state = writer.commit(7)
    assert (state.mark, state.documents, state.generation) == (7, 1, 1)
    assert state.as_of is not None
    assert state.as_of.tzinfo is not None
    with engine.reader() as reader:
        assert reader.status() == state
        assert ask(reader, "мост").page.state == state
        assert reader.check() == []


def test_next_writer_goes_on_where_the_last_one_stopped(engine: Engine) -> None:
    for number in range(1, 4):
        with engine.writer() as writer:
            put(writer, article(str(number)))
            state = writer.commit(10 * number)
        assert (state.generation, state.mark, state.documents) == (number, 10 * number, number)


def test_commit_of_nothing_moves_the_mark(engine: Engine) -> None:
    with filled(engine, article("a")).writer() as writer:
        state = writer.commit(2)
    assert (state.mark, state.documents, state.generation) == (2, 1, 2)
    assert ids(engine, "мост") == ["a"]


def test_what_is_not_committed_is_not_there(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"))
        writer.commit(1)
        put(writer, article("b"))
        writer.remove(["a"])
        assert ids(engine, "мост") == ["a"]
    assert ids(engine, "мост") == ["a"]
    with engine.writer() as writer:
        writer.commit(2)
    assert ids(engine, "мост") == ["a"]


def test_article_comes_back_as_it_was_put(engine: Engine) -> None:
    whole = article(
        "путь/с косой?#%",
        "Мост 🌉 открыли.\n\nДвижение началось.",
        url="https://vestnik.example/1",
        published=MAY,
        modified=MAY + timedelta(minutes=1),
        source="Вестник",
        section="В мире",
        author="Айгерим Сактаган",
        tags=("мост", "река"),
        lang="ru",
        extra={"views": 5, "gallery": [{"id": 1}]},
    )
    with filled(engine, whole, article("b")).reader() as reader:
        assert reader.article(whole.id) == whole
        assert reader.article("нет такого") is None
        assert whole in [hit.article for hit in ask(reader, "мост").page.hits]


def test_same_id_replaces_also_within_a_commit(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a", "Мост закрыли"), article("a", "Мост достроили"))
        writer.commit(1)
        assert ids(engine, "достроили") == ["a"]
        assert ids(engine, "закрыли") == []
        put(writer, article("a", "Тоннель построили"))
        writer.commit(2)
    assert (ids(engine, "мост"), ids(engine, "тоннель")) == ([], ["a"])
    with engine.reader() as reader:
        assert reader.status().documents == 1
        found = reader.article("a")
        assert found is not None
        assert found.text == "Тоннель построили"


def test_removed_article_is_gone_and_unknown_id_is_passed_over(engine: Engine) -> None:
    with engine.writer() as writer:
        put(writer, article("a"), article("b"), article("c"))
        writer.remove(["c"])
        writer.commit(1)
        writer.remove(["a", "нет такого"])
        writer.remove(["a"])
        assert writer.commit(2).documents == 1
    assert ids(engine, "мост") == ["b"]
    with engine.reader() as reader:
        assert reader.article("a") is None
    with engine.writer() as writer:
        writer.remove(["b"])
        assert writer.commit(3).documents == 0
    assert ids(engine, "") == []


def test_removed_article_may_come_back(engine: Engine) -> None:
    with filled(engine, article("a")).writer() as writer:
        writer.remove(["a"])
        put(writer, article("a", "Мост перекрасили"))
        writer.commit(2)
    assert ids(engine, "перекрасили") == ["a"]


def test_removed_article_has_no_say_in_what_others_score(engine: Engine) -> None:
    kept = [article("a", "Приехал Алденей"), article("b", "Встретили Алденея")]
    with filled(engine, *kept, article("c", "Встреча с Алденеем, письмо Алденею")).writer() as writer:
        writer.remove(["c"])
        writer.commit(2)
    fresh = filled(engine.rebuilding(), *kept)
    with engine.reader() as reader:
        before = ask(reader, "Алденея").page.hits
        fresh.switch()
        assert [hit.score for hit in ask(reader, "Алденея").page.hits] == [hit.score for hit in before]


# Readers and writers beside each other


def test_open_reader_notices_a_commit(engine: Engine) -> None:
    with engine.writer() as writer, engine.reader() as reader, engine.reader() as other:
        put(writer, article("a"))
        writer.commit(1)
        assert ask(reader, "мост").page.total == 1
        put(writer, article("b"))
        writer.commit(2)
        assert ask(reader, "мост").page.total == 2
        assert reader.status().generation == other.status().generation == 2


def test_search_sees_one_commit_whole(engine: Engine) -> None:
    """Two articles that are always written together are never seen apart, nor is their mark."""
    commits = 40

    def write() -> None:
        with engine.writer() as writer:
            for number in range(1, commits + 1):
                put(writer, article("a", f"Мост номер {number}"), article("b", f"Мост номер {number}"))
                writer.commit(number)

    filled(engine, article("a", "Мост номер 0"), article("b", "Мост номер 0"))
    seen = [1]
    with ThreadPoolExecutor(1) as pool, engine.reader() as reader:
        writing = pool.submit(write)
        while seen[-1] < commits or not writing.done():
            page = ask(reader, "мост").page
            assert page.total == 2
            (text,) = {hit.article.text for hit in page.hits}
            assert text in (f"Мост номер {page.state.mark}", "Мост номер 0")
            seen.append(page.state.mark)
            assert not (writing.done() and writing.exception())
    assert seen == sorted(seen)


def test_one_writer_at_a_time(engine: Engine, url: str, tmp_path: Path) -> None:
    with engine.writer():
        with pytest.raises(IndexBusy, match="другой процесс"):
            engine.writer()
        with pytest.raises(IndexBusy):
            open_engine(url, tmp_path / "index").writer()
        code = (
            "import sys; from pathlib import Path; from search.engines import open_engine\n"
            "open_engine(sys.argv[1], Path(sys.argv[2])).writer()"
        )
        other = subprocess.run(
            [sys.executable, "-c", code, url, str(tmp_path / "index")],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        assert "IndexBusy" in other.stderr
    engine.writer().close()


def test_file_system_without_locks_is_no_other_process(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(IndexUnavailable, match="No locks available") as caught:
        engine.writer()
    assert not isinstance(caught.value, IndexBusy)


def test_lock_of_a_dead_process_holds_nobody_up(engine: Engine, url: str, tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from search.engines import open_engine\n"
        "writer = open_engine(sys.argv[1], Path(sys.argv[2])).writer(); writer.remove(['a']); os._exit(9)"
    )
    dead = subprocess.run([sys.executable, "-c", code, url, str(tmp_path / "index")], cwd=ROOT)
    assert dead.returncode == 9
    filled(engine, article("a"))
    assert ids(engine, "мост") == ["a"]


def test_rebuild_is_switched_to_in_one_step_under_open_readers(engine: Engine) -> None:
    filled(engine, article("a"))
    with engine.reader() as reader:
        for number in range(1, 4):
            fresh = engine.rebuilding()
            with fresh.writer() as writer:
                put(writer, *(article(f"{number}-{n}") for n in range(number + 1)))
                with pytest.raises(IndexBusy):
                    engine.rebuilding()
                writer.commit(5 * number)
            before = reader.status()
            assert ask(reader, "мост").page.total == number
            fresh.switch()
            assert ask(reader, "мост").page.total == number + 1
            assert reader.status().generation > before.generation
            assert reader.status().mark == 5 * number
            assert reader.check() == []


def test_unfinished_rebuild_is_begun_anew(engine: Engine) -> None:
    filled(engine, article("a"))
    filled(engine.rebuilding(), article("b"))  # and never switched to
    assert ids(engine, "мост") == ["a"]
    filled(engine.rebuilding(), article("c")).switch()
    assert ids(engine, "мост") == ["c"]


# Questions


def test_filters_and_orders(engine: Engine) -> None:
    filled(
        engine,
        article("a", published=MAY, source="Вестник", section="В мире", tags=("мост", "суд и закон")),
        article("b", published=MAY + timedelta(days=1), source="Наш курьер", author="Олег Рябых"),
        article("c", published=None, source="Вестник"),
    )
    assert ids(engine, "мост", sort="newest") == ["b", "a", "c"]
    assert ids(engine, "мост", sort="oldest") == ["a", "b", "c"]
    assert set(ids(engine, "мост", source="вестник")) == {"a", "c"}
    assert set(ids(engine, "мост", source="-Вестник")) == {"b"}
    assert ids(engine, "мост", source="наш курьер") == ["b"]
    assert ids(engine, "мост", source="наш") == []
    assert ids(engine, "мост", section="В мире") == ["a"]
    assert ids(engine, "мост", author="рябых") == ids(engine, "мост", author="Олег Рябых") == ["b"]
    assert ids(engine, "", tag="Суд и закон") == ["a"]
    assert ids(engine, "", tag="суд") == []
    assert ids(engine, "мост", from_="2025-05-02") == ["b"]
    assert ids(engine, "мост", to="2025-05-01") == ["a"]
    assert ids(engine, "мост", from_="2025-05-01T12:00Z", to="2025-05-01T12:00Z") == ["a"]
    assert ids(engine, "мост", from_="2025-05-01T12:00:01Z", to="2025-05-02T11:59:58Z") == []
    assert ids(engine, "мост", from_="2025-05-03") == []


def test_dates_count_in_whole_seconds(engine: Engine) -> None:
    filled(engine, article("a", published=MAY + timedelta(milliseconds=500)))
    assert ids(engine, "мост", from_="2025-05-01T12:00:00.700Z") == ["a"]
    assert ids(engine, "мост", from_="2025-05-01T12:00:01Z") == []


def test_pages_follow_each_other_and_the_total_is_whole(engine: Engine) -> None:
    filled(engine, *(article(f"{n:03}") for n in range(145)))
    with engine.reader() as reader:
        for sort in ("relevance", "newest", "oldest"):
            pages = [ask(reader, "мост", page=str(n), per_page="20", sort=sort).page for n in range(1, 10)]
            assert {page.total for page in pages} == {145}
            assert [len(page.hits) for page in pages] == [20] * 7 + [5, 0]
            assert sorted(hit.article.id for page in pages for hit in page.hits) == (
                [f"{n:03}" for n in range(145)]
            )
        assert reader.search(Query(limit=0)).hits == ()
        assert reader.search(Query(AllOf(), offset=140, limit=100)).total == 145


def test_order_follows_the_stated_rules(engine: Engine) -> None:
    filler = " ".join(f"слово{n}" for n in range(60))
    filled(
        engine,
        article("title", filler, title="Переправа"),
        article("text", f"{filler} переправа"),
        article("near", f"речной вокзал {filler}"),
        article("far", f"речной {filler} вокзал"),
        article("form", f"дамбу {filler}"),
        article("other", f"дамба {filler}"),
        article("old", f"паром {filler}", published=MAY - timedelta(days=400)),
        article("new", f"паром {filler}", published=datetime(2025, 10, 31, tzinfo=UTC)),
        article("lead", f"шлюз {filler}"),
        article("late", f"{filler} шлюз"),
        article("often", f"канал канал {filler}"),
        article("once", f"канал причал {filler}"),
        article("short", "пирс"),
        article("long", f"пирс {filler}"),
        article("rare", f"маяк {filler}"),
        *(article(f"common-{n}", f"бухта {filler}") for n in range(5)),
    )
    assert ids(engine, "переправа") == ["title", "text"]
    assert ids(engine, "речной вокзал") == ["near", "far"]
    assert ids(engine, "дамбу") == ["form", "other"]
    assert ids(engine, "паром") == ["new", "old"]
    assert ids(engine, "шлюз") == ["lead", "late"]
    assert ids(engine, "канал") == ["often", "once"]
    assert ids(engine, "пирс") == ["short", "long"]
    assert ids(engine, "бухта ИЛИ маяк")[0] == "rare"


def test_equals_keep_one_order(engine: Engine) -> None:
    filled(engine, *(article(str(n), published=MAY) for n in range(30)))
    first = ids(engine, "мост", per_page="30")
    assert ids(engine, "мост", per_page="30") == first
    with engine.writer() as writer:
        put(writer, *(article(str(n), published=MAY) for n in range(0, 30, 7)))
        writer.commit(2)
    assert ids(engine, "мост", per_page="30") == first
    assert first != sorted(first)  # nor does it favour whoever comes first in the alphabet


def test_terms_and_near_forms(engine: Engine) -> None:
    filled(engine, article("a", "Караганда"), article("b", "Караганды"), article("c", "Караганда"))
    with engine.reader() as reader:
        assert reader.terms("=караганд", 5) == [("=караганда", 2), ("=караганды", 1)]
        assert reader.terms("=караганд", 1) == [("=караганда", 2)]
        assert reader.terms("=нет такого", 5) == []
        assert reader.near("каранганда", 1) == {"караганда": 3}  # the lemma, in any form
        assert reader.near("караганда", 0) == {"караганда": 3}
        assert set(reader.near("караганда", 1)) == {"караганда", "караганды"}


def test_article_counts_for_a_term_in_either_field(engine: Engine) -> None:
    filled(engine, article("a", "Река", title="Мост"), article("b", "Мост", title="Река"))
    with engine.reader() as reader:
        assert reader.terms("=мост", 5) == [("=мост", 2)]
