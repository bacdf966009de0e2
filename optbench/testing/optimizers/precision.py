"""Precision inside a step, which the types of weights and state do not show."""

from __future__ import annotations

import torch
from torch import Tensor

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.trial import PATIENCE, Slope, Trial

SMALL, LARGE = 1e-9, (1e-2, 1e-3)
"""Relative changes of gradients: below what single precision can tell apart, and above what half precision can."""
OFF = 0.1
"""Relative difference between the answers to a small and a large change that curvature may make."""

ROUNDING = 8 * torch.finfo(torch.float64).eps / SMALL
"""What rounding in double precision adds to the answer to a small change."""


class _Nudged(Slope):
    """A slope whose gradients are changed by some relative amount, in each coordinate by another share of it."""

    penalty = 1.0

    def __init__(self, change: float) -> None:
        super().__init__((4, 3), (5,))
        shares = self.draws[-1]
        self.draws = [[draw * (1 + change * s) for draw, s in zip(draws, shares, strict=True)] for draws in self.draws]

    def loss(self, step: int) -> Tensor:
        """The slope's loss, raised to where it is positive, which methods that look at the loss take for granted."""
        return super().loss(step) + 100


@check("precision", why="What is rounded to half or single precision inside a step falsifies runs in double precision.")
@off_and_on
def answers_small_changes(component: Optimizer) -> None:
    """In float64 the weights answer a change of 1e-9 in the gradients as they answer one of 1e-2, in proportion.

    Both answers are central differences. Methods whose steps see the gradient's signs only answer neither.
    """
    small = _answer(component, SMALL)
    apart = []
    for change in LARGE:  # at the one of them a mask may flip, or a basis turn
        large = _answer(component, change)
        if (large != 0).double().mean() < 0.5:
            raise NotApplicable(f"its steps do not answer a change of {change:g} in the gradients, as signs do not")
        apart.append(((small - large).abs() / (large.abs() + ROUNDING / OFF)).median().item())
        if apart[-1] <= OFF:
            return
    raise Violation(
        f"a change of {SMALL:g} in the gradients moves the weights, in proportion, otherwise than one of {LARGE[0]:g} "
        f"does: by {apart[0]:.0%} in the median"
    )


def _answer(component: Optimizer, change: float) -> Tensor:
    """How much the weights [N] after some steps answer a relative change of the gradients, per unit of it."""
    up, down = (
        torch.cat([weight.flatten() for weight in Trial(component, _Nudged(signed)).run(PATIENCE).weights])
        for signed in (change, -change)
    )
    return (up - down) / (2 * change)


CHECKS = (answers_small_changes,)
