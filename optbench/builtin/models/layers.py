"""What layers can be built with: activations, normalisations, dropout and initialisations."""

from __future__ import annotations

import math

from torch import nn

from optbench.builtin.options import check_dropout, check_name

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}
NORMALISATIONS = ("none", "batch", "layer")
SCALES = {"small": 0.1, "large": 3.0}
"""Deviations of weights times √fan_in: a network of many layers begins with vanishing or exploding gradients."""
INITIALISATIONS = ("default", "he", "xavier", *SCALES)


def check_layers(owner: str, *, activation: str, normalisation: str, dropout: float, initialisation: str) -> None:
    """Raise `UsageError` for the first of these options that layers cannot be built with."""
    check_name(owner, "activation", activation, ACTIVATIONS)
    check_name(owner, "normalisation", normalisation, NORMALISATIONS)
    check_dropout(owner, dropout)
    check_name(owner, "initialisation", initialisation, INITIALISATIONS)


def dense(inputs: int, outputs: int, activation: str, normalisation: str, dropout: float) -> list[nn.Module]:
    """Return an affine map, its normalisation, activation and dropout; without bias where a norm would undo it."""
    affine = nn.Linear(inputs, outputs, bias=normalisation != "batch")
    zeroes = [nn.Dropout(dropout)] if dropout else []
    return [affine, *features_norm(normalisation, outputs), ACTIVATIONS[activation](), *zeroes]


def initialise(model: nn.Module, initialisation: str, output: nn.Module | None = None) -> None:
    """Draw the weights of every affine layer and convolution of a model anew; `default` leaves them as they are.

    With `he`, weights are N(0, 2 / fan_in) (He et al. 2015, equation 10), those of the `output` layer, which no
    rectifier follows, N(0, 1 / fan_in); with `xavier`, weights are uniform within ±sqrt(6 / (fan_in + fan_out))
    (Glorot and Bengio 2010, equation 16). `small` and `large` are bad on purpose: with N(0, 0.1² / fan_in) each layer
    of rectifiers passes on 1/200 of the mean square that it gets, with N(0, 3² / fan_in) 4.5 times of it. Biases are
    zero in all four.
    """
    if initialisation == "default":
        return
    for layer in model.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d):
            match initialisation:
                case "xavier":
                    nn.init.xavier_uniform_(layer.weight)
                case "he":
                    nn.init.kaiming_normal_(layer.weight, nonlinearity="linear" if layer is output else "relu")
                case scale:
                    nn.init.normal_(layer.weight, std=SCALES[scale] / math.sqrt(layer.weight[0].numel()))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


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


def pooled_convolution(inputs: int, outputs: int, padding: int, activation: str, normalisation: str) -> list[nn.Module]:
    """Return a 5x5 convolution, its normalisation and activation, and 2x2 max-pooling; PyTorch's initialisation."""
    layer = nn.Conv2d(inputs, outputs, 5, padding=padding, bias=normalisation != "batch")
    return [layer, *channels_norm(normalisation, outputs), ACTIVATIONS[activation](), nn.MaxPool2d(2)]


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
