"""A disk that fails, or loses its power, at the n-th thing that is asked of it."""

import builtins
import errno
import io
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

CALLS: list[tuple[ModuleType, str]] = [
    *((os, name) for name in ("fsync", "open", "rename", "replace", "remove", "unlink", "mkdir")),
    *((module, "open") for module in (builtins, io)),
]


class PowerCut(BaseException):
    """No `except Exception` outlives it."""


class Disk:
    """Counts the calls and knows which content of which file was synced; nothing is really synced."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.fail: Callable[[int], None] = lambda number: None
        self._synced: dict[int, int] = {}
        self._watched = False
        for module, name in CALLS:
            monkeypatch.setattr(module, name, self._counted(name, getattr(module, name)))

    def _counted(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if self._watched:
                self.calls += 1
                self.fail(self.calls)
            return self._sync(*arguments) if name == "fsync" else real(*arguments, **options)

        return call

    def _sync(self, descriptor: int) -> None:
        state = os.fstat(descriptor)
        self._synced[state.st_ino] = state.st_mtime_ns

    @contextmanager
    def failing(self, fail: Callable[[int], None]) -> Iterator[None]:
        """Inside, `fail` is told the number of each call and may raise."""
        self.calls, self.fail, self._watched = 0, fail, True
        try:
            yield
        finally:
            self._watched = False

    def is_synced(self, path: Path) -> bool:
        state = path.stat()
        return self._synced.get(state.st_ino) == state.st_mtime_ns

    def after_power_cut(self, folder: Path, copy: Path, chance: random.Random) -> None:
        """Copy what is on the disk once the power is back: content that was not synced may be anything."""
        for path in sorted(folder.rglob("*")):
            place = copy / path.relative_to(folder)
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                shutil.copyfile(path, place)
                if not self.is_synced(path):
                    _injure(place, chance)


def _injure(path: Path, chance: random.Random) -> None:
    size = path.stat().st_size
    match chance.choice(("gone", "empty", "cut", "zeros", "spared")):
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "cut":
            path.write_bytes(path.read_bytes()[: size // 2])
        case "zeros":
            path.write_bytes(bytes(size))


def cut_at(number: int) -> Callable[[int], None]:
    """The power goes at this call, and stays away."""

    def fail(call: int) -> None:
        if call >= number:
            raise PowerCut

    return fail


def fault_at(number: int, *, for_good: bool, error: int = errno.ENOSPC) -> Callable[[int], None]:
    """The disk is full, or in another way of no use, at this call, once or for good."""

    def fail(call: int) -> None:
        if call == number or (for_good and call > number):
            raise OSError(error, os.strerror(error))

    return fail
