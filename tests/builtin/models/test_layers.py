from __future__ import annotations

import pytest
import torch

from optbench.builtin.models.layers import channels_norm, classifier, convolution, features_norm


def test_layer_normalisation_of_images_standardises_each_over_channels_and_pixels() -> None:
    (norm,) = channels_norm("layer", 6)
    images = norm(5 + 3 * torch.randn(4, 6, 8, 8)).flatten(1)
    assert images.mean(1).abs().max().item() < 1e-5
    assert images.var(1, correction=0).tolist() == pytest.approx([1.0] * 4, abs=1e-3)
    assert [p.numel() for p in norm.parameters()] == [6, 6]


def test_batch_normalisation_of_images_standardises_each_channel_over_the_batch() -> None:
    (norm,) = channels_norm("batch", 6)
    images = norm(5 + 3 * torch.randn(4, 6, 8, 8)).transpose(0, 1).flatten(1)
    assert images.mean(1).abs().max().item() < 1e-5
    assert images.var(1, correction=0).tolist() == pytest.approx([1.0] * 6, abs=1e-3)


def test_none_is_no_module() -> None:
    assert channels_norm("none", 6) == features_norm("none", 6) == []


def test_a_convolution_has_hes_deviation_and_a_bias_of_zero_unless_batch_normalisation_follows() -> None:
    torch.manual_seed(0)
    layer = convolution(32, 64, "none")
    assert layer.weight.std().item() == pytest.approx((2 / (9 * 32)) ** 0.5, rel=0.02)
    assert layer.bias is not None
    assert not layer.bias.any()
    assert convolution(32, 64, "batch").bias is None


def test_a_classifiers_logits_start_at_zero() -> None:
    assert not classifier(512, 10)(torch.randn(3, 512)).any()
