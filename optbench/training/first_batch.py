"""One batch of a task, forward and backward, in both modes, without an update: what is wrong is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from optbench.components.component import resolve
from optbench.components.dataset import Inputs
from optbench.components.loss import Targets
from optbench.errors import UsageError
from optbench.registry.registry import Registry
from optbench.training.blame import blamed
from optbench.training.data import several
from optbench.training.evaluation import evaluation_mode
from optbench.training.soundness import refuse_classes_outside
from optbench.training.training import Training


def try_batch(run: Training, registry: Registry) -> None:
    """Evaluate the first batch, and train on it short of the update; raises `UsageError` for what cannot be done."""
    inputs, targets = next(run.batches(0))
    targets = targets.clone()
    inputs = tuple(part.clone() for part in inputs) if isinstance(inputs, tuple) else inputs.clone()
    with evaluation_mode(run.model, run.optimizer), torch.no_grad():
        outputs = _outputs(run, registry, inputs, targets, "")
        _refuse_unusable(run, _loss(run, outputs, targets))
        _try_metrics(run, registry, outputs, targets)
    _loss(run, _outputs(run, registry, _augmented(run, inputs), targets, " in training mode"), targets)
    with blamed("the training objective", run.model, run.task.loss, run.task.augmentation):
        objective = run.objective(inputs, targets)
    _refuse_unusable(run, objective)
    _try_backward(run, objective)


def _outputs(run: Training, registry: Registry, inputs: Inputs, targets: Tensor, mode: str) -> Tensor:
    owner = f"model {run.task.model!r}"
    with blamed(f"{owner}{mode}", run.model, given=lambda: _given(inputs)), _unchanged(owner, *several(inputs)):
        outputs: Any = run.predict(inputs)
    for name, kind in _takers(run, registry):
        if not isinstance(outputs, Tensor):
            raise UsageError(f"{owner} returned {_described(outputs)}{mode}; return the logits alone{_naming(outputs)}")
        if (expected := _expected(kind, outputs, targets, run.splits.outputs)) is not None:
            raise UsageError(
                f"{owner} returned a tensor of shape {tuple(outputs.shape)}{mode} for targets of shape "
                f"{tuple(targets.shape)}; {name} takes {expected}"
            )
        if kind in ("classes", "transcripts") and not targets.is_floating_point():
            refuse_classes_outside(run.splits, outputs.shape[-1], kind)
    return outputs  # type: ignore[no-any-return]


def _takers(run: Training, registry: Registry) -> Iterator[tuple[str, Targets]]:
    """Yield what looks at the outputs, and the kind of targets it takes, but for those that take anything."""
    loss = registry.loss(run.task.loss).component
    if loss.targets != "any":
        yield run.task.loss, loss.targets
    for metric in run.metrics:
        targets = registry.metric(metric.name).component.targets
        if metric.statistics and targets != "any":
            yield f"the metric {metric.name}", targets


def _expected(kind: Targets, outputs: Tensor, targets: Tensor, classes: int) -> str | None:
    """Say what a loss or a metric of that kind takes, where the outputs are something else."""
    if kind == "values":
        fits, shape = outputs.numel() == targets.numel(), tuple(targets.shape)
        return None if fits else f"as many numbers as there are targets, {shape}"
    if kind == "transcripts":
        fits = outputs.ndim == 3 and targets.ndim == 2 and len(outputs) == len(targets)
        return None if fits else "logits (examples, frames, classes), and padded transcripts (examples, characters)"
    if kind == "classes" and targets.is_floating_point():
        fits = outputs.shape == targets.shape and outputs.ndim > 1 and _are_probabilities(targets)
        return None if fits else f"classes as whole numbers, or the probability of each: {(*targets.shape, classes)}"
    if kind == "classes":
        fits = outputs.ndim > 0 and _long_axes(outputs.shape[:-1]) == _long_axes(targets.shape)
        return None if fits else f"one row of logits for each target, {(*targets.shape, classes)}"
    return None


def _are_probabilities(targets: Tensor) -> bool:
    sums = targets.sum(-1)
    return bool((targets >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-3)


def _long_axes(shape: tuple[int, ...]) -> list[int]:
    return [size for size in shape if size != 1]


def _augmented(run: Training, inputs: Inputs) -> Inputs:
    name = run.task.augmentation
    if name is None:
        return inputs
    with (
        blamed(f"augmentation {name!r}", name, given=lambda: _given(inputs)),
        _unchanged(f"augmentation {name!r}", *several(inputs)),
    ):
        return resolve(name)(inputs)


def _loss(run: Training, outputs: Tensor, targets: Tensor) -> Tensor:
    owner = f"loss {run.task.loss!r}"
    with blamed(owner, run.task.loss), _unchanged(owner, outputs, targets):
        return run.loss(outputs, targets)


def _try_metrics(run: Training, registry: Registry, outputs: Tensor, targets: Tensor) -> None:
    for metric in run.metrics:
        component = registry.metric(metric.name).component
        owner = f"metric {metric.name!r}"
        with blamed(owner, component.build, component.value), _unchanged(owner, outputs, targets):
            given = metric.statistics(outputs, targets) if metric.statistics else 1.0
            value = metric.value(given.cpu().double() if isinstance(given, Tensor) else given)
        if not isinstance(value, int | float):
            raise UsageError(f"{owner} is {_described(value)}; its value is a number")


def _try_backward(run: Training, objective: Tensor) -> None:
    if objective.requires_grad:
        with blamed("the backward pass", run.model, run.task.loss, run.task.augmentation):
            objective.backward()  # type: ignore[no-untyped-call]
    gradients = [(name, p.grad) for name, p in run.model.named_parameters() if p.grad is not None]
    if not gradients:
        raise UsageError(
            "its training loss does not depend on any trainable parameter; do not detach what the model computes"
        )
    for name, gradient in gradients:
        if not torch.isfinite(gradient).all():
            raise UsageError(f"the gradient of {name} is not finite before the first step; change the initial weights")


def _refuse_unusable(run: Training, loss: Any) -> None:
    owner = f"loss {run.task.loss!r}"
    if not isinstance(loss, Tensor):
        raise UsageError(f"{owner} returned {_described(loss)}; return a tensor, the mean over the batch")
    if loss.numel() != 1 or loss.ndim:
        raise UsageError(f"{owner} returned a tensor of shape {tuple(loss.shape)}; return the mean over the batch")
    if not torch.isfinite(loss):
        raise UsageError(f"{owner} is {loss.item()} before the first step; change the initial weights, or the data")


@contextmanager
def _unchanged(owner: str, *tensors: Any) -> Iterator[None]:
    """Raise `UsageError` where tensors are changed in place, by the version or, as `x.data.div_(255)` does, without."""
    before = [(x, x._version, x.detach().clone()) for x in tensors if isinstance(x, Tensor)]
    yield
    if any(x._version != version or not torch.equal(x, copy) for x, version, copy in before):
        raise UsageError(
            f"{owner} changes its inputs in place, and with them the data for what comes after; "
            "write x / 255, not x.div_(255)"
        )


def _given(inputs: Inputs) -> str:
    tensors = several(inputs)
    words = " and ".join(f"{str(x.dtype).removeprefix('torch.')} of shape {tuple(x.shape)}" for x in tensors)
    are_whole = any(not (x.is_floating_point() or x.is_complex()) for x in tensors)
    return f"; its inputs are {words}" + ("; images as whole numbers: give images / 255" if are_whole else "")


def _naming(outputs: Any) -> str:
    """How a task says which of several outputs the logits are."""
    names = [0] if isinstance(outputs, tuple | list) else list(outputs) if isinstance(outputs, dict) else []
    return f", or say in the task which they are, output = {json.dumps(names[0])}" if names else ""


def _described(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if isinstance(value, dict):
        return f"a dict of {', '.join(map(repr, value))}"
    return f"{value!r}" if value is None else f"a {type(value).__name__}"
