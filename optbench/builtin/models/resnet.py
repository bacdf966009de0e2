"""The residual networks for small images of He et al. 2016."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.models.layers import (
    ACTIVATIONS,
    channels_norm,
    check_layers,
    classifier,
    convolution,
    initialise,
)
from optbench.builtin.options import image_shape, is_count, scaled

CHANNELS = (16, 32, 64)


class ResNet(nn.Module):
    """A 3x3 convolution, three stages of n blocks of two, global average pooling, and an affine output layer.

    The network of He et al. 2016 (arXiv:1512.03385), section 4.2: `depth` is 6 n + 2 (20, 32, 44, 56 in the paper, 8 at
    least), stages have 16, 32 and 64 channels times `width`, the second and third halve the image, and shortcuts have
    no parameters (option A). Images have 4 pixels a side at least.

    By default, convolutions are N(0, 2 / fan_in) (He et al. 2015). Unlike the paper's, the output layer starts at zero,
    and with `normalisation="none"`, where features would grow geometrically with depth, so does the second convolution
    of each block (both as in Fixup, Zhang et al. 2019, arXiv:1901.09321). For another `initialisation` see
    `layers.initialise`. `dropout` zeroes features before the output layer.

    Raises `UsageError` for an option or a shape that does not fit.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        depth: int = 20,
        width: float = 1.0,
        normalisation: str = "batch",
        activation: str = "relu",
        dropout: float = 0.0,
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        blocks = _blocks(depth)
        channels = scaled("resnet", width, CHANNELS)
        check_layers(
            "resnet", activation=activation, normalisation=normalisation, dropout=dropout, initialisation=initialisation
        )
        planes, *sides = image_shape("resnet", input_shape)
        if min(sides) < 4:
            raise UsageError(
                f"resnet: images of {sides[0]}x{sides[1]} pixels are too small to be halved twice; use mlp"
            )
        self.stem = nn.Sequential(
            convolution(planes, channels[0], normalisation),
            *channels_norm(normalisation, channels[0]),
            ACTIVATIONS[activation](),
        )
        self.stages = nn.Sequential()
        fan_in = channels[0]
        for stage, fan_out in enumerate(channels):
            for block in range(blocks):
                stride = 2 if stage and not block else 1
                self.stages.append(Block(fan_in, fan_out, stride, normalisation, activation))
                fan_in = fan_out
        self.dropout = nn.Dropout(dropout)
        self.classifier = classifier(fan_in, outputs)
        initialise(self, initialisation, self.classifier)

    def forward(self, images: Tensor) -> Tensor:
        """Map images [B, C, H, W] to logits [B, K]."""
        features = self.stages(self.stem(images)).mean((2, 3))
        logits: Tensor = self.classifier(self.dropout(features))
        return logits


class Block(nn.Module):
    """Two convolutions added to a shortcut, and the activation of the sum."""

    def __init__(self, inputs: int, outputs: int, stride: int, normalisation: str, activation: str) -> None:
        super().__init__()
        last = convolution(outputs, outputs, normalisation)
        if normalisation == "none":
            nn.init.zeros_(last.weight)
        self.shortcut = Shortcut(outputs - inputs, stride)
        self.branch = nn.Sequential(
            convolution(inputs, outputs, normalisation, stride),
            *channels_norm(normalisation, outputs),
            ACTIVATIONS[activation](),
            last,
            *channels_norm(normalisation, outputs),
        )
        self.activation = ACTIVATIONS[activation]()

    def forward(self, images: Tensor) -> Tensor:
        """Map images [B, C, H, W] to [B, C', H / stride, W / stride], sizes rounded up."""
        activated: Tensor = self.activation(self.shortcut(images) + self.branch(images))
        return activated


class Shortcut(nn.Module):
    """Option A of He et al. 2016: every `stride`-th pixel, then `padding` channels of zeros; no parameters."""

    def __init__(self, padding: int, stride: int) -> None:
        super().__init__()
        self.padding, self.stride = padding, stride

    def forward(self, images: Tensor) -> Tensor:
        """Map images [B, C, H, W] to [B, C + padding, H / stride, W / stride], sizes rounded up."""
        return F.pad(images[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.padding))


def _blocks(depth: object) -> int:
    """Blocks of each stage."""
    if isinstance(depth, int) and is_count(depth) and depth >= 8 and depth % 6 == 2:
        return (depth - 2) // 6
    close = f"; the closest is {max(8, 6 * round((depth - 2) / 6) + 2)}" if isinstance(depth, int) else ""
    raise UsageError(f"resnet: depth={depth!r} must be 6 n + 2: 8, 14, 20, 32, 44, 56, …{close}")
