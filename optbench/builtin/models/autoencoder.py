"""A dense autoencoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.models.layers import ACTIVATIONS
from optbench.builtin.options import check_name, check_widths


class Autoencoder(nn.Module):
    """Layers that narrow to a code, and their mirror image, which reconstructs the input from it.

    `hidden` are the widths of the encoder, the last one that of the code: (1000, 500, 250, 30) for MNIST in Hinton and
    Salakhutdinov 2006. As there, the code is linear, and so is the output, which are the logits of pixels where the
    loss is a binary cross entropy; every other layer has the `activation`. Weights are uniform within
    ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16), biases zero.

    It has as many outputs as inputs, in the shape of the input, whatever the number of `outputs` is.
    Raises `UsageError` for an option that does not fit.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        hidden: Sequence[int] = (256, 64, 16),
        activation: str = "sigmoid",
    ) -> None:
        super().__init__()
        check_widths("autoencoder", "hidden", hidden)
        if not hidden:
            raise UsageError("autoencoder: hidden=[] must have a width for the code at least")
        check_name("autoencoder", "activation", activation, ACTIVATIONS)
        widths = (math.prod(input_shape), *hidden)
        self.encoder = _layers(widths, activation)
        self.decoder = _layers(widths[::-1], activation)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to their reconstructions [B, ...]."""
        reconstructions: Tensor = self.decoder(self.encoder(inputs.flatten(1)))
        return reconstructions.reshape(inputs.shape)


def _layers(widths: Sequence[int], activation: str) -> nn.Sequential:
    """Affine layers between these widths, with the activation between them."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(widths):
        affine = nn.Linear(fan_in, fan_out)
        nn.init.xavier_uniform_(affine.weight)
        nn.init.zeros_(affine.bias)
        layers += [affine, ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])
