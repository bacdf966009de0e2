"""A task's model: built with common initial weights, in the task's precision, as people write them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from optbench.components.component import resolve
from optbench.components.dataset import Splits, mapped
from optbench.errors import PluginError, UsageError
from optbench.registry.registry import Registry
from optbench.runs.spec import RunSpec
from optbench.training.blame import blamed

FEW = 2
"""Examples that show how a model is used, before the first step."""


def build_model(registry: Registry, spec: RunSpec, splits: Splits) -> nn.Module:
    """Build the task's model on the CPU, its lazy modules initialised.

    Raises `UsageError` for one that cannot be built or trained.
    """
    component = registry.models[spec.task.model].component
    options = {**component.options, **spec.task.model_options}
    with blamed(f"model {component.name!r}", component.build):
        model = resolve(component.build)(splits.input_shape, splits.outputs, **options)
    if not isinstance(model, nn.Module):
        raise PluginError(f"model {component.name!r}: build returned {type(model).__name__}, not a torch.nn.Module")
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise UsageError(f"model {component.name!r} has no trainable parameters; give it some that require gradients")
    if _uninitialised(model):
        with blamed(f"model {component.name!r}, to initialise its lazy modules,", model):
            _initialise(model, splits)
    return model


def _initialise(model: nn.Module, splits: Splits) -> None:
    """Call a model that has lazy modules once, which gives them their shapes and their initial weights.

    Raises `UsageError` where some of them are not reached.
    """
    few = mapped(_as_built, splits.train.take(slice(FEW)).inputs)
    model.eval()
    with torch.no_grad():
        model(*few) if isinstance(few, tuple) else model(few)
    model.train()
    if left := _uninitialised(model):
        raise UsageError(
            f"parameter {left[0]!r} of the model is lazy and not used by a forward pass; give its module its sizes"
        )


def _uninitialised(model: nn.Module) -> list[str]:
    return [name for name, value in (*model.named_parameters(), *model.named_buffers()) if is_lazy(value)]


def _as_built(inputs: Tensor) -> Tensor:
    """Inputs as a model takes them before it is moved and cast."""
    return inputs.to("cpu", in_precision(inputs.dtype, torch.float32))


def cast(model: nn.Module, device: torch.device, precision: torch.dtype) -> None:
    """Move a model to a device, its real and complex parameters and buffers in a precision, integers as they are.

    `nn.Module.to` would make complex ones real.
    """
    model._apply(lambda tensor: tensor.to(device, in_precision(tensor.dtype, precision)))  # type: ignore[no-untyped-call]


def in_precision(dtype: torch.dtype, precision: torch.dtype) -> torch.dtype:
    """Return the type that a tensor has in a precision: real and complex numbers take it, all else stays."""
    if dtype.is_complex:
        return precision.to_complex()
    return precision if dtype.is_floating_point else dtype
