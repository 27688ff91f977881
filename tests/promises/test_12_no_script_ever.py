"""12. Whatever an article or a question holds, no page runs it: a page has the same elements and attributes
with a payload in every field as with harmless words there, and a real browser opens nothing and runs nothing.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import quote

import lxml.html
import pytest

from search.article import Article
from search.errors import InvalidArticle
from tests.conftest import NOW, ROOT
from tests.promises.conftest import Server, Service, filled, served

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

CODE = ("alert(1)", "document.title='взломано'", "fetch('/healthz')", "import('/x')")
AROUND = (
    "<script>{}</script>",
    "<ScRiPt/x>{}</sCrIpT >",
    "<img src=x onerror={}>",
    "<svg onload={}>",
    "<svg><script>{}</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror={}>",
    '" onmouseover="{}" x="',
    "' onfocus='{}' autofocus='",
    '"><script>{}</script>',
    "</title><script>{}</script>",
    "</textarea><script>{}</script>",
    "</mark><img src=x onerror={}>",
    "<mark onclick={}>мост</mark>",
    "<iframe srcdoc='<script>{}</script>'>",
    "<a href=javascript:{}>мост</a>",
    "<form action=javascript:{}><button>мост</button>",
    "<base href=//evil.example/><script src=x.js></script>{}",
    "<meta http-equiv=refresh content='0;url=javascript:{}'>",
    "<link rel=stylesheet href=data:text/css,{}>",
    "<style>*{{background:url(//evil.example/?{})}}</style>",
    "&lt;script&gt;{}&lt;/script&gt;",
    "&#60;script&#62;{}&#60;/script&#62;",
    "\\u003cscript\\u003e{}\\u003c/script\\u003e",
    "<!--><script>{}</script>-->",
    "<![CDATA[<script>{}</script>]]>",
    "{{{{constructor.constructor('{}')()}}}}",
    "{{% raw %}}{}{{% endraw %}}",
    "${{{}}}",
    "<noscript><p title='</noscript><img src=x onerror={}>'>",
    "<template><script>{}</script></template>",
    "<object data=javascript:{}></object>",
    "<embed src=data:text/html,<script>{}</script>>",
    "<details open ontoggle={}>",
    "<input autofocus onfocus={}>",
    "<video><source onerror={}>",
    "<b/oncut={}>",
    "\u202e<script>{}</script>",
    "<\0script>{}</script>",
    "+ADw-script+AD4-{}+ADw-/script+AD4-",
    "=cmd|'/c {}'!A1",
)
PAYLOADS = [around.format(code) for around, code in product(AROUND, CODE)]
URLS = (
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example/",
    'http://a.example/"><script>alert(1)</script>',
    "https://a.example/' onclick='alert(1)",
    "https://a.example/<img src=x onerror=alert(1)>",
)
HARMLESS = "слово"
Elements = Counter[tuple[str, tuple[str, ...]]]


def article(number: int, payload: str) -> Article:
    return Article(
        id=f"p{number}",
        title=f"Мост {payload}",
        text=f"Мост через реку. {payload} Мост открыт. {payload}",
        url=f"https://vestnik.example/{number}",
        source=f"Вестник {payload}"[:200],
        section=payload[:200],
        author=payload[:200],
        tags=(payload[:200],),
        lang="ru",
        published=NOW,
    )


def elements(page: str) -> Elements:
    """The elements of a page with the names of their attributes, except the marks."""
    found: Elements = Counter()
    for element in lxml.html.document_fromstring(
        page.encode(), parser=lxml.html.HTMLParser(encoding="utf-8")
    ).iter():
        if isinstance(element.tag, str) and element.tag != "mark":
            found[(element.tag, tuple(sorted(element.attrib)))] += 1
            for name, value in element.attrib.items():
                assert not name.startswith("on"), name
                if name in ("href", "src", "action", "formaction"):
                    assert not re.match(r"\s*(javascript|data|vbscript):", value, re.I), value
    return found


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose articles hold a payload in every field, and one harmless article."""
    some = [article(number, payload) for number, payload in enumerate(PAYLOADS)]
    made = Service(
        tmp_path_factory.mktemp("home"),
        [*(article(number, HARMLESS) for number in range(9990, 10_000)), *some],
    )
    with made.reader:
        yield made


def page(service: Service, path: str) -> str:
    response = service.client.get(path)
    assert response.content_type == "text/html; charset=utf-8", path
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    return response.text


