"""What an optimizer declares of itself, told by its behaviour."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.components.update_rule import UPDATE_RULES, update_rule_build
from optbench.testing.check import NotApplicable, NotDeclared, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.trial import Network, Problem, Slope, Trial, Weights, distance, finite, size
from optbench.training.memory import state_bytes
from optbench.training.side_by_side.stack import Stack
from optbench.training.side_by_side.updates import SharedOptimizer

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


@check("train-eval", why="Methods that evaluate other weights than they train switch around every evaluation.")
@off_and_on
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


@check("elementwise", why="One object updates the weights of several runs at once, at their learning rates.")
def updates_each_weight_by_itself(component: Optimizer) -> None:
    """One object steps the stacked weights of two networks, at rates a factor of ten apart, as two objects would."""
    if not component.elementwise:
        raise NotApplicable("it does not declare to be elementwise")
    rates = (component.lr_ref, component.lr_ref / 10)
    apart, together = ([Trial(component, Network(seed).double(), lr=lr) for seed, lr in enumerate(rates)] for _ in "12")
    stack = Stack([trial.problem for trial in together])
    shared = SharedOptimizer([trial.optimizer for trial in together], stack, component.lr_ref)
    for _ in range(10):
        for trial in together:
            trial.gradient()
            trial.steps += 1
        gradients = [[parameter.grad for parameter in trial.problem.parameters()] for trial in together]
        stacked = (torch.stack([g for g in of_all if g is not None]) for of_all in zip(*gradients, strict=True))
        shared.step(1.0, dict(zip(stack.parameters, stacked, strict=True)))
    for one, other in zip(apart, together, strict=True):
        start = one.weights
        difference = distance(one.run(10).weights, other.weights)
        if not difference <= 1e-9 * max(distance(one.weights, start), size(start)):
            raise Violation(f"after ten steps the weights differ by up to {difference:.3g}")


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
@off_and_on
def follows_its_update_rule(component: Optimizer) -> None:
    """Its path on a quadratic is that of the declared textbook rule, to six digits."""
    if component.update_rule is None:
        raise NotDeclared(f"its update rule: declare update_rule=… ({', '.join(UPDATE_RULES)}, or module:function)")
    problem = _Steep()
    trial = Trial(component, problem)
    start, centre, curvature = (tensor.numpy() for tensor in (trial.weights[0], problem.centre, problem.curvature))
    path: list[NDArray[np.float64]] = []
    trial.run(RULE_STEPS, lambda: path.append(trial.weights[0].numpy()))
    rule = resolve(update_rule_build(component.update_rule))
    hyperparameters = _arguments(rule, trial.optimizer.param_groups[0], component)
    expected = rule(start, lambda w: curvature * (w - centre), steps=RULE_STEPS, **hyperparameters)
    for step, (seen, right) in enumerate(zip(path, expected, strict=True), 1):
        apart = np.abs(seen - right).max()
        if not apart <= 1e-6 * np.abs(right - start).max():
            raise Violation(f"step {step} differs from {component.update_rule} by up to {apart:.3g}")


def _arguments(rule: Callable[..., Any], group: Mapping[str, Any], component: Optimizer) -> dict[str, Any]:
    """The hyper-parameters: as declared, and what the rule wants besides as the optimizer's own group has it."""
    wanted = inspect.signature(rule).parameters
    own = {name: group[name] for name in wanted if name in group}
    return {**own, **component.defaults, "lr": component.lr_ref}


CHECKS = (
    keeps_as_much_state_as_declared,
    survives_an_evaluation,
    is_invariant_as_declared,
    updates_each_weight_by_itself,
    follows_its_update_rule,
)
