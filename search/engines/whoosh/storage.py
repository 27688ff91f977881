"""Whoosh's files made durable: nothing is announced before it would outlive a power cut.

Whoosh announces a commit by renaming a table of contents into place. Before that rename everything
written since the last one is synced, and a manifest is written beside it: the commit's own facts, and
the length and checksum of every file of it. So a manifest whose table of contents has neither its final nor
its first name tells of a commit that was announced and lost. Files of former commits are kept for a while, so
that a reader that is just opening them does not find them gone.
"""

import json
import math
import os
import re
import struct
import time
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC

from search.durable import sync, write_durably
from search.engines.files import unreadable
from search.errors import IndexDamaged, IndexUnavailable
from search.page import State
from search.russian import analysis

NAME = "svodka"
GRACE_SECONDS = 300.0
_SWEPT_AFTER = 0.1  # of the grace time
FORMAT = 3  # of everything in a folder; a folder of another one is not read
_CHUNK = 1 << 20
_TOC = TOC._pattern(NAME)
_BEGUN = re.compile(rf"_{NAME}_(\d+)\.toc\..+")  # a table of contents before it is announced
_OF_SEGMENT = TOC._segment_pattern(NAME)
_MANIFEST = re.compile(r"manifest-(\d+)\.json")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a commit is: Whoosh's generation and ours, the mark, the time, the number of articles, and by file
    its length and CRC-32.

    `analysis` is the version of the rules by which its words were analysed.
    """

    toc: int
    generation: int
    mark: int
    as_of: str
    documents: int
    files: dict[str, tuple[int, int]]
    analysis: int

    @property
    def moment(self) -> datetime:
        """When the commit was made."""
        return datetime.fromisoformat(self.as_of)

    @property
    def state(self) -> State:
        """The commit as readers are told of it."""
        outdated = self.analysis != analysis.VERSION
        return State(self.generation, self.mark, self.moment, self.documents, outdated=outdated)


class DurableStorage(FileStorage):  # type: ignore[misc] # Whoosh has no types
    """A folder of Whoosh files whose commits outlive a power cut."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.path = folder
        self.next = Manifest(0, 1, 0, "", 0, {}, analysis.VERSION)
        self._segments: frozenset[str] = frozenset()  # those that the next commit consists of
        self._written: set[str] = set()

    @cached_property
    def toc(self) -> int:
        """The number of the latest announced commit, or -1, looked for once.

        A writer's storage needs no second look, for none but itself commits; others are made for each look.
        """
        return latest_toc(self.path)

    def create_file(self, name: str, **options: Any) -> Any:
        """A new file; it is synced when the next commit is announced."""
        self._written.add(name)
        return super().create_file(name, **options)

    def mapped(self, name: str) -> memoryview:
        """A file's content, mapped into memory for as long as somebody looks at it."""
        with (self.path / name).open("rb") as file:
            if not os.fstat(file.fileno()).st_size:
                return memoryview(b"")
            return memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))

    def verify(self, stem: str) -> None:
        """Raises IndexDamaged where a file of the latest commit that begins so is not what was written."""
        manifest = self.manifest(self.toc)
        own = {name: facts for name, facts in manifest.files.items() if name.partition(".")[0] == stem}
        if wrong := faults(self.path, replace(manifest, files=own), {}):
            raise IndexDamaged(f"{wrong[0]}. Поможет svodka rebuild.")

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Renaming a table of contents announces a commit: sync first, then the manifest, then rename."""
        announced = _TOC.match(newname)
        if announced:
            self._seal(oldname, newname, int(announced.group(1)))
        super().rename_file(oldname, newname, safe)
        if announced:
            self.toc = int(announced.group(1))
            self._written.clear()
            sync(self.path)

    def discard(self) -> None:
        """Remove what was written since the last commit: a disk that was full has its space back."""
        if not self._written:
            return
        written, self._written = self._written, set()
        with suppress(OSError, IndexUnavailable):
            announced, sealed = latest_toc(self.path), _listed(self.path).sealed
            if sealed > announced:  # before what tells that it was not announced
                self._sealed(sealed).unlink()
            for name in written:
                (self.path / name).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove the files that no commit holds which was current a moment ago, or leave it to later."""
        if (used := self._in_use()) is None:
            return
        for name in os.listdir(self.path):
            if name not in used and (_TOC.match(name) or _OF_SEGMENT.match(name)):
                with suppress(OSError):
                    os.unlink(self.path / name)

    def announce(self, generation: int, mark: int) -> None:
        """Say what the next commit is."""
        self.next = replace(self.next, generation=generation, mark=mark, as_of=datetime.now(UTC).isoformat())

    def consist(self, segments: Iterable[str], documents: int) -> None:
        """Say which segments and how many articles the next commit consists of."""
        self._segments = frozenset(segments)
        self.next = replace(self.next, documents=documents)

    def state(self) -> State | None:
        """The latest commit; None before the first."""
        return self.manifest(self.toc).state if self.toc > 0 else None

    def _seal(self, oldname: str, newname: str, toc: int) -> None:
        known = self.manifest(self.toc).files if self.toc >= 0 else {}
        files: dict[str, tuple[int, int]] = {}
        there = os.listdir(self.path)
        for name in there:
            if name[0] == "_" and name != oldname and _BEGUN.fullmatch(name):
                os.unlink(self.path / name)  # left by a commit that came to nothing
        for name in sorted(self._written.intersection(there)):
            sync(self.path / name)
        for own in (oldname, *(name for name in there if name.partition(".")[0] in self._segments)):
            name = newname if own == oldname else own
            files[name] = known.get(name) or checksum(self.path / own)
        content = {**self._facts(), "toc": toc, "files": files}
        sealed = {**content, "crc": _seal_of(content)}
        write_durably(self._sealed(toc), json.dumps(sealed).encode())

    def _facts(self) -> dict[str, Any]:
        own = ("generation", "mark", "as_of", "documents")
        facts = {name: getattr(self.next, name) for name in own}
        return {"format": FORMAT, "analysis": analysis.VERSION, **facts}

    def _sealed(self, toc: int) -> Path:
        return self.path / f"manifest-{toc}.json"

    def manifest(self, toc: int) -> Manifest:
        """The manifest of a commit; raises IndexDamaged."""
        path = self._sealed(toc)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content.pop("crc") != _seal_of(content):
                raise ValueError("содержимое не то, что было записано")
            if content.get("format", 1) != FORMAT:
                raise ValueError(f"индекс вида {content.get('format', 1)}, а нужен {FORMAT}")
            files = {str(name): (int(size), int(crc)) for name, (size, crc) in content["files"].items()}
            facts = (content["generation"], content["mark"], content["as_of"], content["documents"])
            return Manifest(toc, *facts, files, content["analysis"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise unreadable(path, error) from error

    def _in_use(self) -> frozenset[str] | None:
        """The files of the commits that were current within the grace time; None while it is too soon.

        Where commits come fast there are many manifests: they are not all read at every commit.
        """
        found = (_MANIFEST.fullmatch(name) for name in os.listdir(self.path) if name[0] == "m")
        manifests = sorted(int(match[1]) for match in found if match)
        over = time.time() - GRACE_SECONDS
        # When each but the last was superseded.
        left = (self._sealed(toc).stat().st_mtime for toc in manifests[1:])
        first = next(left, math.inf)
        if first > over - _SWEPT_AFTER * GRACE_SECONDS:
            return None
        used: set[str] = set()
        for toc, superseded in zip(manifests, chain([first], left, [math.inf]), strict=True):
            if superseded > over:
                used.update(self.manifest(toc).files)
            else:
                self._sealed(toc).unlink(missing_ok=True)
        return frozenset(used)


@dataclass(frozen=True, slots=True)
class _Listed:
    """The highest number of a commit that was announced, sealed, begun; -1 where there is none."""

    announced: int
    sealed: int
    begun: int


def _listed(folder: Path) -> _Listed:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        names = []
    except OSError as error:
        raise unreadable(folder, error) from error
    names = [name for name in names if name[0] in "_m"]  # most are of segments, where commits come fast
    return _Listed(
        *(
            max((int(match[1]) for match in map(pattern.fullmatch, names) if match), default=-1)
            for pattern in (_TOC, _MANIFEST, _BEGUN)
        )
    )


def latest_toc(folder: Path) -> int:
    """The number of the latest announced commit in a folder, or -1; raises IndexDamaged where it is lost."""
    for _ in range(2):  # a folder that changes while it is listed may show neither name of a file
        found = _listed(folder)
        if found.announced >= found.sealed or found.begun == found.sealed:
            return found.announced
        if (lost := folder / f"_{NAME}_{found.sealed}.toc").exists():
            return found.sealed
    raise IndexDamaged(f"{lost}: файла нет. Поможет svodka rebuild.")


def latest_sealed(folder: Path) -> int:
    """The number of the latest commit there is any trace of, damaged or not."""
    found = _listed(folder)
    return max(found.announced, found.sealed)


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
            if not isinstance(told := unreadable(path, error), IndexDamaged):
                raise told from error
            found.append(f"{path}: {error.strerror or error}")
    return found


_OF_DAMAGE = (
    ValueError,
    LookupError,
    ArithmeticError,
    AssertionError,
    EOFError,
    OSError,
    struct.error,
    zlib.error,
)


class damage:  # reads as a phrase: with damage(place)
    """Turns what is raised over a broken file into IndexDamaged; what is no fault of files passes."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, _OF_DAMAGE):
            raise unreadable(self._place, error) from error
