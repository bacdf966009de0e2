"""A multi-layer perceptron."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.options import check_dropout, check_name

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
NORMALISATIONS: dict[str, type[nn.Module] | None] = {"none": None, "batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
INITIALISATIONS = ("default", "he", "xavier")


class MLP(nn.Module):
    """Hidden layers of the widths `hidden`, then an affine output layer; images are flattened.

    A hidden layer is an affine map, `normalisation`, `activation` and `dropout` (the probability of a zero), in this
    order; before batch normalisation, which would undo it, there is no bias. `hidden=[]` leaves the output layer alone.

    `initialisation` is PyTorch's by default. With `he`, weights are N(0, 2 / fan_in) (He et al. 2015, equation 10),
    those of the output layer, which no rectifier follows, N(0, 1 / fan_in); with `xavier`, weights are uniform within
    ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16). Biases are zero in both.

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
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        _check_hidden(hidden)
        check_dropout("mlp", dropout)
        check_name("mlp", "activation", activation, ACTIVATIONS)
        check_name("mlp", "normalisation", normalisation, NORMALISATIONS)
        check_name("mlp", "initialisation", initialisation, INITIALISATIONS)
        widths = (math.prod(input_shape), *hidden)
        layers = (_layer(*pair, activation, normalisation, dropout) for pair in pairwise(widths))
        self.hidden = nn.Sequential(*(module for layer in layers for module in layer))
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
            if initialisation == "xavier":
                nn.init.xavier_uniform_(module.weight)
            else:
                nn.init.kaiming_normal_(module.weight, nonlinearity="linear" if module is self.output else "relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def _layer(inputs: int, outputs: int, activation: str, normalisation: str, dropout: float) -> Iterator[nn.Module]:
    yield nn.Linear(inputs, outputs, bias=normalisation != "batch")
    norm = NORMALISATIONS[normalisation]
    if norm is not None:
        yield norm(outputs)
    yield ACTIVATIONS[activation]()
    if dropout:
        yield nn.Dropout(dropout)


def _check_hidden(hidden: object) -> None:
    if not isinstance(hidden, list | tuple) or not all(type(width) is int and width > 0 for width in hidden):
        raise UsageError(f"mlp: hidden={hidden!r} must be a list of positive whole numbers, one for each hidden layer")
