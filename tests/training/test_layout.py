"""Images with their channels last: the same numbers but for rounding, and only for models that cope with it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from optbench.training.layout import ChannelsLast, channels_last, laid_out

CPU = torch.device("cpu")


class Views(nn.Module):
    """As tutorials write it: `view`, which takes one layout only."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(channels, 4, 3)
        self.dense = nn.Linear(4 * 6 * 6, 5)

    def forward(self, images: Tensor) -> Tensor:
        features = self.convolution(images)
        outputs: Tensor = self.dense(features.view(len(features), -1))
        return outputs


class Flattens(Views):
    def forward(self, images: Tensor) -> Tensor:
        outputs: Tensor = self.dense(self.convolution(images).flatten(1))
        return outputs


@pytest.mark.parametrize("channels", [1, 3])
def test_convolutions_take_images_for_what_they_are(channels: int) -> None:
    images = torch.randn(7, channels, 8, 8)
    turned = channels_last(images)
    assert torch.equal(turned, images) and turned.stride(1) == 1
    features = nn.Conv2d(channels, 4, 3)(turned)
    assert features.is_contiguous(memory_format=torch.channels_last) and not features.is_contiguous()
    assert nn.Conv2d(channels, 4, 3)(images).is_contiguous()
    assert channels_last(turned[::2]).stride(1) == 1


@pytest.mark.parametrize("shape", [(7, 5), (7, 5, 3), (7, 2, 3, 4, 5)])
def test_what_is_no_image_stays_as_it_is(shape: tuple[int, ...]) -> None:
    tensor = torch.randn(shape)
    assert channels_last(tensor) is tensor


@pytest.mark.parametrize("channels", [1, 3])
def test_numbers_and_gradients_are_the_same_but_for_rounding(channels: int) -> None:
    model, images = Flattens(channels).double(), torch.randn(7, channels, 8, 8).double()
    turned = laid_out(model, images[:2], CPU)
    assert isinstance(turned, ChannelsLast)
    weights = list(model.parameters())
    expected, found = (torch.autograd.grad(m(images).square().sum(), weights) for m in (model, turned))
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    assert all(weight.is_contiguous() and weight.grad is None for weight in weights)


@pytest.mark.parametrize("model", [Views(3), nn.Sequential(nn.Flatten(), nn.Linear(192, 5))])
def test_a_model_that_takes_one_layout_only_or_convolves_nothing_is_left_alone(model: nn.Module) -> None:
    assert laid_out(model, torch.randn(2, 3, 8, 8), CPU) is model


def test_trying_it_moves_neither_statistics_nor_random_streams() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout(), nn.Flatten(), nn.Linear(144, 5))
    before: dict[str, Any] = {name: value.clone() for name, value in model.state_dict().items()}
    stream = torch.get_rng_state()
    assert laid_out(model, torch.randn(2, 3, 8, 8, generator=torch.Generator()), CPU) is not model
    assert torch.equal(torch.get_rng_state(), stream) and model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
