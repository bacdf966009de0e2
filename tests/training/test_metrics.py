from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from optbench.components.dataset import Split
from optbench.training.evaluation import evaluate
from optbench.training.losses import find_loss
from optbench.training.metrics import character_error_rate
from optbench.training.transcripts import IGNORED

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
    assert evaluate(model, Split(outputs, targets), find_loss("ctc"), "character_error_rate").metric == 0.25
