"""`Table`: text in rows and columns, ready to show, with the unrounded numbers that it was made from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Column:
    """A heading, and whether what is below it is numbers (aligned right)."""

    text: str
    numeric: bool = True


@dataclass(frozen=True)
class TableCell:
    """What is shown; `best` is set bold, `anchor` is the id of what the number comes from."""

    text: str
    best: bool = False
    anchor: str = ""
    shade: float | None = None
    """Where there is one, how good it is among its column's: 0 is best, 1 is worst."""


@dataclass(frozen=True)
class Table:
    """What goes to the page and, as `data`, to `tables/<name>.csv`."""

    name: str
    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    data: pd.DataFrame
    names: int = 1
    """So many of the first columns name a row; where a wide table is cut, each part has them."""
