"""14. The fetcher reaches nothing but the open Internet, however an address is written or led there.

Every connection is recorded where the operating system would make it; none may go to an address that is not
public. Names are looked up as they are, so the decimal, octal and short spellings are those of the system.
"""

import random
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from indexer import fetch
from indexer.fetch import Fetcher, NotFetched, is_public
from tests.conftest import ROOT
from tests.promises.conftest import told

LIST = """
127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 017700000001 0177.0.0.1 0x7f.1 0.0.0.0 0
10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255 167772161 0xa000001
169.254.169.254 169.254.0.1 2852039166 100.64.0.1 100.100.100.200 192.0.0.1 192.0.2.1 198.18.0.1
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 localhost
[::1] [::] [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [0:0:0:0:0:ffff:c0a8:1] [fe80::1]
[fc00::1] [fd00:ec2::254] [fec0::1] [ff02::1] [2001:db8::1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe]
[2002:7f00:1::] [2002:a00:1::1] [2001:0:4136:e378:8000:63bf:f5ff:fffe] [100::1] [::127.0.0.1]
"""
INSIDE = LIST.split()
OTHER_SCHEMES = (
    "file:///etc/passwd",
    "gopher://1.1.1.1/",
    "ftp://1.1.1.1/",
    "dict://1.1.1.1:11211/",
    "data:,x",
)
NO_ADDRESSES = ("http://user@1.1.1.1/", "http:///", "http://", "//1.1.1.1/", "")
NETWORKS = [(0x7F000000, 24), (0x0A000000, 24), (0xAC100000, 20), (0xC0A80000, 16)]
PUBLIC = "93.184.216.34"


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses that a connection was asked for; none is made."""
    asked: list[str] = []

    def refuse(connection: socket.socket, place: tuple[str, int]) -> None:
        asked.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield asked
    assert all(is_public(address) for address in asked)


def refused(url: str, fetcher: Fetcher = Fetcher()) -> str:  # noqa: B008
    with pytest.raises(NotFetched) as caught:
        fetcher.fetch(url)
    return str(caught.value)


def addresses(count: int, seed: int) -> Iterator[str]:
    """Addresses inside, by random, in random spellings."""
    chance = random.Random(seed)
    for _ in range(count):
        network, bits = chance.choice(
            [(0x7F000000, 24), (0x0A000000, 24), (0xAC100000, 20), (0xC0A80000, 16)]
        )
        number = network + chance.getrandbits(bits)
        four = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        spellings = [four, str(number), hex(number), f"[::ffff:{four}]", f"[64:ff9b::{four}]"]
        yield chance.choice(spellings)


@pytest.mark.parametrize("host", INSIDE)
def test_no_address_inside_is_reached(host: str, reached: list[str]) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/latest/meta-data/"):
        refused(url)
        with pytest.raises(NotFetched):
            Fetcher().post(url, b"{}", {})
        with pytest.raises(NotFetched):
            Fetcher().check(url)
    assert reached == []


def test_no_random_address_inside_is_reached(reached: list[str], seed: int, size: int) -> None:
    for host in addresses(100 * size, seed):
        refused(f"http://{host}/")
    assert reached == []


@pytest.mark.parametrize("url", [*OTHER_SCHEMES, *NO_ADDRESSES])
def test_only_http_is_spoken(url: str, reached: list[str]) -> None:
    refused(url)
    assert reached == []


def test_name_with_one_address_inside_is_refused(reached: list[str]) -> None:
    refused("http://site.example/", Fetcher(look_up=lambda host, port: [PUBLIC, "127.0.0.1"]))
    assert reached == []


def test_connection_goes_to_the_address_that_was_checked(reached: list[str]) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    refused("http://site.example/", Fetcher(look_up=lambda host, port: next(answers)))
    refused("https://site.example/", Fetcher(look_up=lambda host, port: [PUBLIC]))
    assert reached == [PUBLIC, PUBLIC]


@pytest.mark.parametrize("host", INSIDE)
def test_no_redirect_leads_inside(host: str, monkeypatch: pytest.MonkeyPatch, reached: list[str]) -> None:
    visits = []

    def visit(fetcher: Fetcher, url: str, end: float) -> tuple[str | None, bytes]:
        visits.append(url)
        return (f"http://{host}/", b"") if len(visits) == 1 else real(fetcher, url, end)

    real = fetch.Fetcher._visit
    monkeypatch.setattr(fetch.Fetcher, "_visit", visit)
    refused("http://site.example/")
    assert visits == ["http://site.example/", f"http://{host}/"]
    assert reached == []


def test_nothing_inside_is_reached_in_a_network_of_its_own(seed: int, size: int) -> None:
    """No connection replaced: a namespace whose every inner address has an open door."""
    attempt = ["unshare", "--net", "ip", "link"]
    if not shutil.which(attempt[0]) or subprocess.run(attempt, capture_output=True, check=False).returncode:
        pytest.skip("no network namespace may be made here")
    hosts = [*INSIDE, *addresses(100 * size, seed)]
    command = ["unshare", "--net", sys.executable, "-m", "tests.promises.inside", *hosts]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    guarded, unguarded = map(int, ended.stdout.split())
    told(addresses=len(hosts), reached=guarded, reached_without_guard=unguarded)
    assert guarded == 0
    assert unguarded >= 4  # the doors are open indeed
