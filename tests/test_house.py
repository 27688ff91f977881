"""The plan of the house: who may know of whom, who may reach outside, and how long a file may grow."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from search.settings import Settings
from tests.conftest import ROOT

ROOMS = ("search", "indexer", "web")
MODULES = {
    path.relative_to(ROOT).as_posix(): path
    for place in (*ROOMS, "wsgi.py")
    for path in sorted((ROOT / place).rglob("*.py") if place in ROOMS else [ROOT / place])
}
# What only some may import: the library or room, and the places that may.
ONLY_IN = {
    "search": ("search/", "indexer/", "web/", "wsgi.py"),
    "indexer": ("indexer/", "wsgi.py"),
    "web": ("web/", "indexer/cli.py", "indexer/keeping.py", "wsgi.py"),
    "wsgi": (),
    "tests": (),
    "benchmarks": (),
    "opensearchpy": ("search/engines/opensearch/",),
    "whoosh": ("search/engines/whoosh/",),
    "pymorphy3": ("search/russian/",),
    "flask": ("web/", "wsgi.py"),
    "werkzeug": ("web/", "wsgi.py"),
    **dict.fromkeys(("natasha", "slovnet", "navec", "threadpoolctl"), ("indexer/finding.py",)),
    "sqlite3": ("indexer/archive.py", "indexer/database.py"),
    # the network
    "socket": ("indexer/fetch.py", "web/worker.py"),
    "ssl": ("indexer/fetch.py",),
    "http.client": ("indexer/fetch.py",),
    "urllib.request": ("indexer/fetch.py",),
    "urllib3": ("indexer/fetch.py",),
    "requests": ("indexer/fetch.py",),
    "httpx": ("indexer/fetch.py",),
}
# In `search`, only engines may do these, and the one home of durable files.
OUTSIDE = ("os", "io", "shutil", "tempfile", "subprocess", "glob", "mmap", "fcntl", "signal", "logging")
OPENING = ("open", "read_text", "write_text", "read_bytes", "write_bytes", "unlink", "mkdir", "iterdir")
CLOCKS = ("now", "utcnow", "today", "monotonic", "perf_counter", "process_time", "time_ns", "localtime")
MAY_READ = {"search/answer.py": ("perf_counter",)}  # how long an answer took is told, and decides nothing
MOST_LINES = 400


def is_within(module: str, name: str) -> bool:
    return module == name or module.startswith(name + ".")


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute here"
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def called(path: Path) -> Iterator[str]:
    """The last names of what a file calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name) | ast.Attribute(attr=name):
                    yield name


@pytest.mark.parametrize("place", MODULES)
def test_only_some_may_know_of(place: str) -> None:
    for module in imported(MODULES[place]):
        for name, places in ONLY_IN.items():
            assert not is_within(module, name) or place.startswith(places), f"{place} imports {module}"


@pytest.mark.parametrize(
    "place",
    [
        place
        for place in MODULES
        if place.startswith("search/") and "/engines/" not in place and place != "search/durable.py"
    ],
)
def test_search_touches_nothing_outside_and_reads_no_clock(place: str) -> None:
    path, may = MODULES[place], MAY_READ.get(place, ())
    for module in imported(path):
        assert not any(is_within(module, name) for name in OUTSIDE), f"{place} imports {module}"
        clock = module.startswith("time.") and module.removeprefix("time.") not in may
        assert not clock, f"{place} imports {module}"
    for name in called(path):
        assert name not in OPENING, f"{place} calls {name}"
        assert name not in CLOCKS or name in may, f"{place} calls {name}"


def test_all_that_commands_tell_goes_one_way() -> None:
    """What came from outside may be in any line, and must not steer a terminal."""
    for place in (
        place for place in MODULES if place.startswith("indexer/") and place != "indexer/telling.py"
    ):
        for name in called(MODULES[place]):
            assert name not in ("echo", "secho", "print"), f"{place} calls {name}"


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["fast"], *extras["names"], *extras["opensearch"]]
    declared = {distribution(re.split(r"[^\w.-]", each)[0]) for each in wanted}
    brought_by = packages_distributions()
    for place, path in MODULES.items():
        for name in {module.partition(".")[0] for module in imported(path)}:
            if name not in (*ROOMS, *sys.stdlib_module_names):
                assert declared & set(map(distribution, brought_by[name])), f"{place} imports {name}"


def distribution(name: str) -> str:
    """The name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_seam_names_no_engine() -> None:
    for module in imported(MODULES["search/engine.py"]):
        assert not module.startswith("search.engines")
    for place in (place for place in MODULES if place.startswith(("web/", "indexer/"))):
        for module in imported(MODULES[place]):
            named = module.startswith("search.engines.") and module != "search.engines.open_engine"
            assert not named, f"{place} imports {module}"


@pytest.mark.parametrize("place", MODULES)
def test_no_file_grows_too_long(place: str) -> None:
    assert len(MODULES[place].read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("place", MODULES)
def test_every_module_says_what_it_is(place: str) -> None:
    text = MODULES[place].read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text))


def test_every_setting_is_told_to_operators() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for row in fields(Settings):
        assert f"`{row.metadata['variable']}`" in text
        assert row.metadata["sentence"] in text
