"""Synthetic campaigns: what `store.frame` would make of the records of a small suite, without any training."""

from __future__ import annotations

import json
import math
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from optbench.components.task import Target, Task
from optbench.store.curves import Curves
from optbench.store.frame import DIAGNOSTIC, POINT_COLUMNS, run_key, tidy_frame
from optbench.store.results import Results, Source
from optbench.suite.cell import Cell, Entry, SuiteTask
from optbench.suite.protocols import PROTOCOLS
from optbench.suite.suite import Profile, Suite

TASKS = (
    Task(
        name="quadratic",
        model="parameters",
        dataset="quadratic",
        steps=200,
        batch_size=16,
        optimum="made.up:optimum",
        targets=(Target(name="1e-2", value=1e-2, on="suboptimality"),),
    ),
    Task(
        name="digits-mlp",
        model="mlp",
        dataset="digits",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=(Target(name="easy", value=0.9), Target(name="hard", value=0.957)),
    ),
    Task(name="chars", model="transformer", dataset="markov", steps=1000, schedule="warmup-cosine"),
)
OPTIMIZERS = (
    Entry(name="sgd", component="sgd", lr_ref=0.1),
    Entry(name="momentum", component="sgd", lr_ref=0.01, hyperparameters={"momentum": 0.9}),
    Entry(
        name="adamw",
        component="adamw",
        lr_ref=1e-3,
        hyperparameters={"weight_decay": 0.1},
        weight_decay_mode="decoupled_lr",
        changed=("weight_decay = 0.1 instead of 0.0",),
    ),
    Entry(name="lbfgs", component="lbfgs", lr_ref=1.0),
)
GRID = np.logspace(-2, 2, 9)
"""Learning rates relative to `lr_ref`; every optimizer diverges from the last but one on."""

EDGE = ("momentum", "chars")
ONE_DIVERGED = ("adamw", "chars")
CRASHING = ("lbfgs", "digits-mlp")
STUCK = ("lbfgs", "chars")


@dataclass(frozen=True)
class Folder:
    """What differs from one synthetic results folder to the next."""

    label: str = "standard"
    devices: tuple[str, ...] = ("cpu",)
    machine: str = "a1b2c3"
    speed: float = 1.0
    tasks: tuple[Task, ...] = TASKS
    optimizers: tuple[Entry, ...] = OPTIMIZERS
    report_seeds: tuple[int, ...] = (1000, 1001, 1002, 1003, 1004)
    profile: Profile = "default"
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    crashing: frozenset[tuple[str, str]] = field(default=frozenset({CRASHING}))
    protocol: Literal["lr-grid", "qmc", "random", "defaults"] = "lr-grid"
    places: Mapping[str, int] = field(default_factory=dict)
    """How good an optimizer is, 0 being best; by default its place in the suite."""
    endings: Mapping[str, str] = field(default_factory=dict)
    """How all report runs of an optimizer end that do not complete; with the protocol `defaults` only."""


def zoo(n: int = 64, **changes: Any) -> Folder:
    """Many optimizers on two tasks as they come, in no particular order; the last eight of the suite all fail."""
    names = [f"library-{i % 7}.optimizer-number-{i:03}" for i in range(n)]
    failures = ("diverged", "failed", "failed", "failed", "crashed", "crashed", "timeout", "timeout")
    entries = tuple(Entry(name=name, component="x", lr_ref=0.1, changed=("lr_ref = 0.1",)) for name in names)
    given: dict[str, Any] = {
        "label": "zoo",
        "protocol": "defaults",
        "tasks": TASKS[:2],
        "optimizers": entries,
        "places": {name: 29 * i % n for i, name in enumerate(names)},
        "endings": dict(zip(names[-8:], failures, strict=True)),
        "crashing": frozenset(),
        "report_seeds": (1000, 1001, 1002),
    }
    return Folder(**(given | changes))


def campaign(*folders: Folder) -> Results:
    """Results of one or several folders (one of them by default)."""
    folders = folders or (Folder(),)
    rows = [row for folder in folders for row in _rows(folder)]
    return Results(frame=frame_of_rows(rows), sources=tuple(map(_source, folders)))


