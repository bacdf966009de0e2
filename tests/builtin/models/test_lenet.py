from __future__ import annotations

import pytest
import torch

from optbench import UsageError
from optbench.builtin.models.lenet import LeNet


@pytest.mark.parametrize(("shape", "padding"), [((1, 28, 28), 0), ((1, 28, 28), 2), ((3, 32, 24), 0), ((1, 8, 8), 2)])
def test_it_adapts_to_the_images(shape: tuple[int, int, int], padding: int) -> None:
    assert LeNet(shape, 7, padding=padding)(torch.zeros(2, *shape)).shape == (2, 7)


def test_with_its_own_widths_it_has_the_parameters_of_lenet_5() -> None:
    """LeCun et al. 1998 with full connections: 156 + 2,416 in the convolutions."""
    features = LeNet((1, 28, 28), 10).features
    assert sum(p.numel() for p in features.parameters()) == 156 + 2416


def test_images_that_are_too_small_are_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError, match="lenet: padding=0 leaves nothing of the image; use padding=2"):
        LeNet((1, 8, 8), 10)


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(UsageError, match=r"lenet: examples of shape \[64\] are no images"):
        LeNet((64,), 10)
