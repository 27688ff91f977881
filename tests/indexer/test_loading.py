"""A loader that goes on keeps what it has read, and notices when that does not hold any more."""

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from indexer import loading
from indexer.archive import Archive
from indexer.beside import DERIVED
from indexer.derived import Derived
from search.article import Article
from search.engine import Engine
from search.engines import open_engine
from search.errors import ArchiveUnavailable, SvodkaError
from tests.conftest import NOW

EVENTS = (
    "Пожар на складе в Актобе тушили всю ночь, пострадали 12 человек",
    "Мост через Ишим в Астане закрыли на ремонт до ноября",
    "Хоккеисты «Сарыарки» обыграли в гостях команду из Павлодара",
)


class House:
    """An archive with its index in a folder."""

    def __init__(self, home: Path) -> None:
        self.archive = Archive(home / "archive.db")
        self.engine: Engine = open_engine("whoosh:", home / "index")

    def store(self, article: Article) -> None:
        with self.archive.changing():
            self.archive.store(article, article.fingerprint())

    def stories(self, ids: list[str]) -> list[int | None]:
        with self.engine.reader() as reader:
            return [story.number if (story := reader.story(id)) else None for id in ids]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "one")


def articles(chance: random.Random) -> list[Article]:
    """Articles on a few events, some of them twice or without a date."""
    made = []
    for number in range(30):
        event = EVENTS[number % len(EVENTS)]
        published = None if chance.random() < 0.2 else NOW - timedelta(hours=chance.randint(0, 200))
        id = f"a{chance.randint(0, 24)}"
        made.append(
            Article(id=id, title=event, text=f"{event}, говорится в сводке {id}.", published=published)
        )
    return made


@pytest.mark.parametrize("seed", range(3))
def test_a_loader_that_goes_on_finds_what_one_that_begins_anew_would(
    house: House, tmp_path: Path, seed: int
) -> None:
    anew, some = House(tmp_path / "other"), articles(random.Random(seed))
    with loading.Loader(house.archive, house.engine) as loader:
        for number, article in enumerate(some):
            house.store(article)
            # From time to time another process is sooner.
            assert (loading.load(house.archive, house.engine) if number % 7 == 3 else loader.load()) == 1
            anew.store(article)
            loading.load(anew.archive, anew.engine)
    ids = sorted({article.id for article in some})
    assert house.stories(ids) == anew.stories(ids)
    assert len(set(house.stories(ids))) < len(ids)


def test_a_loader_that_reads_ahead_finds_what_another_would(house: House, tmp_path: Path) -> None:
    other, made = House(tmp_path / "other"), articles(random.Random(1))
    now = [replace(one, published=datetime.now(UTC)) for one in made[:9]]
    for each in (house, other):
        with loading.Loader(each.archive, each.engine) as loader:
            loader.read_ahead()  # there is nothing yet
            assert not list(each.archive.path.parent.glob("derived*"))
            for article in now[:6]:
                each.store(article)
            loader.load()
        with loading.Loader(each.archive, each.engine) as loader:
            if each is house:
                loader.read_ahead()
            for article in now[6:]:
                each.store(article)
            loader.load()
    ids = [article.id for article in now]
    assert house.stories(ids) == other.stories(ids)


def test_reading_ahead_leaves_it_to_the_load_to_tell_what_is_wrong(house: House) -> None:
    house.store(articles(random.Random(1))[0])
    with loading.Loader(house.archive, house.engine) as loader:
        loader.load()
    path = house.archive.path.with_name(DERIVED)
    path.write_bytes(b"no file of ours" * 1_000)
    with loading.Loader(house.archive, house.engine) as loader:
        loader.read_ahead()
        house.store(articles(random.Random(1))[1])
        with pytest.raises(ArchiveUnavailable, match=DERIVED):
            loader.load()


def test_loader_that_goes_on_waits_for_an_archive_that_is_gone_and_reads_the_one_put_there(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ArchiveUnavailable, "retry_after", 0.05)
    some, path, said = articles(random.Random(1)), house.archive.path, list[str]()
    house.store(some[0])
    stop = threading.Event()

    def wait(error: SvodkaError) -> None:
        said.append(str(error))
        assert not path.exists()
        with Archive(path) as other, other.changing():
            for article in (Article(id=id, title="Мост", text="Мост") for id in "abc"):
                other.store(article, article.fingerprint())

    loaded = []
    for done in loading.follow(house.archive, house.engine, stop, wait):
        loaded.append(done)
        for file in path.parent.glob("archive.db*"):
            file.unlink(missing_ok=len(loaded) == 1)
        if len(loaded) == 2:
            stop.set()
    assert loaded == [1, 2]  # the first change of the other archive passes for that of the one that is gone
    assert str(path) in said[0]
    assert len(said) == 1


def lose(house: House) -> None:
    for path in house.archive.path.parent.glob("derived.db*"):
        path.unlink()


def make_anew(house: House) -> None:
    lose(house)
    loading.rebuild(house.archive, house.engine)


@pytest.mark.parametrize("happens", [lose, make_anew])
def test_files_beside_the_archive_that_are_others_now_are_opened_again(
    house: House, happens: Callable[[House], None]
) -> None:
    with loading.Loader(house.archive, house.engine) as loader:
        house.store(Article(id="a", title=EVENTS[0], text=f"{EVENTS[0]}.", published=NOW))
        loader.load()
        happens(house)
        house.store(Article(id="b", title=EVENTS[0], text=f"{EVENTS[0]}.", published=NOW))
        assert loader.load() == 1
    with Derived(house.archive.path.with_name(DERIVED)) as derived:
        assert derived.placed("b") is not None
        assert (derived.placed("a") is not None) == (happens is make_anew)


def test_a_load_that_failed_leaves_nothing_half_known(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with loading.Loader(house.archive, house.engine) as loader:
        house.store(Article(id="a", title=EVENTS[0], text=f"{EVENTS[0]}.", published=NOW))
        loader.load()
        house.store(Article(id="b", title=EVENTS[0], text=f"{EVENTS[0]}.", published=NOW))
        with monkeypatch.context() as patch:
            patch.setattr(Derived, "save", lambda _: (_ for _ in ()).throw(OSError("no more")))
            with pytest.raises(OSError, match="no more"):
                loader.load()
        assert loader.load() == 1
    first, second = house.stories(["a", "b"])
    assert first == second is not None
