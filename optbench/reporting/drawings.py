"""All drawings of a report, a set for each condition."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.reporting.captions import caption
from optbench.reporting.figures.across import draw_across
from optbench.reporting.figures.costs import draw_costs
from optbench.reporting.figures.curves import draw_curves
from optbench.reporting.figures.depth import draw_depth
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.figures.effort import draw_effort
from optbench.reporting.figures.fit import draw_fit
from optbench.reporting.figures.heatmap import draw_heatmap, lines_on_a_page
from optbench.reporting.figures.layers import draw_layers
from optbench.reporting.figures.panels import rows_on_a_page
from optbench.reporting.figures.paths import draw_paths
from optbench.reporting.figures.profile import draw_profile
from optbench.reporting.figures.reached import draw_reached
from optbench.reporting.figures.seeds import draw_seeds
from optbench.reporting.figures.sensitivity import draw_sensitivity
from optbench.reporting.figures.targets import draw_targets
from optbench.reporting.many import FIT_LINES, LEADERS, best, leading
from optbench.reporting.overlays import NAME as OVERLAID
from optbench.reporting.overlays import overlays
from optbench.reporting.style import Look, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TITLES = {
    "heatmap": "Optimizers and tasks at a glance",
    "final-values": "Final test values by seed",
    "across-tasks": "All tasks together",
    "performance-profile": "Performance profile",
    "fit": "Training and validation",
    "learning-curves": "Learning curves",
    "learning-curves-seconds": "Learning curves over training time",
    "paths": "Paths",
    "lr-sensitivity": "Sensitivity to the learning rate",
    "tuning-effort": "Tuning effort",
    "steps-to-target": "Steps to target",
    "reached": "Runs at the target",
    "costs": "Costs of a step",
    "diagnostics": "Diagnostics",
    "gradients-by-depth": "Gradients by depth",
    "layers": "Layers over time",
}

_Drawn = tuple[str, str, Mapping[str, Look], Callable[[], "Figure"], pd.DataFrame]
"""Name, which of several, the looks of the optimizers that it shows, what draws it, and the data of all optimizers."""


def drawings(analysis: Analysis) -> dict[str, tuple[Drawing, ...]]:
    """For each name of `TITLES` the drawings of all conditions that have something to show, and the overlaid curves."""
    found: dict[str, list[Drawing]] = {name: [] for name in TITLES}
    for condition in analysis.conditions:
        for name, part, shown, draw, data in _of_condition(analysis, condition):
            where = f" ({condition.label})" if condition.label else ""
            title = TITLES[name] + (f": {part}" if part else "") + where
            file = file_name(name, part, condition.label)
            words = caption(name, analysis, condition, list(shown))
            found[name].append(Drawing(file, title, words, draw, data))
    found[OVERLAID] = list(overlays(analysis))
    return {name: tuple(of_name) for name, of_name in found.items()}


def file_name(name: str, part: str, label: str) -> str:
    """Name of the files of a figure, and of its chart: "layers-gradient-cuda"."""
    return "-".join(filter(None, (name, _slug(part), _slug(label))))


def _of_condition(analysis: Analysis, condition: Condition) -> Iterator[_Drawn]:
    def lead(n: int) -> dict[str, Look]:
        return looks(leading(analysis, condition, n))

    tasks = analysis.results.tasks
    quality, runs = condition.of(analysis.quality), condition.of(analysis.runs)
    if runs["is_report"].any():
        rows = lead(lines_on_a_page(list(quality["task"].unique())))
        draw = partial(draw_heatmap, _only(rows, quality), condition.of(analysis.average_ranks), tasks)
        yield "heatmap", "", rows, draw, quality
    finished = runs[runs["is_report"] & runs["completed"]]
    if len(finished):
        judged = quality[~quality["task_failed"]]
        rows = lead(rows_on_a_page(judged["task"].nunique()))
        columns = ["source", "device", "task", "optimizer", "run_id", "seed", "final_test_metric"]
        draw = partial(draw_seeds, _only(rows, judged), _only(rows, finished), tasks, rows)
        yield "final-values", "", rows, draw, finished[columns]
    yield from _of_across(analysis, condition)
    sides = condition.of(analysis.fit_curves)
    if len(sides):
        few = looks(best(analysis, condition, FIT_LINES, set(sides["optimizer"])))
        draw = partial(
            draw_fit, _only(few, sides), _only(few, condition.of(analysis.fit)), _only(few, runs), tasks, few
        )
        yield "fit", "", few, draw, sides
    lines = lead(LEADERS)
    means, points = condition.of(analysis.curves), condition.of(analysis.curve_runs)
    if len(points):
        yield "learning-curves", "", lines, partial(draw_curves, means, points, tasks, lines, "step"), means
        if points["train_seconds"].notna().all():
            draw = partial(draw_curves, means, points, tasks, lines, "train_seconds")
            yield "learning-curves-seconds", "", lines, draw, means
    ways = condition.of(analysis.paths)
    if len(ways):
        yield "paths", "", lines, partial(draw_paths, _only(lines, ways), tasks, analysis.surfaces, lines), ways
    medians, tuning = condition.of(analysis.sensitivity), condition.of(analysis.sensitivity_runs)
    if tuning["value"].lt(float("inf")).any():
        draw = partial(draw_sensitivity, _only(lines, medians), _only(lines, tuning), tasks, lines)
        yield "lr-sensitivity", "", lines, draw, tuning
    best_of = condition.of(analysis.effort)
    if len(best_of):
        yield "tuning-effort", "", lines, partial(draw_effort, _only(lines, best_of), tasks, lines), best_of
    reached, hits = condition.of(analysis.targets), condition.of(analysis.target_runs)
    reached = reached[reached.groupby(["task", "target"])["hits"].transform("sum") > 0]
    if len(reached):
        rows = lead(rows_on_a_page(len(reached[["task", "target"]].drop_duplicates())))
        draw = partial(draw_targets, _only(rows, reached), _only(rows, hits), tasks, rows)
        yield "steps-to-target", "", rows, draw, hits
        solvable = condition.of(analysis.reached).merge(reached[["task", "target"]].drop_duplicates())
        yield "reached", "", lines, partial(draw_reached, _only(lines, solvable), lines), solvable
    cost = condition.of(analysis.costs)
    if len(cost):
        rows = lead(rows_on_a_page(2))
        yield "costs", "", rows, partial(draw_costs, _only(rows, cost), rows), cost
    yield from _of_diagnostics(analysis, condition, lines)


def _of_across(analysis: Analysis, condition: Condition) -> Iterator[_Drawn]:
    for found in (found for found in analysis.across if found.condition == condition):
        rows = looks(leading(analysis, condition, rows_on_a_page(3)))
        yield (
            "across-tasks",
            "",
            rows,
            partial(draw_across, _only(rows, found.table), found.critical_difference, rows),
            found.table,
        )
        if found.profile["share"].any():
            lines = looks(leading(analysis, condition, LEADERS))
            yield (
                "performance-profile",
                "",
                lines,
                partial(draw_profile, _only(lines, found.profile), lines),
                found.profile,
            )


def _of_diagnostics(analysis: Analysis, condition: Condition, lines: Mapping[str, Look]) -> Iterator[_Drawn]:
    tasks = analysis.results.tasks
    measured, measurements = condition.of(analysis.diagnostics), condition.of(analysis.diagnostic_runs)
    for number in dict.fromkeys(measurements["quantity"]):
        means, points = (table[table["quantity"] == number] for table in (measured, measurements))
        yield "diagnostics", number, lines, partial(draw_curves, means, points, tasks, lines, "step"), means
    layers, slopes = condition.of(analysis.layer_gradients), condition.of(analysis.depth)
    if len(slopes):
        draw = partial(draw_depth, _only(lines, layers), _only(lines, slopes), tasks, lines)
        yield "gradients-by-depth", "", lines, draw, layers
    inside = condition.of(analysis.layers_over_time)
    first = looks(best(analysis, condition, 1, set(inside["optimizer"])))
    for measure in dict.fromkeys(inside["measure"]):
        table = inside[inside["measure"] == measure]
        yield "layers", measure, first, partial(draw_layers, _only(first, table), tasks, measure), table


def _only(shown: Mapping[str, Look], table: pd.DataFrame) -> pd.DataFrame:
    return table[table["optimizer"].isin(list(shown))]


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", label).strip("-")
