"""Nothing that may happen to the disk during a commit harms what was committed before.

A fault loop lets the n-th thing that a commit asks of the disk go wrong, for n = 1, 2, 3 … until the commit
gets through without meeting the fault.
"""

import errno
import gc
import json
import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from search import limits
from search.article import Article
from search.document import Document
from search.engine import Engine
from search.engines import open_engine
from search.engines.whoosh.engine import WhooshEngine, WhooshReader
from search.errors import QueryTooCostly, SvodkaError
from tests.conftest import ask
from tests.search.disk import Disk, PowerCut, cut_at, fault_at

# What a process without power, or Whoosh on a full disk, has open is not closed in order.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
Texts = dict[str, str]
BEFORE: Texts = {"a": "Мост закрыт", "b": "Река поднялась"}
AFTER: Texts = {"a": "Мост открыт", "c": "Паром ушёл"}


def put(engine: Engine, texts: Texts, *gone: str, mark: int) -> None:
    """One commit that puts some articles and removes others."""
    with engine.writer() as writer:
        writer.put(Document(Article(id=id, title="Новости", text=text)) for id, text in texts.items())
        writer.remove(gone)
        writer.commit(mark)


def change(engine: Engine) -> None:
    put(engine, AFTER, "b", mark=2)


def held(engine: Engine) -> Texts:
    """What the index holds, and finds; its mark says which commit it must be."""
    with engine.reader() as reader:
        assert reader.check() == []
        texts = {hit.article.id: hit.article.text for hit in ask(reader, "новости").page.hits}
        assert reader.status().documents == len(texts)
        assert reader.status().mark in (1, 2)
        assert texts == (BEFORE if reader.status().mark == 1 else AFTER)
        assert {hit.article.id for hit in ask(reader, "мост").page.hits} == {"a"}
    return texts


def goes_on(engine: Engine, texts: Texts) -> None:
    """The next writer works as if nothing had happened."""
    put(engine, {"z": "Поезд пришёл"}, mark=3)
    with engine.reader() as reader:
        found = {hit.article.id: hit.article.text for hit in ask(reader, "новости").page.hits}
        assert found == {**texts, "z": "Поезд пришёл"}
        assert reader.check() == []


@pytest.fixture(params=["whoosh: put", "whoosh: merge", "memory: put"])
def opened(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Engine]:
    """Opens the engine in a folder; one of them merges all segments at every commit."""
    name, _, kind = request.param.partition(" ")
    if kind == "merge":
        monkeypatch.setattr("search.engines.whoosh.codec.NO_LARGER", 1e9)
    return lambda folder: open_engine(name, folder)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


@pytest.fixture
def begun(opened: Callable[[Path], Engine], disk: Disk, tmp_path: Path) -> Path:
    """A folder with an index of one commit."""
    put(opened(tmp_path / "begun"), BEFORE, mark=1)
    return tmp_path / "begun"


def test_power_cut_leaves_one_commit_whole(
    opened: Callable[[Path], Engine], begun: Path, disk: Disk, tmp_path: Path
) -> None:
    outcomes = []
    for number in count(1):
        folder, copy = tmp_path / f"cut-{number}", tmp_path / f"copy-{number}"
        put(opened(folder), BEFORE, mark=1)
        with disk.failing(cut_at(number)), suppress(PowerCut):
            change(opened(folder))
        disk.after_power_cut(folder, copy, random.Random(number))
        outcomes.append(held(opened(copy)))
        goes_on(opened(copy), outcomes[-1])
        if disk.calls < number:
            break
    assert outcomes[0] == BEFORE
    assert outcomes[-1] == AFTER  # a commit that returned outlives the cut
    assert outcomes == sorted(outcomes, key=lambda texts: texts == AFTER)


@pytest.mark.parametrize(
    ("error", "for_good"),
    [(errno.ENOSPC, False), (errno.ENOSPC, True), (errno.EMFILE, False)],
    ids=["full once", "full for good", "no more handles once"],
)
def test_fault_of_the_disk_leaves_one_commit_whole(
    opened: Callable[[Path], Engine], begun: Path, disk: Disk, tmp_path: Path, error: int, for_good: bool
) -> None:
    for number in count(1):
        folder = tmp_path / f"full-{number}"
        shutil.copytree(begun, folder)
        engine = opened(folder)
        failed = False
        with disk.failing(fault_at(number, for_good=for_good, error=error)):
            try:
                change(engine)
            except Exception:  # Whoosh's own, too, while it tidies up
                failed = True
        gc.collect(1)  # see test_writer_that_could_not_open_gives_its_lock_back
        texts = held(engine)
        assert failed or texts == AFTER
        goes_on(engine, texts)
        if disk.calls < number:
            break
    assert number > 10


