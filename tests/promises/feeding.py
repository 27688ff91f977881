"""Hands articles in one by one and tells each that was acknowledged, to be killed at any moment.

    python -m tests.promises.feeding HOME FIRST COUNT KIND

KIND: `archive` only hands in; `load` brings every few to the index too; `stock` commits each to an index of
plain Whoosh, for comparison.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

from indexer import loading
from indexer.archive import Archive
from indexer.inbox import ArchiveInbox
from search.engines import open_engine

TOGETHER = 4  # articles a commit


def feed(home: Path, first: int, count: int, kind: str) -> Iterator[int]:
    Archive(home / "archive.db").close()
    inbox = ArchiveInbox(home / "archive.db", UTC)
    for number in range(first, first + count):
        record = {"title": f"Мост {number}", "text": f"Мост номер {number} через реку. " * 20}
        inbox.put(f"a{number}", json.dumps(record).encode())
        yield number
        if kind == "load" and number % TOGETHER == 0:
            with Archive(home / "archive.db") as archive:
                loading.load(archive, open_engine("whoosh:", home / "index"))


def feed_stock(home: Path, first: int, count: int) -> Iterator[int]:
    from whoosh import fields, index

    home.mkdir(exist_ok=True)
    if index.exists_in(str(home)):
        opened = index.open_dir(str(home))
    else:
        opened = index.create_in(
            str(home), fields.Schema(id=fields.ID(unique=True, stored=True), text=fields.TEXT)
        )
    for number in range(first, first + count):
        writer = opened.writer(timeout=10)
        writer.update_document(id=f"a{number}", text=f"Мост номер {number} через реку. " * 20)
        writer.commit()
        yield number


if __name__ == "__main__":
    home, first, count, kind = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    for done in feed_stock(home, first, count) if kind == "stock" else feed(home, first, count, kind):
        print(done, flush=True)
