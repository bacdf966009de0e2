"""`Chart`: what an interactive chart shows, as plain data that any drawing library could draw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

T = TypeVar("T")

DIGITS = 5
"""Significant digits of the numbers on the page; the CSV files have them all."""

Values = tuple[float | None, ...]
"""Finite numbers, and `None` for those that are missing."""


@dataclass(frozen=True)
class Line:
    """One curve, or points, of an entry; sequences have a value for each point."""

    entry: str
    """Whose it is: the legend switches it on and off by this name."""
    x: Mapping[str, Values]
    """By key of the panel's `x`."""
    y: Values | tuple[str, ...]
    """Values, or the names of rows where the panel has rows."""
    low: Values = ()
    """Lower end of the interval, where there is one."""
    high: Values = ()
    log_y: Values = ()
    """What takes the place of y on a logarithmic axis, where that is another mean; its interval likewise."""
    log_low: Values = ()
    log_high: Values = ()
    n: Values = ()
    """How many runs each mean is over."""
    what: str = ""
    """What it is, where an entry has several: "training loss", "seed 1001: diverged"."""
    notes: tuple[str, ...] = ()
    """What else is said of each point."""
    form: Literal["line", "steps", "points"] = "line"
    strong: bool = True
    """Whether it is drawn boldly: a mean, or what was chosen; not a single run."""
    band: bool = False
    """Whether the interval is drawn as a band; otherwise it is only told."""
    dashed: bool = False
    ends: Literal["", "cross", "open"] = ""
    """How its last point is marked: a cross for a run that did not complete, an open one for what never came."""


@dataclass(frozen=True)
class Panel:
    """One pair of axes."""

    title: str
    x: Mapping[str, str]
    """What can be on the x axis: a label for each key; the first is shown at first."""
    y: str
    lines: tuple[Line, ...]
    log_x: bool = False
    log_y: bool = False
    """Whether the axis is logarithmic at first."""
    y_range: tuple[float, float] | None = None
    """What is shown at first, in units of y; all of it where there is none."""
    percent: bool = False
    rows: tuple[str, ...] = ()
    """Names of the rows from the top, where y is no number."""
    end: float | None = None
    """Where x ends at first; a logarithmic axis begins at 1 then."""
    x_ticks: tuple[float, ...] = ()
    """Where x has ticks, if not wherever it suits."""


@dataclass(frozen=True)
class Chart:
    """What stands in for the figures of these names."""

    figures: tuple[str, ...]
    title: str
    caption: str
    panels: tuple[Panel, ...]
    shown: tuple[str, ...] = field(default=())
    """The entries that are switched on at first."""


def values(column: Iterable[float]) -> Values:
    """Numbers rounded to `DIGITS` significant digits; those that are not finite are missing."""
    data = np.asarray(column, dtype=float)
    return tuple(
        float(f"{value:.{DIGITS - 1}e}") if good else None
        for value, good in zip(data.tolist(), np.isfinite(data), strict=True)
    )


def taken(column: Sequence[T], places: Iterable[int]) -> tuple[T, ...]:
    """The values at these places."""
    return tuple(column[place] for place in places)


def on_the_x_axis(table: pd.DataFrame, keys: Iterable[str]) -> dict[str, Values]:
    """The columns `keys` of a table as values of x."""
    return {key: values(table[key]) for key in keys}


_ALWAYS = {"x", "y", "lines"}


def as_data(chart: Chart) -> dict[str, Any]:
    """The chart for JSON, without what is empty."""
    return {
        "title": chart.title,
        "panels": [
            _filled(vars(panel) | {"lines": [_filled(vars(line)) for line in panel.lines]}) for panel in chart.panels
        ],
    }


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in _ALWAYS or value not in ("", (), None, False)}
