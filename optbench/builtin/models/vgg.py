"""The plain deep convolutional networks of Simonyan and Zisserman 2015."""

from __future__ import annotations

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
from optbench.builtin.options import image_shape, scaled

CHANNELS = (64, 128, 256, 512, 512)
REPEATS = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}
"""Convolutions before each pooling, by depth: the configurations A and D of table 1."""
SIDE, LEAST_SIDE = 32, 28
"""Pixels that five poolings need, and from how many on an image is padded to as many."""


class VGG(nn.Module):
    """Five groups of 3x3 convolutions, each followed by 2x2 max-pooling, and one affine output layer.

    Simonyan and Zisserman 2015 (arXiv:1409.1556), configurations A (`depth` 11) and D (16), in the form that is usual
    for images of 32x32: pooled to one pixel, with one dense layer in place of three. Groups have 64, 128, 256, 512 and
    512 channels times `width`; images from 28 to 31 pixels a side are padded with zeros to 32. A convolution is
    followed by `normalisation` and `activation`; `dropout` zeroes features before the output layer.

    By default, convolutions are N(0, 2 / fan_in) (He et al. 2015) and the output layer starts at zero; for another
    `initialisation` see `layers.initialise`.

    Raises `UsageError` for an option or a shape that does not fit.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        depth: int = 11,
        width: float = 1.0,
        normalisation: str = "batch",
        activation: str = "relu",
        dropout: float = 0.0,
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        repeats = _repeats(depth)
        channels = scaled("vgg", width, CHANNELS)
        check_layers(
            "vgg", activation=activation, normalisation=normalisation, dropout=dropout, initialisation=initialisation
        )
        planes, height, breadth = image_shape("vgg", input_shape)
        if min(height, breadth) < LEAST_SIDE:
            raise UsageError(
                f"vgg: images of {height}x{breadth} pixels are too small for five poolings, which need {LEAST_SIDE} "
                "pixels a side; use lenet or resnet"
            )
        layers: list[nn.Module] = [nn.ZeroPad2d((*_padding(breadth), *_padding(height)))]
        fan_in = planes
        for fan_out, count in zip(channels, repeats, strict=True):
            for _ in range(count):
                layers += [convolution(fan_in, fan_out, normalisation), *channels_norm(normalisation, fan_out)]
                layers.append(ACTIVATIONS[activation]())
                fan_in = fan_out
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(dropout))
        pixels = (max(SIDE, height) // SIDE) * (max(SIDE, breadth) // SIDE)
        self.classifier = classifier(fan_in * pixels, outputs)
        initialise(self, initialisation, self.classifier)

    def forward(self, images: Tensor) -> Tensor:
        """Map images [B, C, H, W] to logits [B, K]."""
        logits: Tensor = self.classifier(self.features(images))
        return logits


def _padding(side: int) -> tuple[int, int]:
    """Pixels to add before and after."""
    missing = max(0, SIDE - side)
    return missing // 2, missing - missing // 2


def _repeats(depth: object) -> tuple[int, ...]:
    if isinstance(depth, int) and depth in REPEATS:
        return REPEATS[depth]
    close = f"; the closest is {min(REPEATS, key=lambda known: abs(known - depth))}" if isinstance(depth, int) else ""
    raise UsageError(f"vgg: depth={depth!r} must be one of {', '.join(map(str, REPEATS))}{close}")
