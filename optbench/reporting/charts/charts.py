"""All charts of a report: which figures each stands in for, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.reporting.captions import coinciding
from optbench.reporting.charts.across import across_panels, profile_panels
from optbench.reporting.charts.chart import Chart, Line, Panel
from optbench.reporting.charts.costs import costs_panels
from optbench.reporting.charts.curves import curves_panels
from optbench.reporting.charts.effort import effort_panels
from optbench.reporting.charts.fit import fit_panels
from optbench.reporting.charts.seeds import seeds_panels
from optbench.reporting.charts.sensitivity import sensitivity_panels
from optbench.reporting.charts.targets import reached_panels, targets_panels
from optbench.reporting.drawings import TITLES, file_name
from optbench.reporting.figures.costs import step_times
from optbench.reporting.many import LEADERS, leading
from optbench.reporting.overlays import Overlay, compared

_CURVES = (
    "Mean over the completed report runs; bands are 95 % Student t intervals. A thin line that ends in a cross is a "
    "run that did not complete."
)
CAPTIONS = {
    "final-values": "Test values at the end of training: small points are report runs, the large marker is their mean "
    "with its 95 % Student t interval.",
    "across-tasks": "Over all tasks, with 95 % intervals of a stratified bootstrap where every entry has at least five "
    "report runs on every task.",
    "learning-curves": f"{_CURVES} Where the optimum is known, y is the suboptimality (f − f*) / (f₀ − f*) of the "
    "training loss, averaged in logarithms. With a decaying schedule only the last point is a result.",
    "fit": "Validation loss (solid) and training loss (dashed) at the same weights, in evaluation mode: means over the "
    "completed report runs.",
    "performance-profile": "Share of the tasks that an entry solves within a multiple of the fastest entry's steps.",
    "lr-sensitivity": "Final validation value against the learning rate: small points are tuning runs, lines connect "
    "their medians, the large marker is the selected rate. Open points at the top did not complete, or ended worse "
    "than before training.",
    "tuning-effort": "The best final validation value to be expected of k trials: the mean over all subsets of k.",
    "steps-to-target": "Steps until a run first reaches the target: small points are report runs, the large marker is "
    "their median; an open one says that most runs never reach it.",
    "reached": "Share of the report runs that have reached the target (Kaplan–Meier).",
    "costs": "Small points are tasks, the large marker is the median over them.",
    "diagnostics": f"{_CURVES}",
    "overlaid-curves": f"{_CURVES} Solid before, dashed after.",
}


_Panels = tuple[str, str, tuple[str, ...], tuple[Panel, ...]]
"""Name, which of several, the names of other figures that the chart stands in for, and panels."""


def charts(analysis: Analysis) -> dict[str, Chart]:
    """The chart of each figure that has one, by the name of its file."""
    found = {}
    for condition in analysis.conditions:
        shown = tuple(leading(analysis, condition, LEADERS))
        for name, part, others, panels in _of_condition(analysis, condition):
            where = f" ({condition.label})" if condition.label else ""
            title = TITLES[name] + (f": {part}" if part else "") + where
            file, *covered = (file_name(each, part, condition.label) for each in (name, *others))
            if any(panel.lines for panel in panels):
                together = coinciding(name, analysis, condition, tuple(analysis.results.entries))
                found[file] = Chart((file, *covered), title, " ".join([CAPTIONS[name], *together]), panels, shown)
    return found | {overlay.file: _overlaid(overlay) for overlay in compared(analysis)}


def _overlaid(overlay: Overlay) -> Chart:
    panels = curves_panels(overlay.means, overlay.points, overlay.tasks)
    named = tuple(replace(panel, lines=tuple(_sided(line, overlay) for line in panel.lines)) for panel in panels)
    return Chart((overlay.file,), overlay.title, CAPTIONS["overlaid-curves"], named)


def _sided(line: Line, overlay: Overlay) -> Line:
    """The line of one side under its optimizer's name, dashed where it is the later one."""
    optimizer, after = overlay.lines[line.entry]
    what = ", ".join(filter(None, (line.entry.removeprefix(optimizer).strip(), line.what)))
    return replace(line, entry=optimizer, what=what, dashed=after)


def _of_condition(analysis: Analysis, condition: Condition) -> Iterator[_Panels]:
    tasks = analysis.results.tasks
    order = [str(name) for name in condition.of(analysis.leaderboard)["optimizer"]]

    def own(table: pd.DataFrame) -> pd.DataFrame:
        return condition.of(table)

    runs = own(analysis.runs)
    finished = runs[runs["is_report"] & runs["completed"]]
    yield "final-values", "", (), seeds_panels(own(analysis.quality), finished, tasks, order)
    means, points = own(analysis.curves), own(analysis.curve_runs)
    yield "learning-curves", "", ("learning-curves-seconds",), curves_panels(means, points, tasks)
    yield "fit", "", (), fit_panels(own(analysis.fit_curves), tasks)
    yield "lr-sensitivity", "", (), sensitivity_panels(own(analysis.sensitivity), own(analysis.sensitivity_runs), tasks)
    yield "tuning-effort", "", (), effort_panels(own(analysis.effort), tasks)
    reached = own(analysis.targets)
    reached = reached[reached.groupby(["task", "target"])["hits"].transform("sum") > 0]
    yield "steps-to-target", "", (), targets_panels(reached, own(analysis.target_runs), tasks, order)
    solvable = own(analysis.reached).merge(reached[["task", "target"]].drop_duplicates())
    yield "reached", "", (), reached_panels(solvable)
    for found in (found for found in analysis.across if found.condition == condition):
        yield "across-tasks", "", (), across_panels(found.table, order)
        yield "performance-profile", "", (), profile_panels(found.profile)
    costs = own(analysis.costs)
    if len(costs):
        yield "costs", "", (), costs_panels(costs, *step_times(costs), order)
    measured, inside = own(analysis.diagnostics), own(analysis.diagnostic_runs)
    for number in dict.fromkeys(inside["quantity"]):
        means, points = (table[table["quantity"] == number] for table in (measured, inside))
        yield "diagnostics", str(number), (), curves_panels(means, points, tasks)
