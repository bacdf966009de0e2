"""Learning curves and diagnostics: means with intervals, and each run that did not complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from optbench.analysis.curves import SUBOPTIMALITY, VALIDATION_LOSS
from optbench.analysis.groups import positions
from optbench.reporting.charts.chart import Line, Panel, on_the_x_axis, taken, values
from optbench.reporting.charts.ranges import after_the_start, differ_much
from optbench.reporting.present import present

CLOCKS = {"step": "steps", "train_seconds": "training time (s)", "gradient_evaluations": "gradient evaluations"}
"""What can be on the x axis."""
RUNS_FOR_A_BAND = 3
"""An interval of two runs is 13 standard errors wide and would only hide the curves."""


def curves_panels(means: pd.DataFrame, runs: pd.DataFrame, tasks: Iterable[str]) -> tuple[Panel, ...]:
    """A panel for each task of `analysis.curves` tables (`curves`, `curve_runs`) of one condition."""
    there = present(tasks, runs["task"])
    return tuple(_panel(task, means[means["task"] == task], runs[runs["task"] == task]) for task in there)


def _panel(task: str, means: pd.DataFrame, runs: pd.DataFrame) -> Panel:
    quantity = str(runs["quantity"].iloc[0])
    clocks = {key: label for key, label in CLOCKS.items() if key in runs and runs[key].notna().all()}
    if "gradient_evaluations" in clocks and runs["gradient_evaluations"].equals(runs["step"]):
        del clocks["gradient_evaluations"]
    log = quantity == SUBOPTIMALITY or (quantity == VALIDATION_LOSS and differ_much(means["mean"]))
    return Panel(
        title=task,
        x=clocks,
        y=quantity,
        lines=(*_means(means, clocks), *_unfinished(runs, clocks)),
        log_y=log,
        y_range=after_the_start(means, log),
    )


_NUMBERS = ("mean", "low", "high", "log_mean", "log_low", "log_high", "n")


def _means(means: pd.DataFrame, clocks: Iterable[str]) -> Iterator[Line]:
    means = means[means["mean"].notna()]
    columns = {name: values(means[name]) for name in (*clocks, *_NUMBERS)}
    enough = (means["n"] >= RUNS_FOR_A_BAND).to_numpy()
    for (_, entry), own in positions(means, ["task", "optimizer"]).items():
        yield Line(
            entry=str(entry),
            x={clock: taken(columns[clock], own) for clock in clocks},
            y=taken(columns["mean"], own),
            low=taken(columns["low"], own),
            high=taken(columns["high"], own),
            log_y=taken(columns["log_mean"], own),
            log_low=taken(columns["log_low"], own),
            log_high=taken(columns["log_high"], own),
            n=taken(columns["n"], own),
            band=bool(enough[own].all()),
        )


def _unfinished(runs: pd.DataFrame, clocks: Iterable[str]) -> Iterator[Line]:
    for _, run in runs[~runs["completed"] & runs["value"].notna()].groupby("run_id", sort=False):
        facts = run.iloc[0]
        ended = str(facts["status"]).replace("_", " ")
        what = f"seed {facts['seed']}: {ended}"
        yield Line(
            str(facts["optimizer"]),
            on_the_x_axis(run, clocks),
            values(run["value"]),
            what=what,
            strong=False,
            ends="cross",
        )
