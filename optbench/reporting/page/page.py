"""`page`: the template, filled in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import resources
from itertools import accumulate
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from optbench.reporting.allruns import HEADINGS, NUMERIC, AllRuns
from optbench.reporting.as_csv import as_csv
from optbench.reporting.charts.chart import as_data
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.formats import FORMATS
from optbench.reporting.page.details import details
from optbench.reporting.page.figure import shown
from optbench.reporting.page.packed import drawing_library, packed_data
from optbench.reporting.page.svg import DARK_FIGURE_COLORS, FIGURE_COLORS, inline_svg
from optbench.reporting.report import Report
from optbench.reporting.style import Look

SCRIPTS = ("unpack.js", "theme.js", "tables.js", "looks.js", "charts.js", "runs.js")
"""Parts of the one script, in order."""


CARRIED = 1_500_000
"""Letters of the files that the page carries in all, the shortest first. Others are beside it only: of many runs they
would take most of its size."""


def page(report: Report, formats: Collection[str] = ()) -> str:
    """Render the page; figures are beside it in these formats."""
    environment = Environment(
        loader=PackageLoader("optbench.reporting.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    files = _files(report, report.drawings if "svg" in formats else report.pictures)
    environment.filters.update(svg=inline_svg, csv=as_csv)
    return environment.get_template("page.html.j2").render(
        report=report,
        cut=any(any(dot.cut) for answer in report.answers for dot in answer.dots),
        shown=lambda section: list(shown(report, section)),
        style=_asset("page.css"),
        script=Markup("\n").join(map(_asset, SCRIPTS)),
        library=drawing_library() if report.charts else "",
        charts=packed_data(_charts(report)),
        runs=packed_data(_runs(report.runs)),
        details=packed_data(details(report.results)),
        carried=files,
        formats=formats,
        missing=[name for name in FORMATS if name not in formats],
        folders=" ".join(source.path for source in report.results.sources),
        files_data=packed_data(files),
        light=FIGURE_COLORS,
        dark=DARK_FIGURE_COLORS,
    )


def _asset(name: str) -> Markup:
    return Markup(resources.files("optbench.reporting.page").joinpath(name).read_text(encoding="utf-8"))


def _charts(report: Report) -> dict[str, Any]:
    return {
        "looks": {entry: _look(look) for entry, look in report.looks.items()},
        "shown": sorted({entry for chart in report.charts.values() for entry in chart.shown}),
        "charts": {name: as_data(chart) for name, chart in report.charts.items()},
    }


def _runs(runs: AllRuns) -> dict[str, Any]:
    return {
        "columns": runs.columns,
        "headings": [HEADINGS[key] for key in runs.columns],
        "numeric": NUMERIC,
        "rows": runs.rows,
        "chosen": sorted(runs.chosen),
        "cells": runs.cells,
    }


def _look(look: Look) -> dict[str, str]:
    dash = "solid" if isinstance(look.line, str) else ",".join(f"{2 * length}px" for length in look.line[1])
    return {"color": look.color, "dark": look.dark, "marker": look.marker, "dash": dash}


def _files(report: Report, drawn: Iterable[Drawing]) -> dict[str, str]:
    """What the page carries for taking along: tables as CSV and figures as SVG, as far as there is room."""
    figures = {f"{drawing.name}.svg": drawing.encoded("svg").decode() for drawing in drawn}
    shortest_first = sorted((report.csv | figures).items(), key=lambda file: len(file[1]))
    total = accumulate(len(text) for _, text in shortest_first)
    return {name: text for (name, text), size in zip(shortest_first, total, strict=True) if size <= CARRIED}
