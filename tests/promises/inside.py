"""A machine with nothing but its own network, full of doors: who fetches from there must knock at none.

    unshare --net python -m tests.promises.inside HOST …

Prints how many connections the doors saw for the hosts given, and then for a fetcher without its guard.
"""

import socket
import subprocess
import sys
from contextlib import suppress

from indexer.fetch import Fetcher, NotFetched

OWN = ("10.0.0.1/8", "172.16.0.1/12", "192.168.0.1/16", "169.254.169.254/32", "100.64.0.1/10")
OWN_6 = ("fd00:ec2::254/64", "fec0::1/64", "fe80::1/64")
PORTS = (80, 8443)


def doors() -> list[socket.socket]:
    """Listeners at every address of the machine."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in OWN:
        subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=True)
    for address in OWN_6:  # a machine may have no IPv6
        subprocess.run(["ip", "-6", "address", "add", address, "dev", "lo", "nodad"], check=False)
    made = []
    for port in PORTS:
        both = socket.has_dualstack_ipv6()
        family = socket.AF_INET6 if both else socket.AF_INET
        made.append(socket.create_server(("", port), family=family, dualstack_ipv6=both, backlog=1000))
        made[-1].setblocking(False)
    return made


def knocks(listeners: list[socket.socket]) -> int:
    """How many connections waited."""
    count = 0
    for listener in listeners:
        with suppress(BlockingIOError):
            while True:
                listener.accept()[0].close()
                count += 1
    return count


def fetch(fetcher: Fetcher, host: str) -> None:
    for url in (f"http://{host}/", f"https://{host}:8443/latest/meta-data/"):
        with suppress(NotFetched):
            fetcher.fetch(url)


if __name__ == "__main__":
    listeners = doors()
    for host in sys.argv[1:]:
        fetch(Fetcher(), host)
    guarded = knocks(listeners)
    for host in ("127.0.0.1", "169.254.169.254"):
        fetch(Fetcher(may_reach=lambda address: True, seconds=0.3), host)
    print(guarded, knocks(listeners))
