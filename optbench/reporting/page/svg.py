"""Figures inside the page."""

from __future__ import annotations

import re

from markupsafe import Markup

from optbench.reporting.figures.drawing import Drawing


def inline_svg(drawing: Drawing) -> Markup:
    """The figure as an `svg` element whose ids are its own, and that a screen reader can name."""
    text = drawing.encoded("svg").decode()
    text = text[text.index("<svg") :]
    text = re.sub(r'\bid="', f'id="{drawing.name}.', text)
    text = re.sub(r'href="#', f'href="#{drawing.name}.', text)
    text = re.sub(r"url\(#", f"url(#{drawing.name}.", text)
    text = re.sub(r'<svg([^>]*?) width="[^"]*"', r"<svg\1", text, count=1)
    text = re.sub(r'<svg([^>]*?) height="[^"]*"', r"<svg\1", text, count=1)
    return Markup(text.replace("<svg", Markup('<svg role="img" aria-label="{}"').format(drawing.title), 1))
