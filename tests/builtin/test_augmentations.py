"""Augmentation: what it leaves alone, and how far it goes."""

from __future__ import annotations

import pytest
import torch

from optbench.builtin import augmentations
from optbench.builtin.augmentations import jittered


def test_it_is_drawn_anew_for_each_image_from_torchs_generator():
    images = torch.rand(2, 3, 8, 8).repeat(2, 1, 1, 1)
    torch.manual_seed(0)
    first, again = jittered(images), jittered(images)
    torch.manual_seed(0)
    assert torch.equal(jittered(images), first)
    assert not torch.equal(first, again)
    assert not torch.equal(first[0], first[2])
    assert first.shape == images.shape


def test_without_angle_and_shift_an_image_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(augmentations, "LARGEST_ANGLE", 0.0)
    monkeypatch.setattr(augmentations, "LARGEST_SHIFT", 0.0)
    images = torch.rand(4, 1, 8, 8)
    torch.testing.assert_close(jittered(images), images, atol=1e-5, rtol=1e-5)


def test_a_bright_pixel_is_shifted_by_at_most_half_a_pixel(monkeypatch):
    monkeypatch.setattr(augmentations, "LARGEST_ANGLE", 0.0)
    images = torch.zeros(200, 1, 9, 9)
    images[:, :, 4, 4] = 1.0
    moved = jittered(images)
    place = torch.arange(9.0)
    rows, columns = (moved.sum((1, axis)) @ place / moved.sum((1, 2, 3)) - 4 for axis in (3, 2))
    for offsets in (rows, columns):
        assert 0.4 < offsets.abs().max() <= 0.5 + 1e-4
        assert offsets.mean().abs() < 0.1
    assert moved.sum((1, 2, 3)).tolist() == pytest.approx([1.0] * 200, abs=1e-4)
