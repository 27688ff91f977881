"""The compiled loops, where numba is installed (`svodka[fast]`)."""

from functools import cache
from typing import Any


@cache
def kernel() -> Any:
    """The compiled loops; None where there is no numba."""
    try:
        from search.engines.whoosh import kernel
    except ImportError:
        return None
    return kernel
