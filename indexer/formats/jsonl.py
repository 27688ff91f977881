"""JSON Lines: one record a line. Also a small JSON document: a list of records, or one record."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from indexer.formats.items import RAW_BYTES, Item, Origin
from indexer.formats.streams import Line, lines, whole
from search.article import kind

_SAMPLE_LINES = 50
_DEPTH = 100  # levels of nesting any other program can still read
_FIELDS_SHOWN = 8
_SAID = re.compile(rb"\S[^\n]*")  # what there is in a line that is not blank


class BadRecord(ValueError):
    """Bytes are not a record; the message says why."""


def read(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """An item for every line that is not blank; one Rejection in all for a file of other records."""
    numbered = (line for line in lines(pieces) if line.raw.strip() or line.fault)
    sample = list(_sample(numbered))
    if reason := _not_articles(sample):
        yield origin.rejection(reason, _beginning(chain(sample, numbered)), "jsonl")
        return
    for line in chain(sample, numbered):
        yield _item(origin, line)


def read_lines(origin: Origin, data: bytes) -> Iterator[tuple[int, Item]]:
    """The number and the item of every line that is not blank, whatever the others are."""
    number, end = 1, 0
    for said in _SAID.finditer(data):  # of blank ones there may be millions
        number += data.count(b"\n", end, said.start())
        start = data.rfind(b"\n", end, said.start()) + 1
        end = said.end()
        yield number, _item(origin, Line(number, bytearray(data[start:end])))


def read_document(origin: Origin, pieces: Iterable[bytes]) -> Iterator[Item]:
    """An item for every record of one JSON document."""
    data = whole(pieces)
    try:
        value = parse(data)
    except BadRecord as error:
        yield origin.rejection(str(error), data, "json")
        return
    records = value if isinstance(value, list) else [value]
    if not records:
        yield origin.rejection("пустой список JSON", data, "json")
    elif reason := missing_fields(records):
        yield origin.rejection(reason, data, "json")
    else:
        yield from (_element(origin, number, value) for number, value in enumerate(records, 1))


def parse(raw: bytes | bytearray) -> Any:
    """The value of a JSON text in UTF-8; raises BadRecord."""
    try:
        text = raw.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refused, parse_float=_finite, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise BadRecord(f"не UTF-8: байт {error.start + 1}") from error
    except json.JSONDecodeError as error:
        raise BadRecord(f"не JSON: ошибка у знака {error.pos + 1}") from error
    except RecursionError as error:
        raise BadRecord("слишком глубокая вложенность") from error
    if _deeper(value, _DEPTH):
        raise BadRecord(f"вложенность глубже {_DEPTH}")
    return value


def missing_fields(records: Iterable[Any]) -> str:
    """Why none of these records is an article ("" if some may be): no one has both title and text."""
    names: dict[str, None] = {}
    for record in records:
        if not isinstance(record, dict) or {"title", "text"} <= record.keys():
            return ""
        names.update(dict.fromkeys(record))
    shown = ", ".join(islice(names, _FIELDS_SHOWN)) + (", …" if len(names) > _FIELDS_SHOWN else "")
    return f"нет полей title и text; есть: {shown}" if names else "нет полей title и text"


def _sample(numbered: Iterator[Line]) -> Iterator[Line]:
    size = 0
    for line in islice(numbered, _SAMPLE_LINES):
        yield line
        size += len(line.raw)
        if size > RAW_BYTES:
            return


def _not_articles(sample: list[Line]) -> str:
    if not sample or any(line.fault for line in sample):
        return ""
    try:
        return missing_fields([parse(line.raw) for line in sample])
    except BadRecord:
        return ""


def _beginning(numbered: Iterable[Line]) -> bytes:
    raw = bytearray()
    for line in numbered:
        raw += line.raw + b"\n"
        if len(raw) > RAW_BYTES:
            break
    return bytes(raw)


def _item(origin: Origin, line: Line) -> Item:
    place, raw = f"строка {line.number}", bytes(line.raw)
    try:
        if line.fault:
            raise BadRecord(line.fault)
        return origin.item(_record(parse(raw)), place, raw, "jsonl")
    except BadRecord as error:
        return origin.rejection(str(error), raw, "jsonl", place)


def _element(origin: Origin, number: int, value: Any) -> Item:
    place, raw = f"запись {number}", json.dumps(value, ensure_ascii=True).encode()
    try:
        return origin.item(_record(value), place, raw, "jsonl")
    except BadRecord as error:
        return origin.rejection(str(error), raw, "jsonl", place)


def _record(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord(f"нужен объект JSON, а здесь {kind(value)}")
    return value


def _refused(name: str) -> Any:
    raise BadRecord(f"{name} — не число JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise BadRecord(f"число {digits[:20]} слишком велико")
    return number


def _whole(digits: str) -> int:
    try:
        return int(digits)
    except ValueError as error:
        raise BadRecord(f"число {digits[:20]}… слишком длинно: знаков {len(digits)}") from error


def _deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return levels == 0 or any(_deeper(each, levels - 1) for each in inner)
