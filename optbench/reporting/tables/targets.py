"""Steps and seconds to each target, with the hit rate."""

from __future__ import annotations

from collections.abc import Mapping

from optbench.analysis.analysis import Analysis
from optbench.analysis.targets import saturated, unreached
from optbench.components.task import Task
from optbench.reporting.metric import factor, name, unit
from optbench.reporting.numbers import count, seconds
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table
from optbench.reporting.words.finding import listed


def targets_table(analysis: Analysis) -> Table:
    """One row per cell and target."""
    tasks = analysis.results.tasks
    return cell_table(
        analysis,
        "targets",
        "Steps and training time to target",
        "The first evaluation point that is at least as good as the target: median over the report runs, in which a "
        "run that never reaches it counts as infinite. Nothing is interpolated, so the resolution is the distance "
        "between two evaluation points. Hit rate: 95 % Wilson interval of the share of runs that reach the target. "
        "Restricted mean: a run that does not reach it counts with the task's steps. ERT, the expected running time: "
        "the steps of all runs over the number of those that reach it, which is what trying again until one does takes "
        "on average. The CSV file also has PAR2, where such a run counts twice the task's steps. "
        "Training times are shown where all runs were made on one machine."
        f"{_uninformative(analysis)}",
        analysis.targets,
        {
            "target": lambda row: f"{row['target']} ({_value(row, tasks)})",
            "hits": lambda row: f"{row['hits']}/{row['n']}",
            "hit rate": lambda row: f"{100 * row['rate_low']:.0f} – {100 * row['rate_high']:.0f} %",
            "steps": lambda row: count(row["steps"]),
            "restricted mean": lambda row: count(row["restricted_mean"]),
            "ERT": lambda row: count(row["expected"]),
            "resolution": lambda row: count(row["resolution"]),
            "training time": lambda row: seconds(row["seconds"]) if row["seconds"] == row["seconds"] else "",
        },
        best="steps",
        text=("target",),
    )


def _uninformative(analysis: Analysis) -> str:
    """Which targets tell entries not apart, each a sentence after a space."""
    found = {
        "No run reaches": unreached(analysis.targets),
        "Two thirds of the entries or more reach at the first evaluation point": saturated(analysis.targets),
    }
    return "".join(
        f" {what} {listed((f'{task} ({target})' for task, target in pairs), most=None)}, which tells entries not apart."
        for what, pairs in found.items()
        if pairs
    )


def _value(row: Row, tasks: Mapping[str, Task]) -> str:
    task = tasks[row["task"]]
    on = next(target.on for target in task.targets if target.name == row["target"])
    if on == "validation":
        sign = "≥" if task.higher_is_better else "≤"
        return f"validation {name(task)} {sign} {row['value'] * factor(task):g}{unit(task)}"
    return f"{on} ≤ {row['value']:g}"
