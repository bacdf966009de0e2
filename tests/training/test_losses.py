"""Connectionist temporal classification against closed forms, and against the sum over all paths."""

from __future__ import annotations

import math
from itertools import pairwise, product

import pytest
import torch

from optbench.training.transcripts import IGNORED, greedy
from tests.support.built_in import find_loss

ctc = find_loss("ctc")


def uniform(frames: int, classes: int, label: list[int]) -> float:
    logits = torch.full((1, frames, classes), 0.7, dtype=torch.float64)
    return ctc(logits, torch.tensor([[*label, IGNORED]])).item()


@pytest.mark.parametrize(
    ("frames", "label", "paths"),
    [
        (12, [1, 2, 3], 5005),
        (12, [1, 1, 2], 3003),
        (12, [2, 2, 2], 1716),
        (9, [4], 45),
        (3, [1, 2, 3], 1),
        (3, [1, 1], 1),
        (7, [], 1),
    ],
)
@pytest.mark.parametrize("classes", [5, 16])
def test_equal_logits_cost_the_logarithm_of_the_share_of_paths(
    frames: int, label: list[int], paths: int, classes: int
) -> None:
    """B16: T ln C - ln binom(T + L - r, 2 L), with r equal neighbours."""
    repeats = sum(a == b for a, b in pairwise(label))
    assert math.comb(frames + len(label) - repeats, 2 * len(label)) == paths
    expected = frames * math.log(classes) - math.log(paths)
    assert uniform(frames, classes, label) == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("label", [[1, 2, 3, 1], [1, 1, 2], [2, 2, 2]])
def test_too_few_frames_cost_infinitely_much(label: list[int]) -> None:
    """B17: a path of T frames spells at most L characters with L + r <= T."""
    assert uniform(3, 5, label) == math.inf


def test_it_is_the_mean_over_the_examples_of_the_sum_over_all_paths() -> None:
    torch.manual_seed(0)
    logits = torch.randn(3, 4, 3, dtype=torch.float64)
    targets = torch.tensor([[1, 2, IGNORED], [2, 2, IGNORED], [1, 2, 1]])
    probabilities = logits.softmax(-1)
    expected = []
    for one, label in zip(probabilities, [[1, 2], [2, 2], [1, 2, 1]], strict=True):
        spelt = [p for p in product(range(3), repeat=4) if greedy(torch.eye(3)[list(p)][None]) == [label]]
        expected.append(-math.log(sum(math.prod(float(one[t, k]) for t, k in enumerate(p)) for p in spelt)))
    assert ctc(logits, targets).item() == pytest.approx(sum(expected) / 3, abs=1e-8)


def test_its_gradient_is_that_of_finite_differences() -> None:
    torch.manual_seed(0)
    logits = torch.randn(2, 6, 4, dtype=torch.float64, requires_grad=True)
    targets = torch.tensor([[1, 2, 2], [3, IGNORED, IGNORED]])
    assert torch.autograd.gradcheck(lambda outputs: ctc(outputs, targets), (logits,))


def test_what_pads_a_transcript_changes_nothing() -> None:
    torch.manual_seed(0)
    logits = torch.randn(1, 8, 4, dtype=torch.float64)
    short, long = torch.tensor([[1, 3]]), torch.tensor([[1, 3, IGNORED, IGNORED]])
    assert ctc(logits, short).item() == ctc(logits, long).item()
