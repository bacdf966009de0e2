from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import nn

from optbench import UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.autoencoder import Autoencoder
from tests.support.built_in import find_loss

HINTON = (1000, 500, 250, 30)


@pytest.mark.parametrize("hidden", [HINTON, [256, 64, 16], [5]])
def test_the_number_of_parameters_is_the_closed_form(hidden: list[int]) -> None:
    pairs = list(pairwise([784, *hidden]))
    expected = sum(2 * a * b + a + b for a, b in pairs)
    assert sum(p.numel() for p in Autoencoder((1, 28, 28), 784, hidden=hidden).parameters()) == expected


def test_hintons_layers_are_mirrored() -> None:
    model = Autoencoder((1, 28, 28), 784, hidden=HINTON)
    shapes = [(m.in_features, m.out_features) for m in model.modules() if isinstance(m, nn.Linear)]
    assert shapes == [*pairwise([784, *HINTON]), *pairwise([*HINTON[::-1], 784])]


@pytest.mark.parametrize("shape", [(1, 28, 28), (10,)])
def test_the_output_has_the_inputs_shape(shape: tuple[int, ...]) -> None:
    assert Autoencoder(shape, 3)(torch.zeros(4, *shape)).shape == (4, *shape)


def test_code_and_output_are_linear() -> None:
    model = Autoencoder((10,), 10, hidden=[8, 4])
    assert [type(m) for m in model.encoder] == [nn.Linear, nn.Sigmoid, nn.Linear]
    assert [type(m) for m in model.decoder] == [nn.Linear, nn.Sigmoid, nn.Linear]


def test_a_wide_linear_one_can_be_the_identity() -> None:
    model = Autoencoder((4,), 4, hidden=[4])
    for layer in (model.encoder[0], model.decoder[0]):
        assert isinstance(layer, nn.Linear)
        nn.init.eye_(layer.weight)
    inputs = torch.randn(3, 4)
    assert torch.equal(model(inputs), inputs)


def test_a_fresh_one_costs_about_ln_2_per_pixel() -> None:
    torch.manual_seed(0)
    pixels = torch.rand(64, 1, 28, 28)
    loss = find_loss("binary_cross_entropy")(Autoencoder((1, 28, 28), 784)(pixels), pixels)
    assert loss.item() == pytest.approx(math.log(2), abs=0.1)


def test_the_declared_options_are_the_constructors() -> None:
    (component,) = (model for model in MODELS if model.name == "autoencoder")
    assert repr(Autoencoder((10,), 10, **component.options)) == repr(Autoencoder((10,), 10))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"hidden": []}, r"autoencoder: hidden=\[\] must have a width for the code"),
        ({"hidden": 30}, "autoencoder: hidden=30 must be a list of positive whole numbers"),
        ({"activation": "sigmid"}, "autoencoder: activation='sigmid' .* did you mean 'sigmoid'"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as refusal:
        Autoencoder((10,), 10, **options)
    assert "\n" not in str(refusal.value)
