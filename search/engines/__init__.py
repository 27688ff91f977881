"""The engines, and the one place that knows which name means which."""

from pathlib import Path

from search.engine import Engine
from search.settings import BadSetting


def open_engine(url: str, index: Path) -> Engine:
    """The engine that a setting names, living in the folder `index`, or with its locks there."""
    name, _, place = url.partition(":")
    if name == "opensearch":
        return _opensearch(place, index)
    folder = Path(place) if place else index
    if name == "memory":
        from search.engines.memory import MemoryEngine

        return MemoryEngine(folder)
    if name == "whoosh":
        from search.engines.whoosh.engine import WhooshEngine

        return WhooshEngine(folder)
    # The rest is not told: a password may stand there.
    raise BadSetting(f"SVODKA_ENGINE={name}:…: можно whoosh:, memory: или opensearch:http://…")


def preload(url: str) -> None:
    """Load what every reader of an engine needs, so that processes forked after this share it."""
    from search.russian.morphology import morphology

    morphology()
    if url.partition(":")[0] == "whoosh":
        from search.engines.whoosh.compiled import kernel

        kernel()


def _opensearch(place: str, index: Path) -> Engine:
    try:
        from search.engines.opensearch.address import Address
        from search.engines.opensearch.engine import OpenSearchEngine
    except ModuleNotFoundError as error:
        raise BadSetting(
            f"SVODKA_ENGINE: не установлено {error.name}: pip install svodka[opensearch]"
        ) from error
    return OpenSearchEngine(Address.parse(place), index)
