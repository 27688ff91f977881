"""Tables (CSV, TSV) with a header: one article a row."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from indexer.bylines import moment
from indexer.formats.encodings import decoded, encoding
from indexer.formats.items import RAW_BYTES, Item, Origin
from indexer.formats.jsonl import missing_fields
from indexer.formats.streams import Line, lines, look
from search import limits

_KEYS = {
    "id": ("ид", "номер"),
    "url": ("link", "адрес", "ссылка"),
    "title": ("headline", "заголовок", "название"),
    "text": ("body", "content", "текст", "содержание"),
    "published": ("date", "дата", "дата публикации", "опубликовано"),
    "modified": ("изменено", "обновлено"),
    "source": ("источник", "издание"),
    "section": ("рубрика", "раздел", "категория"),
    "author": ("автор",),
    "tags": ("теги", "тэги", "метки"),
    "lang": ("язык",),
}
_RUSSIAN = {name: key for key, names in _KEYS.items() for name in names}
_DELIMITERS = "\t;,"
_SAMPLE_LINES = 20
_NAME_CHARACTERS = 40

# The standard bound of 128 KiB a cell is below a long read; it can only be set for the whole process.
csv.field_size_limit(limits.TEXT_CHARACTERS)


@dataclass(slots=True)
class _Feed:
    """Lines on their way to csv.reader, remembered until the row they make is done."""

    numbered: Iterator[Line]
    encoding: str
    taken: list[Line] = field(default_factory=list)

    def __iter__(self) -> Iterator[str]:
        for line in self.numbered:
            self.taken.append(line)
            yield line.raw.decode(self.encoding, "surrogateescape") + "\n"

    def row(self) -> list[Line]:
        """The lines of the row just read."""
        done, self.taken = self.taken, []
        return done


def delimiter(text: str) -> str | None:
    """What divides the columns of a text that begins so; None if it is no table with a header."""
    rows = [line for line in text.split("\n")[:_SAMPLE_LINES] if line.strip()]
    return next((mark for mark in _DELIMITERS if rows and _divides(mark, rows)), None)


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """An item for every row that is not blank; one Rejection in all if no column is title or text."""
    head, pieces = look(iter(pieces))
    numbered = lines(pieces)
    header = next(line for line in numbered if line.raw.strip())
    mark = delimiter(decoded(head)) or ","
    name = encoding(head)
    keys = _keys(next(csv.reader([header.raw.decode(name, "replace")], delimiter=mark)))
    if reason := missing_fields([dict.fromkeys(keys)]):
        yield origin.rejection(reason, _joined(chain((header,), numbered)), "csv")
        return
    first = next((line for line in numbered if line.raw.strip()), None)
    if first is None:
        yield origin.rejection("в таблице только строка заголовка", bytes(header.raw), "csv")
        return
    yield from _rows(origin, _Feed(chain((first,), numbered), name), header, keys, mark)


def _rows(origin: Origin, feed: _Feed, header: Line, keys: list[str], mark: str) -> Iterator[Item]:
    reader = csv.reader(feed, delimiter=mark, strict=True)
    while True:
        try:
            row, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            row, fault = [], f"строка таблицы не читается: {error}"
        taken = feed.row()
        fault = next((line.fault for line in taken if line.fault), fault)
        if row or fault:
            yield _item(
                origin, dict(zip(keys, row, strict=False)), fault or _misfit(keys, row), header, taken
            )


def _item(origin: Origin, record: dict[str, str], fault: str, header: Line, taken: list[Line]) -> Item:
    place, raw = f"строка {taken[0].number}", _joined((header, *taken))
    if fault:
        return origin.rejection(fault, raw, "csv", place)
    for key in ("published", "modified"):
        if re.search("[а-я]", record.get(key, "")):
            record[key] = moment(record[key]) or record[key]
    if "tags" in record:
        record["tags"] = record["tags"].replace(";", ",")
    return origin.item({key: value for key, value in record.items() if value}, place, raw, "csv")


def _misfit(keys: list[str], row: list[str]) -> str:
    while len(row) > len(keys) and not row[-1]:
        row.pop()
    if len(row) != len(keys):
        return f"столбцов {len(row)}, а в заголовке таблицы {len(keys)}"
    if any("\udc80" <= character <= "\udcff" for cell in row for character in cell):
        return "не та кодировка, что у начала файла"
    return ""


def _keys(names: list[str]) -> list[str]:
    keys: list[str] = []
    for name in names:
        plain = name.strip().casefold()
        key = _RUSSIAN.get(plain, plain)
        keys.append(key if key not in keys else name)
    return keys


def _divides(mark: str, rows: list[str]) -> bool:
    try:
        names = next(csv.reader(rows[:1], delimiter=mark))
    except csv.Error:
        return False
    if {"title", "text"} <= set(_keys(names)):
        return True
    if len(names) < 2 or len(rows) < 3 or any(len(name) > _NAME_CHARACTERS for name in names):
        return False
    alike = sum(row.count(mark) == len(names) - 1 for row in rows)
    return alike * 10 >= len(rows) * 9


def _joined(taken: Iterable[Line]) -> bytes:
    raw = bytearray()
    for line in taken:
        raw += line.raw + b"\n"
        if len(raw) > RAW_BYTES:
            break
    return bytes(raw)
