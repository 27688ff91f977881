"""The only door to the network: pages and feeds by their address, and nothing that is not public.

A name is looked up once a hop, every address it has must be public, and the connection goes to the address
that was checked; the certificate is that of the name. So neither a name that points inside, nor one that
changes its mind, nor a redirect leads to a machine behind ours. Proxies of the environment are not used.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import tzinfo
from importlib.metadata import version
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin

from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import Url, parse_url

from indexer.formats import Item, Rejection, read_stream
from search.article import Article
from search.errors import InvalidArticle, SvodkaError

_REDIRECTS = 2
_MOST_BYTES = 10 << 20
_MOST_SECONDS = 30.0
_STILL_SECONDS = 10.0  # without a byte
_TIMES = 20  # what a packed page may grow to
_PIECE = 1 << 16
_MOVED = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_NAT64 = ip_network("64:ff9b::/96")
_HEADERS = {
    "User-Agent": f"svodka/{version('svodka')}",
    "Accept": "text/html, application/rss+xml, application/atom+xml, application/xml, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}


class NotFetched(SvodkaError):
    """An address gave nothing that may be taken; the message says why."""

    code = "not_fetched"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was found, and at which address in the end."""

    url: str
    content: bytes


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open Internet, whichever way it is written."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if parsed in _NAT64:
            inner = IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner:
            return is_public(str(inner))
        if parsed.is_site_local:
            return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def look_up(host: str, port: int) -> list[str]:
    """All IP addresses of a host, in the order to be tried; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[0]) for *_, place in found))


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches pages. What stands for the network's names and for what may be reached can be exchanged."""

    look_up: Callable[[str, int], list[str]] = look_up
    may_reach: Callable[[str], bool] = is_public
    seconds: float = _MOST_SECONDS
    most_bytes: int = _MOST_BYTES

    def items(self, url: str, timezone: tzinfo) -> Iterator[Item]:
        """The items of a page or a feed; what is not to be had is a Rejection."""
        try:
            fetched = self.fetch(url)
        except NotFetched as error:
            yield Rejection(url, "", str(error), b"", "address")
            return
        items = list(read_stream(BytesIO(fetched.content), url, timezone))
        if not items:
            yield Rejection(url, "", "по адресу пусто", b"", "address")
        elif len(items) == 1 and isinstance(items[0], Article) and not items[0].url:
            yield _at(items[0], fetched, timezone)
        else:
            yield from items

    def fetch(self, url: str) -> Fetched:
        """What lies at an address of http or https, after at most two redirects; raises NotFetched."""
        end = time.monotonic() + self.seconds
        for _ in range(_REDIRECTS + 1):
            following, content = self._visit(url, end)
            if following is None:
                return Fetched(url, content)
            url = urljoin(url, following)
        raise NotFetched(f"больше {_REDIRECTS} перенаправлений подряд")

    def _visit(self, url: str, end: float) -> tuple[str | None, bytes]:
        """Where an address redirects to, or its content."""
        place = _parsed(url)
        try:
            connection = self._connection(place, end)
            with closing(connection):
                connection.connect()
                with _cut_off(connection, end - time.monotonic()):
                    connection.request(
                        "GET",
                        place.request_uri,
                        headers={**_HEADERS, "Host": place.netloc or ""},
                        preload_content=False,
                        decode_content=True,
                    )
                    response = connection.getresponse()
                    if response.status in _MOVED and (location := response.headers.get("Location")):
                        return location, b""
                    if response.status != 200:
                        raise NotFetched(f"сервер ответил {response.status}")
                    return None, self._content(response, end)
        except (HTTPError, OSError, ValueError) as error:
            self._in_time(end)
            raise NotFetched(f"не скачивается: {error}") from error

    def _connection(self, place: Url, end: float) -> HTTPConnection:
        host, port = place.host or "", place.port or _PORTS[str(place.scheme)]
        addresses = self.look_up(host.strip("[]"), port)
        for address in addresses:
            if not self.may_reach(address):
                raise NotFetched(f"{host}: адрес {address} не из открытой сети")
        if not addresses:
            raise NotFetched(f"{host}: нет такого")
        timeout = max(0.1, min(_STILL_SECONDS, end - time.monotonic()))
        if place.scheme == "http":
            return HTTPConnection(addresses[0], port, timeout=timeout)
        return HTTPSConnection(
            addresses[0],
            port,
            timeout=timeout,
            cert_reqs="CERT_REQUIRED",
            server_hostname=host.strip("[]"),
            assert_hostname=host.strip("[]"),
        )

    def _content(self, response: HTTPResponse, end: float) -> bytes:
        content = bytearray()
        while piece := response.read1(_PIECE):
            content += piece
            if len(content) > self.most_bytes:
                raise NotFetched(f"больше {self.most_bytes >> 20} МиБ")
            if len(content) > _PIECE + _TIMES * response.tell():
                raise NotFetched(f"распаковывается больше чем в {_TIMES} раз")
            self._in_time(end)
        self._in_time(end)  # what was cut off looks like an end
        return bytes(content)

    def _in_time(self, end: float) -> None:
        if time.monotonic() >= end:
            raise NotFetched(f"не скачалось за {self.seconds:.0f} с")


def _parsed(url: str) -> Url:
    try:
        place = parse_url(url)
    except LocationParseError as error:
        raise NotFetched(f"{url[:80]!r} — не адрес") from error
    if place.scheme not in _PORTS or not place.host:
        raise NotFetched(f"{url[:80]!r}: нужен адрес http:// или https://")
    if place.auth:
        raise NotFetched("адреса с именем и паролем не принимаются")
    return place


@contextmanager
def _cut_off(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """Breaks a connection off after some seconds, whatever it is waiting for."""

    def shut() -> None:
        with suppress(OSError, AttributeError):  # it may be closed already
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, seconds), shut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _at(article: Article, fetched: Fetched, timezone: tzinfo) -> Item:
    """An article of a page that does not tell its own address."""
    record = {key: value for key, value in article.record().items() if key != "id"}
    try:
        return Article.from_record({**record, "url": fetched.url}, timezone)
    except InvalidArticle:  # an address longer than is kept
        return article
