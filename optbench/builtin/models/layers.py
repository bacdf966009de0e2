"""The activations and normalisations that models can be built with."""

from __future__ import annotations

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
NORMALISATIONS = ("none", "batch", "layer")


def features_norm(normalisation: str, features: int) -> list[nn.Module]:
    """Return the normalisation of vectors [B, features], none or one module."""
    norms: dict[str, type[nn.Module]] = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
    return [norms[normalisation](features)] if normalisation in norms else []


def channels_norm(normalisation: str, channels: int) -> list[nn.Module]:
    """Return the normalisation of images [B, channels, H, W], none or one module.

    `layer` standardises each image over channels and pixels together and has a gain and a shift for each channel: group
    normalisation with one group (Wu and He 2018, section 3).
    """
    match normalisation:
        case "batch":
            return [nn.BatchNorm2d(channels)]
        case "layer":
            return [nn.GroupNorm(1, channels)]
        case _:
            return []


def convolution(inputs: int, outputs: int, normalisation: str, stride: int = 1) -> nn.Conv2d:
    """Return a 3x3 convolution that keeps the size of an image, or divides it by `stride`.

    Weights are N(0, 2 / fan_in) (He et al. 2015, equation 10); a bias, which batch normalisation would undo, is zero.
    """
    layer = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=normalisation != "batch")
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


def classifier(features: int, outputs: int) -> nn.Linear:
    """Return an output layer that starts at zero, so that the loss starts at ln C, however deep the network is.

    Before batch normalisation has seen data, features grow with depth in evaluation; times zero, that does not count.
    Source: Zhang et al. 2019, arXiv:1901.09321, section 3.
    """
    layer = nn.Linear(features, outputs)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
