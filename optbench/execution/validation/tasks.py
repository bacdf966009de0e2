"""Whether a task can run, tried in a worker process before anything does: its mistakes are no optimizer's."""

from __future__ import annotations

import copy
import dataclasses
import math
from collections.abc import Sequence
from functools import partial

import torch

from optbench.components.component import resolve
from optbench.errors import DataUnavailable, UsageError
from optbench.registry.explanation import one_line
from optbench.runs.context import ExecutionContext
from optbench.runs.spec import RunSpec
from optbench.training.blame import blamed
from optbench.training.contours import misfit
from optbench.training.first_batch import try_batch
from optbench.training.optimizers import build_optimizer
from optbench.training.parameters import check_complex, lr_factors
from optbench.training.prepare import prepare_run
from optbench.training.schedules import factors
from optbench.training.soundness import refuse_unsound_numbers
from optbench.training.training import Training

EXAMPLES = 64
"""Examples of a batch that are tried at most."""


def validate_task(spec: RunSpec, device_name: str, context: ExecutionContext, entries: Sequence[RunSpec] = ()) -> str:
    """Build a run and try its first batch, without an update; return, in a line, why its task cannot run.

    A batch of more than 64 examples is tried on 64. All examples of all splits are looked at: numbers that are not
    finite, classes that the model has no output for. `entries` are the task's runs by each optimizer: their schedules
    are looked at, and the optimizers are tried where parameters are complex or have rates of their own. Raises
    `DataUnavailable` where files are missing.
    """
    size = spec.task.batch_size
    task = spec.task.model_copy(update={"batch_size": EXAMPLES if size == "full" else min(size, EXAMPLES)})
    changes = {"task": task, "component": "torch.optim:SGD", "hyperparameters": {"lr": 0.0}, "lr_factors": None}
    plain = spec.model_copy(update=changes | {"phase": "report"})  # only report runs have all splits
    try:
        run = prepare_run(plain, torch.device(device_name), dataclasses.replace(context, diagnostics=()))
        registry = context.registry()
        refuse_unsound_numbers(registry.loss(task.loss).component, run.splits)
        try_batch(run, registry)
        _refuse_wrong_schedules(entries or [spec], context)
        _refuse_wrong_optimum(run)
        _refuse_misfit(run)
        _refuse_optimizers(run, entries, context)
    except DataUnavailable:
        raise
    except UsageError as error:
        return str(error)
    except Exception as error:
        return one_line(error)
    return ""


def _refuse_wrong_schedules(specs: Sequence[RunSpec], context: ExecutionContext) -> None:
    for name in dict.fromkeys(spec.schedule for spec in specs):
        factors(context.registry().schedule(name).component, specs[0].task.steps, specs[0].task.warmup)


def _refuse_wrong_optimum(run: Training) -> None:
    optimum = run.task.optimum
    if optimum is not None:
        with blamed(f"optimum {optimum!r}", optimum):
            least = float(resolve(optimum)(run.splits, run.model))
        if not math.isfinite(least):
            raise UsageError(f"optimum {optimum!r} is {least}; it must be a finite number")


def _refuse_optimizers(run: Training, entries: Sequence[RunSpec], context: ExecutionContext) -> None:
    """Try each entry's optimizer on the model itself where that has what small models do not show."""
    for spec in entries:
        component = context.registry().optimizer(spec.component).component
        factors = lr_factors(spec.lr_factors, run.model) if spec.lr_factors else None
        build = partial(
            build_optimizer,
            component,
            total_steps=run.task.steps,
            hyperparameters=spec.hyperparameters,
            factors=factors,
        )
        check_complex(component, run.model, build)
        if factors is not None:
            with blamed(f"optimizer {spec.optimizer!r} with lr_factors", component.build):
                build(copy.deepcopy(run.model))


def _refuse_misfit(run: Training) -> None:
    words = misfit(run.task.test_function, run) if run.task.test_function else ""
    if words:
        raise UsageError(f"{words}; set its test function, window and minima to those of its model")
