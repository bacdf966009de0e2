"""The data sets that need no files, as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_diabetes

from optbench import Splits
from optbench.builtin import optima
from optbench.builtin.datasets import DATASETS, line
from optbench.builtin.models.linear import Linear
from optbench.components.component import resolve
from optbench.components.dataset import Split

Built = Callable[[str], Splits]
WITHOUT_FILES = {
    "quadratic": (1000, 1000, 1000),
    "nothing": (1, 1, 1),
    "line": (100, 100, 100),
    "diabetes": (265, 88, 89),
    "digits": (1079, 359, 359),
}


@pytest.mark.parametrize("name", [*WITHOUT_FILES, "markov"])
def test_building_again_gives_the_same(name: str, built: Built) -> None:
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == name)
    first, second = built(name), resolve(dataset.build)({}, **dataset.options)
    for part in ("train", "validation", "test"):
        assert torch.equal(getattr(first, part).inputs, getattr(second, part).inputs)
        assert torch.equal(getattr(first, part).targets, getattr(second, part).targets)


@pytest.mark.parametrize(("name", "sizes"), WITHOUT_FILES.items())
def test_sizes(name: str, sizes: tuple[int, int, int], built: Built) -> None:
    splits = built(name)
    assert (len(splits.train), len(splits.validation), len(splits.test)) == sizes
    assert all(len(s.targets) == len(s) for s in (splits.train, splits.validation, splits.test))


@pytest.mark.parametrize("name", ["diabetes", "digits"])
def test_training_inputs_are_standardised(name: str, built: Built) -> None:
    inputs = built(name).train.inputs.double()
    axes = (0,) if name == "diabetes" else (0, 1, 2, 3)
    assert inputs.mean(axes).abs().max().item() < 1e-6
    assert (inputs.std(axes, correction=0) - 1).abs().max().item() < 1e-6


def test_diabetes_targets_are_standardised_columns(built: Built) -> None:
    targets = built("diabetes").train.targets
    assert targets.shape == (265, 1)
    assert targets.mean().item() == pytest.approx(0, abs=1e-6)
    assert targets.std(correction=0).item() == pytest.approx(1, abs=1e-6)


def test_least_squares_on_all_of_diabetes_has_the_published_error() -> None:
    """R² .517748422220, mean squared error 2859.69634759."""
    features, progression = (torch.tensor(array) for array in load_diabetes(return_X_y=True))
    everything = Split(features, progression[:, None])
    error = optima.least_squares(Splits(everything, everything, everything, 1), Linear((10,), 1))
    assert error == pytest.approx(2859.69634759, abs=1e-8)
    assert 1 - error / progression.var(correction=0).item() == pytest.approx(0.517748422220, abs=1e-11)


def test_the_quadratics_samples_have_deepobs_noise(built: Built) -> None:
    splits = built("quadratic")
    assert splits.train.inputs.std().item() == pytest.approx(0.6, rel=0.01)
    assert not torch.equal(splits.train.inputs, splits.test.inputs)


def test_a_line_without_noise_is_one_and_its_noise_is_as_wide_as_said() -> None:
    options: dict[str, Any] = {"slope": -0.5, "intercept": 3.0, "examples": 4000, "seed": 1}
    exact, noisy = (line.build({}, **options, noise=noise) for noise in (0.0, 0.5))
    torch.testing.assert_close(exact.test.targets, 3 - 0.5 * exact.test.inputs)
    residuals = noisy.train.targets - (3 - 0.5 * noisy.train.inputs)
    assert residuals.std().item() == pytest.approx(0.5, rel=0.05)
    assert not torch.equal(noisy.train.inputs, noisy.test.inputs)


def test_digits_are_images_of_ten_classes(built: Built) -> None:
    splits = built("digits")
    assert splits.input_shape == (1, 8, 8)
    assert set(splits.train.targets.tolist()) == set(range(10))


def test_b07_least_squares_on_gaussian_features_has_the_expected_errors() -> None:
    """E train MSE = variance (1 - p / N), E test MSE = variance (1 + p / (N - p - 1)): 1.4167 and 2.0469 here."""
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == "gaussian")
    errors = []
    for seed in range(400):
        splits = resolve(dataset.build)({}, **{**dataset.options, "seed": seed})
        x, y = splits.train.inputs.double(), splits.train.targets.double()
        slopes = torch.linalg.lstsq(x, y).solution
        test = splits.test.targets.double() - splits.test.inputs.double() @ slopes
        errors.append(((y - x @ slopes).square().mean().item(), test.square().mean().item()))
    mean, error = np.mean(errors, axis=0), np.std(errors, axis=0, ddof=1) / 20
    assert (np.abs(mean - [1.7 * (1 - 10 / 60), 1.7 * (1 + 10 / 49)]) < 3 * error).all()
    assert (error < 0.02).all()
