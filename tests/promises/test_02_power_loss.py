"""2. What was acknowledged outlives a loss of power: whatever was not synced may then be anything.

The archive: a process is killed in a chosen call, the log of its calls tells which bytes had not been
synced, and each such piece is kept, zeroed, halved, filled with noise or cut off. The index: the folder
after a cut at some call of a commit, with files that were not synced gone, empty, halved, zeroed or spared
(each call in turn: `tests/search/test_whoosh.py`). Plain Whoosh is put through the same beside ours.
"""

import gc
import os
import random
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from whoosh import fields, index

from indexer.archive import Archive
from search.article import Article
from search.document import Document
from search.engines import open_engine
from tests.promises.conftest import rounds, told
from tests.promises.killing import Unsynced, acknowledged, feeding, needs_strace, without_memory
from tests.search.disk import Disk, PowerCut, cut_at

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


def test_archive_keeps_what_it_acknowledged(tmp_path: Path, seed: int) -> None:
    needs_strace()
    chance, kept, injured = random.Random(seed), set(), 0
    home, log = tmp_path / "home", tmp_path / "calls"
    trace = "trace=pwrite64,fdatasync,fsync"
    for number in rounds(1_000, 6):
        call = chance.choice(("pwrite64", "pwrite64", "fdatasync"))
        kill = f"inject={call}:signal=SIGKILL:when={chance.randint(1, 250 if call == 'pwrite64' else 30)}"
        kept |= acknowledged(
            feeding(home, 1000 * number, 15, "archive", "-o", str(log), "-e", trace, "-e", kill)
        )[0]
        injured += Unsynced.of(log).injure(chance)
        without_memory(home)
        if (home / "archive.db").exists():
            with Archive(home / "archive.db") as archive:
                assert list(archive.check()) == []
                assert {f"a{number}" for number in kept} <= {change.id for change in archive.changes(0)}
    assert kept
    assert injured
    told(rounds=number + 1, acknowledged=len(kept), pieces_injured=injured, lost=0, unreadable=0)


def ours(folder: Path, number: int) -> None:
    with open_engine("whoosh:", folder).writer() as writer:
        writer.put([Document(Article(id=str(number), title="Мост", text=f"Мост номер {number}"))])
        writer.commit(number)


def ours_is_whole(folder: Path) -> bool:
    with open_engine("whoosh:", folder).reader() as reader:
        state = reader.status()
        return reader.check() == [] and state.documents == state.mark


def stock(folder: Path, number: int) -> None:
    folder.mkdir(exist_ok=True)
    schema = fields.Schema(id=fields.ID(unique=True, stored=True), text=fields.TEXT(stored=True))
    opened = (
        index.open_dir(str(folder)) if index.exists_in(str(folder)) else index.create_in(str(folder), schema)
    )
    writer = opened.writer()
    writer.update_document(id=str(number), text=f"Мост номер {number}")
    writer.commit()


def stock_is_whole(folder: Path) -> bool:
    try:
        with index.open_dir(str(folder)).searcher() as searcher:
            return bool(len(list(searcher.documents())) == searcher.doc_count())
    except Exception:
        return False


def test_index_is_whole_after_each_cut_and_plain_whoosh_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    disk, chance = Disk(monkeypatch), random.Random(seed)
    broken = {"ours": 0, "stock": 0}
    both = (("ours", ours, ours_is_whole), ("stock", stock, stock_is_whole))
    for number in rounds(1_000, 10):
        for name, change, is_whole in both:
            folder, copy = tmp_path / f"{name}-{number}", tmp_path / f"{name}-{number}-after"
            change(folder, 1)
            for step in count(2):
                with disk.failing(cut_at(chance.randint(1, 60))), suppress(PowerCut):
                    change(folder, step)
                    continue
                break
            os.makedirs(copy)
            disk.after_power_cut(folder, copy, chance)
            broken[name] += not is_whole(copy)
            gc.collect()  # what a process without power had open is not closed in order
    told(rounds=number + 1, unreadable=broken)
    assert broken["ours"] == 0
    assert broken["stock"] > 0
