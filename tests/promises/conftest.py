"""What the promises share: their size and their seed.

The quick size runs with all tests; `make promises` runs the long one (SVODKA_PROMISES=long). The seed is
printed when a test fails; SVODKA_SEED repeats it.
"""

import os
import random

import pytest

LONG = os.environ.get("SVODKA_PROMISES") == "long"


@pytest.fixture
def size() -> int:
    """How many times the quick amount of work is to be done."""
    return 50 if LONG else 1


@pytest.fixture
def seed() -> int:
    """Where chance begins: the same in the quick size, another each time in the long one."""
    given = os.environ.get("SVODKA_SEED")
    chosen = int(given) if given else random.randrange(1 << 31) if LONG else 1
    print(f"SVODKA_SEED={chosen}")
    return chosen
