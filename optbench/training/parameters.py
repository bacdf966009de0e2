"""Which parameters weight decay acts on, and with what rates they learn: the same rule for every optimizer."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from optbench.components.component import resolve
from optbench.components.optimizer import Optimizer
from optbench.components.spaces import is_number
from optbench.errors import UsageError, closest
from optbench.training.blame import blamed


def not_empty(model: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that have any elements: there is nothing to train in the others, and some methods divide by
    their number.
    """
    return [parameter for parameter in model.parameters() if parameter.numel()]


def decaying_parameters(model: nn.Module) -> list[nn.Parameter]:
    """Return the trainable weights with two or more axes that are no embeddings, in the model's order."""
    embeddings = {
        id(parameter)
        for module in model.modules()
        if isinstance(module, (nn.Embedding, nn.EmbeddingBag))
        for parameter in module.parameters(recurse=False)
    }
    return [p for p in not_empty(model) if p.requires_grad and p.ndim >= 2 and id(p) not in embeddings]


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Split the trainable parameters into those that decay and those that do not.

    Weights with two or more axes decay; biases, norm gains and embeddings never do. A tied parameter appears
    once, and as an embedding where it is one anywhere. Returns at most two groups, `{"params", "weight_decay"}`,
    the decaying one first, empty ones dropped, parameters in the model's order, those without elements left out.
    """
    decaying = decaying_parameters(model)
    known = {id(parameter) for parameter in decaying}
    others = [p for p in not_empty(model) if p.requires_grad and id(p) not in known]
    groups = [{"params": decaying, "weight_decay": weight_decay}, {"params": others, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]


def lr_factors(function: str, model: nn.Module) -> dict[str, float]:
    """Return what a function, named by its import string, has as factors of the learning rate, by parameters' names.

    Raises `UsageError` for what it raises, for names that the model does not have, and for what are no factors.
    """
    owner = f"lr_factors {function!r}"
    with blamed(owner, function):
        found = dict(resolve(function)(model))
    known = [name for name, _ in model.named_parameters()]
    for name, factor in found.items():
        if name not in known:
            raise UsageError(f"{owner}: the model has no parameter {name!r}{closest(str(name), known)}")
        if not (is_number(factor) and factor >= 0):
            raise UsageError(f"{owner}: the factor of {name!r} is {factor!r}; give finite ones from 0 on")
    return found


def with_rates(
    groups: Iterable[dict[str, Any]], model: nn.Module, lr: float, factors: Mapping[str, float]
) -> list[dict[str, Any]]:
    """Split parameter groups by the factors of their parameters, 1 where there is none; each gets its `lr`."""
    of = {id(parameter): factors.get(name, 1.0) for name, parameter in model.named_parameters()}
    return [
        {**group, "params": [p for p in group["params"] if of[id(p)] == factor], "lr": lr * factor}
        for group in groups
        for factor in dict.fromkeys(of[id(p)] for p in group["params"])
    ]


def as_real(tensor: Tensor) -> Tensor:
    """Return a complex tensor as real and imaginary parts on a last axis of two, a view; any other as it is."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def as_vector(model: nn.Module) -> Tensor:
    """Return all parameters as one vector of real numbers, detached."""
    return torch.cat([as_real(parameter.detach()).flatten() for parameter in model.parameters()])


def place(model: nn.Module, vector: Tensor) -> None:
    """Copy a vector as `as_vector` returns it into the parameters."""
    parts = [as_real(parameter.detach()) for parameter in model.parameters()]
    for part, values in zip(parts, torch.split(vector, [part.numel() for part in parts]), strict=True):
        part.copy_(values.reshape(part.shape))


def check_complex(component: Optimizer, model: nn.Module, build: Callable[[nn.Module], Any]) -> None:
    """Raise `UsageError` where an optimizer cannot update a model's complex parameters: it is tried on a copy."""
    if not any(parameter.is_complex() for parameter in model.parameters()):
        return
    copied = copy.deepcopy(model)

    def closure() -> Tensor:
        loss = torch.stack([as_real(p).square().sum() for p in not_empty(copied) if p.requires_grad]).sum()
        loss.backward(create_graph=component.create_graph)  # type: ignore[no-untyped-call]
        return loss

    try:
        optimizer = build(copied)
        closure()
        optimizer.step(closure) if component.closure else optimizer.step()
    except Exception as error:
        raise UsageError(f"optimizer {component.name!r} cannot train complex parameters: {error}") from error
