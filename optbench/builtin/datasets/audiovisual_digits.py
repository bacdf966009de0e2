"""Digits that are seen and heard: images of MNIST, each with a recording of the same digit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from optbench import Split, Splits, UsageError
from optbench.builtin.datasets import mnist, spoken_digits

_POOLED = (4, 2)
"""Frequencies and windows of a spectrogram that are averaged: [128, 64] to [32, 32]."""
_VALIDATION, _TEST = 1000, 2000


def build(files: Mapping[str, Path], *, examples: int, image_noise: float, audio_noise: float, seed: int) -> Splits:
    """Return `examples`/1,000/2,000 pairs: inputs [N, 784 + 1024], targets [N] in 0..9.

    The first 784 numbers are an image, row by row, the others a spectrogram of 32 frequencies by 32 windows. No image
    is in two pairs; recordings are, of the same split. Gaussian noise is added, of these standard deviations (those of
    images and spectrograms are about 1). Pairs and noise are drawn from `seed`.

    Raises `UsageError` for more examples than there are images.
    """
    images, sounds = mnist.build(files, split_seed=0, targets="class"), spoken_digits.build(files, transcripts=False)
    if not 0 < examples <= len(images.train):
        raise UsageError(
            f"audiovisual-digits: examples={examples!r} must be a number from 1 to {len(images.train)}, "
            "of which each has an image of its own"
        )
    noise = torch.tensor([image_noise] * 784 + [audio_noise] * 1024, dtype=torch.float64)
    rng = np.random.RandomState(seed)
    train, validation, test = (
        paired(image, Split(F.avg_pool2d(sound.inputs.double(), _POOLED), sound.targets), size, noise, rng)
        for image, sound, size in (
            (images.train, sounds.train, examples),
            (images.validation, sounds.validation, _VALIDATION),
            (images.test, sounds.test, _TEST),
        )
    )
    return Splits(train, validation, test, outputs=10)


def paired(images: Split, sounds: Split, size: int, noise: Tensor, rng: np.random.RandomState) -> Split:
    """Draw `size` different images, and for each a sound of its class; inputs of both are flattened and joined.

    Gaussian noise is added to the joined inputs [size, D]; `noise` [D] holds its standard deviations. Sums are in
    double precision, because the data's checksum must not depend on their order.
    """
    chosen = rng.permutation(len(images))[:size]
    targets = images.targets[chosen]
    heard = [rng.choice(np.flatnonzero(sounds.targets.numpy() == digit)) for digit in targets.tolist()]
    clean = torch.cat((images.inputs[chosen].flatten(1), sounds.inputs[heard].flatten(1)), 1).double()
    noisy = clean + noise * torch.from_numpy(rng.standard_normal(clean.shape))
    return Split(noisy.float(), targets)
