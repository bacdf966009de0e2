"""Augmentation: what it leaves alone, and how far it goes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from optbench.builtin import augmentations
from optbench.builtin.augmentations import jittered


def test_it_is_drawn_anew_for_each_image_from_torchs_generator() -> None:
    images = torch.rand(2, 3, 8, 8).repeat(2, 1, 1, 1)
    torch.manual_seed(0)
    first, again = jittered(images), jittered(images)
    torch.manual_seed(0)
    assert torch.equal(jittered(images), first)
    assert not torch.equal(first, again)
    assert not torch.equal(first[0], first[2])
    assert first.shape == images.shape


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that switches off all but one of the changes."""

    def switch(kept: str) -> None:
        for change in {"LARGEST_ANGLE", "LARGEST_SHIFT", "LARGEST_ZOOM"} - {kept}:
            monkeypatch.setattr(augmentations, change, 0.0)

    return switch


def test_without_any_change_an_image_stays_as_it_is(only: Callable[[str], None]) -> None:
    only("")
    images = torch.rand(4, 1, 8, 8)
    torch.testing.assert_close(jittered(images), images, atol=1e-5, rtol=1e-5)


def test_a_bright_pixel_is_shifted_by_at_most_a_pixel(only: Callable[[str], None]) -> None:
    only("LARGEST_SHIFT")
    images = torch.zeros(200, 1, 9, 9)
    images[:, :, 4, 4] = 1.0
    moved = jittered(images)
    place = torch.arange(9.0)
    rows, columns = (moved.sum((1, axis)) @ place / moved.sum((1, 2, 3)) - 4 for axis in (3, 2))
    for offsets in (rows, columns):
        assert 0.9 < offsets.abs().max() <= 1 + 1e-4
        assert offsets.mean().abs() < 0.15
    assert moved.sum((1, 2, 3)).tolist() == pytest.approx([1.0] * 200, abs=1e-4)


def test_a_square_grows_and_shrinks_by_at_most_a_fifth(only: Callable[[str], None]) -> None:
    """Its middle stays; the side of a bright square of 20 pixels, the root of its light, changes by the zoom."""
    only("LARGEST_ZOOM")
    images = torch.zeros(200, 1, 40, 40)
    images[:, :, 10:30, 10:30] = 1.0
    sides = jittered(images).sum((1, 2, 3)).sqrt()
    assert 16 - 0.1 < sides.min() < 16.5
    assert 23.5 < sides.max() < 24 + 0.1


def test_a_bar_is_turned_by_at_most_30_degrees(only: Callable[[str], None]) -> None:
    """The angle of its main axis, from the second moments of its light."""
    only("LARGEST_ANGLE")
    images = torch.zeros(200, 1, 31, 31)
    images[:, :, 14:17, 3:28] = 1.0
    light, place = jittered(images).squeeze(1), torch.arange(31.0) - 15
    xx, yy = (light * place**2).sum((1, 2)), (light * place.unsqueeze(-1) ** 2).sum((1, 2))
    xy = (light * place * place.unsqueeze(-1)).sum((1, 2))
    degrees = torch.rad2deg(0.5 * torch.atan2(2 * xy, xx - yy))
    assert 28 < degrees.abs().max() < 30.5
    assert degrees.min() < -25
    assert degrees.max() > 25
