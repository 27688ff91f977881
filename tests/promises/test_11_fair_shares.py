"""11. Fair shares: who asks too much is told when to come back; the others notice nothing."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from limits import parse_many
from limits.strategies import SlidingWindowCounterRateLimiter

from search.settings import BadSetting, Settings
from tests.conftest import NOW, articles, indexed
from web.app import create_app
from web.keys import Keys, Scope
from web.shares import SharedCounters

Made = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No window ends while a test is at work, however slowly."""
    monkeypatch.setattr(time, "time", lambda: 1_000_000_000.0)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    reader = indexed(tmp_path / "index", articles(["Мост"]))

    def make(windows: str = "5 per 1 hour", **more: object) -> FlaskClient:
        settings = Settings(home=tmp_path, rate_limit=windows, **more)  # type: ignore[arg-type]
        return create_app(lambda: reader, settings, lambda: NOW).test_client()

    with reader:
        yield make


def statuses(client: FlaskClient, count: int, address: str = "203.0.113.7", **headers: str) -> list[int]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    found = []
    for _ in range(count):
        response = client.get("/api/v1/search?q=мост", environ_base={"REMOTE_ADDR": address}, headers=sent)
        assert (response.status_code == 429) == ("Retry-After" in response.headers)
        found.append(response.status_code)
    return found


def test_greedy_client_is_limited_and_the_others_are_not(made: Made) -> None:
    client = made()
    assert statuses(client, 7) == [200] * 5 + [429] * 2
    for number in range(20):
        assert statuses(client, 5, f"198.51.100.{number}") == [200] * 5


def test_refusal_tells_when_to_come_back(made: Made) -> None:
    client = made("1 per 1 minute")
    client.get("/api/v1/search")
    response = client.get("/api/v1/search")
    assert response.content_type == "application/problem+json"
    assert 1 <= int(response.headers["Retry-After"]) <= 120
    page = client.get("/?q=мост")
    assert page.status_code == 429
    assert "Слишком много запросов" in page.text


def test_health_is_never_limited(made: Made) -> None:
    client = made("1 per 1 hour")
    assert [client.get("/healthz").status_code for _ in range(5)] == [200] * 5


def test_forwarded_address_counts_only_behind_a_declared_proxy(made: Made) -> None:
    spoofing = made()
    for number in range(5):
        assert statuses(spoofing, 1, X_Forwarded_For=f"198.51.100.{number}") == [200]
    assert statuses(
        spoofing, 1, X_Forwarded_For="198.51.100.99", X_Real_Ip="1.1.1.1", Forwarded="for=2.2.2.2"
    ) == [429]
    behind = made(proxies=1)
    for number in range(9):
        # The proxy adds the address it saw; what the client claimed stands before it.
        assert statuses(behind, 1, X_Forwarded_For=f"9.9.9.9, 198.51.100.{number}") == [200]
    assert statuses(behind, 6, X_Forwarded_For="8.8.8.8, 198.51.100.99")[-1] == 429


def test_addresses_of_one_network_are_one_client(made: Made) -> None:
    client = made()
    assert statuses(client, 5, "2001:db8::1") == [200] * 5
    assert statuses(client, 1, "2001:db8::ffff:1") == [429]
    assert statuses(client, 1, "2001:db8:0:1::1") == [200]
    assert statuses(client, 5, "::ffff:203.0.113.9") == [200] * 5
    assert statuses(client, 1, "203.0.113.9") == [429]


def test_key_has_a_larger_share_of_its_own(made: Made) -> None:
    client = made("2 per 1 hour")
    keys = Keys(Settings(home=Path(client.application.extensions["keys"].path).parent).keys)
    key = keys.add("газета", [Scope.READ], NOW)
    assert statuses(client, 3) == [200, 200, 429]
    assert statuses(client, 21, Authorization=f"Bearer {key}") == [200] * 20 + [429]


def test_bad_key_is_counted_like_none(made: Made) -> None:
    client = made("2 per 1 hour")
    assert statuses(client, 3, Authorization="Bearer svodka_x_y") == [401, 401, 429]
    assert statuses(client, 1) == [429]


@pytest.mark.parametrize("windows", ["many", "15 per fortnight", "-1 per minute", "5"])
def test_windows_that_are_none_are_named(windows: str) -> None:
    with pytest.raises(BadSetting, match="SVODKA_RATE_LIMIT"):
        Settings.read({"SVODKA_RATE_LIMIT": windows})


def test_all_windows_count(made: Made) -> None:
    assert statuses(made("2 per 1 hour; 100 per 1 day"), 3) == [200, 200, 429]
    assert statuses(made("100 per 1 hour; 2 per 1 day"), 3) == [200, 200, 429]


def test_state_is_bounded_and_a_greedy_one_stays_known() -> None:
    counters = SharedCounters()
    limiter = SlidingWindowCounterRateLimiter(counters)
    (item,) = parse_many("15 per 1 hour")
    assert [limiter.hit(item, "greedy") for _ in range(16)] == [True] * 15 + [False]
    assert all(limiter.hit(item, f"client {number}") for number in range(100_000))
    assert not limiter.hit(item, "greedy")
    assert counters._cells.nbytes == 8 << 20


def test_window_slides(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(time, "time", lambda: now)
    limiter = SlidingWindowCounterRateLimiter(SharedCounters())
    (item,) = parse_many("10 per 100 seconds")
    assert [limiter.hit(item, "a") for _ in range(11)] == [True] * 10 + [False]
    now += 150  # half of the former window still counts
    assert [limiter.hit(item, "a") for _ in range(6)] == [True] * 5 + [False]
    now += 250
    assert [limiter.hit(item, "a") for _ in range(11)] == [True] * 10 + [False]
