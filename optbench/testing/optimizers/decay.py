"""Weight decay: how it acts, and which way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from torch import Tensor

from optbench.components.optimizer import Optimizer, WeightDecayMode
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import DECAY, decaying
from optbench.testing.trial import PATIENCE, Slope, Trial, distance, finite, size

STEPS = 4
"""Steps that are compared, after those that a method may take to begin."""
ALONE, BESIDE = ((4, 3),), ((4, 3), (3, 4), (2, 3))
"""Shapes of the tensors that decay: what it does to the first may not depend on how many there are."""


class _Slopes(Slope):
    """A slope whose first tensor, and its gradients, are the same whatever others there are.

    The gradients are of another size than 1, which a method may divide its decay by.
    """

    def __init__(self, *shapes: Sequence[int]) -> None:
        super().__init__(*shapes)
        alone = Slope(shapes[0])
        self.weights[0] = alone.weights[0]
        self.draws = [
            [3 * draw for draw in (*first, *others[1:])] for first, others in zip(alone.draws, self.draws, strict=True)
        ]


@check("weight-decay", why="Adam with L2 and AdamW are different methods, and their weight decays different numbers.")
def decays_as_declared(component: Optimizer) -> None:
    """Weight decay acts as its declared mode says: in the gradient (l2), by lr * wd, by wd, or not at all."""
    declared = component.weight_decay_mode
    if "weight_decay" not in component.defaults:
        if declared != "none":
            raise Violation(f"it declares {declared!r}, but has no hyper-parameter weight_decay")
        raise NotApplicable("it has no hyper-parameter weight_decay")
    alone, beside = _modes(component, ALONE), _modes(component, BESIDE)
    if alone and not set(alone) & set(beside):
        raise Violation(f"a tensor decays as {_words(alone)} alone, and beside others as {_words(beside)}")
    for found in (alone, beside):
        if declared not in found:
            raise Violation(f"it declares {declared!r} and behaves as {_words(found)}")


@check("decay-direction", why="Weights that decay drives away from zero, or all one way, grow without a limit.")
def decays_towards_zero(component: Optimizer) -> None:
    """Weight decay has an effect, draws weights towards zero, and treats negative weights like positive ones."""
    if "weight_decay" not in component.defaults:
        raise NotApplicable("it has no hyper-parameter weight_decay")
    on, off = decaying(component, DECAY), decaying(component, 0.0)
    decayed, plain = (Trial(one, Slope(*BESIDE)).run(PATIENCE).weights for one in (on, off))
    if not distance(decayed, plain):
        raise Violation(f"weight_decay={DECAY:g} changes nothing in {PATIENCE} steps")
    if not _mirrored(off) and (apart := _mirrored(on)):
        raise Violation(
            f"negative weights with negative gradients take other steps than positive ones with positive gradients: "
            f"with weight_decay={DECAY:g} they differ by up to {apart:.3g}, without it they do not"
        )
    trial = Trial(on, _scaled(Slope(*BESIDE), gradients=0.0))
    start = trial.weights
    for moved in trial.moves(PATIENCE):
        if size(moved):
            outwards = [float((w * move).sum()) for w, move in zip(start, moved, strict=True)]
            if not all(outward <= 0 for outward in outwards):
                where = "away from zero" if finite(moved) else "to values that are not finite"
                raise Violation(f"where every gradient is zero, weight_decay={DECAY:g} draws weights {where}")
            return


def modes(component: Optimizer) -> list[WeightDecayMode]:
    """Return the modes that weight decay behaves as: on a tensor alone, where it is otherwise beside others."""
    alone, beside = _modes(component, ALONE), _modes(component, BESIDE)
    return [mode for mode in alone if mode in beside] or alone


def _modes(component: Optimizer, shapes: Sequence[Sequence[int]]) -> list[WeightDecayMode]:
    """The modes that the first tensor's decay behaves as."""
    lr = 0.3 * component.lr_ref
    on, off = (Trial(component, _Slopes(*shapes), lr=lr, weight_decay=decay) for decay in (DECAY, 0.0))
    penalised = _Slopes(*shapes)
    penalised.penalty = DECAY
    l2 = Trial(component, penalised, lr=lr, weight_decay=0.0).run(PATIENCE + STEPS).weights[0]
    start, before = on.run(PATIENCE).weights[0], off.run(PATIENCE).weights[0]
    moves = [move for move, *_ in off.moves(STEPS)]
    seen, undecayed = on.run(STEPS).weights[0], off.weights[0]
    resting = start + (undecayed - before)
    tolerance = 0.05  # of what the decay does
    factors: dict[WeightDecayMode, float] = {"decoupled_lr": 1 - lr * DECAY, "decoupled": 1 - DECAY}
    fits: dict[WeightDecayMode, bool] = {
        "none": distance([seen], [undecayed]) <= 1e-9 * size([undecayed]),
        "l2": distance([seen], [l2]) <= tolerance * distance([l2], [undecayed]),
    }
    for mode, factor in factors.items():
        shrunk = _shrunk(start, moves, factor)
        fits[mode] = distance([seen], [shrunk]) <= tolerance * distance([shrunk], [resting])
    return [mode for mode in get_args(WeightDecayMode) if fits[mode]]


def _shrunk(start: Tensor, moves: Sequence[Tensor], factor: float) -> Tensor:
    for move in moves:
        start = factor * start + move
    return start


def _words(found: Sequence[WeightDecayMode]) -> str:
    return " or ".join(map(repr, found)) or "none of the modes (has it the wrong sign?)"


def _mirrored(component: Optimizer) -> float:
    """How far steps from mirrored weights along mirrored gradients are from mirrored steps; 0 is to rounding."""
    plain = Trial(component, Slope(*BESIDE)).run(PATIENCE).weights
    mirrored = Trial(component, _scaled(Slope(*BESIDE), weights=-1.0, gradients=-1.0)).run(PATIENCE).weights
    apart = distance(plain, [-weight for weight in mirrored])
    return apart if apart > 1e-9 * size(plain) else 0.0


def _scaled(problem: Slope, weights: float = 1.0, gradients: float = 1.0) -> Slope:
    for weight in problem.weights:
        weight.data.mul_(weights)
    problem.draws = [[gradients * draw for draw in draws] for draws in problem.draws]
    return problem


CHECKS = (decays_as_declared, decays_towards_zero)
