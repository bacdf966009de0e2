from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from optbench import Split, Splits, UsageError
from optbench.builtin.datasets import audiovisual_digits, mnist, spoken_digits
from optbench.builtin.datasets.audiovisual_digits import build, paired

CLASSES = torch.arange(40) % 10
IMAGES = Split(torch.arange(40.0).reshape(40, 1, 1, 1).expand(-1, 1, 2, 3), CLASSES)
SOUNDS = Split(1000 + torch.arange(20.0).reshape(20, 1, 1).expand(-1, 2, 2), torch.arange(20) % 10)
SILENT = torch.zeros(10, dtype=torch.float64)


def test_a_pair_is_an_image_and_a_sound_of_its_class() -> None:
    pairs = paired(IMAGES, SOUNDS, 30, SILENT, np.random.RandomState(0))
    image, heard = pairs.inputs[:, 0].long(), pairs.inputs[:, -1].long() - 1000
    assert pairs.inputs.shape == (30, 6 + 4)
    assert torch.equal(image % 10, pairs.targets)
    assert torch.equal(heard % 10, pairs.targets)
    assert len(set(image.tolist())) == 30
    assert 10 < len(set(heard.tolist())) <= 20


def test_noise_has_the_deviation_of_its_place() -> None:
    deviations = torch.tensor([2.0] * 6 + [0.5] * 4, dtype=torch.float64)
    images, sounds = (Split(torch.cat([s.inputs] * 500), torch.cat([s.targets] * 500)) for s in (IMAGES, SOUNDS))
    clean, noisy = (paired(images, sounds, 20_000, noise, np.random.RandomState(0)) for noise in (SILENT, deviations))
    assert torch.equal(clean.targets, noisy.targets)
    assert (noisy.inputs - clean.inputs).std(0).tolist() == pytest.approx(deviations.tolist(), rel=0.03)


def test_the_seed_is_all_that_pairs_depend_on() -> None:
    first, second, other = (paired(IMAGES, SOUNDS, 30, SILENT + 1, np.random.RandomState(seed)) for seed in (0, 0, 1))
    assert torch.equal(first.inputs, second.inputs)
    assert not torch.equal(first.inputs, other.inputs)


@pytest.mark.parametrize("examples", [0, 41])
def test_each_example_needs_an_image_of_its_own(examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    splits = Splits(IMAGES, IMAGES, IMAGES, outputs=10)
    monkeypatch.setattr(mnist, "build", lambda files, split_seed, targets: splits)
    monkeypatch.setattr(spoken_digits, "build", lambda files, transcripts: Splits(SOUNDS, SOUNDS, SOUNDS, outputs=10))
    with pytest.raises(UsageError, match=f"examples={examples} must be a number from 1 to 40"):
        build({}, examples=examples, image_noise=1.0, audio_noise=1.0, seed=0)


def test_no_image_or_recording_is_in_two_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Training goes with training, validation with validation, test with test."""

    def marked(images: bool) -> Splits:
        shape = (1, 28, 28) if images else (128, 64)
        train, validation, test = (
            Split(torch.full((2000, *shape), float(value)), torch.arange(2000) % 10) for value in (1, 2, 3)
        )
        return Splits(train, validation, test, 10)

    monkeypatch.setattr(mnist, "build", lambda files, split_seed, targets: marked(images=True))
    monkeypatch.setattr(spoken_digits, "build", lambda files, transcripts: marked(images=False))
    splits = audiovisual_digits.build({}, examples=30, image_noise=0.0, audio_noise=0.0, seed=0)
    for split, value, size in ((splits.train, 1, 30), (splits.validation, 2, 1000), (splits.test, 3, 2000)):
        assert torch.equal(split.inputs, torch.full((size, 784 + 1024), float(value)))


def test_the_real_pairs(built: Callable[[str], Splits]) -> None:
    splits = built("audiovisual-digits")
    assert (len(splits.train), len(splits.validation), len(splits.test)) == (2000, 1000, 2000)
    assert splits.input_shape == (784 + 1024,)
    assert splits.train.inputs.dtype == torch.float32
    assert set(splits.test.targets.tolist()) == set(range(10))
