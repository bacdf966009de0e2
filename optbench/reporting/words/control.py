"""What the controls say: how far apart the same entry ends where only its seeds differ."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.components.task import Task
from optbench.reporting.metric import factor, is_share
from optbench.reporting.numbers import number
from optbench.reporting.words.finding import Finding, listed, subject


def noise_floor(analysis: Analysis) -> tuple[Finding, ...]:
    """One sentence for each control of each condition; nothing without one."""
    tasks = analysis.results.tasks
    found = []
    for condition in analysis.conditions:
        for (optimizer, control), rows in condition.of(analysis.noise_floor).groupby(["optimizer", "control"]):
            apart = [
                f"{_difference(difference, tasks[task])} on {task}"
                for task, difference in zip(rows["task"], rows["difference"], strict=True)
            ]
            sentence = (
                f"the means of {optimizer} and {control}, which differ in nothing but their seeds, are {listed(apart)} "
                "apart: so much do other seeds, in tuning and in the report, change a result."
            )
            found.append(Finding(subject("noise floor", condition), sentence))
    return tuple(found)


def _difference(difference: float, task: Task) -> str:
    return number(difference * factor(task), 2) + ("\u00a0percentage points" if is_share(task) else "")
