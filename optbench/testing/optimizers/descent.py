"""Descending: what an optimizer is for."""

from __future__ import annotations

from optbench.components.optimizer import Optimizer
from optbench.testing.check import Violation, check
from optbench.testing.optimizers.variants import decaying
from optbench.testing.trial import Quadratic, Slope, Trial, finite, size

STEPS = 100
FACTORS = (0.1, 1.0, 10.0, 100.0)
"""Learning rates tried, as multiples of lr_ref: the part of the lr-grid that small problems want."""


@check("descends", why="A wrong sign, or an lr_ref that is far off, makes every other figure meaningless.")
def descends(component: Optimizer) -> None:
    """On a convex quadratic, 100 steps at lr_ref lower the loss, and at the best of four rates they halve it."""
    losses = {}
    for factor in FACTORS:
        trial = Trial(component, Quadratic((4, 3), (5,)), lr=factor * component.lr_ref)
        first = trial.problem.loss(0).item()
        trial.run(STEPS)
        losses[factor] = trial.problem.loss(0).item() / first if finite(trial.weights) else float("inf")
    found = ", ".join(f"{loss:.3g} at {factor * component.lr_ref:.3g}" for factor, loss in losses.items())
    if not losses[1.0] < 1:
        raise Violation(f"the loss at lr_ref does not fall; its ratio to the first one by rate: {found}")
    if not min(losses.values()) < 0.5:
        raise Violation(f"no rate halves the loss; its ratio to the first one by rate: {found}")


@check("zero-gradient", why="0/0 in a normalised update turns a dead unit into NaN, and with it the whole network.")
def stands_still_without_a_gradient(component: Optimizer) -> None:
    """Where every gradient is zero, and nothing decays, the weights stay as they are."""
    problem = Slope((4, 3), (5,))
    problem.draws = [[0 * draw for draw in draws] for draws in problem.draws]
    trial = Trial(decaying(component, 0.0), problem)
    for step, moved in enumerate(trial.moves(3), 1):
        if size(moved) > 0:
            raise Violation(f"step {step} moves the weights by up to {size(moved):.3g}")


CHECKS = (descends, stands_still_without_a_gradient)
