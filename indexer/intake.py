"""Intake: each item gets exactly one fate, and is acknowledged when the archive holds it durably."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo

from indexer import formats
from indexer.archive import Archive
from indexer.formats import Item, Rejection
from search.inbox import Fate

_TOGETHER = 500  # items made durable by one sync
_CHARACTERS_TOGETHER = 8_000_000  # fewer, where they are long: they are held in memory until then


@dataclass(slots=True)
class Sums:
    """How many items were read, and how many had each fate; the fates add up to what was read."""

    fates: Counter[Fate] = field(default_factory=Counter)

    @property
    def read(self) -> int:
        """All items."""
        return self.fates.total()

    def __getitem__(self, fate: Fate) -> int:
        return self.fates[fate]

    def as_dict(self) -> dict[str, int]:
        """The sums as `svodka add --json` prints them."""
        return {"read": self.read, **{fate.value: self.fates[fate] for fate in Fate}}


def take(
    archive: Archive, items: Iterable[Item], on_reject: Callable[[Rejection], None] | None = None
) -> Sums:
    """Every item's fate is decided and made durable; `on_reject` is shown what was refused.

    Raises ArchiveUnavailable and DiskFull; what was taken before that is kept.
    """
    sums = Sums()
    for item, fate in fates(archive, items):
        sums.fates[fate] += 1
        if isinstance(item, Rejection) and on_reject:
            on_reject(item)
    return sums


def fates(archive: Archive, items: Iterable[Item]) -> Iterator[tuple[Item, Fate]]:
    """Every item with its fate, given once that is durable; raises ArchiveUnavailable, DiskFull."""
    for batch in _batches(items):
        with archive.changing():
            decided = [_fate(archive, item) for item in batch]
        yield from zip(batch, decided, strict=True)


def retry(archive: Archive, timezone: tzinfo, on_reject: Callable[[Rejection], None] | None = None) -> Sums:
    """Every kept reject is tried again; what becomes an article, or another reject, is no longer kept."""
    sums = Sums()
    for reject in archive.rejects():
        again = False
        for item, fate in fates(archive, formats.retry(reject.rejection, timezone)):
            sums.fates[fate] += 1
            if isinstance(item, Rejection):
                again = again or item.is_of_the_piece(reject.rejection)
                if on_reject:
                    on_reject(item)
        if not again:  # last: who is killed before that tries it once more, and finds duplicates
            with archive.changing():
                archive.forget(reject.number)
    return sums


def _fate(archive: Archive, item: Item) -> Fate:
    if isinstance(item, Rejection):
        archive.reject(item)
        return Fate.REJECTED
    known, fingerprint = archive.fingerprint(item.id), item.fingerprint()
    if known == fingerprint:
        return Fate.DUPLICATE
    archive.store(item, fingerprint)
    return Fate.UPDATED if known else Fate.ACCEPTED


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += len(item.raw if isinstance(item, Rejection) else item.text)
        if len(batch) == _TOGETHER or size > _CHARACTERS_TOGETHER:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
