"""What a plan asks before anything runs, in a worker process: is it possible, and how long does it take?"""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import torch

from optbench.components.component import resolve
from optbench.data.checksum import content_checksum
from optbench.data.files import locate, obtain
from optbench.errors import PluginError, UsageError
from optbench.execution.environment import cpu_model
from optbench.registry.discovery import source_checksum
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.suite.resolve import Imported
from optbench.training.backends import devices
from optbench.training.clock import Clock
from optbench.training.contours import misfit
from optbench.training.loop import train
from optbench.training.prepare import prepare_run
from optbench.training.state import TrainingState

ESTIMATION_STEPS = 12


def hardware() -> dict[str, tuple[str, ...]]:
    """Return the names of this machine's devices of each kind, in the order of their indices."""
    return {kind: tuple(name or cpu_model() for name in names) for kind, names in devices().items()}


def obtain_data(name: str, context: ExecutionContext, download: bool) -> tuple[str, list[str]]:
    """Make sure that a data set's files are here, and return their checksum, with what the user should know.

    Without `download` a missing file is a note. Raises `DataUnavailable`.
    """
    notes: list[str] = []
    dataset = context.registry().datasets[name].component
    if download:
        obtain(dataset, context.folders, notes.append)
    elif len(locate(dataset, context.folders)) < len(dataset.files):
        notes.append(f"data set {name!r} is not on this machine yet: a run would download it first")
    return content_checksum(dataset), notes


def inspect_import(import_string: str, context: ExecutionContext) -> Imported:
    """Look at the optimizer class that an import string names: its default learning rate, and its source."""
    context.registry()
    build = resolve(import_string)
    argument = inspect.signature(build).parameters.get("lr")
    lr = float(argument.default) if argument and isinstance(argument.default, float | int) else None
    source = inspect.getsourcefile(build)
    return Imported(lr, int(source_checksum(Path(source)), 16) if source else 1)


def validate_task(spec: RunSpec, context: ExecutionContext) -> str:
    """Build a run on the CPU and look at two examples; return, in a line, what its task's options make impossible.

    A test function is compared with the training loss. Whatever else goes wrong is the runs' own to record.
    """
    try:
        run = prepare_run(spec, torch.device("cpu"), context)
        with torch.no_grad():
            few = run.splits.train.take(slice(2))
            run.loss(run.predict(few.inputs), few.targets)
        words = misfit(spec.task.test_function, run) if spec.task.test_function else ""
        return f"{words}; set its test function, window and minima to those of its model" if words else ""
    except PluginError:
        return ""
    except UsageError as error:
        return str(error)
    except Exception:
        return ""


def estimate_seconds(spec: RunSpec, device_name: str, context: ExecutionContext) -> float:
    """Estimate how long a run takes from a few of its steps; raises what building it raises."""
    device = torch.device(device_name)
    run = prepare_run(spec, device, context)
    steps = min(ESTIMATION_STEPS, spec.task.steps)
    task = spec.task.model_copy(update={"steps": steps, "evaluations": 2})
    state = TrainingState(Clock(device))
    train(dataclasses.replace(run, task=task), state, lambda point: None)
    clock = state.clock
    stepping = clock.train.seconds - clock.prepare.seconds + clock.data.seconds - state.first_step_seconds
    per_step = stepping / max(1, steps - 1)
    evaluations = (clock.eval.seconds + clock.prepare.seconds) * (1 + len(spec.task.evaluation_steps())) / 3
    return state.first_step_seconds + per_step * (spec.task.steps - 1) + evaluations
