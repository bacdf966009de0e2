from __future__ import annotations

import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench import UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.resnet import ResNet, Shortcut

GREY, COLOUR = (1, 28, 28), (3, 32, 32)


def closed_form(depth: int, planes: int, outputs: int, normalisation: str = "batch", scale: float = 1) -> int:
    """Kernels of 3x3, per channel a bias or a gain and a shift or all three, and the output layer."""
    per_channel = {"batch": 2, "none": 1, "layer": 3}[normalisation]
    channels = [int(scale * count) for count in (16, 32, 64)]
    count, fan_in = 0, planes
    convolutions = [channels[0]] + [width for width in channels for _ in range((depth - 2) // 3)]
    for fan_out in convolutions:
        count += 9 * fan_in * fan_out + per_channel * fan_out
        fan_in = fan_out
    return count + (fan_in + 1) * outputs


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("depth", "published"), [(20, 269_722), (56, 853_018)])
def test_it_has_the_papers_number_of_parameters(depth: int, published: int) -> None:
    """He et al. 2016, table 6: 0.27M and 0.85M."""
    assert parameters(ResNet(COLOUR, 10, depth=depth)) == published == closed_form(depth, 3, 10)


@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
@pytest.mark.parametrize(("depth", "width"), [(8, 0.5), (14, 1.5), (32, 1)])
def test_the_number_of_parameters_is_the_closed_form(depth: int, width: float, normalisation: str) -> None:
    model = ResNet(GREY, 7, depth=depth, width=width, normalisation=normalisation)
    assert parameters(model) == closed_form(depth, 1, 7, normalisation, width)


def test_it_has_as_many_weighted_layers_as_its_depth_says() -> None:
    layers = [m for m in ResNet(COLOUR, 10, depth=44).modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 44


@pytest.mark.parametrize("shape", [GREY, COLOUR, (2, 9, 4)])
def test_it_gives_one_row_of_logits_for_each_image(shape: tuple[int, int, int]) -> None:
    assert ResNet(shape, 7, depth=8)(torch.randn(2, *shape)).shape == (2, 7)


def test_stages_halve_the_image_and_double_the_channels() -> None:
    model = ResNet(COLOUR, 10)
    images = model.stem(torch.randn(1, *COLOUR))
    shapes = [images.shape]
    for block in model.stages:
        images = block(images)
        shapes.append(images.shape)
    assert shapes == 4 * [(1, 16, 32, 32)] + 3 * [(1, 32, 16, 16)] + 3 * [(1, 64, 8, 8)]


def test_the_shortcut_has_no_parameters_and_passes_the_input_through() -> None:
    images = torch.randn(2, 16, 7, 8)
    assert torch.equal(Shortcut(0, 1)(images), images)
    shortcut = Shortcut(16, 2)
    passed = shortcut(images)
    assert parameters(shortcut) == 0
    assert passed.shape == (2, 32, 4, 4)
    assert torch.equal(passed[:, :16], images[:, :, ::2, ::2])
    assert not passed[:, 16:].any()


def test_without_normalisation_every_block_starts_as_its_shortcut() -> None:
    model = ResNet(GREY, 10, depth=8, normalisation="none")
    images = torch.rand(2, 16, 28, 28)
    for block in model.stages:
        assert torch.equal(block(images), block.shortcut(images))
        images = block.shortcut(images)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
@pytest.mark.parametrize("depth", [8, 56])
def test_a_fresh_network_knows_nothing_however_deep(depth: int, normalisation: str, training: bool) -> None:
    torch.manual_seed(0)
    model = ResNet(GREY, 10, depth=depth, width=0.25, normalisation=normalisation).train(training)
    with torch.no_grad():
        loss = F.cross_entropy(model(torch.randn(32, *GREY)), torch.randint(10, (32,)))
    assert loss.item() == pytest.approx(math.log(10), abs=1e-6)


@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
def test_features_of_a_fresh_deep_network_neither_vanish_nor_explode(normalisation: str) -> None:
    """A block adds at most a variance of one to that of its input, which the subsampling shortcuts keep."""
    torch.manual_seed(0)
    model = ResNet(GREY, 10, depth=56, width=0.25, normalisation=normalisation)
    with torch.no_grad():
        features = model.stages(model.stem(torch.randn(32, *GREY)))
    assert 0.01 < features.square().mean().item() < 100


@pytest.mark.parametrize("normalisation", ["batch", "none", "layer"])
def test_after_two_steps_every_parameter_gets_a_gradient(normalisation: str) -> None:
    """Behind layers that start at zero there is none in the first one."""
    torch.manual_seed(0)
    model = ResNet(GREY, 3, depth=8, width=0.25, normalisation=normalisation)
    method = torch.optim.SGD(model.parameters(), lr=0.1)
    images, classes = torch.randn(16, *GREY), torch.randint(3, (16,))
    for _ in range(3):
        method.zero_grad()
        F.cross_entropy(model(images), classes).backward()
        method.step()
    assert [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_batch_normalisation_keeps_running_statistics_and_none_keeps_nothing() -> None:
    assert {name.rpartition(".")[2] for name, _ in ResNet(GREY, 10).named_buffers()} == {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }
    assert list(ResNet(GREY, 10, normalisation="none").named_buffers()) == []


def test_the_declared_options_are_the_constructors() -> None:
    (component,) = (model for model in MODELS if model.name == "resnet")
    assert repr(ResNet(COLOUR, 10, **component.options)) == repr(ResNet(COLOUR, 10))
    assert component.options["depth"] == 20


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"depth": 21}, "resnet: depth=21 must be 6 n \\+ 2: 8, 14, 20, 32, 44, 56, …; the closest is 20"),
        ({"depth": 18}, "the closest is 20"),
        ({"depth": 2}, "the closest is 8"),
        ({"depth": -4}, "the closest is 8"),
        ({"depth": 20.0}, "resnet: depth=20.0 must be 6 n \\+ 2"),
        ({"depth": True}, "resnet: depth=True must be 6 n \\+ 2"),
        ({"width": 0.3}, "resnet: width=0.3 must be a positive multiple of 1/16"),
        ({"normalisation": "bacth"}, "resnet: normalisation='bacth' .* did you mean 'batch'"),
        ({"activation": "rleu"}, "resnet: activation='rleu' .* did you mean 'relu'"),
    ],
)
def test_a_wrong_option_is_refused_in_one_line(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence) as refusal:
        ResNet(COLOUR, 10, **options)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("shape", "sentence"), [((64,), "no images"), ((1, 8, 3), "images of 8x3 pixels are too small to be halved twice")]
)
def test_a_shape_that_does_not_fit_is_refused(shape: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=f"resnet: .*{sentence}"):
        ResNet(shape, 10)