def frame_of_rows(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the tidy frame of runs whose facts are said on the row of each of their points."""
    facts: dict[tuple[Any, Any], dict[str, Any]] = {}
    points: dict[tuple[Any, Any], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        of_point = {name for name in row if name in POINT_COLUMNS or name.startswith(DIAGNOSTIC)}
        facts[run_key(row)] = {name: value for name, value in row.items() if name not in of_point}
        if of_point:
            points[run_key(row)].append({name: row[name] for name in row if name in of_point})
    curves = Curves()
    for run, its in points.items():
        curves.add(run, its)
    return tidy_frame([*facts.values()], curves)


def _source(folder: Folder) -> Source:
    return Source(
        label=folder.label,
        path=f"results/{folder.label}",
        suite=_suite(folder),
        environments=(
            {
                "machine": folder.machine,
                "python": "3.12.1",
                "torch": "2.13.0",
                "cpu": "Imaginary CPU 9000",
                "device_name": "Imaginary CPU 9000",
                "plugins": {"optbench-lion": "1.0"},
            },
        ),
        notes=folder.notes,
    )


def _suite(folder: Folder) -> Suite:
    return Suite.model_validate(
        {
            "name": "standard",
            "description": "A made-up suite.",
            "profile": folder.profile,
            "protocol": PROTOCOLS[folder.protocol](report_seeds=folder.report_seeds),  # type: ignore[call-arg]
            "tasks": [
                SuiteTask(
                    task=task,
                    data_checksum="0" * 8,
                    revisions={"model": 1, "dataset": 1},
                    instead_of="mnist-mlp" if task.name == "digits-mlp" else "",
                )
                for task in folder.tasks
            ],
            "optimizers": folder.optimizers,
            "devices": folder.devices,
            "left_out": folder.left_out,
        }
    )


def _rows(folder: Folder) -> Iterator[dict[str, object]]:
    if folder.protocol == "defaults":
        yield from _untuned(folder)
        return
    for cell in _suite(folder).cells():
        pair = (cell.entry.name, cell.task.name)
        crashes = pair in folder.crashing
        grid = cell.entry.lr_ref * GRID
        best = 0 if pair == EDGE else 4
        for position, lr in enumerate(grid):
            seeds = (0, 1, 2) if abs(position - best) < 2 and not crashes else (0,)
            for seed in seeds:
                status = "crashed" if crashes else "diverged" if position > 6 else "completed"
                chosen = position == best and not crashes
                yield from _run(folder, cell, "tune", float(lr), seed, status, chosen, abs(position - best) / 2)
        for seed in folder.report_seeds:
            status = "skipped" if crashes else "completed"
            if pair == ONE_DIVERGED and not crashes and seed == folder.report_seeds[-1]:
                status = "diverged"
            yield from _run(folder, cell, "report", float(grid[best]), seed, status, not crashes, 0.0)


def _untuned(folder: Folder) -> Iterator[dict[str, object]]:
    for cell in _suite(folder).cells():
        status = folder.endings.get(cell.entry.name, "completed")
        for seed in folder.report_seeds:
            yield from _run(folder, cell, "report", cell.entry.lr_ref, seed, status, True, 0.0)


REASONS = {
    "completed": "",
    "failed": "RuntimeError: made up",
    "timeout": "still running after 60 s",
    "diverged": "the loss was not finite at step 180",
    "crashed": "killed by signal 11",
    "skipped": "no tuning run of this cell succeeded",
}


def _run(
    folder: Folder, cell: Cell, phase: str, lr: float, seed: int, status: str, chosen: bool, decades_off: float
) -> Iterator[dict[str, object]]:
    task, optimizer = cell.task, cell.entry.name
    run_id = f"{zlib.crc32(f'{task.name}{optimizer}{cell.device}{phase}{lr:.3g}{seed}'.encode()):016x}"
    rng = np.random.default_rng(int(run_id, 16) + zlib.crc32(folder.machine.encode()))
    place = folder.places.get(optimizer, list(folder.optimizers).index(cell.entry))
    floor, start = _levels(task)
    floor *= 1 + 0.06 * place + 0.8 * decades_off**1.5 + 0.06 * float(rng.normal())
    if (optimizer, task.name) == STUCK:
        floor = start * 1.01
    completed = status == "completed"
    final = {
        "final_step": task.steps,
        "final_train_loss": floor,
        "final_train_eval_loss": floor,
        "final_validation_loss": floor,
        "final_validation_metric": _metric(task, floor),
        "final_test_loss": floor if phase == "report" else math.nan,
        "final_test_metric": _metric(task, floor) if phase == "report" else math.nan,
    }
    step_seconds = 1e-4 * (1 + 0.4 * place) / folder.speed
    facts = {
        "source": folder.label,
        "task": task.name,
        "optimizer": optimizer,
        "device": cell.device,
        "machine": folder.machine,
        "run_id": run_id,
        "phase": phase,
        "lr": lr,
        "setting": json.dumps({"lr": lr}),
        "seed": seed,
        "status": status,
        "reason": REASONS.get(status, ""),
        "error": f"made-up output\n{REASONS[status]}" if status in ("failed", "crashed") else "",
        "run_notes": "",
        "hyperparameters": json.dumps({"lr": lr, **cell.entry.hyperparameters}),
        "schedule": task.schedule,
        "environment": 0,
        "chosen": chosen,
        "edge": (optimizer, task.name) == EDGE,
        "optimum": 0.0 if task.optimum else math.nan,
        "total_train_seconds": step_seconds * task.steps,
        "total_data_seconds": 0.01,
        "total_eval_seconds": 0.05,
        "total_gradient_evaluations": task.steps,
        "parameters": 1000,
        "parameter_bytes": 4000,
        "optimizer_state_bytes": 4000 * place,
    } | (final if completed else {})
    if status not in ("completed", "diverged"):
        yield facts | dict.fromkeys(POINT_COLUMNS, math.nan)
        return
    for step in task.evaluation_steps():
        share = step / task.steps
        loss = floor + (start - floor) * math.exp(-6 * share / (1 + 0.3 * place))
        if status == "diverged" and share > 0.3:
            if share > 0.75:
                return
            loss = start * 10 ** (8 * share)
        known = bool(task.optimum)
        yield facts | {
            "step": step,
            "samples": step * 16,
            "gradient_evaluations": step,
            "train_seconds": step_seconds * step + (0.05 if step else 0.0),
            "data_seconds": 0.0,
            "train_loss": loss if step else math.nan,
            "validation_loss": loss,
            "validation_metric": _metric(task, loss),
            "train_eval_loss": loss if known else 0.8 * loss if facts["phase"] == "report" else math.nan,
            "suboptimality": loss / start if known else math.nan,
        }


def _levels(task: Task) -> tuple[float, float]:
    """Loss at the end of a good run and at the start."""
    return {"quadratic": (0.3, 80.0), "digits-mlp": (0.15, 2.3), "chars": (0.42, 1.4)}.get(task.name, (0.1, 1.0))


def _metric(task: Task, loss: float) -> float:
    return max(0.1, 1 - 0.28 * loss) if task.higher_is_better else loss
