"""Precision inside a step, which the types of weights and state do not show."""

from __future__ import annotations

import torch
from torch import Tensor

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.trial import PATIENCE, Slope, Trial

SMALL, LARGE = 1e-9, 1e-2
"""Relative changes of gradients: below what single precision can tell apart, and above what half precision can."""
OFF = 0.1
"""Relative difference between the answers to both that curvature, or a mask that flips, may make."""


class _Nudged(Slope):
    """A slope whose gradients are changed by some relative amount, in each coordinate by another share of it."""

    penalty = 1.0

    def __init__(self, change: float) -> None:
        super().__init__((4, 3), (5,))
        shares = self.draws[-1]
        self.draws = [[draw * (1 + change * s) for draw, s in zip(draws, shares, strict=True)] for draws in self.draws]


@check("precision", why="What is rounded to half or single precision inside a step falsifies runs in double precision.")
@off_and_on
def answers_small_changes(component: Optimizer) -> None:
    """In float64 the weights answer a change of 1e-9 in the gradients as they answer one of 1e-2, in proportion.

    Both answers are central differences. Methods whose steps see the gradient's signs only answer neither.
    """
    small, large = _answer(component, SMALL), _answer(component, LARGE)
    if (large != 0).double().mean() < 0.5:
        raise NotApplicable("its steps do not answer a change of 1 % in the gradients, as where only signs count")
    rounding = 8 * torch.finfo(torch.float64).eps / SMALL
    apart = (small - large).abs() / (large.abs() + rounding / OFF)
    if not (typical := apart.median().item()) <= OFF:
        raise Violation(
            f"a change of {SMALL:g} in the gradients moves the weights, in proportion, otherwise than one of {LARGE:g} "
            f"does: by {typical:.0%} in the median"
        )


def _answer(component: Optimizer, change: float) -> Tensor:
    """How much the weights [N] after some steps answer a relative change of the gradients, per unit of it."""
    up, down = (
        torch.cat([weight.flatten() for weight in Trial(component, _Nudged(signed)).run(PATIENCE).weights])
        for signed in (change, -change)
    )
    return (up - down) / (2 * change)


CHECKS = (answers_small_changes,)
