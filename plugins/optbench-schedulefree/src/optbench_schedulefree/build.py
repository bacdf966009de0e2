"""Building schedulefree's optimizers for a model, with a warm-up that is a share of the steps, ready for training.

Their schedule is the average that they evaluate, so the learning rate should be constant but for a warm-up at the
beginning: `warmup` is its share of all steps, as a task's `warmup` is. Weight decay acts on the weights that
`optbench.parameter_groups` lets decay. Classes that refuse to step outside of training mode are put into it; optbench's
training loop switches them around each evaluation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import optbench
import schedulefree
import torch
from torch import nn

Build = Callable[..., torch.optim.Optimizer]


def builder(library_class: Callable[..., Any]) -> Build:
    """Return the build function for one of schedulefree's classes."""

    def build(
        model: nn.Module,
        *,
        total_steps: int,
        weight_decay: float = 0.0,
        warmup: float = 0.0,
        foreach: bool = True,
        **hyperparameters: Any,
    ) -> torch.optim.Optimizer:
        if warmup:
            hyperparameters["warmup_steps"] = round(warmup * total_steps)
        optimizer = library_class(optbench.parameter_groups(model, weight_decay), foreach=foreach, **hyperparameters)
        if hasattr(optimizer, "train"):
            optimizer.train()
        return optimizer  # type: ignore[no-any-return]

    return build


sgd = builder(schedulefree.SGDScheduleFree)
sgd_closure = builder(schedulefree.SGDScheduleFreeClosure)
adamw = builder(schedulefree.AdamWScheduleFree)
adamw_closure = builder(schedulefree.AdamWScheduleFreeClosure)
adamw_paper = builder(schedulefree.AdamWScheduleFreePaper)
radam = builder(schedulefree.RAdamScheduleFree)
radam_closure = builder(schedulefree.RAdamScheduleFreeClosure)


def wrapped_adagrad(
    model: nn.Module,
    *,
    total_steps: int,
    lr: float,
    momentum: float = 0.9,
    eps: float = 1e-10,
    weight_decay: float = 0.0,
    r: float = 0.0,
    weight_lr_power: float = 2.0,
) -> Any:
    """Wrap torch's AdaGrad in `ScheduleFreeWrapperReference`, the wrapper that schedulefree recommends for research."""
    groups = optbench.parameter_groups(model, weight_decay)
    base = torch.optim.Adagrad([{"params": group["params"]} for group in groups], lr=lr, eps=eps)
    wrapper = schedulefree.ScheduleFreeWrapperReference(base, momentum=momentum, r=r, weight_lr_power=weight_lr_power)
    for group, declared in zip(wrapper.param_groups, groups, strict=True):
        group["weight_decay_at_y"] = declared["weight_decay"]
    wrapper.train()
    return wrapper
