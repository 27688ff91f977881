"""3. Any call to the disk may fail, once or from then on: what was acknowledged stays, the next run goes on.

Here the archive, by faults put into a running process. The index, call by call until a commit gets through
without meeting the fault: `tests/search/test_whoosh.py`.
"""

import os
import random
import re
from pathlib import Path

from indexer.archive import Archive
from tests.promises.conftest import rounds, told
from tests.promises.killing import acknowledged, feeding, needs_strace

CALLS = {"pwrite64": 150, "fdatasync": 30, "ftruncate": 2, "unlink": 2, "openat": 30}
ERRORS = ("ENOSPC", "EIO", "EDQUOT")
NO_MORE_FILES = ("EMFILE", "ENFILE")


def test_archive_outlives_every_fault(tmp_path: Path, seed: int) -> None:
    needs_strace()
    chance, kept, failed = random.Random(seed), set(), 0
    for number in rounds(400, 4):
        call = chance.choice(list(CALLS))
        when = f"{chance.randint(1, CALLS[call])}{chance.choice(('', '+'))}"
        error = chance.choice(NO_MORE_FILES if call == "openat" else ERRORS)
        fault = f"inject={call}:error={error}:when={when}"
        trace = ["-o", os.devnull, "-e", f"trace={call}", "-e", fault]
        if call == "openat":  # of the archive's files only: a program opens many others before it begins
            trace += [word for end in ("", "-wal", "-shm") for word in ("-P", f"{tmp_path}/archive.db{end}")]
        done, complaint = acknowledged(feeding(tmp_path, 1000 * number, 12, "archive", *trace))
        failed += len(done) < 12
        assert len(done) == 12 or re.search(r"errors\.(ArchiveUnavailable|DiskFull):", complaint), complaint
        kept |= done
        with Archive(tmp_path / "archive.db") as archive:
            assert list(archive.check()) == []
            assert {f"a{number}" for number in kept} <= {change.id for change in archive.changes(0)}
    again, complaint = acknowledged(feeding(tmp_path, 1000 * number + 500, 12, "archive"))
    assert len(again) == 12, complaint
    told(cases=number + 1, failed=failed, acknowledged=len(kept), lost=0)
