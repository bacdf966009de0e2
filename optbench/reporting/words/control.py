"""What the controls say: how far apart the same entry ends where only its seeds differ."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.metric import factor, unit
from optbench.reporting.numbers import number
from optbench.reporting.words.finding import Finding, listed, subject


def noise_floor(analysis: Analysis) -> tuple[Finding, ...]:
    """One sentence for each control of each condition; nothing without one."""
    tasks = analysis.results.tasks
    found = []
    for condition in analysis.conditions:
        for (optimizer, control), rows in condition.of(analysis.noise_floor).groupby(["optimizer", "control"]):
            apart = [
                f"{number(difference * factor(tasks[task]), 2)}{unit(tasks[task])} on {task}".replace(" %", "\u00a0%")
                for task, difference in zip(rows["task"], rows["difference"], strict=True)
            ]
            found.append(
                Finding(
                    subject("noise floor", condition),
                    f"the means of {optimizer} and {control}, which differ in nothing but their seeds, are "
                    f"{listed(apart)} apart; so small a difference between two optimizers says nothing.",
                )
            )
    return tuple(found)
