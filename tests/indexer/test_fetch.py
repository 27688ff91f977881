"""Pages and feeds by their address: what is taken, and what is refused."""

import gzip
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from indexer.fetch import Fetcher, NotFetched
from indexer.formats import Rejection
from search.article import Article

TEXT = "Рабочие осмотрели мост через реку и заменили опору, сообщили в акимате области. " * 8
HTML = f"""<html lang=ru><head><title>Мост открыт</title></head>
<body><article><h1>Мост открыт</h1><p>{TEXT}</p></article></body></html>"""
FEED = f"""<rss version='2.0'><channel><title>Вестник</title><item><title>Мост</title>
<link>https://vestnik.example/1</link><description>{TEXT}</description></item></channel></rss>"""


def packed(way: str, content: bytes) -> bytes:
    """Some content, packed."""
    if way == "plain":
        return content
    packer = zlib.compressobj(wbits={"gzip": 31, "zlib": 15, "bare": -15}[way])
    return packer.compress(content) + packer.flush()


class Site(BaseHTTPRequestHandler):
    """What a site may answer."""

    def do_GET(self) -> None:
        answer = getattr(self, self.path.strip("/").partition("?")[0] or "page", self.missing)
        answer()

    do_POST = do_GET

    def send(self, content: bytes, **headers: str) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def page(self) -> None:
        self.send(HTML.encode(), Content_Type="text/html; charset=utf-8")

    def packed(self) -> None:
        self.send(gzip.compress(HTML.encode()), Content_Encoding="gzip")

    def deflated(self) -> None:
        self.send(packed("zlib", HTML.encode()), Content_Encoding="deflate")

    def bare(self) -> None:
        self.send(packed("bare", HTML.encode()), Content_Encoding="Deflate")

    def half(self) -> None:
        """A page whose end did not come, packed in some way or as it is; its length is told as it should."""
        way = self.path.partition("?")[2]
        content = packed(way, HTML.encode())
        content = content[: len(content) // 2]
        named = {} if way == "plain" else {"Content_Encoding": "gzip" if way == "gzip" else "deflate"}
        self.send(content, Content_Length=str(len(content) * (2 if way == "plain" else 1)), **named)

    def feed(self) -> None:
        self.send(FEED.encode())

    def empty(self) -> None:
        self.send(b"")

    def large(self) -> None:
        self.send(b"x" * 300_000)

    def bomb(self) -> None:
        self.send(gzip.compress(bytes(5_000_000)), Content_Encoding="gzip")

    def slow(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.drip()

    def slowhead(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self.drip()

    def drip(self) -> None:
        try:
            for _ in range(1200):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def garbage(self) -> None:
        self.wfile.write(b"\x16\x03\x01 hello\rhello\r\n\r\n")

    def version(self) -> None:
        self.wfile.write(b"HTTP/9.9 200 OK\r\n\r\n")

    def manyheads(self) -> None:
        self.send(b"", **{f"X-{number}": "x" for number in range(200)})

    def longhead(self) -> None:
        self.send(b"", X="x" * 70_000)

    def moved(self) -> None:
        self.move(self.path.partition("?")[2] or "/page")

    def nowhere(self) -> None:
        self.move("http://[bad/")

    def move(self, location: str) -> None:
        self.send_response(302)
        self.send_header("Location", location)
        self.end_headers()

    def missing(self) -> None:
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://site.example:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


FETCHER = Fetcher(look_up=lambda host, port: ["127.0.0.1"], may_reach=lambda address: True)


@pytest.mark.parametrize("path", ["/page", "/packed", "/deflated", "/bare", "/moved", "/moved?/moved?/page"])
def test_page_becomes_an_article_with_its_address(site: str, path: str) -> None:
    (item,) = FETCHER.items(site + path, UTC)
    assert isinstance(item, Article)
    assert (item.title, item.source) == ("Мост открыт", "site.example")
    assert item.url == site + ("/page" if path.startswith("/moved") else path)


def test_feed_becomes_its_articles(site: str) -> None:
    (item,) = FETCHER.items(f"{site}/feed", UTC)
    assert isinstance(item, Article)
    assert item.url == "https://vestnik.example/1"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/nope", "404"),
        ("/moved?/moved?/moved?/page", "перенаправлений"),
        ("/moved?file:///etc/passwd", "нужен адрес"),
        ("/moved?gopher://site.example/", "нужен адрес"),
        ("/moved?//user:word@site.example/", "паролем"),
        ("/nowhere", "не получается"),
        ("/bomb", "распаковывается"),
        ("/large", "больше"),
        ("/half?gzip", "не целиком"),
        ("/half?zlib", "не целиком"),
        ("/half?bare", "не целиком"),
        ("/half?plain", "не целиком"),
        ("/empty", "пусто"),
    ],
)
def test_what_is_not_to_be_had_is_rejected_with_the_reason(site: str, path: str, reason: str) -> None:
    fetcher = Fetcher(FETCHER.look_up, FETCHER.may_reach, most_bytes=200_000)
    (item,) = fetcher.items(site + path, UTC)
    assert isinstance(item, Rejection)
    assert reason in item.reason


@pytest.mark.parametrize("path", ["/garbage", "/version", "/manyheads", "/longhead"])
def test_what_is_no_http_is_a_reason_too(site: str, path: str) -> None:
    (item,) = FETCHER.items(site + path, UTC)
    assert isinstance(item, Rejection)
    assert len(item.reason.splitlines()) == 1
    with pytest.raises(NotFetched, match="не получается"):
        FETCHER.post(site + path, b"{}", {})


@pytest.mark.parametrize("path", ["/slow", "/slowhead"])
def test_site_that_drips_is_cut_off(site: str, path: str) -> None:
    fetcher = Fetcher(FETCHER.look_up, FETCHER.may_reach, seconds=0.5)
    started = time.monotonic()
    with pytest.raises(NotFetched):
        fetcher.fetch(site + path)
    assert time.monotonic() - started < 45  # it would drip for a minute


def test_nobody_at_home_is_said() -> None:
    with closing(ThreadingHTTPServer(("127.0.0.1", 0), Site).socket) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotFetched, match="не получается"):
        FETCHER.fetch(f"http://site.example:{port}/")
