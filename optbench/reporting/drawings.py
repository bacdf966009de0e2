"""All drawings of a report, a set for each setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pandas as pd
from matplotlib.figure import Figure

from optbench.analysis.analysis import Analysis
from optbench.analysis.setting import Setting
from optbench.reporting.captions import caption
from optbench.reporting.figures.costs import draw_costs
from optbench.reporting.figures.curves import draw_curves
from optbench.reporting.figures.drawing import Drawing
from optbench.reporting.figures.heatmap import draw_heatmap
from optbench.reporting.figures.seeds import draw_seeds
from optbench.reporting.figures.sensitivity import draw_sensitivity
from optbench.reporting.figures.targets import draw_targets
from optbench.reporting.style import Look, looks, print_style

TITLES = {
    "heatmap": "Optimizers and tasks at a glance",
    "final-values": "Final test values by seed",
    "learning-curves": "Learning curves",
    "learning-curves-seconds": "Learning curves over training time",
    "lr-sensitivity": "Sensitivity to the learning rate",
    "steps-to-target": "Steps to target",
    "costs": "Costs of a step",
}


def drawings(analysis: Analysis) -> dict[str, tuple[Drawing, ...]]:
    """For each name of `TITLES` the drawings of all settings that have something to show."""
    look = looks(analysis.results.entries)
    found: dict[str, list[Drawing]] = {name: [] for name in TITLES}
    with print_style():
        for setting in analysis.settings:
            for name, figure, data in _of_setting(analysis, setting, look):
                title = f"{TITLES[name]} ({setting.label})" if setting.label else TITLES[name]
                file = f"{name}-{_slug(setting.label)}" if setting.label else name
                found[name].append(Drawing(file, title, caption(name, analysis, setting), figure, data))
    return {name: tuple(of_name) for name, of_name in found.items()}


def _of_setting(
    analysis: Analysis, setting: Setting, look: Mapping[str, Look]
) -> Iterator[tuple[str, Figure, pd.DataFrame]]:
    tasks = analysis.results.tasks
    quality, runs = setting.of(analysis.quality), setting.of(analysis.runs)
    if runs["counts"].any():
        yield "heatmap", draw_heatmap(quality, setting.of(analysis.average_ranks), tasks), quality
    finished = runs[runs["counts"] & runs["completed"]]
    if len(finished):
        columns = ["source", "device", "task", "optimizer", "run_id", "seed", "final_test_metric"]
        yield "final-values", draw_seeds(quality, finished, tasks, look), finished[columns]
    means, points = setting.of(analysis.curves), setting.of(analysis.curve_runs)
    if len(points):
        yield "learning-curves", draw_curves(means, points, tasks, look, "step"), means
        if points["train_seconds"].notna().all():
            yield "learning-curves-seconds", draw_curves(means, points, tasks, look, "train_seconds"), means
    medians, tuning = setting.of(analysis.sensitivity), setting.of(analysis.sensitivity_runs)
    if tuning["value"].lt(float("inf")).any():
        yield "lr-sensitivity", draw_sensitivity(medians, tuning, tasks, look), tuning
    reached, hits = setting.of(analysis.targets), setting.of(analysis.target_runs)
    if len(reached):
        yield "steps-to-target", draw_targets(reached, hits, tasks, look), hits
    cost = setting.of(analysis.costs)
    if len(cost):
        yield "costs", draw_costs(cost, look), cost


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", label).strip("-")
