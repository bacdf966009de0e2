from __future__ import annotations

import math

import pytest
import torch

from optbench_sklearn_data.losses import smoothed_cross_entropy


def test_it_is_the_cross_entropy_against_smoothed_labels() -> None:
    logits = torch.tensor([[2.0, 0.0, -1.0], [0.5, 0.5, 3.0]], dtype=torch.float64)
    smoothed = torch.tensor([[0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3], [0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3]]).double()
    by_hand = -(smoothed * logits.log_softmax(1)).sum(1).mean()
    assert smoothed_cross_entropy(logits, torch.tensor([0, 2])).item() == pytest.approx(by_hand.item(), rel=1e-7)


def test_its_least_value_is_the_entropy_of_the_smoothed_labels() -> None:
    likely, rest = 0.9 + 0.1 / 3, 0.1 / 3
    entropy = -likely * math.log(likely) - 2 * rest * math.log(rest)
    losses = [
        smoothed_cross_entropy(torch.tensor([[gap, 0.0, 0.0]]), torch.tensor([0])).item()
        for gap in (math.log(likely / rest), 2.0, 100.0)
    ]
    assert losses[0] == pytest.approx(entropy, rel=1e-6)
    assert losses[1] > losses[0] < losses[2]
