"""Files of no known format: one Rejection that says what the file looks like."""

from collections.abc import Iterable, Iterator

from indexer.formats.items import RAW_BYTES, Item, Origin
from indexer.formats.streams import look

MAGIC = {
    b"\x89PNG": "картинка PNG",
    b"\xff\xd8\xff": "картинка JPEG",
    b"GIF8": "картинка GIF",
    b"RIFF": "картинка, звук или видео RIFF",
    b"%PDF": "документ PDF; сохраните его текст в .txt",
    b"PK\x03\x04": "архив ZIP или документ Office; распакуйте его или сохраните как текст",
    b"Rar!": "архив RAR; распакуйте его",
    b"7z\xbc\xaf": "архив 7-Zip; распакуйте его",
    b"BZh": "архив bzip2; распакуйте его",
    b"\xfd7zXZ": "архив xz; распакуйте его",
    b"\x28\xb5\x2f\xfd": "архив zstd; распакуйте его",
    b"\x1f\x8b": "gzip внутри gzip; распакуйте его",
    b"\xd0\xcf\x11\xe0": "старый документ Office; сохраните его как текст",
    b"SQLite format 3": "база данных SQLite",
    b"\x7fELF": "программа",
}


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """One Rejection of the whole file."""
    head, _ = look(iter(pieces), RAW_BYTES)
    yield origin.rejection(f"не статья: {kind(head)}", head, "unknown")


def kind(head: bytes) -> str:
    """What a file that begins so looks like, in words."""
    known = next((words for magic, words in MAGIC.items() if head.startswith(magic)), None)
    return known or ("XML, но не лента и не страница" if head.lstrip().startswith(b"<") else "двоичный файл")
