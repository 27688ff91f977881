"""Fair shares: how many requests a client may make in windows of time that slide.

The counters lie in memory that the workers of a server share from before the fork, of a fixed size however
many clients there are. Clients are known by a keyed hash only, whose key is forgotten with the process.
"""

import time
from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from math import ceil
from mmap import mmap
from secrets import token_bytes

from flask import Flask, request
from limits import RateLimitItem, parse_many
from limits.storage import SlidingWindowCounterSupport, Storage
from limits.strategies import SlidingWindowCounterRateLimiter
from werkzeug.exceptions import TooManyRequests, Unauthorized

from search.settings import OFF
from web.access import shown_key
from web.keys import KeysUnreadable, Scope

KEY_SHARE = 10  # times as much for who shows a key
_FREE = ("health", "metrics")
_WAYS = 4  # places where one counter may lie
_GROUPS = 1 << 17
_COUNT_BITS = 24


class SharedCounters(Storage, SlidingWindowCounterSupport):
    """Counters that expire, in shared memory of 8 MiB.

    A counter is two words: the hash of its name, and its count with the second it expires. Where all
    places of a name are taken, the counter that expires first gives way. Nothing is locked, as a worker may
    be killed at any moment: two that count a client at the same instant may count one request for two.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._key = token_bytes(16)
        self._cells = memoryview(mmap(-1, _GROUPS * _WAYS * 16)).cast("Q")

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong: nothing."""
        return ValueError

    def check(self) -> bool:
        """Memory is always there."""
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; a counter that is new lives for `expiry` seconds."""
        name, place = self._find(key)
        expires, count = self._value(name, place)
        if not count:
            self._cells[place] = name
            expires = int(time.time()) + expiry + 1
        self._cells[place + 1] = expires << _COUNT_BITS | (count + amount)
        return count + amount

    def get(self, key: str) -> int:
        """The count."""
        return self._value(*self._find(key))[1]

    def get_expiry(self, key: str) -> float:
        """When the counter expires."""
        return self._value(*self._find(key))[0]

    def clear(self, key: str) -> None:
        """Forget a counter."""
        name, place = self._find(key)
        if self._cells[place] == name:
            self._cells[place + 1] = 0

    def reset(self) -> None:
        """Forget all counters."""
        for place in range(len(self._cells)):
            self._cells[place] = 0

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a request, if the window has room for it."""
        before, left, now, _ = self.get_sliding_window(key, expiry)
        if int(before * left / expiry) + now + amount > limit:
            return False
        self.incr(self._names(key, expiry)[1], 2 * expiry, amount)
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """The counts of the former and the present window, each with the seconds it still matters."""
        before, now = map(self.get, self._names(key, expiry))
        left = expiry - time.time() % expiry
        return before, left if before else 0.0, now, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget both windows."""
        for name in self._names(key, expiry):
            self.clear(name)

    def _names(self, key: str, expiry: int) -> tuple[str, str]:
        number = int(time.time() // expiry)
        return f"{key}/{number - 1}", f"{key}/{number}"

    def _find(self, key: str) -> tuple[int, int]:
        """The hash of a name, and the cell where it lies or may be put."""
        digest = blake2b(key.encode(), digest_size=8, key=self._key).digest()
        name = int.from_bytes(digest, "little") or 1
        first = name % _GROUPS * _WAYS * 2
        places = range(first, first + 2 * _WAYS, 2)
        for place in places:
            if self._cells[place] == name:
                return name, place
        return name, min(places, key=lambda place: self._cells[place + 1])

    def _value(self, name: int, place: int) -> tuple[int, int]:
        if self._cells[place] != name:
            return 0, 0
        expires, count = divmod(self._cells[place + 1], 1 << _COUNT_BITS)
        return (expires, count) if expires > time.time() else (0, 0)


def install(app: Flask, windows: str) -> None:
    """Limit the clients of an application."""
    if windows == OFF:
        return
    common = parse_many(windows)
    larger = [type(item)(item.amount * KEY_SHARE, item.multiples) for item in common]
    limiter = SlidingWindowCounterRateLimiter(SharedCounters())

    @app.before_request
    def count() -> None:
        if request.endpoint == "static" or request.blueprint in _FREE:
            return
        try:
            key = shown_key()
        except (Unauthorized, KeysUnreadable):
            spend(common, client_address())
            raise
        if key and key.may(Scope.READ):
            spend(larger, f"key {key.id}")
        else:
            spend(common, client_address())

    def spend(share: Iterable[RateLimitItem], client: str) -> None:
        for item in share:
            if not limiter.hit(item, client):
                raise TooManyRequests(retry_after=_seconds(limiter, item, client))


def client_address() -> str:
    """Where the request comes from; of an IPv6 address the network, which is what one subscriber has."""
    address = request.remote_addr or ""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return address


def _seconds(limiter: SlidingWindowCounterRateLimiter, item: RateLimitItem, client: str) -> int:
    return max(1, ceil(limiter.get_window_stats(item, client).reset_time - time.time()))
