"""Settings, in one table: each row is a field with its default, its variable and its sentence.

`Settings.read(mapping)` is given `os.environ` by the command line and by `wsgi.py`; nothing else
looks at the environment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from limits import parse_many

from search.errors import SvodkaError

OFF = "off"


class BadSetting(SvodkaError):
    """A setting has a value that cannot be taken; the message names it and what is allowed."""

    code = "bad_setting"


def _row(variable: str, default: str, sentence: str, read: Any = str) -> Any:
    metadata = {"variable": variable, "default": default, "sentence": sentence, "read": read}
    return field(default_factory=lambda: read(default) if default else default, metadata=metadata)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError("нужно положительное число")
    return number


def _switch(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("нужно 0 или 1")
    return text == "1"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("нужно целое число от нуля")
    return int(text)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("нужен адрес вида https://news.example")
    return text.rstrip("/")


def _windows(text: str) -> str:
    try:
        if text != OFF:
            parse_many(text)
    except ValueError as error:
        raise ValueError(f"нужно {OFF} или, например, 15 per 20 seconds") from error
    return text


def _log(text: str) -> str:
    if text != "-" and not Path(text).parent.is_dir():
        raise ValueError("нет такой папки")
    if Path(text).is_dir():
        raise ValueError("это папка, а нужен файл")
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What an operator may choose; see docs/operations.md for the table in words."""

    home: Path = _row("SVODKA_HOME", "./var", "Папка, где живут архив и индекс.", Path)
    engine: str = _row(
        "SVODKA_ENGINE", "whoosh:", "Движок: whoosh:, memory: или opensearch:http://узел:9200/имя."
    )
    timezone: ZoneInfo = _row("SVODKA_TIMEZONE", "Asia/Almaty", "Часовой пояс службы.", ZoneInfo)
    public_url: str = _row(
        "SVODKA_PUBLIC_URL", "", "Внешний адрес службы, если он не тот, что в запросе.", _address
    )
    api_keys_file: str = _row("SVODKA_API_KEYS_FILE", "", "Файл ключей API; иначе — keys.json в папке.")
    rate_limit: str = _row(
        "SVODKA_RATE_LIMIT",
        OFF,
        "Сколько запросов позволено клиенту: «15 per 20 seconds; …» или off.",
        _windows,
    )
    proxies: int = _row("SVODKA_PROXIES", "0", "Сколько прокси впереди: их X-Forwarded-* верят.", _count)
    patience: float = _row(
        "SVODKA_PATIENCE", "1", "Сколько секунд вопрос может ждать очереди; дальше — отказ 503.", _positive
    )
    access_log: str = _row(
        "SVODKA_ACCESS_LOG",
        "",
        "Куда писать по строке JSON о каждом запросе: путь или «-»; иначе никуда.",
        _log,
    )
    log_queries: bool = _row("SVODKA_LOG_QUERIES", "0", "1 — писать в журнал запросов и вопросы.", _switch)
    names: bool = _row(
        "SVODKA_NAMES", "1", "1 — искать имена, если установлено svodka[names]; 0 — нет.", _switch
    )
    half_life: float = _row(
        "SVODKA_HALF_LIFE", "30", "За сколько дней надбавка за свежесть падает вдвое.", _positive
    )

    @classmethod
    def read(cls, variables: Mapping[str, str]) -> Self:
        """Settings from a mapping of variables; raises BadSetting naming the first bad one."""
        values: dict[str, Any] = {}
        for row in fields(cls):
            text = variables.get(row.metadata["variable"])
            if text is None or text == "":
                continue
            try:
                values[row.name] = row.metadata["read"](text)
            except (ValueError, KeyError, OSError) as error:
                raise BadSetting(f"{row.metadata['variable']}={text!r}: {error}") from error
        return cls(**values)

    @property
    def archive(self) -> Path:
        """The file of the archive."""
        return self.home / "archive.db"

    @property
    def watches(self) -> Path:
        """The file of the watches."""
        return self.home / "watches.db"

    @property
    def keys(self) -> Path:
        """The file of the API's keys."""
        return Path(self.api_keys_file) if self.api_keys_file else self.home / "keys.json"

    @property
    def index(self) -> Path:
        """The folder of the index."""
        return self.home / "index"
