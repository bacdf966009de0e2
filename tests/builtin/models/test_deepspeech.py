from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import nn

from optbench import UsageError
from optbench.builtin.models import MODELS
from optbench.builtin.models.deepspeech import DeepSpeech, Recurrent


def closed_form(channels: list[int], width: int, layers: int, gates: int, features: int, outputs: int) -> int:
    """Without normalisation: 11 frames for each convolution, and two biases for each gate, as PyTorch has them."""
    inputs = [features, *channels]
    convolutions = sum((11 * a + 1) * b for a, b in zip(inputs, channels, strict=False))
    widths = [channels[-1], *[width] * (layers - 1)]
    return convolutions + sum(2 * gates * width * (w + width + 2) for w in widths) + (width + 1) * outputs


@pytest.mark.parametrize("stride", [1, 2, 4, 5])
@pytest.mark.parametrize("channels", [[6], [6, 5]])
@pytest.mark.parametrize("normalisation", ["none", "batch", "layer"])
def test_there_is_a_row_of_logits_for_every_stride_frames(stride: int, channels: list[int], normalisation: str) -> None:
    model = DeepSpeech((7, 21), 5, channels=channels, stride=stride, width=4, normalisation=normalisation)
    assert model(torch.randn(3, 7, 21)).shape == (3, math.ceil(21 / stride), 5)


@pytest.mark.parametrize(("cell", "gates"), [("rnn", 1), ("gru", 3), ("lstm", 4)])
@pytest.mark.parametrize(("channels", "layers"), [([6], 1), ([6, 5], 3)])
def test_the_number_of_parameters_is_the_closed_form(cell: str, gates: int, channels: list[int], layers: int) -> None:
    model = DeepSpeech((7, 21), 5, channels=channels, layers=layers, width=4, cell=cell, normalisation="none")
    assert sum(p.numel() for p in model.parameters()) == closed_form(channels, 4, layers, gates, 7, 5)


def test_its_options_are_its_defaults() -> None:
    (component,) = (model for model in MODELS if model.name == "deepspeech")
    assert repr(DeepSpeech((8, 16), 5, **component.options)) == repr(DeepSpeech((8, 16), 5))


def test_both_directions_are_added_up() -> None:
    torch.manual_seed(0)
    layer, frames = Recurrent(3, 4, "lstm", "none", 0.0).double(), torch.randn(2, 5, 3, dtype=torch.float64)
    both, _ = layer.cells(frames)
    assert torch.equal(layer(frames), both[..., :4] + both[..., 4:])


def test_the_last_frame_reaches_the_first_output_and_the_first_the_last() -> None:
    torch.manual_seed(0)
    model, sound = DeepSpeech((3, 64), 5, normalisation="none", width=8), torch.randn(2, 3, 64)
    before = model(sound)
    for frame, place in ((63, 0), (0, -1)):
        changed = sound.clone()
        changed[..., frame] += 1
        assert not torch.equal(model(changed)[:, place], before[:, place])


def test_batch_normalisation_is_over_examples_and_frames() -> None:
    model = DeepSpeech((3, 40), 5, normalisation="batch")
    features = model.convolutions[0].convolution(2 + 5 * torch.randn(8, 3, 40)).mT
    normalised = model.convolutions[0].rest[0](features)
    assert normalised.mean((0, 1)).abs().max().item() < 1e-5
    assert normalised.var((0, 1), correction=0).tolist() == pytest.approx([1.0] * 96, abs=1e-3)


def test_the_rectifier_is_clipped_at_20() -> None:
    model = DeepSpeech((3, 40), 5, normalisation="none")
    outputs = model.convolutions(1e6 * torch.randn(2, 40, 3))
    assert (outputs.min().item(), outputs.max().item()) == (0.0, 20.0)


def test_dropout_is_in_training_only() -> None:
    model, sound = DeepSpeech((3, 40), 5, dropout=0.5), torch.randn(2, 3, 40)
    assert not torch.equal(model(sound), model(sound))
    model.eval()
    assert torch.equal(model(sound), model(sound))
    assert sum(isinstance(module, nn.Dropout) for module in model.modules()) == 3


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"cell": "GRU"}, "cell='GRU' must be one of rnn, gru, lstm"),
        ({"normalisation": None}, "normalisation=None must be one of none, batch, layer"),
        ({"channels": []}, "convolutions=0 must be a positive whole number"),
        ({"channels": 96}, "channels=96 must be a list"),
        ({"layers": 0}, "layers=0 must be a positive whole number"),
        ({"width": 1.5}, "width=1.5 must be a positive whole number"),
        ({"stride": True}, "stride=True must be a positive whole number"),
        ({"dropout": 1}, "dropout=1 must be a number of at least 0 and less than 1"),
    ],
)
def test_an_option_that_is_none_is_refused_with_the_rule(option: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"deepspeech: {message}"):
        DeepSpeech((3, 40), 5, **option)
