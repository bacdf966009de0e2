"""One figure of the report, by its name."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.errors import UnknownName, UsageError
from optbench.reporting.drawings import TITLES, drawings
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.words.finding import listed


def drawing(analysis: Analysis, name: str) -> Drawing:
    """Return the drawing of a name: one of `TITLES` or, where the report has several of it, that of its files.

    Raises `UnknownName` for a name that no figure has, and `UsageError` where the results show nothing in it, or
    several.
    """
    drawn = drawings(analysis)
    by_file = {found.name: found for of_name in drawn.values() for found in of_name}
    if name in by_file:
        return by_file[name]
    if name not in drawn:
        raise UnknownName("figure", name, {*TITLES, *by_file})
    if not drawn[name]:
        there = ", ".join(other for other, found in drawn.items() if found)
        raise UsageError(f"figure {name!r}: these results have nothing to show in it; there is: {there}")
    if len(drawn[name]) > 1:
        several = listed([repr(found.name) for found in drawn[name]])
        raise UsageError(f"figure {name!r}: these results have several; choose one of {several}")
    return drawn[name][0]
