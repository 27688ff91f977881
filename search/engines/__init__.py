"""The engines, and the one place that knows which name means which."""

from pathlib import Path

from search.engine import Engine
from search.settings import BadSetting


def open_engine(url: str, index: Path) -> Engine:
    """The engine that a setting names ("whoosh:", "memory:"), living in the folder `index`."""
    name, _, place = url.partition(":")
    folder = Path(place) if place else index
    if name == "memory":
        from search.engines.memory import MemoryEngine

        return MemoryEngine(folder)
    if name == "whoosh":
        from search.engines.whoosh.engine import WhooshEngine

        return WhooshEngine(folder)
    raise BadSetting(f"SVODKA_ENGINE={url!r}: можно whoosh: или memory:")
