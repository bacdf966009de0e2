"""The report as one HTML page that needs nothing but itself: inline styles and figures, tables as data: links."""

from __future__ import annotations

import base64
import re

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.report import Report


def page(report: Report) -> str:
    """Render the page."""
    environment = Environment(
        loader=PackageLoader("optbench.reporting", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(svg=inline_svg, csv_link=csv_link)
    return environment.get_template("template.html.j2").render(report=report)


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


def csv_link(data: pd.DataFrame) -> str:
    """A `data:` address with the table as CSV."""
    content = base64.b64encode(data.to_csv(index=False).encode()).decode()
    return f"data:text/csv;charset=utf-8;base64,{content}"
