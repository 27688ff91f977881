"""A damaged index is told of, and named; it does not answer as if nothing had happened."""

import errno
import json
import os
import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from search.article import Article
from search.document import Document
from search.engine import Engine
from search.engines import open_engine
from search.errors import IndexDamaged, IndexUnavailable
from tests.conftest import ask

# Files that were open when the damage of another came to light are not closed in order.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ENGINES = ("whoosh:", "memory:")  # whose indexes are files
QUESTIONS = ("мост", '"номер 3"', "мос*", "река -номер", "источник:Вестник", "")
Seen = list[object]


def current(folder: Path) -> list[Path]:
    """The files of the latest commit."""
    build = folder / "build-1"
    if (memory := build / "commit.json").exists():
        return [memory]
    latest = max(build.glob("manifest-*.json"), key=lambda path: int(path.stem.partition("-")[2]))
    return [latest, *(build / name for name in json.loads(latest.read_text())["files"])]


def seen(engine: Engine) -> Seen:
    """Everything there is to see."""
    with engine.reader() as reader:
        pages = [ask(reader, q, repair="off", per_page="50").page for q in QUESTIONS]
        hits = [[(hit.article, round(hit.score, 9), hit.snippets) for hit in page.hits] for page in pages]
        return [reader.status(), hits, reader.article("3"), reader.terms("=", 99), reader.near("мост", 1)]


def add(engine: Engine, id: str) -> None:
    with engine.writer() as writer:
        writer.put([Document(Article(id=id, title="Мост", text="Мост"))])
        writer.commit(1)


def findings(engine: Engine) -> list[str]:
    with engine.reader() as reader:
        try:
            return reader.check()
        except IndexUnavailable as error:
            return [str(error)]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Engine:
    engine = open_engine(url, tmp_path)
    with engine.writer() as writer:
        texts = (f"Мост номер {number} через реку" for number in range(30))
        writer.put(
            Document(Article(id=str(number), title="Река", text=text, source="Вестник"))
            for number, text in enumerate(texts)
        )
        writer.commit(1)
    return engine


def flipped(content: bytes, at: int) -> bytes:
    """The content with one bit of one byte changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def damages(content: bytes) -> Iterator[bytes]:
    """Some ways a file may go wrong that change its length."""
    yield b""
    yield content[:-1]
    yield content[: len(content) // 2]
    yield content + b"\0"


def test_whole_index_has_no_findings(engine: Engine) -> None:
    assert findings(engine) == []


def test_changed_byte_is_found_in_every_file(engine: Engine, tmp_path: Path) -> None:
    for path in current(tmp_path):
        content = path.read_bytes()
        path.write_bytes(flipped(content, len(content) // 2))
        assert findings(engine) != [], path.name
        path.write_bytes(content)
    assert findings(engine) == []


def test_finding_names_the_file(engine: Engine, tmp_path: Path) -> None:
    for path in current(tmp_path):
        content = path.read_bytes()
        path.write_bytes(flipped(content, 0))
        assert any(path.name in finding for finding in findings(engine)), path.name
        path.write_bytes(content)


def test_file_of_another_length_or_gone_is_noticed_at_once(engine: Engine, tmp_path: Path) -> None:
    whole = seen(engine)
    for path in current(tmp_path):
        content = path.read_bytes()
        for damaged in damages(content):
            path.write_bytes(damaged)
            if path.suffix == ".json" and damaged == content + b"\0":
                continue  # said by the next test in another way
            with pytest.raises(IndexUnavailable, match="svodka rebuild"):
                seen(engine)
        path.unlink()
        with pytest.raises(IndexUnavailable):
            seen(engine)
        path.write_bytes(content)
    assert seen(engine) == whole


def test_damage_is_mended_by_a_rebuild(engine: Engine, tmp_path: Path) -> None:
    for path in current(tmp_path):
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IndexDamaged):
        seen(engine)
    fresh = engine.rebuilding()
    with fresh.writer() as writer:
        writer.put([Document(Article(id="a", title="Мост", text="Мост"))])
        writer.commit(1)
    fresh.switch()
    with engine.reader() as reader:
        assert ask(reader, "мост").page.total == 1


def test_index_of_another_format_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine("whoosh:", tmp_path)
    with monkeypatch.context() as before:
        before.setattr("search.engines.whoosh.storage.FORMAT", 1)
        add(engine, "a")
    with engine.reader() as reader, pytest.raises(IndexDamaged, match=r"вида 1, а нужен \d+.*svodka rebuild"):
        reader.status()
    with pytest.raises(IndexDamaged, match="svodka rebuild"):
        add(engine, "b")


def test_damaged_segment_is_not_merged_into_a_sound_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engines.whoosh.codec.NO_LARGER", 1e9)
    engine = open_engine("whoosh:", tmp_path)
    add(engine, "a")
    for path in current(tmp_path)[1:]:
        content = path.read_bytes()
        path.write_bytes(flipped(content, len(content) // 2))
        with pytest.raises(IndexDamaged, match="svodka rebuild"):
            add(engine, "b")
        path.write_bytes(content)


def silent(engine: Engine, path: Path, see: Callable[[], Seen]) -> list[int]:
    """The places of a file where a flipped byte changes what is seen, or fails, without IndexDamaged."""
    content = path.read_bytes()
    whole = see()
    found = []
    for at in range(0, len(content), max(1, len(content) // 25)):
        path.write_bytes(flipped(content, at))
        try:
            if see() != whole:
                found.append(at)
        except IndexUnavailable:
            pass
        except Exception:
            found.append(at)
    path.write_bytes(content)
    return found


def test_changed_byte_never_changes_an_answer_silently(engine: Engine, tmp_path: Path) -> None:
    found = {path.name: silent(engine, path, lambda: seen(engine)) for path in current(tmp_path)}
    assert {name: places for name, places in found.items() if places} == {}


def test_changed_table_of_contents_is_never_read(tmp_path: Path) -> None:
    """It holds a pickle, so nobody's bytes but our own may get that far."""
    engine = open_engine("whoosh:", tmp_path)
    with engine.writer() as writer:
        writer.put([Document(Article(id="a", title="Мост", text="Мост"))])
        writer.commit(1)
    (path,) = tmp_path.rglob("*_1.toc")
    content = path.read_bytes()
    for at in range(len(content)):
        path.write_bytes(flipped(content, at))
        with engine.reader() as reader, pytest.raises(IndexDamaged, match=path.name):
            reader.status()


