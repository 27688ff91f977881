"""What all tests share: small indexes, the samples, and the real data where it is at hand."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from cluster.local import CannotRun, LocalCluster, free_port
from search.answer import Answer, answer
from search.article import Article
from search.asking import read_question
from search.document import Document
from search.engine import Reader
from search.engines import open_engine

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ROOT = Path(__file__).parent.parent
NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)

# Every loader would load the models; tests of names say so themselves.
os.environ["SVODKA_NAMES"] = "0"

# The same examples on every machine; `--hypothesis-profile=long` looks for new ones.
SLOW = (HealthCheck.too_slow, HealthCheck.function_scoped_fixture)
settings.register_profile("quick", deadline=None, derandomize=True, suppress_health_check=SLOW)
settings.register_profile("long", deadline=None, max_examples=5_000, suppress_health_check=SLOW)
settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests with a browser or a cluster are tried again: on a busy machine those two fail by themselves."""
    for item in items:
        if {"driver", "cluster"} & set(getattr(item, "fixturenames", ())) or "opensearch:" in item.name:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture
def data() -> Path:
    """The folder of real data; the test is skipped where it is not at hand."""
    folder = Path(os.environ.get("SVODKA_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data: {folder} is not there; set SVODKA_DATA")
    return folder


ENGINES = ("whoosh:", "memory:", "opensearch:")
_NUMBERS = count()
# Many short lives: the machine code that only long ones repay is left out.
JAVA = ("-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """Three nodes of a real OpenSearch; skipped where there is no Java or no Maven, but not in CI."""
    try:
        made = LocalCluster(tmp_path_factory.mktemp("opensearch"), free_port(3), options=JAVA)
    except CannotRun as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no OpenSearch: {error}")
    try:
        made.start()
        with pytest.MonkeyPatch.context() as patch:
            # A machine that is busy with other tests may be slow.
            patch.setattr("search.engines.opensearch.asking.BUDGET_SECONDS", 60.0)
            patch.setattr("search.engines.opensearch.asking.READ_SECONDS", 60.0)
            yield made
    finally:
        made.stop()


def engine_url(kind: str, request: pytest.FixtureRequest) -> str:
    """The address of an index of its own, in an engine of this kind."""
    if kind != "opensearch:":
        return kind
    nodes: LocalCluster = request.getfixturevalue("cluster")
    return f"{nodes.setting(f'test{next(_NUMBERS)}')}?shards=2&replicas=0"


@pytest.fixture(scope="session", params=ENGINES)
def fresh(request: pytest.FixtureRequest) -> Callable[[], str]:
    """What gives the addresses of new indexes, for each kind of engine."""
    return lambda: engine_url(request.param, request)


def articles(texts: Iterable[str]) -> list[Article]:
    """Articles of some texts, with the ids t0, t1, …"""
    return [Article(id=f"t{number}", title="—", text=text) for number, text in enumerate(texts)]


def indexed(folder: Path, some: Iterable[Article], engine: str = "whoosh:") -> Reader:
    """A reader of an index of some articles."""
    place = open_engine(engine, folder)
    with place.writer() as writer:
        writer.put(Document(article) for article in some)
        writer.commit(1)
    return place.reader()


def ask(reader: Reader, q: str, **arguments: str) -> Answer:
    """The answer to a question; `from_` stands for the parameter from."""
    pairs = [("q", q), *((name.rstrip("_"), value) for name, value in arguments.items())]
    return answer(reader, read_question(pairs, UTC), NOW)


Finding = Callable[[str, str], bool]


@pytest.fixture
def found(tmp_path: Path) -> Finding:
    """Whether a question finds a text as typed: with all its words, without repairs."""
    count = iter(range(1_000_000))

    def finds(q: str, text: str) -> bool:
        with indexed(tmp_path / str(next(count)), articles([text]), "memory:") as reader:
            answer = ask(reader, q, repair="off")
            return answer.page.total == 1 and not answer.relaxed

    return finds


@pytest.fixture(scope="session")
def driver() -> Iterator["Chrome"]:
    """A browser without a window; what needs it is skipped where there is none."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    paths = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    if missing := [name for name, path in paths.items() if path is None]:
        reason = f"no browser to try the pages in: {', '.join(missing)} not found"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    options = webdriver.ChromeOptions()
    options.binary_location = str(paths["chromium"])
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(str(paths["chromedriver"])))
    yield browser
    browser.quit()
