"""Columns: what is known of many words or articles, as arrays of numbers."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Column = NDArray[np.unsignedinteger]


def ordered(numbers: NDArray[np.integer]) -> Ints:
    """What puts natural numbers in order; equal ones stay as they are."""
    # numpy sorts 16 bits at a time fastest.
    order = np.argsort(numbers.astype(np.uint16), kind="stable")
    high = (numbers >> 16).astype(np.uint16)
    return order[np.argsort(high[order], kind="stable")] if high.any() else order


def smallest(column: NDArray[np.integer]) -> Column:
    """Natural numbers in the smallest unsigned integers that hold them."""
    most = int(column.max(initial=0))
    return column.astype(np.min_scalar_type(most), copy=False)
