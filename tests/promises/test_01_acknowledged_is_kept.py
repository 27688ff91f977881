"""1. What was acknowledged is kept, whenever the process is killed; the next run goes on, nothing doubles.

Half of the kills fall at random moments, half into a chosen call of the operating system.
"""

import json
import os
import random
from pathlib import Path

from click.testing import CliRunner

from indexer.archive import Archive
from indexer.cli import main
from search.engines import open_engine
from tests.promises.conftest import rounds, told
from tests.promises.killing import CALLS, acknowledged, feeding, killed_at_a_moment, needs_strace


def killed_in_a_call(home: Path, first: int, kind: str, chance: random.Random) -> set[int]:
    call = chance.choice(CALLS[:-1])
    number = chance.randint(1, 200 if call == "pwrite64" else 30 if call in ("fdatasync", "write") else 3)
    kill = f"inject={call}:signal=SIGKILL:when={number}"
    return acknowledged(feeding(home, first, 40, kind, "-o", os.devnull, "-e", f"trace={call}", "-e", kill))[
        0
    ]


def test_kills_lose_nothing(tmp_path: Path, seed: int) -> None:
    needs_strace()
    chance, kept = random.Random(seed), set()
    for number in rounds(1_000, 4):
        kill = (killed_at_a_moment, killed_in_a_call)[number % 2]
        kind = "load" if number % 4 < 2 else "archive"
        kept |= kill(tmp_path, 100_000 * number, kind, chance)
        if kind == "load":
            with open_engine("whoosh:", tmp_path / "index").reader() as reader:
                assert reader.check() == []
    kills = number + 1
    assert len(kept) >= kills // 2
    result = CliRunner().invoke(main, ["load"], env={"SVODKA_HOME": str(tmp_path)})
    assert result.exit_code == 0, result.output
    checked = CliRunner().invoke(main, ["check", "--json"], env={"SVODKA_HOME": str(tmp_path)})
    assert json.loads(checked.stdout) == {"ok": True, "findings": []}
    with Archive(tmp_path / "archive.db") as archive:
        held = {change.id for change in archive.changes(0)}
    assert {f"a{number}" for number in kept} <= held
    with open_engine("whoosh:", tmp_path / "index").reader() as reader:
        assert reader.status().documents == len(held)
        assert all(reader.article(f"a{number}") for number in kept)
    told(kills=kills, acknowledged=len(kept), lost=0, doubled=0)
