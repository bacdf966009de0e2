from __future__ import annotations

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from optbench.components.dataset import Split, Splits
from optbench.errors import UsageError
from optbench.training.transcripts import BLANK, IGNORED, check_frames, frames_needed, greedy, labels

PADDED = torch.tensor([[3, 1, 2], [1, 1, IGNORED], [2, 2, 2], [IGNORED] * 3])


class Subsampled(nn.Module):
    """Frames [B, T] to logits [B, T // 2, 4], with a normalisation that training would change."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(4)

    def forward(self, inputs: Tensor) -> Tensor:
        logits: Tensor = self.norm(inputs[:, ::2, None].expand(-1, -1, 4).mT).mT
        return logits


def spelling(*paths: list[int]) -> Tensor:
    """Logits [B, T, C] whose likeliest classes are these."""
    return torch.nn.functional.one_hot(torch.tensor(paths), 4).double()


def splits(frames: int) -> Splits:
    train = Split(torch.randn(2, frames), torch.tensor([[1, 2, IGNORED], [1, IGNORED, IGNORED]]))
    return Splits(train, train, Split(train.inputs, torch.tensor([[1, 2, 3], [3, 3, 3]])), outputs=4)


def test_labels_end_where_the_padding_begins() -> None:
    assert labels(PADDED) == [[3, 1, 2], [1, 1], [2, 2, 2], []]


def test_repeats_are_one_character_and_blanks_separate_equal_ones() -> None:
    paths = [1, 1, 0, 2, 2, 2], [1, 0, 1, 1, 0, 1], [0, 0, 0, 0, 0, 0], [3, 2, 3, 2, 0, 0]
    assert greedy(spelling(*paths)) == [[1, 2], [1, 1, 1], [], [3, 2, 3, 2]]


def test_the_frames_needed_are_those_of_the_shortest_path_that_spells_it() -> None:
    def shortest(label: list[int]) -> int:
        found = (
            n for n in range(1, 6) if any(greedy(spelling(list(p))) == [label] for p in product(range(4), repeat=n))
        )
        return next(found)

    assert BLANK == 0
    assert frames_needed(PADDED).tolist() == [3, 3, 5, 0]
    assert [shortest(label) for label in labels(PADDED[:3])] == [3, 3, 5]


def test_outputs_with_too_few_frames_are_refused_with_the_way_out() -> None:
    with pytest.raises(UsageError) as refusal:
        check_frames(Subsampled(), splits(frames=8))
    assert str(refusal.value) == (
        "the model gives 4 frames, but a transcript needs 5 (one for each character, and one between equal "
        "neighbours); give the model longer inputs or less stride"
    )


def test_looking_at_the_frames_leaves_the_model_as_it_was() -> None:
    model = Subsampled()
    check_frames(model, splits(frames=10))
    assert model.training
    assert model.norm.running_mean.tolist() == [0.0] * 4
