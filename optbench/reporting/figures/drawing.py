"""`Drawing`: a figure with its caption and the tidy table that it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from optbench.reporting.style import print_style

DOTS_PER_INCH = 220
_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@dataclass(frozen=True)
class Drawing:
    """What goes to `figures/<name>.*` and `tables/figure-<name>.csv`."""

    name: str
    title: str
    caption: str
    figure: Figure
    data: pd.DataFrame
    _encoded: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)

    def encoded(self, format: str) -> bytes:
        """The content of its file in this format (svg, pdf, png): the same bytes every time.

        The panels are laid out once, for the first format asked for.
        """
        if format not in self._encoded:
            self._encoded[format] = _encode(self.figure, format)
        return self._encoded[format]


def _encode(figure: Figure, format: str) -> bytes:
    buffer = BytesIO()
    with print_style():
        figure.savefig(buffer, format=format, dpi=DOTS_PER_INCH, metadata=_UNDATED.get(format))
        figure.set_layout_engine(None)
    return buffer.getvalue()
