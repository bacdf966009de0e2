"""A multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from optbench.builtin.models.layers import check_layers, dense, initialise
from optbench.builtin.options import check_flag, check_widths


class MLP(nn.Module):
    """Hidden layers of the widths `hidden`, then an affine output layer; images are flattened.

    A hidden layer is an affine map, `normalisation`, `activation` and `dropout` (the probability of a zero), in this
    order; before batch normalisation, which would undo it, there is no bias. With `residual`, a hidden layer that is as
    wide as its input is added to it. `hidden=[]` leaves the output layer alone.

    `initialisation` is PyTorch's by default, or as in `layers.initialise`.

    Raises `UsageError` for an option that is none of these.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        hidden: Sequence[int] = (64, 64),
        activation: str = "relu",
        normalisation: str = "none",
        dropout: float = 0.0,
        residual: bool = False,
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        check_widths("mlp", "hidden", hidden)
        check_layers(
            "mlp", activation=activation, normalisation=normalisation, dropout=dropout, initialisation=initialisation
        )
        check_flag("mlp", "residual", residual)
        widths = (math.prod(input_shape), *hidden)
        self.hidden = nn.Sequential()
        for fan_in, width in pairwise(widths):
            layer = dense(fan_in, width, activation, normalisation, dropout)
            self.hidden.extend([Residual(layer)] if residual and width == fan_in else layer)
        self.output = nn.Linear(widths[-1], outputs)
        initialise(self, initialisation, self.output)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to logits or regression outputs [B, K]."""
        outputs: Tensor = self.output(self.hidden(inputs.flatten(1)))
        return outputs


class Residual(nn.Module):
    """Layers whose output is added to their input, which has the same shape."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Map features [B, D] to [B, D]."""
        changed: Tensor = features + self.branch(features)
        return changed
