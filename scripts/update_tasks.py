"""Write docs/tasks.md, a section for each built-in task, with what real runs gave.

    python -m scripts.update_tasks results/…

Of each task the last of the given results folders that has it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd

from optbench.analysis.analysis import Analysis, analyse
from optbench.builtin.models import MODELS
from optbench.builtin.tasks import TASKS
from optbench.components.task import Task
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import seconds, short, with_interval
from optbench.store.load import read_results
from scripts.command import run
from scripts.pages import ROOT

VALUES = """
`activation` is relu, leaky_relu, gelu, tanh or sigmoid (of `rnn`: tanh or relu), `normalisation` batch, layer or none,
`dropout` the probability of a zero, `initialisation` default, he, xavier, or, bad on purpose, small or large (of `rnn`
and `deepspeech`: default or orthogonal; of `deepspeech` the activation may also be clipped_relu). A wrong value is
refused in one line before anything runs.
"""
LONGER = {"mnist-cnn": ("mnist-cnn-5-epochs",)}
"""What suites that come with optbench call a task where they give it more steps."""
SCHEDULES = {"constant": "at a constant rate", "warmup-cosine": "with a warm-up and then half a cosine"}
HEAD = """# Tasks

This page lists all built-in tasks, each with what `optbench info` says about it. If a suite that comes with optbench
runs the task, its results on one machine are shown. Seconds are those of the training clock, on one core.
`scripts/update_tasks.py` writes this page from results folders. Fashion-MNIST and the whole of CIFAR-10 were not
available, so their tasks have no results and no targets. `nanogpt-gpu` has no results either. The options of the
models are [at the end](#models).
"""


def models() -> list[str]:
    """The table of models and their options, as Markdown."""
    rows = [
        f"| `{model.name}` | {model.description} | {', '.join(_option(*option) for option in model.options.items())} |"
        for model in MODELS
    ]
    return ["## Models", VALUES, "| model | what it is | options and their defaults |", "|---|---|---|", *rows, ""]


def _option(name: str, default: Any) -> str:
    return f"`{name}` = {list(default) if isinstance(default, tuple) else str(default).lower()}"


def section(task: Task) -> list[str]:
    """What a task declares, as Markdown."""
    options = ", ".join(f"{key} = {value}" for key, value in task.model_options.items())
    batch = "full batches" if task.batch_size == "full" else f"batches of {task.batch_size}"
    return [
        f"## {task.name}",
        "",
        task.description,
        "",
        f"- model `{task.model}`{f' ({options})' if options else ''} on `{task.dataset}`; loss `{task.loss}`, "
        f"judged by {task.metric.replace('_', ' ')}",
        f"- {task.steps:,} steps of {batch}, {SCHEDULES[task.schedule]}"
        + (f", gradients clipped to {task.clip_norm:g}" if task.clip_norm else ""),
        *(f"- target {target}" for target in task.targets),
        f"- {task.reference}",
        "",
    ]


def results_of(task: Task, analysis: Analysis, name: str) -> list[str]:
    """The table of one task's results under a name, as Markdown; empty where the folder has none."""
    found = analysis.quality[(analysis.quality["task"] == name) & (analysis.quality["completed"] > 0)]
    if found.empty:
        return []
    (source,) = analysis.results.sources
    runs = analysis.runs[analysis.runs["task"] == name]
    environment, planned = source.environments[0], analysis.results.tasks[name]
    by, costs = factor(task), analysis.costs.set_index(["task", "optimizer"])
    parameters = int(runs["parameters"].max())
    changed = "" if planned.steps == task.steps else f", {planned.steps:,} steps"
    lines = [
        f"`optbench run suites/{source.suite.name}`{changed}, {runs['started'].max()[:10]}, {environment['cpu']}, "
        f"torch {environment['torch']}; {parameters:,} parameter{'s' * (parameters > 1)}:",
        "",
        f"| optimizer | learning rate | {label(task, 'test')} | runs | seconds |",
        "|---|---|---|---|---|",
    ]
    for row in found.sort_values("rank").to_dict("records"):
        value = with_interval(row["mean"] * by, row["half_width"] * by)
        took = costs.loc[(name, row["optimizer"]), "train_seconds"]
        shown = seconds(float(took)) if pd.notna(took) else ""
        lines.append(
            f"| {row['optimizer']} | {short(row['lr'])} | {value} | {row['completed']} of {row['planned']} | {shown} |"
        )
    return [*lines, ""]


def page(folders: Sequence[Path]) -> str:
    """The whole page, as Markdown."""
    analyses = [analyse(read_results([folder])) for folder in folders]
    lines = [HEAD]
    for task in TASKS:
        lines += section(task)
        for name in (task.name, *LONGER.get(task.name, ())):
            tables = [table for analysis in analyses if (table := results_of(task, analysis, name))]
            lines += tables[-1] if tables else []
    return "\n".join([*lines, *models()]).rstrip() + "\n"


@click.command()
@click.argument("results", type=click.Path(path_type=Path), nargs=-1)
def update_tasks(results: tuple[Path, ...]) -> None:
    """Write docs/tasks.md, a section for each built-in task, with what RESULTS folders have of it."""
    (ROOT / "docs" / "tasks.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    run(update_tasks)
