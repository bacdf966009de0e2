"""What is declared of an optimizer by trying it out: how weight decay acts, how large its state is, its invariances."""

from __future__ import annotations

import dataclasses
from typing import get_args

import optbench
import torch
from optbench.testing import CHECKS, Outcome, Slope, Trial, distance, examine, state_bytes

DECAY = 0.1
STEPS = 5
SHAPES = ((40, 30), (40, 60))


def weight_decay_mode(component: optbench.Optimizer) -> str | None:
    """Return how weight decay acts after the first step, in float64 on losses whose gradients ignore the weights.

    The first step is left out: in it several methods set up their state and move nothing. None: in no known mode.
    """
    lr = 0.3 * component.lr_ref
    moves = Trial(component, Slope((4, 3)), lr=lr, weight_decay=0.0).moves(STEPS)[1:]
    start, *path = _path(Trial(component, Slope((4, 3)), lr=lr, weight_decay=DECAY))
    decayed = [b - a - move[0] for a, b, move in zip([start, *path], path, moves, strict=False)]
    if not any(change.abs().max() for change in decayed):
        return "none"
    for mode, factor in (("decoupled_lr", lr * DECAY), ("decoupled", DECAY)):
        expected = [-factor * weights for weights in (start, *path[:-1])]
        if distance(decayed, expected) < 0.05 * factor * start.abs().max().item():
            return mode
    penalised = Slope((4, 3))
    penalised.penalty = DECAY
    _, *same = _path(Trial(component, penalised, lr=lr, weight_decay=0.0))
    return "l2" if distance(path, same) < 0.05 * distance(decayed, [0 * change for change in decayed]) else None


def bytes_per_weight(component: optbench.Optimizer) -> float | None:
    """Return the size of the state per float32 weight of a matrix, or None where it depends on the matrix's shape."""
    found = [
        state_bytes(Trial(component, Slope(s, dtype=torch.float32)).run(3).optimizer) / (s[0] * s[1]) for s in SHAPES
    ]
    return found[0] if found[0] == found[1] else None


def invariances(component: optbench.Optimizer) -> list[optbench.Invariance]:
    """Return which of the kit's invariances the optimizer has."""
    return [one for one in get_args(optbench.Invariance) if _is_invariant(component, one)]


def _is_invariant(component: optbench.Optimizer, one: optbench.Invariance) -> bool:
    (check,) = (check for check in CHECKS["optimizer"] if check.name == "invariances")
    claimed = dataclasses.replace(component, invariances=(one,))
    return examine(check, "optimizer", component.name, lambda: claimed).outcome is Outcome.PASSED


def _path(trial: Trial[Slope]) -> list[torch.Tensor]:
    """The weights after each step from the first on."""
    path: list[torch.Tensor] = []
    trial.run(STEPS, lambda: path.append(trial.weights[0]))
    return path
