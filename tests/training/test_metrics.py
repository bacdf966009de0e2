from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from optbench.components.dataset import Split
from optbench.training.evaluation import evaluate
from optbench.training.losses import cross_entropy
from optbench.training.metrics import character_error_rate
from optbench.training.transcripts import IGNORED
from tests.support.built_in import find_loss, find_metric

WORDS = st.lists(st.integers(1, 3), max_size=5)


def spelling(*paths: list[int]) -> Tensor:
    """Logits [B, T, C] whose likeliest classes are these."""
    return torch.nn.functional.one_hot(torch.tensor(paths), 4).double()


def edits(a: list[int], b: list[int]) -> int:
    """The edit distance by its recursion: the first characters are equal, or one is inserted, deleted or replaced."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return edits(a[1:], b[1:])
    return 1 + min(edits(a[1:], b), edits(a, b[1:]), edits(a[1:], b[1:]))


@given(WORDS, WORDS)
def test_the_distance_is_the_fewest_edits(a: list[int], b: list[int]) -> None:
    assert Levenshtein.distance(a, b) == edits(a, b)


@pytest.mark.parametrize(
    ("path", "target", "counts"),
    [
        ([1, 1, 0, 2, 0, 3], [1, 2, 3], (0, 3)),
        ([1, 0, 1, 2, 2, 0], [1, 2, IGNORED], (1, 2)),
        ([1, 1, 1, 2, 2, 2], [1, 1, 2], (1, 3)),
        ([0, 0, 0, 0, 0, 0], [3, 3, 3], (3, 3)),
        ([1, 2, 3, 1, 2, 3], [3, IGNORED, IGNORED], (5, 1)),
        ([2, 1, 0, 0, 0, 0], [1, 2, IGNORED], (2, 2)),
    ],
)
def test_decoded_by_hand(path: list[int], target: list[int], counts: tuple[int, int]) -> None:
    assert tuple(character_error_rate(spelling(path), torch.tensor([target])).flatten().tolist()) == counts


def test_edits_add_up_over_examples_and_are_shared_by_all_characters() -> None:
    """Not the mean of the examples' rates, which would be (0 + 1) / 2."""
    outputs, targets = spelling([1, 2, 3], [1, 1, 0]), torch.tensor([[1, 2, 3], [2, IGNORED, IGNORED]])
    assert character_error_rate(outputs, targets).tolist() == [[1], [4]]
    model = torch.nn.Identity()
    metric = find_metric("character_error_rate")
    assert evaluate(model, Split(outputs, targets), find_loss("ctc"), [metric]).metrics == {metric.name: 0.25}


def ignoring(shares: list[float], examples: int = 700, length: int = 4) -> Split:
    """Examples of several targets, of which a growing number of examples ignores some."""
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(examples, length, 3, generator=generator)
    targets = torch.randint(3, (examples, length), generator=generator)
    chunks = torch.linspace(0, len(shares), examples + 1)[:-1].long()
    ignored = torch.rand(examples, length, generator=generator) < torch.tensor(shares)[chunks][:, None]
    return Split(outputs, targets.masked_fill(ignored, IGNORED))


@pytest.mark.parametrize("shares", [[0.0], [0.5], [0.0, 0.9], [1.0, 0.2], [0.2, 0.2, 0.2, 1.0]])
def test_ignored_targets_are_no_part_of_means(shares: list[float]) -> None:
    """Chunks of 512 and 188 examples, in which other shares count."""
    split, loss = ignoring(shares), find_loss("cross_entropy")
    score = evaluate(torch.nn.Identity(), split, loss, [find_metric("accuracy")])
    counted = split.targets != IGNORED
    expected = torch.nn.functional.cross_entropy(split.inputs[counted].double(), split.targets[counted])
    assert score.loss == pytest.approx(float(expected), rel=1e-5)
    right = split.inputs.argmax(-1)[counted] == split.targets[counted]
    assert score.metrics["accuracy"] == pytest.approx(float(right.double().mean()), rel=1e-12)


def test_where_all_chunks_count_the_same_share_the_mean_is_that_over_examples_bit_for_bit() -> None:
    outputs, targets = torch.randn(700, 4, 3), torch.randint(3, (700, 4))
    targets[:, :2] = IGNORED
    loss = find_loss("cross_entropy")
    parts = [
        (n, float(loss(o, t)))
        for n, o, t in zip((128,) * 5 + (60,), outputs.split(128), targets.split(128), strict=True)
    ]
    score = evaluate(torch.nn.Identity(), Split(outputs, targets), loss)
    assert score.loss == sum(n * value for n, value in parts) / 700


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_batch_without_a_target_that_counts_costs_nothing_and_moves_nothing(smoothing: float) -> None:
    outputs = torch.randn(5, 3, requires_grad=True)
    loss = cross_entropy(outputs, torch.full((5,), IGNORED), label_smoothing=smoothing)
    loss.backward()
    assert loss.item() == 0.0
    assert outputs.grad is not None
    assert outputs.grad.abs().max() == 0


def test_other_losses_take_minus_100_for_a_number() -> None:
    outputs, targets = torch.zeros(4, 1), torch.full((4, 1), -100.0)
    assert evaluate(torch.nn.Identity(), Split(outputs, targets), find_loss("mse")).loss == 1e4


@given(st.lists(st.integers(0, 6), min_size=2, max_size=2).filter(any))
def test_the_means_of_parts_make_up_the_mean_of_the_whole(counts: list[int]) -> None:
    """As the processes of a run see it: each the mean of what counts in its part."""
    outputs, targets = torch.randn(12, 3), torch.full((12,), IGNORED)
    for part, count in enumerate(counts):
        targets[part::2][:count] = 1
    parts = [(outputs[part::2], targets[part::2]) for part in range(2)]
    means = [float(find_loss("cross_entropy").weighted(cross_entropy(o, t), t, targets)) for o, t in parts]
    assert sum(means) / 2 == pytest.approx(float(cross_entropy(outputs, targets)), rel=1e-5)
