"""The page, the API, the feeds, the table and the command line count the same.

`SVODKA_QUESTIONS` sets how many questions are tried.
"""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from indexer.cli import main
from search.document import Document
from search.engines import open_engine
from search.settings import Settings
from tests.conftest import NOW
from tests.promises.test_17_engines_agree import World
from web.app import create_app
from web.feeds import OPENSEARCH

FACETS = "source,section,tag"
QUESTIONS = int(os.environ.get("SVODKA_QUESTIONS", "60"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home, world = tmp_path_factory.mktemp("home"), World(1)
    with open_engine("whoosh:", home / "index").writer() as writer:
        writer.put(Document(world.article()) for _ in range(60))
        writer.commit(1)
    return home


@pytest.fixture(scope="module")
def asked(home: Path) -> Iterator[FlaskClient]:
    settings = Settings.read({"SVODKA_HOME": str(home)})
    with open_engine("whoosh:", home / "index").reader() as reader:
        yield create_app(lambda: reader, settings, lambda: NOW).test_client()


@pytest.mark.parametrize("seed", range(QUESTIONS))
def test_all_ways_to_ask_count_the_same(asked: FlaskClient, home: Path, seed: int) -> None:
    q, arguments = World(seed).question()
    arguments = {"q": q, **{name.rstrip("_"): value for name, value in arguments.items()}}
    if seed % 2:
        del arguments["repair"]
    answers = {path: asked.get(path, query_string=arguments) for path in PATHS}
    assert {answer.status_code for answer in answers.values()} == {200}
    words = [f"--{name.replace('_', '-')}={value}" for name, value in arguments.items() if name != "q"]
    told = CliRunner(env={"SVODKA_HOME": str(home)}).invoke(main, ["search", "--json", *words, "--", q])
    counts = {path: count(answers[path].text) for path, count in PATHS.items()}
    counts["/search.csv"] = int(answers["/search.csv"].headers["X-Total-Count"])
    counts["svodka search"] = json.loads(told.output)["total"]
    assert len(set(counts.values())) == 1, counts


@pytest.mark.parametrize("seed", range(QUESTIONS))
def test_facet_counts_what_its_value_as_a_filter_finds(asked: FlaskClient, seed: int) -> None:
    q, arguments = World(seed).question()
    arguments = {"q": q, **{name.rstrip("_"): value for name, value in arguments.items() if name != "page"}}
    if seed % 2:
        del arguments["repair"]
    found = json.loads(asked.get("/api/v1/search", query_string={**arguments, "facets": FACETS}).text)
    for facet in found["facets"]:
        for value in facet["values"]:
            narrowed = {**arguments, facet["field"]: value["value"]}
            told = json.loads(asked.get("/api/v1/search", query_string=narrowed).text)
            assert (told["total"], told["query"]["relaxed"]) == (value["count"], found["query"]["relaxed"]), (
                narrowed
            )


def on_page(text: str) -> int:
    found = re.search(r'data-total="(\d+)"', text)
    assert found
    return int(found.group(1))


def in_atom(text: str) -> int:
    return int(ElementTree.fromstring(text).findtext(f"{{{OPENSEARCH}}}totalResults") or -1)


PATHS: dict[str, Callable[[str], int]] = {
    "/": on_page,
    "/api/v1/search": lambda text: json.loads(text)["total"],
    "/search.atom": in_atom,
    "/search.json": lambda text: json.loads(text)["_svodka"]["total"],
    "/search.csv": lambda text: -1,
}
