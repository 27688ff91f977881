"""7. What comes in is accepted, a duplicate, or rejected with its reason; nothing vanishes or stops a run."""

import gzip
import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from tests.conftest import ROOT
from tests.promises.conftest import LONG, told

LINES = 10_000 if LONG else 600
MOST_MEGABYTES = 256
GOOD = {"title": "Мост открыт", "text": "Мост через реку открыли.", "published": "2025-06-15"}
RUN = """
import sys
from indexer.cli import main
try:
    main(sys.argv[1:])
finally:
    state = dict(line.split(":", 1) for line in open("/proc/self/status"))
    print(int(state["VmHWM"].split()[0]) // 1024, file=sys.stderr)
"""


FIELDS = (*GOOD, "id", "url", "tags", "source", "extra", "\ud800")
VALUES: tuple[object, ...] = (
    None,
    0,
    -1,
    1.5,
    True,
    [],
    {},
    "",
    " ",
    "\0",
    "a" * 5000,
    "2025",
    "0000-01-01",
    "9999-12-31T23:59:59Z",
    "\ud800",
    ["\udfff"],
    "javascript:alert(1)",
    "http://[",
    "https://a.example/",
    [[]],
    ["тег"] * 200,
    {"a": 1},
)


def malformed(chance: random.Random) -> Iterator[bytes]:
    """Lines of which many are no articles: every odd value in every field, then whatever chance makes."""
    good = json.dumps(GOOD).encode()
    for name, value in product(FIELDS, VALUES):
        yield json.dumps({**GOOD, name: value}).encode()
    while True:
        match chance.randrange(9):
            case 0:
                yield good[: chance.randrange(len(good))]
            case 1:
                at = chance.randrange(len(good))
                yield good[:at] + chance.randbytes(3).replace(b"\n", b"?") + good[at:]
            case 2:
                yield (
                    json.dumps(GOOD, ensure_ascii=False)
                    .encode(chance.choice(("cp1251", "utf-16-le", "koi8-r")))
                    .replace(b"\n", b"")
                )
            case 3:
                yield b"[" * chance.randint(1, 5000)
            case 4:
                yield json.dumps({**GOOD, "extra": json.loads("[" * 90 + "]" * 90)}).encode()
            case 5:
                yield chance.randbytes(chance.randint(1, 60)).replace(b"\n", b"?") or b"?"
            case 6:
                yield json.dumps({**GOOD, "id": f"x{chance.randrange(50)}"}).encode()
            case _:
                yield json.dumps(
                    {
                        **GOOD,
                        chance.choice(FIELDS): chance.choice(VALUES),
                    }
                ).encode()


def add(home: Path, *paths: Path) -> tuple[dict[str, int], str, int]:
    """The sums, the complaints, and the most megabytes that a run took."""
    command = [sys.executable, "-c", RUN, "add", "--no-load", "--json", *map(str, paths)]
    environment = {"SVODKA_HOME": str(home), "PATH": "/usr/bin:/bin"}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    assert "Traceback" not in ended.stderr
    return json.loads(ended.stdout), ended.stderr, int(ended.stderr.split()[-1])


def adds_up(sums: dict[str, int]) -> bool:
    return sums["read"] == sum(sums[fate] for fate in ("accepted", "updated", "duplicate", "rejected"))


def test_every_line_has_one_fate(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    source = malformed(chance)
    some = [line for line in (next(source) for _ in range(LINES)) if line.strip()]
    first = json.dumps({**GOOD, "id": "first"}).encode()
    path = tmp_path / "news.jsonl"
    path.write_bytes(b"\n".join([first, *some]) + b"\n")
    sums, _, megabytes = add(tmp_path / "home", path)
    assert adds_up(sums)
    assert sums["read"] == len(some) + 1
    assert sums["rejected"] > LINES // 4
    assert megabytes <= MOST_MEGABYTES
    told(read=sums["read"], **{name: sums[name] for name in ("accepted", "rejected")}, megabytes=megabytes)


def bombs(folder: Path) -> Iterator[Path]:
    """Files that would fill the memory of who reads them whole."""
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    document = f'<!DOCTYPE rss [<!ENTITY e0 "x">{entities}]><rss>&e8;</rss>'
    contents = {
        "entities.xml": document.encode(),
        "line.jsonl": b'{"title": "x", "text": "'
        + b"a" * (50 << 20)
        + b'"}\n'
        + json.dumps(GOOD).encode()
        + b"\n",
        "bomb.jsonl.gz": gzip.compress(bytes(300 << 20), 1),
        "bomb.html.gz": gzip.compress(b"<html><body>" + b"<p>" * (30 << 20), 1),
        "deep.html": b"<html><body>" + b"<div>" * 100_000 + b"x",
        "half.jsonl": json.dumps({**GOOD, "text": "я" * 40_000}, ensure_ascii=False).encode()[:-3],
        "news.zip": b"PK\x03\x04" + bytes(100),
        "empty.jsonl": b"",
        "brackets.json": b"[" * 1_000_000,
    }
    for name, content in contents.items():
        path = folder / name
        path.write_bytes(content)
        yield path


def test_bombs_are_told_of_in_little_memory(tmp_path: Path) -> None:
    paths = list(bombs(tmp_path))
    for some in [[path] for path in paths] if LONG else [paths]:
        sums, complaints, megabytes = add(tmp_path / "home", *some)
        assert adds_up(sums)
        assert sums["rejected"] == len(some)
        assert not re.search(r"MemoryError|RecursionError", complaints)
        assert megabytes <= MOST_MEGABYTES, some
        told(files=len(some), rejected=sums["rejected"], megabytes=megabytes)
