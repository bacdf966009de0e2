from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench import UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.vgg import VGG

GREY, COLOUR = (1, 28, 28), (3, 32, 32)
SMALL: dict[str, Any] = {"width": 0.125}
CONFIGURATIONS = {11: "64 P 128 P 256 256 P 512 512 P 512 512 P", 16: "64 64 P 128 128 P " + "256 " * 3 + "P 512 512 "}
CONFIGURATIONS[16] += "512 P 512 512 512 P"


def closed_form(depth: int, planes: int, outputs: int, normalisation: str = "batch", scale: float = 1) -> int:
    """Kernels of 3x3, per channel a bias or a gain and a shift or all three, and the output layer."""
    per_channel = {"batch": 2, "none": 1, "layer": 3}[normalisation]
    count, fan_in = 0, planes
    for width in CONFIGURATIONS[depth].replace("P", "").split():
        fan_out = int(scale * int(width))
        count += 9 * fan_in * fan_out + per_channel * fan_out
        fan_in = fan_out
    return count + (fan_in + 1) * outputs


@pytest.mark.parametrize(
    ("depth", "normalisation", "count"),
    [(11, "none", 9_225_610), (11, "batch", 9_228_362), (16, "none", 14_719_818), (16, "batch", 14_724_042)],
)
def test_the_number_of_parameters_is_that_of_the_configuration(depth: int, normalisation: str, count: int) -> None:
    model = VGG(COLOUR, 10, depth=depth, normalisation=normalisation)
    assert sum(p.numel() for p in model.parameters()) == count == closed_form(depth, 3, 10, normalisation)


@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
@pytest.mark.parametrize("depth", [11, 16])
def test_a_narrow_one_has_the_closed_form_too(depth: int, normalisation: str) -> None:
    model = VGG(GREY, 7, depth=depth, normalisation=normalisation, **SMALL)
    assert sum(p.numel() for p in model.parameters()) == closed_form(depth, 1, 7, normalisation, 0.125)


@pytest.mark.parametrize("depth", [11, 16])
def test_it_is_the_papers_configuration(depth: int) -> None:
    names = {nn.Conv2d: lambda m: str(m.out_channels), nn.MaxPool2d: lambda m: "P"}
    found = [names[type(m)](m) for m in VGG(COLOUR, 10, depth=depth).features if type(m) in names]
    assert found == CONFIGURATIONS[depth].split()


@pytest.mark.parametrize("shape", [GREY, COLOUR, (3, 31, 32), (1, 28, 70)])
def test_it_gives_one_row_of_logits_for_each_image(shape: tuple[int, int, int]) -> None:
    assert VGG(shape, 7, **SMALL)(torch.randn(2, *shape)).shape == (2, 7)


def test_small_images_are_padded_evenly_with_zeros() -> None:
    pad = VGG(GREY, 10, **SMALL).features[0]
    images = torch.randn(2, *GREY)
    assert torch.equal(pad(images)[:, :, 2:30, 2:30], images)
    assert pad(images).abs().sum().item() == pytest.approx(images.abs().sum().item(), rel=1e-5)
    assert VGG((1, 31, 28), 10, **SMALL).features[0](torch.zeros(1, 1, 31, 28)).shape == (1, 1, 32, 32)
    assert torch.equal(VGG(COLOUR, 10, **SMALL).features[0](torch.ones(1, *COLOUR)), torch.ones(1, *COLOUR))


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
@pytest.mark.parametrize("depth", [11, 16])
def test_a_fresh_network_knows_nothing(depth: int, normalisation: str, training: bool) -> None:
    torch.manual_seed(0)
    model = VGG(GREY, 10, depth=depth, normalisation=normalisation, width=0.25).train(training)
    with torch.no_grad():
        loss = F.cross_entropy(model(torch.randn(32, *GREY)), torch.randint(10, (32,)))
    assert loss.item() == pytest.approx(math.log(10), abs=1e-6)


@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
def test_once_the_output_layer_is_not_zero_every_parameter_gets_a_gradient(normalisation: str) -> None:
    torch.manual_seed(0)
    model = VGG(GREY, 3, normalisation=normalisation, dropout=0.1, **SMALL)
    nn.init.normal_(model.classifier.weight)
    F.cross_entropy(model(torch.randn(16, *GREY)), torch.randint(3, (16,))).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_dropout_zeroes_its_share_of_features_in_training_only() -> None:
    torch.manual_seed(0)
    model = VGG(COLOUR, 10, width=0.5, normalisation="none", activation="gelu", dropout=0.3)
    images = torch.randn(64, *COLOUR)
    with torch.no_grad():
        assert (model.features(images) == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
        assert not (model.eval().features(images) == 0).any()


def test_the_declared_options_are_the_constructors() -> None:
    (component,) = (model for model in MODELS if model.name == "vgg")
    assert repr(VGG(COLOUR, 10, **component.options)) == repr(VGG(COLOUR, 10))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depth": 19}, "vgg: depth=19 must be one of 11, 16; the closest is 16$"),
        ({"depth": 12}, "the closest is 11$"),
        ({"depth": "16"}, "vgg: depth='16' must be one of 11, 16$"),
        ({"width": 0.001}, "vgg: width=0.001 must be a positive multiple of 1/64"),
        ({"normalisation": "lyaer"}, "vgg: normalisation='lyaer' .* did you mean 'layer'"),
        ({"activation": "tahn"}, "vgg: activation='tahn' .* did you mean 'tanh'"),
        ({"dropout": 1}, "vgg: dropout=1 must be"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as refusal:
        VGG(COLOUR, 10, **options)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("shape", "sentence"), [((64,), "no images"), ((1, 8, 28), "images of 8x28 pixels .* five poolings, .* use lenet")]
)
def test_a_shape_that_does_not_fit_is_refused(shape: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=f"vgg: .*{sentence}"):
        VGG(shape, 10)
