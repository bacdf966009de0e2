"""Figures inside the page."""

from __future__ import annotations

import re

from markupsafe import Markup

from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.style import DARK


def _variable(color: str) -> str:
    return f"--figure-{color.removeprefix('#')}"


FIGURE_COLORS = Markup(" ".join(f"{_variable(color)}: {color};" for color in DARK))
"""CSS variables for the colours of figures on a light page."""
DARK_FIGURE_COLORS = Markup(" ".join(f"{_variable(color)}: {dark};" for color, dark in DARK.items()))


def inline_svg(drawing: Drawing) -> Markup:
    """The figure as an `svg` element with ids of its own and a name for screen readers, in the colours of the page."""
    text = drawing.encoded("svg").decode()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{drawing.name}.', text)
    text = re.sub(r'href="#', f'href="#{drawing.name}.', text)
    text = re.sub(r"url\(#", f"url(#{drawing.name}.", text)
    text = re.sub(r'<svg([^>]*?) width="[^"]*"', r"<svg\1", text, count=1)
    text = re.sub(r'<svg([^>]*?) height="[^"]*"', r"<svg\1", text, count=1)
    text = re.sub("|".join(DARK), lambda color: f"var({_variable(color[0])})", text)
    return Markup(text.replace("<svg", Markup('<svg role="img" aria-label="{}"').format(drawing.title), 1))
