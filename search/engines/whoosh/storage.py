"""Whoosh's files made durable: nothing is announced before it would outlive a power cut.

Whoosh announces a commit by renaming a table of contents into place. Before that rename everything
written since the last one is synced, and a manifest is written beside it: the commit's own facts, and
the length and checksum of every file of it. Files of former commits are kept for a while, so that a
reader that is just opening them does not find them gone.
"""

import json
import os
import re
import time
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from search.engines.files import sync, write_durably
from search.errors import IndexDamaged
from search.russian import analysis

NAME = "svodka"
GRACE_SECONDS = 300.0
_CHUNK = 1 << 20
_TOC = TOC._pattern(NAME)
_MANIFEST = re.compile(r"manifest-(\d+)\.json")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a commit is: Whoosh's generation and ours, the mark, the time, and (length, CRC-32) by file.

    `analysis` is the version of the rules by which its words were analysed.
    """

    toc: int
    generation: int
    mark: int
    as_of: str
    files: dict[str, tuple[int, int]]
    analysis: int = 0  # the first indexes did not say

    @property
    def moment(self) -> datetime:
        """When the commit was made."""
        return datetime.fromisoformat(self.as_of)


class DurableStorage(FileStorage):  # type: ignore[misc] # Whoosh has no types
    """A folder of Whoosh files whose commits outlive a power cut."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.path = folder
        self.next = Manifest(0, 1, 0, "", {})
        self.segments: frozenset[str] = frozenset()  # those that the next commit consists of
        self._written: set[str] = set()
        self._kept: frozenset[str] | None = None

    def create_file(self, name: str, **options: Any) -> Any:
        """A new file; it is synced when the next commit is announced."""
        self._written.add(name)
        return super().create_file(name, **options)

    def mapped(self, name: str) -> memoryview:
        """A file's content, mapped into memory for as long as somebody looks at it."""
        with (self.path / name).open("rb") as file:
            return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Renaming a table of contents announces a commit: sync first, then the manifest, then rename."""
        announced = _TOC.match(newname)
        if announced:
            self._seal(oldname, newname, int(announced.group(1)))
        super().rename_file(oldname, newname, safe)
        if announced:
            sync(self.path)
            self._written.clear()
            self._kept = None

    def delete_file(self, name: str) -> None:
        """Remove a file, unless a commit that was current a moment ago holds it; then a later commit will."""
        if self._kept is None:
            self._kept = frozenset(self._spared())
        if name not in self._kept:
            super().delete_file(name)

    def announce(self, generation: int, mark: int) -> None:
        """Say what the next commit is."""
        self.next = replace(self.next, generation=generation, mark=mark, as_of=datetime.now(UTC).isoformat())

    def _seal(self, oldname: str, newname: str, toc: int) -> None:
        before = self.manifest(latest_toc(self.path)) if latest_toc(self.path) >= 0 else None
        known = before.files if before else {}
        files: dict[str, tuple[int, int]] = {}
        for path in sorted(self.path.iterdir()):
            name = newname if path.name == oldname else path.name
            if path.name in self._written:
                sync(path)
            if name == newname or name.partition(".")[0] in self.segments:
                files[name] = known.get(name) or checksum(path)
        content = {**self._facts(), "toc": toc, "files": files}
        sealed = {**content, "crc": _seal_of(content)}
        write_durably(self.path / f"manifest-{toc}.json", json.dumps(sealed).encode())

    def _facts(self) -> dict[str, Any]:
        return {
            "generation": self.next.generation,
            "mark": self.next.mark,
            "as_of": self.next.as_of,
            "analysis": analysis.VERSION,
        }

    def manifest(self, toc: int) -> Manifest:
        """The manifest of a commit; raises IndexDamaged."""
        path = self.path / f"manifest-{toc}.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("crc") != _seal_of(content):
                raise ValueError("содержимое не то, что было записано")
            files = {str(name): (int(size), int(crc)) for name, (size, crc) in content["files"].items()}
            version = content.get("analysis", 0)
            return Manifest(toc, content["generation"], content["mark"], content["as_of"], files, version)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IndexDamaged(f"{path}: не читается ({error}). Поможет svodka rebuild.") from error

    def _spared(self) -> set[str]:
        """The files of commits that were current within the grace time, and of the current one."""
        spared: set[str] = set()
        manifests = sorted(
            (int(m.group(1)), p) for p in self.path.iterdir() if (m := _MANIFEST.fullmatch(p.name))
        )
        superseded = time.time() - GRACE_SECONDS
        for number, (toc, path) in enumerate(manifests):
            following = manifests[number + 1][1] if number + 1 < len(manifests) else None
            if following is None or following.stat().st_mtime > superseded:
                spared.update(self.manifest(toc).files)
            else:
                path.unlink(missing_ok=True)
        return spared


def latest_toc(folder: Path) -> int:
    """The number of the latest announced commit in a folder, or -1."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return -1
    return max((int(match.group(1)) for match in map(_TOC.match, names) if match), default=-1)


def checksum(path: Path) -> tuple[int, int]:
    """The length and CRC-32 of a file."""
    size = crc = 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size, crc = size + len(chunk), zlib.crc32(chunk, crc)
    return size, crc


def _seal_of(content: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(content, sort_keys=True).encode())


Verified = dict[str, tuple[int, int]]


def faults(folder: Path, manifest: Manifest, verified: Verified) -> list[str]:
    """What is wrong with the files of a commit; sound ones join `verified` and are not read again."""
    found = []
    for name, expected in manifest.files.items():
        path = folder / name
        try:
            if path.stat().st_size != expected[0]:
                found.append(f"{path}: длина {path.stat().st_size}, а была {expected[0]}")
            elif verified.get(name) == expected:
                continue
            elif checksum(path) != expected:
                found.append(f"{path}: содержимое не то, что было записано")
            else:
                verified[name] = expected
        except OSError as error:
            found.append(f"{path}: {error.strerror or error}")
    return found
