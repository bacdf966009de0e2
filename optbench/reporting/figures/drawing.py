"""`Drawing`: a figure with its caption and the tidy table that it was drawn from."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import pandas as pd

from optbench.reporting.style import print_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 220
_POINTS = 72
"""Of an inch."""
_UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": None, "Format": None, "Type": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}


@dataclass(frozen=True)
class Drawing:
    """What goes to `figures/<name>.*` and `tables/figure-<name>.csv`. It is drawn when it is first needed."""

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]
    data: pd.DataFrame
    _encoded: dict[str, bytes] = field(default_factory=dict, init=False, repr=False, compare=False)
    _elsewhere: list[Callable[[], Mapping[str, bytes]]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    @cached_property
    def figure(self) -> Figure:
        """The figure, for those who want to change it or show it themselves."""
        with print_style():
            return self.draw()

    @property
    def width(self) -> float:
        """Inches, as the SVG says."""
        found = re.search(rb'<svg[^>]* width="([0-9.]+)pt"', self.encoded("svg"))
        return float(found[1]) / _POINTS if found else math.nan

    def encoded(self, format: str) -> bytes:
        """The content of its file in this format (svg, pdf, png): the same bytes every time.

        The panels are laid out once, for the first format asked for.
        """
        if self._elsewhere:
            self._encoded.update(self._elsewhere.pop()())
        if format not in self._encoded:
            self._encoded[format] = _encode(self, format)
        return self._encoded[format]

    def expect(self, encoded: Callable[[], Mapping[str, bytes]]) -> None:
        """Ask this for what is encoded elsewhere, by format, before anything is encoded here."""
        self._elsewhere.append(encoded)


def _encode(drawing: Drawing, format: str) -> bytes:
    buffer = BytesIO()
    with print_style():
        drawing.figure.savefig(buffer, format=format, dpi=DOTS_PER_INCH, metadata=_UNDATED.get(format))
        drawing.figure.set_layout_engine(None)
    return _described(buffer.getvalue(), drawing) if format == "svg" else buffer.getvalue()


def _described(svg: bytes, drawing: Drawing) -> bytes:
    """The SVG with its title and caption as its first elements, for screen readers."""
    words = {"title": drawing.title, "desc": drawing.caption}
    elements = "".join(f"\n <{name}>{escape(text)}</{name}>" for name, text in words.items() if text)
    end = svg.index(b">", svg.index(b"<svg")) + 1
    return svg[:end] + elements.encode() + svg[end:]
