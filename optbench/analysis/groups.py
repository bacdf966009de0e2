"""Groups of rows as positions, found once: cutting a table into many small tables takes far longer than the sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Positions = NDArray[np.intp]


def positions(table: pd.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], Positions]:
    """Return where the rows of each group are, ascending, by the values of at least two columns.

    Groups are in the order in which they appear; rows in which one of these values is missing belong to none.
    """
    codes = table.groupby(list(by), sort=False).ngroup().fillna(-1).to_numpy(int)
    order = np.argsort(codes, kind="stable")
    order = order[np.searchsorted(codes[order], 0) :]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    keys = table[list(by)].iloc[order[starts]].itertuples(index=False, name=None)
    return dict(zip(keys, np.split(order, starts[1:]), strict=False))
