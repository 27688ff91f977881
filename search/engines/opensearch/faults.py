"""What the cluster refuses or fails to answer, in the errors of the seam."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opensearchpy.exceptions import ConnectionError as NoConnection
from opensearchpy.exceptions import ConnectionTimeout, SSLError, TransportError

from search.errors import IndexAway, IndexMissing

_FULL = ("disk", "read-only", "read_only", "flood")
_DENIED = re.compile(r"no permissions for \[(.+?)\] and User")


@contextmanager
def answering(name: str) -> Iterator[None]:
    """Turns what the client raises over an index into IndexMissing or IndexAway, which say why."""
    try:
        yield
    except ConnectionTimeout as error:
        raise IndexAway(f"Кластер OpenSearch с индексом {name} не ответил вовремя: {error.info}") from error
    except SSLError as error:
        raise IndexAway(
            f"Нет защищённого соединения с кластером OpenSearch с индексом {name}: {error.info}."
            " Имя узла и ca берутся из SVODKA_ENGINE."
        ) from error
    except NoConnection as error:
        raise IndexAway(f"Кластер OpenSearch с индексом {name} недоступен: {error.info}") from error
    except TransportError as error:
        raise fault(name, error.status_code, error.info) from error


def fault(name: str, status: int | str, info: Any) -> IndexAway | IndexMissing:
    """The error of the seam for an answer that is none, by its status and its body."""
    reason = reason_of(info)
    if status == 404:
        return missing(name)
    if status == 401:
        return IndexAway(f"Кластер OpenSearch с индексом {name} не принимает имя или пароль из SVODKA_ENGINE")
    denied = _DENIED.search(reason)
    if denied or (status == 403 and not info):
        right = f"права {denied[1]}" if denied else "нужного права"
        return IndexAway(
            f"У пользователя из SVODKA_ENGINE нет {right} в OpenSearch (индекс {name}): см. docs/cluster.md"
        )
    if any(word in reason for word in _FULL):
        return IndexAway(f"Индекс {name} закрыт для записи, на узлах OpenSearch кончается место: {reason}")
    if status == 429:
        return IndexAway(f"Кластер OpenSearch с индексом {name} перегружен: {reason}")
    return IndexAway(f"Кластер OpenSearch с индексом {name} не может ответить ({status}): {reason}")


def missing(name: str) -> IndexMissing:
    """The error of an index that nothing was ever committed to."""
    return IndexMissing(f"Индекса {name} в OpenSearch ещё нет: добавьте статьи командой svodka add.")


def reason_of(info: Any) -> str:
    """The reasons in an error's body, from the outermost to the one that caused it."""
    found, reasons = info, list[str]()
    if isinstance(info, dict):
        failures = info.get("_shards", {}).get("failures")
        found = failures[0]["reason"] if failures else info.get("error", info)
    while isinstance(found, dict):
        reasons.append(str(found.get("reason") or found.get("type")))
        found = found.get("caused_by") or next(iter(found.get("root_cause", ())), None)
    return ": ".join(dict.fromkeys(reasons)) or str(found)
