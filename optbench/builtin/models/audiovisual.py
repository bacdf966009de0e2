"""A classifier that sees and hears: two convolutional branches, fused."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.models.layers import check_layers, dense, initialise, pooled_convolution
from optbench.builtin.options import check_name, check_positive, check_widths

BRANCHES = {"both": ("image", "audio"), "image": ("image",), "audio": ("audio",)}


class Audiovisual(nn.Module):
    """An image branch and an audio branch, concatenated, then two dense layers.

    An example is one flat tensor, a gray image [H, W] of the shape `image` and then a spectrogram [F, T] of the shape
    `audio`. Each branch has two 5x5 convolutions with `normalisation`, `activation` and 2x2 max-pooling, of `channels`,
    and a dense layer to `width` features. `branches` says which of them there are: "both", "image" or "audio".
    `dropout` zeroes what each dense layer but the last gives. `initialisation` is PyTorch's by default, or as in
    `layers.initialise`.

    Raises `UsageError` for an option that is none of these, or shapes that do not fit the inputs.
    Source: Ngiam et al., Multimodal deep learning, ICML 2011.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        image: Sequence[int] = (28, 28),
        audio: Sequence[int] = (32, 32),
        branches: str = "both",
        channels: Sequence[int] = (8, 16),
        width: int = 32,
        activation: str = "relu",
        normalisation: str = "none",
        dropout: float = 0.0,
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        check_layers(
            "audiovisual",
            activation=activation,
            normalisation=normalisation,
            dropout=dropout,
            initialisation=initialisation,
        )
        check_name("audiovisual", "branches", branches, BRANCHES)
        check_widths("audiovisual", "channels", channels, count=2)
        check_positive("audiovisual", width=width)
        sizes = math.prod(image), math.prod(audio)
        if tuple(input_shape) != (sum(sizes),):
            raise UsageError(
                f"audiovisual: image={image!r} and audio={audio!r} make {sum(sizes)} numbers, but examples have the "
                f"shape {tuple(input_shape)}; give the shapes of the data set's images and spectrograms"
            )
        self.sizes = list(sizes)
        shapes = {"image": image, "audio": audio}
        self.branches = nn.ModuleDict(
            {
                name: _branch(shapes[name], channels, width, activation, normalisation, dropout)
                for name in BRANCHES[branches]
            }
        )
        self.classifier = nn.Sequential(
            *dense(width * len(self.branches), width, activation, normalisation, dropout), nn.Linear(width, outputs)
        )
        initialise(self, initialisation, self.classifier[-1])

    def forward(self, inputs: Tensor) -> Tensor:
        """Map flat examples [B, H W + F T] to logits [B, K]."""
        parts = dict(zip(BRANCHES["both"], torch.split(inputs, self.sizes, 1), strict=True))
        features = torch.cat([branch(parts[name]) for name, branch in self.branches.items()], 1)
        logits: Tensor = self.classifier(features)
        return logits


def _branch(
    shape: Sequence[int], channels: Sequence[int], width: int, activation: str, normalisation: str, dropout: float
) -> nn.Sequential:
    height, length = shape
    first, second = channels
    return nn.Sequential(
        nn.Unflatten(1, (1, height, length)),
        *pooled_convolution(1, first, 2, activation, normalisation),
        *pooled_convolution(first, second, 2, activation, normalisation),
        nn.Flatten(),
        *dense(second * (height // 4) * (length // 4), width, activation, normalisation, dropout),
    )
