"""What is known of an archive's articles from before: derived data, in files beside it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from indexer.archive import Archive
from indexer.copied import COPIES, Copied
from indexer.database import discard
from indexer.derived import Derived
from indexer.named import Named
from indexer.naming import NAMES
from indexer.stories import Stories

DERIVED = "derived.db"


class Beside(AbstractContextManager["Beside"]):
    """The stories and copies of an archive's articles, for the one process that writes the index."""

    def __init__(self, archive: Archive) -> None:
        with ExitStack() as stack:
            self.derived = stack.enter_context(Derived(archive.path.with_name(DERIVED)))
            self.copied = stack.enter_context(Copied(archive.path.with_name(COPIES), archive.article))
            self._open = stack.pop_all()
        self.stories = Stories(self.derived)

    @property
    def is_current(self) -> bool:
        """Whether nobody else has changed the files."""
        return not (self.derived.changed or self.copied.changed)

    def close(self) -> None:
        """Let go of the files."""
        self._open.close()

    def __exit__(self, *_: object) -> None:
        self.close()


def damage(archive: Archive) -> Iterator[tuple[Path, str]]:
    """The files of derived data beside an archive that are not as they were written, and what is wrong.

    Those that were written by another archive, or by a later state of this one, are among them.
    """
    checks: tuple[tuple[str, Callable[[Path, Archive], str | None]], ...]
    checks = ((DERIVED, Derived.check), (COPIES, Copied.check), (NAMES, Named.check))
    for name, check in checks:
        path = archive.path.with_name(name)
        if found := check(path, archive):
            yield path, found


def forget(archive: Path) -> None:
    """Take away the derived data beside an archive that is gone: another will have its own."""
    for name in (DERIVED, COPIES, NAMES):
        discard(archive.with_name(name))
