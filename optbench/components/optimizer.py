"""`Optimizer`: what a suite can enter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from optbench.components.component import Build, check_component
from optbench.components.spaces import LogUniform, Space, is_number
from optbench.components.update_rule import UPDATE_RULES, check_update_rule
from optbench.errors import PluginError

WeightDecayMode = Literal["none", "l2", "decoupled_lr", "decoupled"]
"""What an optimizer's `weight_decay` means: see `Optimizer`."""
Invariance = Literal["scale", "rotation"]
"""What may be multiplied or rotated without changing an optimizer's steps: see `Optimizer`."""


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    """An optimizer that suites can name.

    `build` is a `torch.optim.Optimizer` class or its import string, called as
    `build(params, **hyperparameters)`, or a function called as
    `build(model, *, total_steps, **hyperparameters)`, for methods that tell parameters apart by name or
    rank, or depend on the horizon. The hyper-parameters are `defaults` with `lr` added.

    `lr_ref` is the learning rate that its authors recommend as a start: the default of the `defaults`
    protocol and the centre of the `lr-grid`. `space` says what the other protocols may tune.
    `weight_decay_mode` says what `weight_decay` means: `l2` adds it to the gradient, `decoupled_lr` shrinks
    weights by `1 - lr * weight_decay` (torch's AdamW), `decoupled` by `1 - weight_decay`, `none` has none.
    With `closure=True` the training loop calls `optimizer.step(closure)`; the closure zeroes the gradients, computes
    them and returns the loss. With `create_graph=True` the gradients keep their graph, for Hessian-vector products.
    With `sparse=True` it takes sparse gradients only. With `elementwise=True` the step of a weight depends on its own
    gradients, value and state alone and is proportional to the learning rate of the moment, so that one object may
    update the weights of several runs. `period` is the number of steps after which the costs of a step
    repeat, or the hyper-parameter that says so (SOAP's `"precondition_frequency"`): `optbench time` measures whole
    periods.

    What follows is declared for the conformance kit (`optbench check`). `update_rule` is a known textbook update
    (`"adamw"`; see `docs/conformance.md`), or the import string of one in numpy,
    `(weights, gradient, *, steps, lr, **defaults) -> weights after each step`. `state_bytes` is
    the size of the state in bytes per float32 weight of a matrix (AdamW: 8). `invariances`: `scale` says that
    multiplying the loss by a constant changes nothing, `rotation` that rotated weights take rotated steps. `limits`
    lists checks that it does not pass, each with the reason.
    `revision` is raised by the author when behaviour changes: recorded runs of older revisions become stale. Code that
    is not an installed release needs none: its files are compared.
    """

    name: str
    build: Build
    lr_ref: float
    defaults: Mapping[str, Any] = field(default_factory=dict)
    space: Mapping[str, Space] = field(default_factory=dict)
    weight_decay_mode: WeightDecayMode = "none"
    closure: bool = False
    create_graph: bool = False
    sparse: bool = False
    elementwise: bool = False
    period: int | str = 1
    update_rule: str | None = None
    state_bytes: float | None = None
    invariances: tuple[Invariance, ...] = ()
    limits: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        check_component(self, self.defaults, "hyper-parameter")
        for mistake in (*_mistakes_in_hyperparameters(self), *_mistakes_in_claims(self)):
            raise PluginError(f"optimizer {self.name!r}: {mistake}")


def _mistakes_in_hyperparameters(optimizer: Optimizer) -> Iterator[str]:
    if not (is_number(optimizer.lr_ref) and optimizer.lr_ref > 0):
        yield f"lr_ref={optimizer.lr_ref!r} must be positive"
    if "lr" in optimizer.defaults:
        yield "give the learning rate as lr_ref, not in defaults"
    if optimizer.weight_decay_mode not in get_args(WeightDecayMode):
        modes = ", ".join(get_args(WeightDecayMode))
        yield f"weight_decay_mode={optimizer.weight_decay_mode!r} must be one of {modes}"
    if isinstance(optimizer.period, str) and optimizer.period not in optimizer.defaults:
        yield f"period={optimizer.period!r} is not among its defaults"
    elif not isinstance(optimizer.period, str) and not (is_number(optimizer.period) and optimizer.period >= 1):
        yield f"period={optimizer.period!r} must be at least 1"
    start = {"lr": optimizer.lr_ref, **optimizer.defaults}
    for key, space in optimizer.space.items():
        if key not in start:
            yield f"space has {key!r}, which is not among its defaults"
        elif not isinstance(space, Space):
            yield f"space[{key!r}]={space!r} is no LogUniform, LogitUniform, Uniform or Choice"
        elif not space.contains(start[key]) and not _switched_off(start[key], space):
            yield f"{'lr_ref' if key == 'lr' else key}={start[key]!r} lies outside space[{key!r}], {space!r}"


def _switched_off(value: object, space: Space) -> bool:
    """Whether a value is a zero that a logarithmic scale cannot hold: weight decay is often off until it is tuned."""
    return isinstance(space, LogUniform) and is_number(value) and value == 0


def _mistakes_in_claims(optimizer: Optimizer) -> Iterator[str]:
    """Yield what is wrong with what is declared for the conformance kit."""
    if optimizer.update_rule is not None and not isinstance(optimizer.update_rule, str):
        yield f"update_rule={optimizer.update_rule!r} must be a name or an import string"
    elif optimizer.update_rule is not None:
        try:
            check_update_rule(optimizer.update_rule)
        except ValueError as error:
            yield f"{error}; known are {', '.join(UPDATE_RULES)}"
    if optimizer.state_bytes is not None and not (is_number(optimizer.state_bytes) and optimizer.state_bytes >= 0):
        yield f"state_bytes={optimizer.state_bytes!r} must be at least 0"
    if not set(optimizer.invariances) <= set(get_args(Invariance)):
        yield f"invariances={optimizer.invariances!r} must be among {', '.join(get_args(Invariance))}"
    for check, reason in optimizer.limits.items():
        if not (isinstance(reason, str) and reason.strip()):
            yield f"limits[{check!r}]={reason!r} must say why it does not pass this check"
