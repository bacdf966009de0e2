from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from optbench import Split
from optbench.builtin.datasets.masked import masked_split
from optbench.training.transcripts import IGNORED
from tests.support.built_in import find_loss

VOCABULARY, CONTEXT = 20, 64


@pytest.fixture(scope="module")
def tokens() -> Tensor:
    return torch.randint(VOCABULARY, (40_000,), generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def split(tokens: Tensor) -> Split:
    return masked_split(tokens, CONTEXT, CONTEXT // 4, VOCABULARY, np.random.RandomState(0))


@pytest.mark.parametrize(("context", "predicted"), [(4, 1), (20, 3), (64, 10), (256, 38)])
def test_15_percent_of_each_window_rounded_are_predicted(context: int, predicted: int, tokens: Tensor) -> None:
    split = masked_split(tokens, context, context, VOCABULARY, np.random.RandomState(0))
    assert ((split.targets != IGNORED).sum(1) == predicted).all()


def test_targets_are_the_tokens_and_unpredicted_ones_are_shown(split: Split, tokens: Tensor) -> None:
    windows = tokens.unfold(0, CONTEXT, CONTEXT // 4)
    predicted = split.targets != IGNORED
    assert torch.equal(split.targets[predicted], windows[predicted])
    assert torch.equal(split.inputs[~predicted], windows[~predicted])
    assert split.inputs.dtype == split.targets.dtype == torch.int64


def test_of_the_predicted_80_percent_are_masked_10_random_and_10_stay(split: Split) -> None:
    """Within three standard errors of the binomial; of the random ones a twentieth is the same token by chance."""
    predicted = split.targets != IGNORED
    shown, truth = split.inputs[predicted], split.targets[predicted]
    for share, expected in (
        ((shown == VOCABULARY).double().mean(), 0.8),
        ((shown == truth).double().mean(), 0.1 + 0.1 / VOCABULARY),
        (((shown != truth) & (shown < VOCABULARY)).double().mean(), 0.1 * (1 - 1 / VOCABULARY)),
    ):
        assert share.item() == pytest.approx(expected, abs=3 * math.sqrt(expected * (1 - expected) / len(shown)))


def test_every_position_is_predicted_as_often(split: Split) -> None:
    """Each window predicts 10 of 64; a position's count is binomial, and four errors are for 64 of them."""
    shares = (split.targets != IGNORED).double().mean(0)
    error = math.sqrt(10 / 64 * 54 / 64 / len(split))
    assert (shares - 10 / 64).abs().max().item() < 4 * error


def test_overlapping_windows_are_masked_differently(split: Split) -> None:
    predicted = split.targets != IGNORED
    assert not torch.equal(predicted[0, 16:], predicted[1, :48])


def test_the_loss_looks_at_predicted_tokens_only(split: Split) -> None:
    logits = torch.randn(4, CONTEXT, VOCABULARY + 1)
    targets = split.targets[:4]
    loss = find_loss("cross_entropy")(logits, targets)
    by_hand = [-logits.log_softmax(-1)[w, p, t] for w in range(4) for p, t in enumerate(targets[w]) if t >= 0]
    assert loss.item() == pytest.approx(float(torch.stack(by_hand).mean()), rel=1e-5)
    logits[targets == IGNORED] += 100 * torch.randn(VOCABULARY + 1)
    assert find_loss("cross_entropy")(logits, targets).item() == loss.item()
