"""What an optimizer must leave as it finds it: gradients, graphs, closures, global settings."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from optbench.components.optimizer import Optimizer
from optbench.testing.check import NotApplicable, Violation, check
from optbench.testing.optimizers.variants import off_and_on
from optbench.testing.settings import settings
from optbench.testing.trial import Network, Trial, distance


@check("closure", why="Generic training loops, and line searches around an optimizer, step with a closure.")
@off_and_on
def steps_with_a_closure(component: Optimizer) -> None:
    """`step(closure)` evaluates the closure with gradients enabled, makes the step and returns the loss."""
    plain, closed = (Trial(component, Network()) for _ in range(2))
    calls = 0

    def closure() -> Tensor:
        nonlocal calls
        calls += 1
        return closed.gradient()

    expected = closed.problem.loss(0).item()
    returned = closed.optimizer.step(closure)
    if not calls:
        raise Violation("the closure is not called")
    if returned is None or abs(float(returned) - expected) > 1e-6 * abs(expected):
        raise Violation(f"step(closure) returns {returned!r}, the loss is {expected:.6g}")
    if apart := distance(plain.run(1).weights, closed.weights):
        raise Violation(f"the step differs by up to {apart:.3g} from one after a backward pass of the caller's own")


@check("gradients-untouched", why="Gradients are accumulated, clipped, logged and compared after the step.")
@off_and_on
def leaves_gradients_alone(component: Optimizer) -> None:
    """After a step every gradient is the same tensor with the same numbers, type and layout."""
    if component.closure:
        raise NotApplicable("it computes gradients itself, through a closure")
    if component.sparse:
        raise NotApplicable("its gradients are sparse, and have no layout")
    trial = Trial(component, Network()).run(2)
    trial.gradient()
    parameters = dict(trial.problem.named_parameters())
    before = {
        name: (p.grad, _look(p.grad), p.grad.detach().clone()) for name, p in parameters.items() if p.grad is not None
    }
    trial.optimizer.step()
    for name, (tensor, look, values) in before.items():
        after = parameters[name].grad
        if after is None:
            raise Violation(f"the gradient of {name} is None after the step")
        if after is not tensor or _look(after) != look:
            raise Violation(f"the gradient of {name} was {look}; after the step it is another tensor, {_look(after)}")
        if apart := distance([values], [after]):
            raise Violation(f"the step changes the gradient of {name} in place, by up to {apart:.3g}")


@check("zero-grad", why="Loops that accumulate gradients in place would feed a buffer that shares their memory.")
@off_and_on
def takes_gradients_that_are_zeroed_in_place(component: Optimizer) -> None:
    """Gradients that are zeroed in place, instead of dropped, give the same steps."""
    if component.sparse:
        raise NotApplicable("its gradients are sparse")
    dropped, zeroed = Trial(component, Network()), Trial(component, Network())
    zeroed.optimizer.zero_grad = lambda: _zero_in_place(zeroed.problem)
    if apart := distance(dropped.run(4).weights, zeroed.run(4).weights):
        raise Violation(f"after four steps the weights differ by up to {apart:.3g}")


@check("no-retained-graph", why="A graph that is kept at each step uses up the memory within an epoch.")
@off_and_on
def keeps_no_graph(component: Optimizer) -> None:
    """Weights stay leaves, the state has no graph, and what the forward pass computed is freed."""
    gc.freeze()  # what was there before need not be searched below
    problem = Network()
    trial = Trial(component, problem).run(3)
    for name, parameter in problem.named_parameters():
        if not (parameter.is_leaf and parameter.requires_grad):
            raise Violation(f"parameter {name} is no trainable leaf any more")
    for name, value in _tensors(trial.optimizer.state):
        if value.grad_fn is not None or (value.requires_grad and not isinstance(value, torch.nn.Parameter)):
            raise Violation(f"its state {name} has a graph")
    assert problem.hidden is not None
    hidden = weakref.ref(problem.hidden)
    problem.hidden = None
    trial.optimizer.zero_grad()
    gc.collect()
    gc.unfreeze()
    if hidden() is not None:
        raise Violation("an activation of the last forward pass is still alive after zero_grad")


@check("global-settings", why="A setting that one optimizer changes falls on every run after it in that process.")
@off_and_on
def leaves_global_settings_alone(component: Optimizer) -> None:
    """Building and stepping change none of torch's global settings, and do not seed its generator."""
    before = settings()
    trial = Trial(component, Network()).run(2)
    for name, value in settings().items():
        if value != before[name]:
            raise Violation(f"{name} was {before[name]} and is {value}")
    if not component.closure:
        trial.gradient()
        seed = torch.initial_seed()
        trial.optimizer.step()
        if torch.initial_seed() != seed:
            raise Violation(f"a step seeds torch's generator with {torch.initial_seed()}")


def _zero_in_place(problem: Network) -> None:
    for parameter in problem.parameters():
        if parameter.grad is not None:
            parameter.grad.detach_().zero_()


def _look(tensor: Tensor) -> tuple[Any, ...]:
    return tensor.dtype, tuple(tensor.shape), tensor.stride()


def _tensors(value: Any, name: str = "") -> Iterator[tuple[str, Tensor]]:
    if torch.is_tensor(value):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _tensors(item, name if torch.is_tensor(key) else f"{name}[{key!r}]")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _tensors(item, f"{name}[{i}]")


CHECKS = (
    steps_with_a_closure,
    leaves_gradients_alone,
    takes_gradients_that_are_zeroed_in_place,
    keeps_no_graph,
    leaves_global_settings_alone,
)
