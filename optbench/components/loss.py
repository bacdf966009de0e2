"""`Loss`: what a batch costs, a mean over its examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from optbench.components.component import Build, check_named
from optbench.errors import PluginError

Targets = Literal["classes", "values", "transcripts", "none", "any"]
"""What a loss or a metric takes as targets: see `Loss`."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A loss that tasks can name.

    `build` is the function itself, `(outputs, targets) -> scalar`, the mean over the batch. `targets` says what it
    takes: `classes` (integers below the number of outputs, -100 where there is none; or probabilities of each class),
    `values` (as many numbers as the model gives, `within` bounds where there are any), `transcripts` (padded classes of
    frames), `none`, which it ignores, or `any`, of which nothing is checked. With `ignores` its mean is over the
    targets that are not -100. With `smooths` it takes the argument `label_smoothing`.
    """

    name: str
    build: Build
    targets: Targets
    within: tuple[float, float] | None = None
    ignores: bool = False
    smooths: bool = False
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        check_named(self)
        check_targets(f"loss {self.name!r}", self.targets)


def check_targets(owner: str, targets: str) -> None:
    """Raise `PluginError` for what are no targets of a loss or a metric."""
    if targets not in get_args(Targets):
        raise PluginError(f"{owner}: targets={targets!r} must be one of {', '.join(get_args(Targets))}")
