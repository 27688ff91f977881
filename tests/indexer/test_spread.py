"""Work shared among processes keeps its order, and its processes do not outlive who began it."""

import os
import subprocess
import sys
import time
from pathlib import Path

from indexer.spread import spread
from tests.conftest import ROOT


def doubled(items: list[int]) -> list[int]:
    return [2 * item for item in items]


def test_results_come_in_the_order_of_the_items_however_many() -> None:
    for count in (0, 3, 40):
        made = [each for some in spread(doubled, range(count), few=10, batch=4) for each in some]
        assert made == [2 * item for item in range(count)]


def told_and_slept(items: list[Path]) -> None:
    with items[0].open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(600)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_none(pids: list[int]) -> None:
    end = time.monotonic() + 200
    while any(map(is_alive, pids)):
        assert time.monotonic() < end, f"{pids} live on"
        time.sleep(0.1)


def test_workers_end_when_who_began_them_is_killed(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = (
        "import sys; from pathlib import Path; from indexer.spread import spread;"
        " from tests.indexer.test_spread import told_and_slept;"
        " list(spread(told_and_slept, [Path(sys.argv[1])] * 4, few=1, batch=1))"
    )
    killed = subprocess.Popen([sys.executable, "-c", program, str(begun)], cwd=ROOT)
    try:
        end = time.monotonic() + 200
        while not begun.exists() or not begun.read_text().endswith("\n"):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        killed.kill()
        killed.wait()
    wait_until_none(list(map(int, begun.read_text().split())))
