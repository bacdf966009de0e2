"""A model as a function of a batch: called with one input or several, asked for the one output that is its logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from optbench.components.dataset import Inputs
from optbench.errors import UsageError


class Logits(nn.Module):
    """A model that gives its logits only; `output` names them where the model returns more.

    `output` is a key of a dict, an attribute, or the index of a tuple. A model that returns a tensor has nothing to
    choose from: some return auxiliary outputs in training only.
    """

    def __init__(self, model: nn.Module, output: str | int | None = None) -> None:
        super().__init__()
        self.model, self.output = model, output

    def forward(self, inputs: Inputs) -> Tensor:
        """Map a batch of inputs to the logits; raises `UsageError` where there is no such output."""
        outputs = self.model(*inputs) if isinstance(inputs, tuple) else self.model(inputs)
        return outputs if self.output is None or isinstance(outputs, Tensor) else chosen(outputs, self.output)


def chosen(outputs: Any, output: str | int) -> Tensor:
    """Return one of a model's outputs; raises `UsageError` where there is no such one, or it is no tensor."""
    if isinstance(outputs, Mapping):
        known = dict(outputs)
    elif isinstance(output, int):
        known = dict(enumerate(outputs if isinstance(outputs, tuple | list) else ()))
    else:
        known = {name: getattr(outputs, name) for name in getattr(outputs, "_fields", getattr(outputs, "__dict__", ()))}
    found = known.get(output)
    if not isinstance(found, Tensor):
        names = ", ".join(repr(name) for name, value in known.items() if isinstance(value, Tensor))
        kind = type(outputs).__name__
        raise UsageError(f"output={output!r}: the model returns a {kind} with the tensors {names or 'none'}; use one")
    return found
