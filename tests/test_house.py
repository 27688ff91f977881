"""The plan of the house: who may know of whom, and how long a file may grow."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

MODULES = sorted(path for room in ("search", "indexer", "web") for path in (ROOT / room).rglob("*.py"))
# What only some may import: the library (or room), and the places it may be imported in.
ONLY_IN = {
    "whoosh": ("search/engines/whoosh/",),
    "pymorphy3": ("search/russian/",),
    "flask": ("web/",),
    "sqlite3": ("indexer/archive.py",),
    "indexer": ("indexer/",),
    "web": ("web/",),
}
# What does something outside of the program; of search, only engines may.
OUTSIDE = {"os", "socket", "sqlite3", "subprocess", "urllib.request", "requests", "tempfile", "shutil"}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
MOST_LINES = 420


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_rooms_keep_to_themselves(path: Path) -> None:
    place = path.relative_to(ROOT).as_posix()
    for name in imported(path):
        allowed = ONLY_IN.get(name.partition(".")[0])
        assert allowed is None or place.startswith(allowed), f"{place} imports {name}"


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.parts[len(ROOT.parts)] == "search" and "engines" not in path.parts],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_search_reads_no_clock_and_touches_nothing_outside(path: Path) -> None:
    assert OUTSIDE.isdisjoint(imported(path))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func
            assert not (isinstance(called, ast.Attribute) and called.attr in CLOCKS), ast.unparse(node)
            assert not (isinstance(called, ast.Name) and called.id == "open"), ast.unparse(node)


def test_files_stay_short() -> None:
    long = {str(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def test_every_setting_is_told_to_operators() -> None:
    from dataclasses import fields

    from search.settings import Settings

    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for row in fields(Settings):
        assert f"`{row.metadata['variable']}`" in page
        assert row.metadata["sentence"] in page
