"""Print targets measured in a results folder: `python -m scripts.measure_targets RESULTS OPTIMIZER`.

For each task the median of the optimizer's report runs, on the evaluation examples, at the end (`target`) and at half
of the steps (`easy`), to four digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from optbench.errors import UnknownName, UsageError
from optbench.store.load import read_results
from optbench.store.results import Results
from scripts.command import run


def measured(results: Results, optimizer: str) -> Iterator[str]:
    """One line for each target."""
    if optimizer not in results.entries:
        raise UnknownName("optimizer", optimizer, results.entries)
    frame = results.frame
    report = (frame["phase"] == "report") & frame["chosen"] & (frame["status"] == "completed")
    runs = frame[(frame["optimizer"] == optimizer) & report]
    for name, of_task in runs.groupby("task", sort=False):
        task = results.tasks[str(name)]
        seeds = of_task["seed"].nunique()
        for target, step in (("easy", task.steps // 2), ("target", task.steps)):
            if step not in task.evaluation_steps():
                raise UsageError(f"{name}: step {step} is no evaluation point; an odd number of evaluations has one")
            values = of_task.loc[of_task["step"] == step, "validation_metric"]
            yield f"{name}: {target} {values.median():.4g} (step {step} of {task.steps}, {len(values)} of {seeds} runs)"


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("optimizer")
def measure_targets(results: Path, optimizer: str) -> None:
    """Print targets measured in a RESULTS folder: what OPTIMIZER reaches at half of the steps, and at the end."""
    for line in measured(read_results([results]), optimizer):
        click.echo(line)


if __name__ == "__main__":
    run(measure_targets)
