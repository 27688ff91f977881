"""Processes that are watched, killed or failed at a chosen call to the operating system, by strace."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.conftest import ROOT

CALLS = ("pwrite64", "fdatasync", "fsync", "write", "rename", "unlink", "ftruncate")
MOST_SECONDS = 3.0
_LINE = re.compile(r"^\d+\s+(\w+)\((?:\d+<([^>]*)>)?(.*)\)\s+= (-?\d+)")


def needs_strace() -> None:
    """Skip where no process may be watched."""
    if not shutil.which("strace"):
        pytest.skip("strace is not there: apt-get install strace")
    if subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False
    ).returncode:
        pytest.skip("strace may not watch processes here")


def feeding(home: Path, first: int, count: int, kind: str, *strace: str) -> "subprocess.Popen[bytes]":
    """A process that hands articles in, under strace if it is given anything to do."""
    command = [sys.executable, "-m", "tests.promises.feeding", str(home), str(first), str(count), kind]
    watched = ["strace", "-f", "-y", "-qq", *strace] if strace else []
    return subprocess.Popen(
        [*watched, *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )


def acknowledged(process: "subprocess.Popen[bytes]") -> tuple[set[int], str]:
    """What a process acknowledged until its end, and what it complained of."""
    out, err = process.communicate(timeout=250)
    return {int(line) for line in out.split(b"\n")[:-1] if line}, err.decode("utf-8", "replace")


def killed_at_a_moment(home: Path, first: int, kind: str, chance: Random) -> set[int]:
    """What a process acknowledged that was killed some time after it had begun to."""
    process = feeding(home, first, 10_000, kind)
    assert process.stdout is not None
    begun = int(process.stdout.readline())
    time.sleep(chance.random() * MOST_SECONDS)
    os.killpg(process.pid, signal.SIGKILL)
    return {begun} | acknowledged(process)[0]


@dataclass
class Unsynced:
    """What a log of strace says was written to a file since it was last synced: offsets and lengths."""

    ranges: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, log: Path) -> "Unsynced":
        found = cls()
        for line in log.read_text("utf-8", "replace").splitlines():
            if not (call := _LINE.match(line)):
                continue
            name, path, arguments, result = call.groups()
            if name == "pwrite64" and int(result) > 0:
                found.ranges[path].append((int(arguments.rpartition(", ")[2]), int(result)))
            elif name in ("fdatasync", "fsync") and result == "0":
                found.ranges.pop(path, None)
        return found

    def injure(self, chance: Random) -> int:
        """Do to each unsynced piece what a loss of power may; how many there were."""
        pieces = 0
        for name, ranges in self.ranges.items():
            path = Path(name)
            if not path.is_file():
                continue
            size = path.stat().st_size
            with path.open("r+b") as file:
                for offset, length in ranges:
                    pieces += 1
                    match chance.choice(("kept", "zeros", "noise", "half", "gone")):
                        case "zeros":
                            file.seek(offset)
                            file.write(bytes(length))
                        case "noise":
                            file.seek(offset)
                            file.write(chance.randbytes(length))
                        case "half":
                            file.seek(offset + length // 2)
                            file.write(bytes(length - length // 2))
                        case "gone" if path.name.endswith("-wal") and offset + length >= size:
                            file.truncate(offset)
        return pieces


def without_memory(home: Path) -> None:
    """What lies in memory only does not outlive the power."""
    for path in home.glob("*-shm"):
        os.unlink(path)
