"""How sure a mean is: the bootstrap (Efron, 1979)."""

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % interval of the mean."""
    drawn = np.random.default_rng(1).choice(values, (ROUNDS, len(values))).mean(axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