def test_reader_keeps_answering_while_commits_fail(
    opened: Callable[[Path], Engine], begun: Path, disk: Disk
) -> None:
    engine = opened(begun)
    with engine.reader() as reader:
        for number in range(1, 40, 3):
            assert ask(reader, "мост").page.total == 1
            with disk.failing(fault_at(number, for_good=True)), suppress(Exception):
                put(engine, {"a": "Мост открыт"}, mark=2)
            gc.collect(1)
            assert ask(reader, "мост").page.total == 1
        assert reader.check() == []


def test_writer_that_could_not_open_gives_its_lock_back(tmp_path: Path, disk: Disk) -> None:
    engine = open_engine("whoosh:", tmp_path)
    put(engine, BEFORE, mark=1)
    for number in range(1, 20):
        with (
            disk.failing(fault_at(number, for_good=False)),
            suppress(OSError, SvodkaError),
            engine.writer() as w,
        ):
            w.remove(["a"])
        with engine.writer() as writer:
            writer.remove(["a"])


def segments(folder: Path) -> int:
    """How many segments the latest commit consists of."""
    manifests = (folder / "build-1").glob("manifest-*.json")
    latest = max(manifests, key=lambda path: int(path.stem.partition("-")[2]))
    return sum(name.endswith(".terms") for name in json.loads(latest.read_text())["files"])


def test_many_small_commits_stay_few_segments(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    most = 0
    with engine.reader() as reader:
        for number in range(60):
            put(engine, {str(number): f"Мост номер {number}"}, mark=number)
            most = max(most, segments(tmp_path))
        assert ask(reader, "мост").page.total == 60
        assert ask(reader, '"номер 33"').page.hits[0].article.id == "33"
    assert most < 10


def test_segment_without_living_articles_goes(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    for number in range(5):
        put(engine, BEFORE, mark=number)
        assert segments(tmp_path) == 1
    put(engine, {}, *BEFORE, mark=9)
    put(engine, AFTER, mark=10)
    assert segments(tmp_path) == 1


def test_former_files_are_let_go_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.engines.whoosh.codec.NO_LARGER", 1e9)
    monkeypatch.setattr("search.engines.whoosh.storage.GRACE_SECONDS", -1.0)
    engine = open_engine("whoosh:", tmp_path)
    counted = []
    for number in range(12):
        put(engine, {str(number % 3): f"Мост номер {number}"}, mark=number)
        counted.append(len(list(tmp_path.rglob("*"))))
    assert max(counted[6:]) <= max(counted[:6])
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 3
        assert reader.check() == []


def test_former_files_go_when_the_grace_time_is_over(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    for number in range(8):
        put(engine, {str(number): "Мост"}, mark=number)
    build = tmp_path / "build-1"
    assert len(list(build.glob("manifest-*.json"))) == 9  # the first of nothing
    (build / "svodka_leftofafailure.terms").write_bytes(b"")
    for path in build.glob("manifest-*.json"):
        os.utime(path, (0, 0))
    put(engine, {"a": "Мост"}, mark=9)
    put(engine, {"b": "Мост"}, mark=10)
    latest = json.loads((build / "manifest-10.json").read_text())["files"]
    former = json.loads((build / "manifest-9.json").read_text())["files"]
    lasting = {"lock", "manifest-8.json", "manifest-9.json", "manifest-10.json", *latest, *former}
    spare = json.loads((build / "manifest-8.json").read_text())["files"]
    assert {path.name for path in build.iterdir()} <= {*lasting, *spare}


def test_reader_of_a_former_commit_keeps_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.engines.whoosh.codec.NO_LARGER", 1e9)
    engine = open_engine("whoosh:", tmp_path)
    put(engine, BEFORE, mark=1)
    former = {path.name: path.read_bytes() for path in tmp_path.rglob("svodka_*")}
    put(engine, AFTER, "b", mark=2)
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("svodka_*")}.items() >= former.items()


def test_search_has_a_time_budget(tmp_path: Path) -> None:
    def clock(step: float) -> Callable[[], float]:
        moment = count()
        return lambda: next(moment) * step

    engine = WhooshEngine(tmp_path)
    put(engine, BEFORE, mark=1)
    with WhooshReader(engine, clock(limits.SEARCH_SECONDS)) as slow:
        for q in ("мост", "мос* ИЛИ рек*", '"мост закрыт"', "-мост"):
            with pytest.raises(QueryTooCostly, match="точнее"):
                ask(slow, q)
    with WhooshReader(engine, clock(0.0)) as quick:
        assert ask(quick, "мост").page.total == 1
