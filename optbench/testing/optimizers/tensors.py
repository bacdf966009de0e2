"""The tensors that an optimizer is given: their precision, layout and shape."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.trial import PATIENCE, Quadratic, Trial, accepts, distance, finite, size

SHAPES = ((), (1,), (5,), (3, 1), (2, 3), (2, 3, 4), (4, 2, 3, 3))
"""A scalar, vectors, matrices, and weights of convolutions."""


@check("float64", why="Convex tasks and comparisons with closed forms run in double precision.")
@off_and_on
def works_in_double_precision(component: Optimizer) -> None:
    """Double precision stays double precision, in the weights and in the state, and follows the float32 path."""
    double = Trial(component, Quadratic((4, 3), (5,)))
    start = double.weights
    single = Trial(component, Quadratic((4, 3), (5,), dtype=torch.float32)).run(5)
    if {w.dtype for w in double.run(5).weights} != {torch.float64}:
        raise Violation("the weights are not float64 any more")
    shapes = {weight.shape for weight in start}
    for parameter, state in double.optimizer.state.items():
        for name, value in state.items() if isinstance(state, dict) else ():
            if torch.is_tensor(value) and value.shape in shapes and value.dtype in (torch.float32, torch.float16):
                raise Violation(f"its state {name!r} of a {parameter.dtype} parameter is {value.dtype}")
    apart = distance(double.weights, single.weights)
    rounding = 5 * torch.finfo(torch.float32).eps * size(start)
    if apart > 0.02 * distance(double.weights, start) + rounding:
        raise Violation(f"after 5 steps float64 and float32 differ by {apart:.3g}")


@check("bfloat16", why="Large models are trained in bfloat16; a state or an epsilon that does not fit gives NaN.")
@off_and_on
def works_in_bfloat16(component: Optimizer) -> None:
    """Weights in bfloat16 stay bfloat16 and finite, and the loss does not rise."""
    trial = Trial(component, Quadratic((4, 3), (5,), dtype=torch.bfloat16))
    first = trial.problem.loss(0).item()
    weights = trial.run(20).weights
    if {w.dtype for w in weights} != {torch.bfloat16}:
        raise Violation(f"the weights are {weights[0].dtype} after 20 steps")
    if not finite(weights):
        raise Violation("the weights are not finite after 20 steps")
    if trial.problem.loss(0).item() > first:
        raise Violation(f"20 steps at lr_ref raise the loss from {first:.3g} to {trial.problem.loss(0).item():.3g}")


@check("non-contiguous", why="Transposed and sliced parameters are common; a raw view of them scrambles the weights.")
@off_and_on
def takes_weights_of_any_layout(component: Optimizer) -> None:
    """A transposed matrix takes the same steps as its contiguous copy."""
    straight, transposed = Quadratic((4, 3)), Quadratic((4, 3))
    transposed.weights[0] = nn.Parameter(transposed.weights[0].detach().T.contiguous().T)
    trials = [Trial(component, problem).run(5).weights for problem in (straight, transposed)]
    if (apart := distance(*trials)) > 1e-6 * size(trials[0]):
        raise Violation(f"after 5 steps they differ by up to {apart:.3g}")


@check("any-shape", why="Models have scalars, vectors, matrices and convolutions; none may be left out or fail.")
@off_and_on
def takes_weights_of_any_shape(component: Optimizer) -> None:
    """Scalars, vectors, matrices and higher tensors all move, and stay finite."""
    trial = Trial(component, Quadratic(*SHAPES))
    before = trial.weights
    for shape, old, new in zip(SHAPES, before, trial.run(PATIENCE).weights, strict=True):
        if not finite([new]):
            raise Violation(f"a parameter of shape {shape} is not finite after {PATIENCE} steps")
        if not distance([old], [new]):
            raise Violation(f"a parameter of shape {shape} has not moved after {PATIENCE} steps")


@check("foreach", why="The fused and the plain form are two implementations of one method.")
@off_and_on
def foreach_is_the_same_method(component: Optimizer) -> None:
    """With `foreach=True` it takes the same steps as with `foreach=False`, in float64 to rounding."""
    _same_method(component, "foreach", Quadratic((4, 3), (5,)), Quadratic((4, 3), (5,)), False, True)


class _Hill(Quadratic):
    """The quadratic upside down."""

    def loss(self, step: int) -> torch.Tensor:
        """Minus the quadratic."""
        return -super().loss(step)


@check("maximize", why="Maximising a reward must be minimising its negative, weight decay included.")
@off_and_on
def maximising_is_minimising_the_negative(component: Optimizer) -> None:
    """With `maximize=True` on the negative loss it takes the steps that it takes on the loss."""
    _same_method(component, "maximize", Quadratic((4, 3), (5,)), _Hill((4, 3), (5,)), False, True)


def _same_method(component: Optimizer, option: str, one: Any, other: Any, *values: Any) -> None:
    if not accepts(component, option):
        raise NotApplicable(f"it takes no argument {option!r}")
    trials = [
        Trial(component, problem, **{option: value}).run(5).weights
        for problem, value in zip((one, other), values, strict=True)
    ]
    if (apart := distance(*trials)) > 1e-9 * size(trials[0]):
        raise Violation(f"after 5 steps they differ by up to {apart:.3g}")


CHECKS = (
    works_in_double_precision,
    works_in_bfloat16,
    takes_weights_of_any_layout,
    takes_weights_of_any_shape,
    foreach_is_the_same_method,
    maximising_is_minimising_the_negative,
)
