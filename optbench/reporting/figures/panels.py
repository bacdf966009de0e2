"""What the figures share: grids of panels, robust limits, one legend outside."""

from __future__ import annotations

import math
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from optbench.reporting.style import FAINT, GREY, INK, ONE_COLUMN, PAGE, PAPER, TWO_COLUMNS, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

FACTOR = 5.0
"""Positive numbers that differ by more than this are shown on a logarithmic axis."""

_PER_ROW = {1: 1, 2: 2, 4: 2}
_ROW_HEIGHT, _LEGEND_LINE, _EM = 0.165, 0.165, 0.062
_DECADES = 30
_TITLE_LINE, _TITLE_LETTER, _LETTER = 0.13, 0.078, 0.052
"""Inches: height of a line of a title, width of a letter in it, and of one beside a panel."""
_AROUND_ROWS, _LEAST_ROWS = 0.62, 3
_LONGEST_NAME = 40
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Limits:
    """An axis range that most of the data fit in; what does not is drawn at its edge."""

    low: float
    high: float
    log: bool

    def clip(self, values: pd.Series[float]) -> pd.Series[float]:
        """Values moved to the nearest edge where they lie outside; NaN stays."""
        return values.clip(self.low, self.high)

    @property
    def stretched(self) -> Limits:
        """The same with as much again at either end: where lines go that leave the panel."""
        if self.log:
            return Limits(self.low**2 / self.high, self.high**2 / self.low, True)
        return Limits(2 * self.low - self.high, 2 * self.high - self.low, False)


def limits(
    values: Iterable[float], ceiling: float = math.inf, headroom: float = 0.06, log: bool | None = None
) -> Limits:
    """Range of the finite `values` up to `ceiling`, with margins; logarithmic over more than `FACTOR` unless told.

    A logarithmic range ends 30 decades below the highest value. `headroom` is the share of the axis that is left free
    above the highest value shown.
    """
    data = np.asarray([value for value in values if math.isfinite(value)], dtype=float)
    if not len(data):
        return Limits(0.0, 1.0, False)
    low, high = float(data.min()), float(min(data.max(), max(ceiling, data.min())))
    log = low > 0 and high / low > FACTOR if log is None else log
    low, high = (max(math.log10(low), math.log10(high) - _DECADES), math.log10(high)) if log else (low, high)
    span = (high - low) or abs(high) * 0.1 or 1.0
    low, high = low - 0.06 * span, high + span * headroom / (1 - headroom)
    return Limits(10**low, 10**high, True) if log else Limits(low, high, False)


