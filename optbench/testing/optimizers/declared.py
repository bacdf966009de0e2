"""What an optimizer declares of itself, told by its behaviour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.trial import Network, Problem, Slope, Trial, Weights, distance, finite, size
from optbench.training.memory import state_bytes

DECAY = 0.1
"""Weight decay at which the modes are told apart."""
RULE_STEPS = 8


@check("state-bytes", why="Memory is a cost that reports compare; a state that grows ends in the memory's end.")
def keeps_as_much_state_as_declared(component: Optimizer) -> None:
    """The state of a float32 matrix takes as many bytes per weight as declared, from the second step on."""
    if component.state_bytes is None:
        raise NotApplicable("it declares no state_bytes")
    problem = Slope((40, 30), dtype=torch.float32)
    trial = Trial(component, problem)
    for steps in (2, 3):
        found = state_bytes(trial.run(steps).optimizer) / 1200
        if abs(found - component.state_bytes) > 1e-6:
            raise Violation(f"it declares {component.state_bytes:g} bytes and has {found:g} after {trial.steps} steps")


@check("weight-decay", why="Adam with L2 and AdamW are different methods, and their weight decays different numbers.")
def decays_as_declared(component: Optimizer) -> None:
    """Weight decay acts as its declared mode says: in the gradient (l2), by lr * wd, by wd, or not at all."""
    declared = component.weight_decay_mode
    if "weight_decay" not in component.defaults:
        if declared != "none":
            raise Violation(f"it declares {declared!r}, but has no hyper-parameter weight_decay")
        raise NotApplicable("it has no hyper-parameter weight_decay")
    lr = 0.3 * component.lr_ref
    without = Trial(component, Slope((4, 3)), lr=lr, weight_decay=0.0)
    start, moves = without.weights, without.moves(4)
    seen = Trial(component, Slope((4, 3)), lr=lr, weight_decay=DECAY).run(4).weights
    penalised = Slope((4, 3))
    penalised.penalty = DECAY
    predictions = {
        "none": without.weights,
        "l2": Trial(component, penalised, lr=lr, weight_decay=0.0).run(4).weights,
        "decoupled_lr": _shrunk(start, moves, 1 - lr * DECAY),
        "decoupled": _shrunk(start, moves, 1 - DECAY),
    }
    matching = [mode for mode, weights in predictions.items() if _match(seen, weights, without.weights, mode)]
    if declared not in matching:
        found = " or ".join(map(repr, matching)) or "none of the modes (has it the wrong sign?)"
        raise Violation(f"it declares {declared!r} and behaves as {found}")


@check("train-eval", why="Methods that evaluate other weights than they train switch around every evaluation.")
def survives_an_evaluation(component: Optimizer) -> None:
    """`eval()` and back to `train()` in the middle of a run leaves the weights, and the run, as they were."""
    straight, switched = (Trial(component, Network()).run(4) for _ in range(2))
    if not (hasattr(switched.optimizer, "train") and hasattr(switched.optimizer, "eval")):
        raise NotApplicable("it has no train() and eval()")
    switched.optimizer.eval()
    if not finite(switched.weights):
        raise Violation("in evaluation mode the weights are not finite")
    switched.optimizer.train()
    tolerance = 1e-4 * size(straight.weights)
    if (apart := distance(straight.weights, switched.weights)) > tolerance:
        raise Violation(f"eval() and train() change the weights by up to {apart:.3g}")
    if (apart := distance(straight.run(3).weights, switched.run(3).weights)) > tolerance:
        raise Violation(f"three steps after eval() and train() the weights differ by up to {apart:.3g}")


class _Scaled(Network):
    """The network with its loss multiplied by 1,024."""

    def loss(self, step: int) -> Tensor:
        """1,024 times the mean squared error."""
        return torch.mul(super().loss(step), 1024)


class _Rotated(Problem):
    """A quadratic of a matrix, seen in coordinates that are rotated by `rotation`."""

    def __init__(self, rotation: Tensor) -> None:
        super().__init__()
        plain = Weights((4, 3), (4, 3), (4, 4))
        start, self.centre, self.factor = (weight.detach() for weight in plain.weights)
        self.rotation = rotation
        self.matrix = torch.nn.Parameter(rotation.T @ start)

    def loss(self, step: int) -> Tensor:
        """Half the squared norm of factor times (weights - centre), in the original coordinates."""
        return torch.mul((self.factor @ (self.rotation @ self.matrix - self.centre)).square().sum(), 0.5)


@check("invariances", why="They tell whether a learning rate carries over to a loss or a basis of another scale.")
def is_invariant_as_declared(component: Optimizer) -> None:
    """What it declares to be invariant is: to the scale of the loss, to rotations of the weights."""
    if not component.invariances:
        raise NotApplicable("it declares no invariances")
    if "scale" in component.invariances:
        one, other = (Trial(component, problem.double()) for problem in (Network(), _Scaled()))
        start = one.weights
        apart = distance(one.run(10).weights, other.run(10).weights)
        if apart > 1e-3 * distance(one.weights, start):
            raise Violation(f"ten steps on 1,024 times the loss differ by up to {apart:.3g}")
    if "rotation" in component.invariances:
        rotation = torch.linalg.qr(Weights((4, 4), seed=1).weights[0].detach())[0]
        plain, rotated = Trial(component, _Rotated(torch.eye(4).double())), Trial(component, _Rotated(rotation))
        apart = distance(plain.run(10).weights, [rotation @ rotated.run(10).weights[0]])
        if apart > 1e-6 * size(plain.weights):
            raise Violation(f"ten steps in rotated coordinates differ by up to {apart:.3g}")


class _Steep(Weights):
    """A quadratic whose gradients span nine decades, so that an epsilon in the wrong place shows."""

    def __init__(self) -> None:
        super().__init__((6, 2), (6, 2))
        self.centre = self.weights[1].detach()
        self.weights = torch.nn.ParameterList([self.weights[0]])
        self.curvature = torch.logspace(-9, 0.3, 12, dtype=torch.float64).reshape(6, 2)

    def loss(self, step: int) -> Tensor:
        """Half the squared distance to the centre, each coordinate with its own curvature."""
        return torch.mul((self.curvature * (self.weights[0] - self.centre).square()).sum(), 0.5)


@check("update-rule", why="An implementation that deviates from its paper is benchmarked under a wrong name.")
def follows_its_update_rule(component: Optimizer) -> None:
    """Its path on a quadratic is that of the declared textbook rule, to six digits."""
    if component.update_rule is None:
        raise NotApplicable("it declares no update_rule")
    for changes in ({}, {"weight_decay": DECAY}) if "weight_decay" in component.defaults else ({},):
        problem = _Steep()
        trial = Trial(component, problem, **changes)
        start, (centre, curvature) = trial.weights[0].numpy(), (problem.centre.numpy(), problem.curvature.numpy())
        path: list[Any] = []
        trial.run(RULE_STEPS, lambda trial=trial, path=path: path.append(trial.weights[0].numpy()))  # type: ignore[misc]
        hyperparameters = {**component.defaults, "lr": component.lr_ref, **changes}
        rule = resolve(component.update_rule)
        expected = rule(start, lambda w, h=curvature, c=centre: h * (w - c), steps=RULE_STEPS, **hyperparameters)
        for step, (seen, right) in enumerate(zip(path, expected, strict=True), 1):
            apart = np.abs(seen - right).max()
            if not apart <= 1e-6 * np.abs(right - start).max():
                words = f" with {changes}" if changes else ""
                raise Violation(f"step {step}{words} differs from {component.update_rule} by up to {apart:.3g}")


def _shrunk(start: Sequence[Tensor], moves: Sequence[Sequence[Tensor]], factor: float) -> list[Tensor]:
    weights = list(start)
    for move in moves:
        weights = [factor * weight + change for weight, change in zip(weights, move, strict=True)]
    return weights


def _match(seen: list[Tensor], predicted: list[Tensor], undecayed: list[Tensor], mode: str) -> bool:
    """Whether what is seen is what a mode predicts, to within a twentieth of what the decay does."""
    effect = distance(predicted, undecayed)
    return distance(seen, predicted) <= (0.05 * effect if mode != "none" else 1e-9 * size(undecayed))


CHECKS = (
    keeps_as_much_state_as_declared,
    decays_as_declared,
    survives_an_evaluation,
    is_invariant_as_declared,
    follows_its_update_rule,
)
