"""All that is known of one run in words: the page and `optbench show` say the same."""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optbench.components.task import Task
from optbench.reporting.metric import factor, label
from optbench.reporting.numbers import count, memory, number, seconds, short
from optbench.runs.record import RunStatus
from optbench.wording import plural

Facts = Mapping[Any, Any]
"""A row of the tidy frame, see `store.frame.RUN_COLUMNS`."""
Group = tuple[str, tuple[tuple[str, str], ...]]
"""A heading, and names with their values."""

_COSTS: tuple[tuple[str, str, Callable[[float], str]], ...] = (
    ("total_train_seconds", "training", seconds),
    ("first_step_seconds", "of that, the first step", seconds),
    ("total_gradient_seconds", "of that, forward and backward", seconds),
    ("total_update_seconds", "of that, optimizer.step", seconds),
    ("total_schedule_seconds", "of that, the schedule", seconds),
    ("total_data_seconds", "data", seconds),
    ("total_eval_seconds", "evaluation", seconds),
    ("total_gradient_evaluations", "gradient evaluations", count),
    ("parameters", "parameters", count),
    ("optimizer_state_bytes", "optimizer state", memory),
    ("peak_device_bytes", "most memory on the device", memory),
    ("peak_resident_bytes", "most resident memory", memory),
)
_FINALS = (
    ("final_train_eval", "training"),
    ("final_validation", "validation"),
    ("final_test", "test"),
)


@dataclass(frozen=True)
class RunView:
    """One run, ready to show."""

    title: str
    groups: tuple[Group, ...]
    ends: tuple[tuple[str, str], ...]
    """Longer texts with their headings: the end of its output, where it broke."""


def run_view(run: Facts, task: Task, environment: Mapping[str, Any], folder: str) -> RunView:
    """Say what is known of a run, recorded in the results folder `folder`; groups without a value are left out."""
    groups = (
        ("Run", tuple(_run(run, folder))),
        ("Hyper-parameters", tuple(_hyperparameters(run))),
        ("Result", tuple(_result(run, task))),
        ("Costs", tuple(_costs(run))),
        ("Environment", tuple((name, _text(value)) for name, value in environment.items() if value not in ("", {}))),
    )
    return RunView(
        title=f"{run['optimizer']} on {run['task']}, seed {run['seed']}",
        groups=tuple((heading, pairs) for heading, pairs in groups if pairs),
        ends=(("End of its output", run["error"]),) if run["error"] else (),
    )


def curve_names(task: Task) -> dict[str, str]:
    """Columns of a run's evaluation points with what they are called."""
    return {
        "step": "step",
        "train_seconds": "training time",
        "train_loss": "training loss",
        "validation_loss": "validation loss",
        "validation_metric": label(task, "validation"),
    }


def _run(run: Facts, folder: str) -> Iterator[tuple[str, str]]:
    yield "run id", str(run["run_id"])
    yield "status", str(run["status"]).replace("_", " ") + (f": {run['reason']}" if run["reason"] else "")
    if run["run_notes"]:
        yield "notes", str(run["run_notes"])
    yield "phase", "tuning" if run["phase"] == "tune" else "report"
    yield "seed", str(run["seed"])
    if _known(run["fold"]):
        yield "fold", short(run["fold"])
    yield "device", str(run["device"])
    if run["side_by_side"] > 1:
        others = plural(int(run["side_by_side"]) - 1, "other run")
        yield "trained", f"side by side with {others}; no seconds of its own"
    elif run["alone"]:
        yield "trained", f"alone: {run['alone']}"
    if run["resumed"]:
        yield "resumed", f"at step {run['resumed']}: its process had ended"
    if run["started"]:
        yield "started", str(run["started"]).replace("T", " ").replace("+00:00", " UTC")
    if run["status"] != RunStatus.SKIPPED:
        where = "" if Path(folder).parent == Path("results") else f" --results {shlex.quote(folder)}"
        yield "repeat it", f"optbench show {run['run_id']}{where} --repeat"


def _hyperparameters(run: Facts) -> Iterator[tuple[str, str]]:
    for name, value in json.loads(run["hyperparameters"]).items():
        yield name, short(value) if isinstance(value, float) else _text(value)
    yield "schedule", str(run["schedule"])


def _result(run: Facts, task: Task) -> Iterator[tuple[str, str]]:
    by = factor(task)
    if _known(run["final_step"]):
        yield "step of the weights", count(run["final_step"])
    for column, split in _FINALS:
        if _known(run[f"{column}_loss"]):
            yield f"{split} loss", number(run[f"{column}_loss"], 5)
        if task.metric != "loss" and _known(run[f"{column}_metric"]):
            yield label(task, split), number(run[f"{column}_metric"] * by, 5)


def _costs(run: Facts) -> Iterator[tuple[str, str]]:
    for column, name, say in _COSTS:
        if _known(run[column]) and run[column]:
            yield name, say(run[column])


def _known(value: object) -> bool:
    return isinstance(value, float | int) and not math.isnan(value)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