def fence(groups: Iterable[Sequence[float]], higher_is_better: bool) -> tuple[float, float]:
    """Limits that show the better half of the groups (by mean) well: thrice as far as its values reach.

    In logarithms where those are far apart (see `limits`); without a limit where they are all the same.
    """
    ordered = sorted((group for group in groups if len(group)), key=np.mean, reverse=higher_is_better)
    shown = np.array([value for group in ordered[: len(ordered) // 2 + 1] for value in group])
    if not len(shown) or shown.min() == shown.max():
        return -math.inf, math.inf
    best, worst = (float(shown.max()), float(shown.min()))[:: 1 if higher_is_better else -1]
    log = not higher_is_better and best > 0 and worst / best > 5
    end = _thrice(best, worst) if log else best + 3 * (worst - best)
    return (end, math.inf) if higher_is_better else (-math.inf, end)


def _thrice(best: float, worst: float) -> float:
    """Thrice as far from `best` as `worst` is, in logarithms, or as far as numbers go."""
    exponent = min(3 * math.log10(worst) - 2 * math.log10(best), sys.float_info.max_10_exp)
    return float(10.0**exponent)


def grid(
    titles: Sequence[str], height: float, legend: Sequence[str] = (), rows_of: Sequence[str] = ()
) -> tuple[Figure, list[Axes]]:
    """A figure with a panel for each title, `height` inches high with one line of title.

    There is room for a `legend` of these names below, or for the names of `rows_of` at the left; titles that are wider
    than a panel are wrapped, and have room for their other lines. So the layout cannot be squeezed to nothing.
    """
    from matplotlib.figure import Figure

    per_row = _PER_ROW.get(len(titles), 3)
    left = _LETTER * max((len(short_name(name)) for name in rows_of), default=0)
    width = ONE_COLUMN if len(titles) == 1 and left < ONE_COLUMN / 2 else TWO_COLUMNS
    titles = [_wrapped(title, int((width - left) / per_row / _TITLE_LETTER) - 3) for title in titles]
    rows = math.ceil(len(titles) / per_row)
    height += _TITLE_LINE * max(title.count("\n") for title in titles)
    lines = math.ceil(len(legend) / _legend_columns(legend, width)) if legend else 0
    figure = Figure(
        figsize=(width, rows * height + lines * _LEGEND_LINE + (0.1 if legend else 0)), layout="constrained"
    )
    axes = list(figure.subplots(rows, per_row, squeeze=False).flat)
    for axis in axes[len(titles) :]:
        axis.remove()
    for axis, title in zip(axes, titles, strict=False):
        axis.set_title(title)
    return figure, axes[: len(titles)]


def first_of_row(index: int, n: int) -> bool:
    """Whether panel `index` of `n` stands at the left."""
    return index % _PER_ROW.get(n, 3) == 0


def rows_height(optimizers: Sequence[str]) -> float:
    """Height in inches of a panel with one line per optimizer."""
    return _AROUND_ROWS + _ROW_HEIGHT * len(optimizers)


def rows_on_a_page(panels: int) -> int:
    """How many lines each of so many panels may have, a second line of titles included, to fit on a page.

    At least three: of more than 21 panels one page does not show anything.
    """
    height = PAGE / math.ceil(panels / _PER_ROW.get(panels, 3))
    return max(_LEAST_ROWS, int((height - _AROUND_ROWS - _TITLE_LINE) / _ROW_HEIGHT))


def rows_of(axis: Axes, optimizers: Sequence[str], labels: bool) -> None:
    """Give the panel one horizontal line per optimizer, the first at the top."""
    axis.set_yticks(
        range(len(optimizers)), [short_name(name) for name in optimizers] if labels else [""] * len(optimizers)
    )
    axis.set_ylim(len(optimizers) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.spines["left"].set_visible(False)


def scale(axis: Axes, which: str, found: Limits) -> None:
    """Apply `found` to the x or y axis, with readable labels where a logarithmic one is short."""
    getattr(axis, f"set_{which}scale")("log" if found.log else "linear")
    getattr(axis, f"set_{which}lim")(found.low, found.high)
    if found.log:
        log_labels(getattr(axis, f"{which}axis"), math.log10(found.high / found.low))
    else:
        getattr(axis, f"{which}axis").get_major_locator().set_params(nbins=4 if which == "x" else 5)


def log_labels(axis: Axis, decades: float) -> None:
    """Label the ticks of a logarithmic axis that is so many decades long."""
    from matplotlib.ticker import FuncFormatter

    axis.set_major_formatter(FuncFormatter(partial(_log_label, decades=decades)))
    axis.set_minor_formatter(FuncFormatter(partial(_log_label, decades=decades)))


def legend(figure: Figure, looks: Mapping[str, Look], optimizers: Sequence[str], others: int = 0) -> None:
    """One legend for all panels, below them; with a grey line for so many others."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=look.color, marker=look.marker, linestyle=look.line, label=short_name(name))
        for name, look in looks.items()
        if name in optimizers
    ]
    handles += [Line2D([], [], color=GREY, lw=0.8, label=f"{others} others")] if others else []
    columns = _legend_columns(optimizers, figure.get_size_inches()[0])
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handlelength=2.6, columnspacing=1.4)


def short_name(name: str) -> str:
    """The name, without its middle where that is what it takes to leave room for the panel beside it."""
    half = _LONGEST_NAME // 2
    return name if len(name) <= _LONGEST_NAME else f"{name[:half]}…{name[1 - half :]}"


def remark(axis: Axes, row: float, text: str, x: float, align: Literal["left", "right"] = "right") -> None:
    """Small grey words on an optimizer's line, starting or ending at `x`, a share of the panel's width."""
    axis.text(
        x,
        row,
        text,
        transform=axis.get_yaxis_transform(),
        ha=align,
        va="center",
        fontsize=6,
        color=FAINT,
        zorder=1.5,
    )


def out_of_range(axis: Axes, x: Sequence[float], y: Sequence[float], color: str, marker: str = "^") -> None:
    """Open markers at the edge for what lies beyond it."""
    _unclipped(axis, x, y, marker=marker, mfc=PAPER, mec=color, ms=4)


def goes_on(axis: Axes, x: float, y: float, marker: str) -> None:
    """A small arrow at the edge where an interval goes on beyond it."""
    _unclipped(axis, [x], [y], marker=marker, color=INK, ms=2.6)


def crosses(axis: Axes, x: Sequence[float], y: Sequence[float], color: str = INK) -> None:
    """Crosses for runs that did not complete."""
    _unclipped(axis, x, y, marker="x", color=color, ms=3.6, mew=1.0)


def _unclipped(axis: Axes, x: Sequence[float], y: Sequence[float], **look: Any) -> None:
    if len(x):  # An unclipped line without points would count as a point in the figure's corner for the layout.
        axis.plot(x, y, linestyle="", clip_on=False, zorder=5, **look)


def _log_label(value: float, place: int | None, decades: float) -> str:
    """Label of a logarithmic tick: powers of ten, on a short axis also twice and five times that."""
    exponent = math.floor(math.log10(value) + 1e-9)
    digit = round(value / 10.0**exponent)
    if digit != 1 and (decades > 2 or digit not in (2, 5)):
        return ""
    if -3 <= exponent < 5:
        return f"{value:g}"
    power = f"10{str(exponent).translate(_RAISED)}"
    return power if digit == 1 else f"{digit}×{power}"


def _legend_columns(names: Sequence[str], width: float) -> int:
    longest = max((len(short_name(name)) for name in names), default=1)
    return max(1, min(len(names), int(width / (longest * _EM + 0.48))))


def _wrapped(title: str, letters: int) -> str:
    return "\n".join(textwrap.fill(line, letters) for line in title.splitlines())
