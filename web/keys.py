"""API keys: who may write, and who may ask more than others. Kept hashed; the key itself is shown once.

A key is `svodka_ID_SECRET`. Its secret has 256 random bits, so one round of SHA-256 hides it well enough (a
slow hash is for what people choose), and a check costs next to nothing.
"""

import fcntl
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path

from search.durable import write_durably
from search.errors import SvodkaError

_PREFIX = "svodka"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NOBODY = sha256(b"").hexdigest()  # compared with where no key has the id, so that both take as long


class KeysUnreadable(SvodkaError):
    """The file of keys is there and is not one; the message names it."""

    code = "keys_unreadable"


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"  # asking, with a larger share than those who show no key
    WRITE = "write"  # handing articles in and taking them out
    ADMIN = "admin"  # everything


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    created: str

    def __post_init__(self) -> None:
        """Raises ValueError where it is no key, which is compared with others and shown."""
        told = (self.id, self.name, self.digest, self.created)
        if not (all(isinstance(each, str) for each in told) and _DIGEST.fullmatch(self.digest)):
            raise ValueError("одна из записей — не ключ")

    def may(self, scope: Scope) -> bool:
        """Whether the key is good for this."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


class Keys:
    """The keys in a file; a change of the file is noticed at the next look. No file: no keys."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stamp: tuple[int, int, int] | None = None
        self._by_id: dict[str, Key] = {}

    def __iter__(self) -> Iterator[Key]:
        """The keys in the order they were made; raises KeysUnreadable."""
        return iter(self._latest().values())

    def find(self, secret: str) -> Key | None:
        """The key that this is, or None; raises KeysUnreadable, also where the folder of the file is gone."""
        if not self.path.parent.exists():  # a good key must not be taken for a bad one
            raise KeysUnreadable(f"Файл ключей {self.path} не читается: папки нет")
        found = self._latest().get(id_of(secret))
        same = compare_digest(_digest(secret), found.digest if found else _NOBODY)
        return found if same and secret.startswith(f"{_PREFIX}_") else None

    def add(self, name: str, scopes: Iterable[Scope], now: datetime) -> str:
        """Make a key; what is returned is nowhere kept."""
        id = secrets.token_hex(4)
        secret = f"{_PREFIX}_{id}_{secrets.token_urlsafe(32)}"
        key = Key(id, name, tuple(scopes), _digest(secret), now.isoformat(timespec="seconds"))
        with self._alone():
            self._write([*self, key])
        return secret

    def revoke(self, id: str) -> bool:
        """Make a key worthless from the next request on; whether there was one."""
        with self._alone():
            kept = [key for key in self if key.id != id]
            known = len(kept) < len(self._by_id)
            if known:
                self._write(kept)
        return known

    def _latest(self) -> dict[str, Key]:
        try:
            state = self.path.stat()
        except FileNotFoundError:
            self._stamp, self._by_id = None, {}
            return self._by_id
        except OSError as error:
            raise self._unreadable(error) from error
        stamp = (state.st_mtime_ns, state.st_size, state.st_ino)
        if stamp != self._stamp:
            self._by_id = {key.id: key for key in self._read()}
            self._stamp = stamp
        return self._by_id

    def _read(self) -> list[Key]:
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))["keys"]
            return [Key(**{**row, "scopes": tuple(map(Scope, row["scopes"]))}) for row in rows]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> KeysUnreadable:
        return KeysUnreadable(f"Файл ключей {self.path} не читается: {error}")

    def _write(self, keys: Iterable[Key]) -> None:
        rows = [
            {
                "id": key.id,
                "name": key.name,
                "scopes": [scope.value for scope in key.scopes],
                "digest": key.digest,
                "created": key.created,
            }
            for key in keys
        ]
        content = json.dumps({"keys": rows}, ensure_ascii=False, indent=2)
        write_durably(self.path, content.encode(), mode=0o600)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_name(self.path.name + ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def id_of(secret: str) -> str:
    """The id that a key has among the others; "" where it is no key."""
    return secret.partition("_")[2].partition("_")[0]


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()
