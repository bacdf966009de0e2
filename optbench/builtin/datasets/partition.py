"""The fixed split of a data set's examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def partition(examples: int, sizes: Sequence[int], seed: int) -> list[NDArray[np.int64]]:
    """Return disjoint random index arrays of these `sizes`, and the remaining indices last.

    The same numbers give the same split on every platform (`RandomState` is frozen by numpy).
    """
    order = np.random.RandomState(seed).permutation(examples)
    return np.split(order, np.cumsum(sizes))
