"""A classifier that sees and hears: two convolutional branches, fused."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.options import check_name

BRANCHES = {"both": ("image", "audio"), "image": ("image",), "audio": ("audio",)}


class Audiovisual(nn.Module):
    """An image branch and an audio branch, concatenated, then two dense layers.

    An example is one flat tensor, a gray image [H, W] of the shape `image` and then a spectrogram [F, T] of the shape
    `audio`. Each branch has two 5x5 convolutions with ReLU and 2x2 max-pooling, of `channels`, and a dense layer to
    `width` features. `branches` says which of them there are: "both", "image" or "audio".

    PyTorch's default initialisation. Raises `UsageError` for other branches, or shapes that do not fit the inputs.
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
    ) -> None:
        super().__init__()
        check_name("audiovisual", "branches", branches, BRANCHES)
        sizes = math.prod(image), math.prod(audio)
        if tuple(input_shape) != (sum(sizes),):
            raise UsageError(
                f"audiovisual: image={image!r} and audio={audio!r} make {sum(sizes)} numbers, but examples have the "
                f"shape {tuple(input_shape)}; give the shapes of the data set's images and spectrograms"
            )
        self.sizes = list(sizes)
        shapes = {"image": image, "audio": audio}
        self.branches = nn.ModuleDict({name: _branch(shapes[name], channels, width) for name in BRANCHES[branches]})
        self.classifier = nn.Sequential(
            nn.Linear(width * len(self.branches), width), nn.ReLU(), nn.Linear(width, outputs)
        )

    def forward(self, inputs: Tensor) -> Tensor:
        """Map flat examples [B, H W + F T] to logits [B, K]."""
        parts = dict(zip(BRANCHES["both"], torch.split(inputs, self.sizes, 1), strict=True))
        features = torch.cat([branch(parts[name]) for name, branch in self.branches.items()], 1)
        logits: Tensor = self.classifier(features)
        return logits


def _branch(shape: Sequence[int], channels: Sequence[int], width: int) -> nn.Sequential:
    height, length = shape
    first, second = channels
    return nn.Sequential(
        nn.Unflatten(1, (1, height, length)),
        nn.Conv2d(1, first, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(first, second, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(second * (height // 4) * (length // 4), width),
        nn.ReLU(),
    )
