"""The components: schedulefree's classes with their own defaults, in which `warmup` stands for `warmup_steps`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import optbench

_PAPER = "Defazio et al., The road less scheduled, NeurIPS 2024, arXiv:2405.15682"
_RADAM = f"{_PAPER}; Liu et al., On the variance of the adaptive learning rate and beyond, arXiv:1908.03265"
_ADAGRAD = f"{_PAPER}; Duchi et al., Adaptive subgradient methods, JMLR 2011"

_AVERAGE: Mapping[str, Any] = {"r": 0.0, "weight_lr_power": 2.0}
_COMMON: Mapping[str, Any] = {"weight_decay": 0.0, **_AVERAGE, "foreach": True}
_SGD: Mapping[str, Any] = {"momentum": 0.9, **_COMMON, "warmup": 0.0}
_ADAMW: Mapping[str, Any] = {"betas": (0.9, 0.999), "eps": 1e-8, **_COMMON, "warmup": 0.0}
_RADAM_DEFAULTS: Mapping[str, Any] = {"betas": (0.9, 0.999), "eps": 1e-8, **_COMMON, "silent_sgd_phase": True}
_MOMENTUM: Mapping[str, optbench.Space] = {"momentum": optbench.LogitUniform(0.5, 0.999)}
_BETAS: Mapping[str, optbench.Space] = {
    "betas": optbench.Choice(((0.9, 0.99), (0.9, 0.999), (0.95, 0.99), (0.95, 0.999), (0.98, 0.999)))
}
_DECAY: Mapping[str, optbench.Space] = {"weight_decay": optbench.LogUniform(1e-4, 1.0)}

_ZERO = {"lr-zero": "the iterates stand still at rate 0, the average of them goes on towards them"}
_IN_PLACE = {"gradients-untouched": "the library divides the gradient by its root mean square in place"}
_AT_Y = {"weight-decay": "z decays by lr * weight_decay * y, and the weights are averages of z"}
_DECAY_IN_PLACE = {"gradients-untouched": "the library adds weight_decay times the weights to the gradient in place"}
_LEFT_AT_Y = {"none-gradients": "each step takes a weight without a gradient on towards z, and not back"}
_WRAPPED = dict.fromkeys(
    ("add-param-group", "group-lr", "group-weight-decay"),
    "the wrapper gives its settings to the groups that it was built with only",
) | {"none-gradients": "the wrapper's average goes on towards z where a weight has no gradient"}


def _optimizer(
    name: str,
    lr_ref: float,
    defaults: Mapping[str, Any],
    space: Mapping[str, optbench.Space],
    decay: optbench.WeightDecayMode,
    state_bytes: float,
    description: str,
    *,
    reference: str = _PAPER,
    closure: bool = False,
    update_rule: str | None = None,
    invariances: tuple[optbench.Invariance, ...] = (),
    limits: Mapping[str, str] | None = None,
) -> optbench.Optimizer:
    return optbench.Optimizer(
        name=f"sf.{name}",
        build=f"optbench_schedulefree.build:{name.replace('-', '_')}",
        lr_ref=lr_ref,
        defaults=defaults,
        space={"lr": optbench.LogUniform(lr_ref * 1e-3, lr_ref * 1e3), **space},
        weight_decay_mode=decay,
        closure=closure,
        update_rule=update_rule and f"optbench_schedulefree.rules:{update_rule}",
        state_bytes=state_bytes,
        invariances=invariances,
        limits=limits or {},
        reference=reference,
        description=description,
    )


OPTIMIZERS = (
    _optimizer(
        "sgd",
        1.0,
        _SGD,
        _MOMENTUM,
        "l2",
        4,
        "SGD that evaluates an average of its iterates; wants a constant schedule.",
        update_rule="sgd",
        limits=_ZERO | _DECAY_IN_PLACE,
        invariances=("rotation",),
    ),
    _optimizer(
        "sgd-closure",
        1.0,
        _SGD,
        _MOMENTUM,
        "l2",
        4,
        "Schedule-free SGD that moves to where the gradient is wanted for the closure only.",
        closure=True,
        update_rule="sgd_closure",
        limits=_ZERO | _LEFT_AT_Y,
        invariances=("rotation",),
    ),
    _optimizer(
        "adamw",
        0.0025,
        _ADAMW,
        {**_BETAS, **_DECAY},
        "decoupled_lr",
        8,
        "AdamW whose momentum is an average of its iterates, which it evaluates; wants a constant schedule.",
        update_rule="adamw",
        limits=_ZERO | _AT_Y | _IN_PLACE,
        invariances=("scale",),
    ),
    _optimizer(
        "adamw-closure",
        0.0025,
        _ADAMW,
        {**_BETAS, **_DECAY},
        "decoupled_lr",
        8,
        "Schedule-free AdamW that moves to where the gradient is wanted for the closure only.",
        closure=True,
        update_rule="adamw_closure",
        limits=_ZERO | _AT_Y | _LEFT_AT_Y,
        invariances=("scale",),
    ),
    _optimizer(
        "adamw-paper",
        0.0025,
        _ADAMW,
        {**_BETAS, **_DECAY},
        "decoupled_lr",
        8,
        "Schedule-free AdamW with the bias correction of the paper's experiments, which tempers its first rates.",
        update_rule="adamw_paper",
        limits=_ZERO | _AT_Y | _IN_PLACE,
        invariances=("scale",),
    ),
    _optimizer(
        "radam",
        0.0025,
        _RADAM_DEFAULTS,
        {**_BETAS, **_DECAY},
        "decoupled_lr",
        8,
        "Schedule-free RAdam: neither schedule nor warm-up; its first five steps move nothing.",
        reference=_RADAM,
        limits=_AT_Y | _DECAY_IN_PLACE,
        invariances=("scale",),
    ),
    _optimizer(
        "radam-closure",
        0.0025,
        _RADAM_DEFAULTS,
        {**_BETAS, **_DECAY},
        "decoupled_lr",
        8,
        "Schedule-free RAdam that moves to where the gradient is wanted for the closure only.",
        reference=_RADAM,
        limits=_AT_Y | _LEFT_AT_Y,
        closure=True,
        invariances=("scale",),
    ),
    _optimizer(
        "wrapped-adagrad",
        0.01,
        {"momentum": 0.9, "eps": 1e-10, "weight_decay": 0.0, **_AVERAGE},
        {**_MOMENTUM, **_DECAY},
        "decoupled_lr",
        16,
        "torch's AdaGrad in schedulefree's wrapper, which keeps all three sequences.",
        reference=_ADAGRAD,
        limits=_ZERO | _AT_Y | _WRAPPED,
        invariances=("scale",),
    ),
)
