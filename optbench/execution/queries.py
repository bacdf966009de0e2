"""What a plan asks before anything runs, in a worker process: where can runs happen, on what data, and for how long?"""

from __future__ import annotations

import dataclasses

import torch

from optbench.components.function import TestFunction
from optbench.data.files import locate, obtain
from optbench.execution.environment import cpu_model
from optbench.runs.context import ExecutionContext
from optbench.runs.contours import Contours, contours_of
from optbench.runs.spec import RunSpec
from optbench.training.backends import devices
from optbench.training.clock import Clock
from optbench.training.loop import train
from optbench.training.prepare import prepare_run
from optbench.training.state import TrainingState

ESTIMATION_STEPS = 12


def hardware() -> dict[str, tuple[str, ...]]:
    """Return the names of this machine's devices of each kind, in the order of their indices."""
    return {kind: tuple(name or cpu_model() for name in names) for kind, names in devices().items()}


def load_plugins(context: ExecutionContext) -> None:
    """Build the registry; raises where a plugin file is not here."""
    context.registry()


def obtain_data(name: str, context: ExecutionContext, download: bool) -> list[str]:
    """Make sure that a data set's files are here, and return what the user should know, in lines.

    Without `download` a missing file is a note. Raises `DataUnavailable`.
    """
    notes: list[str] = []
    dataset = context.registry().datasets[name].component
    if download:
        obtain(dataset, context.folders, notes.append)
    elif len(locate(dataset, context.folders)) < len(dataset.files):
        notes.append(f"data set {name!r} is not on this machine yet: a run would download it first")
    return notes


def contours(function: TestFunction, context: ExecutionContext) -> Contours:
    """Call a task's test function over its window; raises what it raises."""
    context.registry()  # which makes what plugins and the user's folder provide importable
    return contours_of(function)


def estimate_seconds(spec: RunSpec, device_name: str, context: ExecutionContext) -> float:
    """Estimate how long a run takes from a few of its steps; raises what building it raises."""
    device = torch.device(device_name)
    run = prepare_run(spec, device, context)
    steps = min(ESTIMATION_STEPS, spec.task.steps)
    task = spec.task.model_copy(update={"steps": steps, "evaluations": 2})
    state = TrainingState(Clock(device))
    train(dataclasses.replace(run, task=task, evaluation_steps=(0, steps)), state, lambda point: None)
    clock = state.clock
    stepping = clock.train.seconds - clock.prepare.seconds + clock.data.seconds - state.first_step_seconds
    per_step = stepping / max(1, steps - 1)
    evaluations = (clock.eval.seconds + clock.prepare.seconds) * (1 + len(spec.evaluation_steps)) / 3
    return state.first_step_seconds + per_step * (spec.task.steps - 1) + evaluations
