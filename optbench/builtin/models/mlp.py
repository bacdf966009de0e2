"""A multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from optbench.builtin.models.layers import ACTIVATIONS, NORMALISATIONS, features_norm
from optbench.builtin.options import check_dropout, check_flag, check_name, check_widths

SCALES = {"small": 0.1, "large": 3.0}
"""Deviations of weights times √fan_in: a network of many layers begins with vanishing or exploding gradients."""
INITIALISATIONS = ("default", "he", "xavier", *SCALES)


class MLP(nn.Module):
    """Hidden layers of the widths `hidden`, then an affine output layer; images are flattened.

    A hidden layer is an affine map, `normalisation`, `activation` and `dropout` (the probability of a zero), in this
    order; before batch normalisation, which would undo it, there is no bias. With `residual`, a hidden layer that is as
    wide as its input is added to it. `hidden=[]` leaves the output layer alone.

    `initialisation` is PyTorch's by default. With `he`, weights are N(0, 2 / fan_in) (He et al. 2015, equation 10),
    those of the output layer, which no rectifier follows, N(0, 1 / fan_in); with `xavier`, weights are uniform within
    ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16). `small` and `large` are bad on purpose: with
    N(0, 0.1² / fan_in) each layer of rectifiers passes on 1/200 of the mean square that it gets, with
    N(0, 3² / fan_in) 4.5 times of it. Biases are zero in all four.

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
        check_name("mlp", "activation", activation, ACTIVATIONS)
        check_name("mlp", "normalisation", normalisation, NORMALISATIONS)
        check_dropout("mlp", dropout)
        check_flag("mlp", "residual", residual)
        check_name("mlp", "initialisation", initialisation, INITIALISATIONS)
        widths = (math.prod(input_shape), *hidden)
        self.hidden = nn.Sequential()
        for fan_in, width in pairwise(widths):
            layer = _layer(fan_in, width, activation, normalisation, dropout)
            self.hidden.extend([Residual(layer)] if residual and width == fan_in else layer)
        self.output = nn.Linear(widths[-1], outputs)
        if initialisation != "default":
            self._initialise(initialisation)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to logits or regression outputs [B, K]."""
        outputs: Tensor = self.output(self.hidden(inputs.flatten(1)))
        return outputs

    def _initialise(self, initialisation: str) -> None:
        for module in self.modules():
            if not isinstance(module, nn.Linear):
                continue
            match initialisation:
                case "xavier":
                    nn.init.xavier_uniform_(module.weight)
                case "he":
                    nn.init.kaiming_normal_(module.weight, nonlinearity="linear" if module is self.output else "relu")
                case scale:
                    nn.init.normal_(module.weight, std=SCALES[scale] / math.sqrt(module.in_features))
            if module.bias is not None:
                nn.init.zeros_(module.bias)


class Residual(nn.Module):
    """Layers whose output is added to their input, which has the same shape."""

    def __init__(self, layers: Sequence[nn.Module]) -> None:
        super().__init__()
        self.branch = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:
        """Map features [B, D] to [B, D]."""
        changed: Tensor = features + self.branch(features)
        return changed


def _layer(inputs: int, outputs: int, activation: str, normalisation: str, dropout: float) -> list[nn.Module]:
    affine = nn.Linear(inputs, outputs, bias=normalisation != "batch")
    zeroes = [nn.Dropout(dropout)] if dropout else []
    return [affine, *features_norm(normalisation, outputs), ACTIVATIONS[activation](), *zeroes]
