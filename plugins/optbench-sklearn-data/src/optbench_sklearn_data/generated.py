"""Data sets that scikit-learn generates; `seed` draws the examples, `split_seed` divides them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import optbench
from sklearn.datasets import (
    make_classification,
    make_friedman1,
    make_hastie_10_2,
    make_moons,
    make_regression,
    make_swiss_roll,
)

from optbench_sklearn_data.splits import classification, regression


def moons(files: Mapping[str, Path], *, examples: int, noise: float, seed: int, split_seed: int) -> optbench.Splits:
    """Two interleaved half circles in the plane; `noise` is the deviation of a Gaussian added to both coordinates."""
    return classification(make_moons(examples, noise=noise, random_state=seed), split_seed)


def hastie(files: Mapping[str, Path], *, examples: int, seed: int, split_seed: int) -> optbench.Splits:
    """Ten standard Gaussians; class 1 where the sum of their squares exceeds 9.34, the median of chi-squared(10)."""
    features, signs = make_hastie_10_2(examples, random_state=seed)
    return classification((features, (signs > 0).astype(np.int64)), split_seed)


def noisy_labels(
    files: Mapping[str, Path], *, examples: int, flipped: float, seed: int, split_seed: int
) -> optbench.Splits:
    """Three classes of clusters on a hypercube, in 8 of 20 features; a share `flipped` of labels is drawn at random."""
    arrays = make_classification(
        examples, n_features=20, n_informative=8, n_redundant=0, n_classes=3, flip_y=flipped, random_state=seed
    )
    return classification(arrays, split_seed)


def friedman1(files: Mapping[str, Path], *, examples: int, noise: float, seed: int, split_seed: int) -> optbench.Splits:
    """y = 10 sin(pi x1 x2) + 20 (x3 - 1/2)² + 10 x4 + 5 x5 + `noise` N(0, 1), of ten features uniform in [0, 1]."""
    return regression(make_friedman1(examples, noise=noise, random_state=seed), split_seed)


def swiss_roll(
    files: Mapping[str, Path], *, examples: int, noise: float, seed: int, split_seed: int
) -> optbench.Splits:
    """A rolled-up sheet in space; the target is the position along the roll. `noise` is added to the coordinates."""
    return regression(make_swiss_roll(examples, noise=noise, random_state=seed), split_seed)


def low_rank(files: Mapping[str, Path], *, examples: int, noise: float, seed: int, split_seed: int) -> optbench.Splits:
    """Three noisy linear functions of ten out of 20 features, whose correlation matrix has a condition of about 280."""
    arrays = make_regression(
        examples, n_features=20, n_targets=3, effective_rank=5, tail_strength=0.1, noise=noise, random_state=seed
    )
    return regression(arrays, split_seed)
