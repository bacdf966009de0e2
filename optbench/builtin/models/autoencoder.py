"""A dense autoencoder."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.models.layers import check_layers, dense, initialise
from optbench.builtin.options import check_widths


class Autoencoder(nn.Module):
    """Layers that narrow to a code, and their mirror image, which reconstructs the input from it.

    `hidden` are the widths of the encoder, the last one that of the code: (1000, 500, 250, 30) for MNIST in Hinton and
    Salakhutdinov 2006. As there, the code is linear, and so is the output, which are the logits of pixels where the
    loss is a binary cross entropy; every other layer has `normalisation`, `activation` and `dropout`. Weights are
    uniform within ±sqrt(6 / (fan_in + fan_out)), biases zero (`initialisation="xavier"`; the others are those of
    `layers.initialise`, where `default` is PyTorch's).

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
        normalisation: str = "none",
        dropout: float = 0.0,
        initialisation: str = "xavier",
    ) -> None:
        super().__init__()
        check_widths("autoencoder", "hidden", hidden)
        if not hidden:
            raise UsageError("autoencoder: hidden=[] must have a width for the code at least")
        check_layers(
            "autoencoder",
            activation=activation,
            normalisation=normalisation,
            dropout=dropout,
            initialisation=initialisation,
        )
        widths = (math.prod(input_shape), *hidden)
        self.encoder, self.decoder = (
            _layers(sizes, activation, normalisation, dropout, initialisation) for sizes in (widths, widths[::-1])
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to their reconstructions [B, ...]."""
        reconstructions: Tensor = self.decoder(self.encoder(inputs.flatten(1)))
        return reconstructions.reshape(inputs.shape)


def _layers(
    widths: Sequence[int], activation: str, normalisation: str, dropout: float, initialisation: str
) -> nn.Sequential:
    """Dense layers between these widths, the last of them linear."""
    layers = nn.Sequential()
    for fan_in, fan_out in pairwise(widths[:-1]):
        layer = nn.Sequential(*dense(fan_in, fan_out, activation, normalisation, dropout))
        initialise(layer, initialisation)
        layers.extend(layer)
    last = nn.Linear(widths[-2], widths[-1])
    initialise(last, initialisation, output=last)
    return layers.append(last)
