"""How figures look: sizes and fonts for print, and one look per optimizer that never changes within a report."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib.style

ONE_COLUMN, TWO_COLUMNS = 3.3, 6.8
"""Widths in inches."""

PAGE = 9.0
"""Height in inches of what fits on a page with its caption; drawings of many optimizers keep to it."""

INK, FAINT, GREY = "#222222", "#8a8a8a", "#cccccc"

# Okabe and Ito's colours for all kinds of colour vision, without the yellow that white paper swallows.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333", "#8B5E3C")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_LINES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (7, 1.2, 1, 1, 1, 1.2)))

_RC: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.edgecolor": "#666666",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,
    "svg.hashsalt": "optbench",
}


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one optimizer; no two of the first forty share all three."""

    color: str
    marker: str
    line: Any


def print_style() -> AbstractContextManager[None]:
    """Figures made or saved inside look like this, whatever the user's own settings of matplotlib are."""
    return matplotlib.style.context(["default", _RC])


def looks(optimizers: Iterable[str]) -> dict[str, Look]:
    """One look per optimizer, by order; from the ninth on colours return with other lines and markers."""
    found = {}
    for i, optimizer in enumerate(optimizers):
        turn, color = divmod(i, len(_COLORS))
        marker = _MARKERS[(color + turn) % len(_MARKERS)]
        found[optimizer] = Look(_COLORS[color], marker, _LINES[turn % len(_LINES)])
    return found
