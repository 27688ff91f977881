"""The only door to the network: pages and feeds by their address, notices to theirs; all of them public.

A name is looked up once a hop, every address it has must be public, and the connection goes to the address
that was checked; the certificate is that of the name. So neither a name that points inside, nor one that
changes its mind, nor a redirect leads to a machine behind ours. Proxies of the environment are not used.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import tzinfo
from http.client import HTTPException
from importlib.metadata import version
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urljoin

from urllib3 import HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, LocationParseError, ProtocolError
from urllib3.util import Retry, Url, parse_url
from urllib3.util.retry import RequestHistory

from indexer.formats import Item, Rejection, read_stream
from indexer.formats.streams import Damaged, unpacked
from search.article import Article
from search.errors import InvalidArticle, SvodkaError

_REDIRECTS = 2
_MOST_BYTES = 10 << 20
_MOST_SECONDS = 30.0
_STILL_SECONDS = 10.0  # without a byte
_TIMES = 20  # what a packed page may grow to
_PIECE = 1 << 16
_PACKED = ("gzip", "x-gzip", "deflate")  # encodings of a page
_MOVED = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_NAT64 = ip_network("64:ff9b::/96")
_AGENT = {"User-Agent": f"svodka/{version('svodka')}"}
_HEADERS = {
    **_AGENT,
    "Accept": "text/html, application/rss+xml, application/atom+xml, application/xml, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",
}

# How long a server that failed is left alone: soon again, then ever longer, up to six hours.
_RETRY = Retry(backoff_factor=5, backoff_max=6 * 3600, backoff_jitter=5)
_FAILURE = RequestHistory(None, None, None, None, None)


class NotFetched(SvodkaError):
    """An address gave nothing that may be taken; the message says why."""

    code = "not_fetched"


class BadAddress(NotFetched):
    """What was given is no address that anything could be had from."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was found, and at which address in the end."""

    url: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server said to what it was handed, and in how many seconds to come back, if it said."""

    status: int
    retry_after: float | None = None


def pause(failures: int, retry_after: float | None = None) -> float:
    """How many seconds to leave a server alone that failed so many times in a row."""
    grown = _RETRY.new(history=(_FAILURE,) * failures).get_backoff_time()
    return max(grown, min(retry_after or 0.0, _RETRY.backoff_max))


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
            url = following
        raise NotFetched(f"больше {_REDIRECTS} перенаправлений подряд")

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Hand something to an address of http or https; redirects are not followed. Raises NotFetched."""
        end = time.monotonic() + self.seconds
        with self._answered("POST", url, end, {**_AGENT, **headers}, body) as response:
            try:
                after = _RETRY.get_retry_after(response)
            except (HTTPError, ValueError, OverflowError):  # neither a number nor a date
                after = None
            return Reply(response.status, after)

    def check(self, url: str) -> None:
        """Whether something may be handed to an address, as far as its name tells; raises NotFetched."""
        try:
            self._address(_parsed(url))
        except (OSError, ValueError) as error:
            raise NotFetched(f"имя не находится: {error}") from error

    def _visit(self, url: str, end: float) -> tuple[str | None, bytes]:
        """Where an address redirects to, or its content."""
        with self._answered("GET", url, end, _HEADERS) as response:
            if response.status in _MOVED and (location := response.headers.get("Location")):
                return urljoin(url, location), b""
            if response.status != 200:
                raise NotFetched(f"сервер ответил {response.status}")
            return None, self._content(response, end)

    @contextmanager
    def _answered(
        self, method: str, url: str, end: float, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[HTTPResponse]:
        place = _parsed(url)
        try:
            with closing(self._connection(place, end)) as connection:
                connection.connect()
                with _cut_off(connection, end - time.monotonic()):
                    connection.request(
                        method,
                        place.request_uri,
                        body=body,
                        headers={**headers, "Host": place.netloc or ""},
                        preload_content=False,
                        decode_content=False,
                    )
                    yield connection.getresponse()
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            self._in_time(end)
            told = " ".join(str(error).split())  # a server may have put it: it makes no line of ours
            raise NotFetched(f"не получается: {told}") from error

    def _address(self, place: Url) -> tuple[str, int]:
        """The address of a host and its port, once all addresses it has are known to be allowed."""
        host, port = place.host or "", place.port or _PORTS[str(place.scheme)]
        addresses = self.look_up(host.strip("[]"), port)
        for address in addresses:
            if not self.may_reach(address):
                raise NotFetched(f"{host}: адрес {address} не из открытой сети")
        if not addresses:
            raise NotFetched(f"{host}: нет такого")
        return addresses[0], port

    def _connection(self, place: Url, end: float) -> HTTPConnection:
        host, (address, port) = place.host or "", self._address(place)
        timeout = max(0.1, min(_STILL_SECONDS, end - time.monotonic()))
        if place.scheme == "http":
            return HTTPConnection(address, port, timeout=timeout)
        return HTTPSConnection(
            address,
            port,
            timeout=timeout,
            cert_reqs="CERT_REQUIRED",
            server_hostname=host.strip("[]"),
            assert_hostname=host.strip("[]"),
        )

    def _content(self, response: HTTPResponse, end: float) -> bytes:
        content, pieces = bytearray(), self._pieces(response, end)
        if response.headers.get("Content-Encoding", "").strip().lower() in _PACKED:
            pieces = unpacked(pieces)  # which, unlike the decoders of urllib3, asks for the end
        try:
            for piece in pieces:
                content += piece
                if len(content) > self.most_bytes:
                    raise NotFetched(f"больше {self.most_bytes >> 20} МиБ")
                if len(content) > _PIECE + _TIMES * response.tell():
                    raise NotFetched(f"распаковывается больше чем в {_TIMES} раз")
                self._in_time(end)
        except Damaged as error:
            raise NotFetched(f"страница пришла не целиком: {error}") from error
        return bytes(content)

    def _pieces(self, response: HTTPResponse, end: float) -> Iterator[bytes]:
        """What comes, as it comes; raises NotFetched where it does not come whole."""
        try:
            while piece := response.read1(_PIECE):
                yield piece
                self._in_time(end)
        except ProtocolError as error:
            self._in_time(end)
            raise NotFetched("страница пришла не целиком: связь оборвалась") from error
        self._in_time(end)  # what was cut off looks like an end

    def _in_time(self, end: float) -> None:
        if time.monotonic() >= end:
            raise NotFetched(f"не успело за {self.seconds:.0f} с")


def _parsed(url: str) -> Url:
    try:
        place = parse_url(url)
    except LocationParseError as error:
        raise BadAddress(f"{url[:80]!r} — не адрес") from error
    if place.scheme not in _PORTS or not place.host:
        raise BadAddress(f"{url[:80]!r}: нужен адрес http:// или https://")
    if place.auth:
        raise BadAddress("адреса с именем и паролем не принимаются")
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