def test_files_of_another_index_are_noticed(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        with open_engine("whoosh:", folder).writer() as writer:
            writer.put([Document(Article(id="a", title="Мост", text=f"Мост {folder.name}"))])
            writer.commit(1)
    for path in (folders[1] / "build-1").glob("*.toc"):
        shutil.copyfile(path, folders[0] / "build-1" / path.name)
    with open_engine("whoosh:", folders[0]).reader() as reader, pytest.raises(IndexDamaged):
        ask(reader, "мост")


def test_lost_table_of_contents_is_damage_and_no_earlier_commit_is_shown(tmp_path: Path) -> None:
    """Neither "nothing was indexed yet" nor what was there before."""
    engine = open_engine("whoosh:", tmp_path)
    for number in (1, 2):
        add(engine, str(number))
        (path,) = tmp_path.rglob(f"*_{number}.toc")
        content = path.read_bytes()
        path.unlink()
        for look in (seen, findings):
            with suppress(IndexDamaged):
                told = look(engine)
                assert look is findings
                assert path.name in str(told)
        with pytest.raises(IndexDamaged, match=path.name):
            add(engine, "3")
        path.write_bytes(content)
    add(engine, "3")
    assert findings(engine) == []


@pytest.mark.parametrize("url", ["whoosh:", "memory:"])
def test_former_build_is_never_taken_for_the_present_one(engine: Engine, tmp_path: Path) -> None:
    fresh = engine.rebuilding()
    with fresh.writer() as writer:
        writer.commit(1)
    fresh.switch()
    current = tmp_path / "current"
    for content in (None, b"", b"build-1", b"build-9", b"build-2x", b"\xff", b"..", b"build-2/../build-1"):
        current.unlink(missing_ok=True)
        if content is not None:
            current.write_bytes(content)
        with pytest.raises(IndexDamaged, match=r"current.*svodka rebuild"):
            seen(engine)
    for _ in range(3):  # the first build is gone by then
        again = engine.rebuilding()
        with again.writer() as writer:
            writer.put([Document(Article(id="a", title="Мост", text="Мост"))])
            writer.commit(1)
        again.switch()
        with engine.reader() as reader:
            assert ask(reader, "мост").page.total == 1
        current.unlink()
        with pytest.raises(IndexDamaged, match=r"current.*svodka rebuild"):
            seen(engine)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (ValueError("не то"), IndexDamaged),
        (OSError(errno.EIO, "Input/output error"), IndexDamaged),
        (OSError(errno.EMFILE, "Too many open files"), IndexUnavailable),
        (ImportError("нет модуля"), ImportError),
        (MemoryError(), MemoryError),
        (TypeError("наша ошибка"), TypeError),
    ],
    ids=repr,
)
def test_only_a_fault_over_files_is_told_as_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, told: type[Exception]
) -> None:
    engine = open_engine("whoosh:", tmp_path)
    add(engine, "a")

    def fail(*_: object) -> None:
        raise fault

    with engine.reader() as reader:
        monkeypatch.setattr("search.engines.whoosh.evaluation.Evaluation.run", fail)
        with pytest.raises(told) as caught:
            ask(reader, "мост")
    assert type(caught.value) is told


def test_want_of_handles_is_no_damage(tmp_path: Path) -> None:
    engine = open_engine("whoosh:", tmp_path)
    add(engine, "a")
    with engine.reader() as reader, ExitStack() as stack:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limit)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 1, limit[1]))
        with suppress(OSError):
            while True:
                stack.enter_context(open(os.devnull))
        with pytest.raises(IndexUnavailable, match="Too many open files") as caught:
            reader.status()
        assert type(caught.value) is IndexUnavailable
    with engine.reader() as reader:
        assert reader.status().documents == 1


def test_commit_that_came_to_nothing_leaves_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine("whoosh:", tmp_path)
    add(engine, "a")
    before = {path.name for path in tmp_path.rglob("*")}

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "нет места")

    with monkeypatch.context() as failing:
        failing.setattr(os, "rename", fail)
        with pytest.raises(OSError, match="нет места"):
            add(engine, "b")
    assert {path.name for path in tmp_path.rglob("*")} == before
    add(engine, "c")
    assert findings(engine) == []
