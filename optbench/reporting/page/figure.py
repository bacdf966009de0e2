"""`Shown`: what stands on the page for a figure or a chart, and the files that it links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from optbench.reporting.charts.chart import Chart
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.report import Report, Section


@dataclass(frozen=True)
class Shown:
    """A chart where there is one, else the figure itself."""

    drawing: Drawing
    chart: Chart | None
    files: tuple[Drawing, ...]
    """The figures to take along: those that the chart stands in for, or the figure."""


def shown(report: Report, section: Section) -> Iterator[Shown]:
    """What a section shows, in its order; a figure that another one's chart stands in for is not shown again."""
    drawings = {drawing.name: drawing for drawing in section.drawings}
    covered = {name for chart in report.charts.values() for name in chart.figures[1:]}
    for name, drawing in drawings.items():
        if name not in covered:
            chart = report.charts.get(name)
            names = chart.figures if chart else (name,)
            yield Shown(drawing, chart, tuple(drawings[each] for each in names if each in drawings))