def kinds(page: str) -> set[tuple[str, tuple[str, ...]]]:
    return set(elements(page))


def test_article_pages_have_the_elements_of_a_harmless_one(hostile: Service) -> None:
    for q in ("", "?q=мост"):
        known = {
            kind for number in range(9990, 10_000) for kind in kinds(page(hostile, f"/articles/p{number}{q}"))
        }
        for number, payload in enumerate(PAYLOADS):
            assert kinds(page(hostile, f"/articles/p{number}{q}")) <= known, payload


def test_result_pages_have_the_elements_of_harmless_ones(hostile: Service, size: int) -> None:
    known = kinds(page(hostile, "/?q=мост&source=x&author=x&tag=x")) | kinds(
        page(hostile, "/?q=мост&per_page=20")
    )
    known |= kinds(page(hostile, "/?q=vjcn")) | kinds(page(hostile, "/")) | kinds(page(hostile, "/?q=щщщщ"))
    known |= kinds(page(hostile, '/?q=мост "')) | kinds(page(hostile, "/?page=x"))
    for number in range(1, 9):
        assert kinds(page(hostile, f"/?q=мост&page={number}")) <= known
    for number, payload in enumerate(PAYLOADS):
        names = ("q", "source", "from", "page", "нет") if number % 8 == 0 or size > 1 else ("q",)
        for name in names:
            text = hostile.client.get(f"/?{name}={quote(payload)}").text
            assert kinds(text) <= known | kinds(page(hostile, f"/?{name}={HARMLESS}")), (name, payload)


def test_machines_get_text_and_never_a_page(hostile: Service) -> None:
    for path in (
        "/api/v1/search?per_page=100&q=мост",
        "/api/v1/suggest?q=мос",
        "/api/v1/articles/p1",
        "/search.csv",
    ):
        response = hostile.client.get(path)
        assert "html" not in response.content_type, path
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        if "csv" not in path:
            json.loads(response.text)


def test_snippets_are_escaped_with_marks_only(hostile: Service) -> None:
    for number in range(1, 3):
        answer = hostile.client.get(f"/api/v1/search?q=мост&per_page=100&snippets=5&page={number}").json
        assert answer is not None
        htmls = [snippet["html"] for hit in answer["hits"] for snippet in hit["snippets"]]
        assert htmls or number > 1
        for html in htmls:
            assert not re.search(r"<(?!/?mark>)", html), html


@pytest.mark.parametrize("url", URLS)
def test_address_of_an_article_is_http_or_refused(hostile: Service, url: str) -> None:
    try:
        made = Article.from_record({"title": "Мост", "text": "Мост", "url": url})
    except InvalidArticle:
        return
    assert made.url is None or made.url.startswith(("http://", "https://"))


def test_text_is_trusted_in_one_reviewed_place() -> None:
    """`Markup` is made where escaped pieces are joined, and no template calls anything safe."""
    makers = set()
    for path in (*(ROOT / "web").rglob("*.py"), *(ROOT / "search").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "id", None) or getattr(node, "attr", None)
            if name in ("Markup", "safe") and isinstance(node, ast.Name | ast.Attribute):
                makers.add(path.name)
    assert makers <= {"answering.py"}
    for path in (ROOT / "web" / "templates").rglob("*.html"):
        assert not re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text("utf-8")), path.name


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from indexer import intake, loading
    from indexer.archive import Archive
    from search.engines import open_engine

    home = filled(tmp_path_factory.mktemp("home"), 1)
    with Archive(home / "archive.db") as archive:
        intake.take(archive, [article(number, payload) for number, payload in enumerate(PAYLOADS)])
        loading.load(archive, open_engine("whoosh:", home / "index"))
    with served(home) as running:
        yield running


OWN = "return performance.getEntriesByType('resource').every(e => e.name.startsWith(location.origin + '/'))"


def test_browser_runs_nothing(server: Server, driver: "Chrome", size: int) -> None:
    paths = [f"/?q=мост&page={number}" for number in range(1, 4)]
    for number in range(0, len(PAYLOADS), 1 if size > 1 else 12):
        paths += [f"/articles/p{number}?q=мост", f"/?q={quote(PAYLOADS[number])}"]
    for path in paths:
        driver.get(server.address + path)
        assert driver.title != "взломано", path
        assert driver.execute_script(OWN), path
        assert driver.current_url.startswith(server.address), path
    log = driver.get_log("browser")  # type: ignore[no-untyped-call]
    assert not [entry for entry in log if "Content Security Policy" in entry["message"]]
