"""How figures look: sizes, fonts and colours, and one look for each optimizer's name, the same in every report.

Every colour of `DARK` is used for what it is called and for nothing else, so that a page can turn a light SVG into one
that follows the reader's theme: replace each of its keys, which stand in the text as they stand here, by a CSS
variable whose value is the key on a light page and `DARK[key]` on a dark one. All other colours (of cells in heat maps,
for example) stay, and so do the words on them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count, product
from typing import Any

ONE_COLUMN, TWO_COLUMNS = 3.3, 6.8
"""Widths in inches."""

PAGE = 9.0
"""Height in inches of what fits on a page with its caption; drawings of many optimizers keep to it."""

INK, FAINT, GREY, GRID, PANEL, PAPER = "#222222", "#6b6b6b", "#c8c8c8", "#e6e6e6", "#eeeeee", "#ffffff"
"""Words; axes and remarks; lines behind the data; grids; areas without data; and the background."""

ON_LIGHT, ON_DARK = "#1f1f1f", "#fefefe"
"""Words on coloured cells, which are the same in light and in dark figures."""

FONTS = ("DejaVu Sans", "Verdana", "Geneva", "sans-serif")
"""The first one measures the text; the next ones, which are as wide, replace it where an SVG is shown without it."""

# Okabe and Ito's colours for all kinds of colour vision first; each with a lighter one of its hue for dark pages. Each
# has a contrast of at least 3 to its background.
_COLORS = {
    "#0072b2": "#4a90d2",
    "#d55e00": "#f77f29",
    "#009e73": "#1dc57b",
    "#cc79a7": "#df9dc3",
    "#7974d9": "#b0c4ff",
    "#8b725a": "#e8d27a",
    "#333333": "#f0eeeb",
    "#7a3b10": "#a5836c",
}
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_LINES: tuple[Any, ...] = ("-", (0, (4, 1.5)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2)), (0, (7, 1.2, 1, 1, 1, 1.2)))

_KNOWN = (
    ("adam", "adamw", "muon", "rmsprop", "adagrad", "nesterov", "sgd", "momentum"),
    ("nadam", "radam", "adafactor", "rprop", "adadelta", "lbfgs", "asgd", "amsgrad"),
    ("adamax", "sparse-adam"),
)
"""Names with a look of their own: those of a row differ in colour."""

DARK = {
    INK: "#e4e6e8",
    FAINT: "#a3a9af",
    GREY: "#596067",
    GRID: "#30363c",
    PANEL: "#2a3036",
    PAPER: "#1c2024",
    **_COLORS,
}
"""What takes the place of each colour on a dark page."""

_RC: Any = {
    "font.family": FONTS[0],
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
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
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "hatch.linewidth": 0.5,
    "axes.facecolor": PAPER,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "optbench",
}


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of one optimizer, and its colour on a dark page."""

    color: str
    marker: str
    line: Any

    @property
    def dark(self) -> str:
        """The colour on a dark page."""
        return DARK[self.color]


def print_style() -> AbstractContextManager[None]:
    """Figures made or saved inside look like this, whatever the user's own settings of matplotlib are."""
    import matplotlib.style

    return matplotlib.style.context(["default", _RC])


def look_of(optimizer: str) -> Look:
    """The look of an optimizer, by its name alone: the same on every page of every report.

    Optimizers of optbench have looks that nobody else has, the usual eight of them colours that differ. Any other name
    has one of the remaining looks, by its checksum, so that two may share one.
    """
    return _OWN.get(optimizer) or _shared(zlib.crc32(optimizer.encode()))


def looks(optimizers: Iterable[str]) -> dict[str, Look]:
    """The looks of optimizers by their names."""
    return {optimizer: look_of(optimizer) for optimizer in optimizers}


_OWN = {
    name: Look(color, _MARKERS[(place + turn) % len(_MARKERS)], _LINES[turn])
    for turn, row in enumerate(_KNOWN)
    for place, (name, color) in enumerate(zip(row, _COLORS, strict=False))
}
_ALL = [Look(color, marker, line) for color, marker, line in product(_COLORS, _MARKERS, _LINES)]


def _shared(number: int) -> Look:
    """The look at that place, or the next one that is nobody's own: a new own look changes those at its place only."""
    return next(look for i in count(number) if (look := _ALL[i % len(_ALL)]) not in _OWN.values())
