"""`present`: which names a table has, in the order of the report."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd


def present(names: Iterable[str], column: pd.Series[str]) -> list[str]:
    """Return those of the names that a column has, in their order; the column is searched once for all of them."""
    there = set(column.unique())
    return [name for name in names if name in there]
