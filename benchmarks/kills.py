"""Kill -9 beside plain Whoosh: how much of what was acknowledged is there afterwards.

python -m benchmarks.kills [KILLS]
"""

import random
import sys
import tempfile
from pathlib import Path

from whoosh import index

from indexer.archive import Archive
from tests.promises.killing import killed_at_a_moment


def held(home: Path, kind: str) -> list[str]:
    """The ids that are there, each as often as it is there."""
    if kind == "stock":
        with index.open_dir(str(home)).searcher() as searcher:
            return [fields["id"] for fields in searcher.documents()]
    with Archive(home / "archive.db") as archive:
        return [change.id for change in archive.changes(0)]


def main(kills: int) -> None:
    """Print a line for each."""
    for kind in ("load", "stock"):
        chance, kept = random.Random(1), set()
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            for number in range(kills):
                kept |= killed_at_a_moment(home, 100_000 * number, kind, chance)
            ids = held(home, kind)
        lost = len({f"a{number}" for number in kept} - set(ids))
        doubled = len(ids) - len(set(ids))
        print(f"{kind}: kills {kills}, acknowledged {len(kept)}, lost {lost}, doubled {doubled}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
