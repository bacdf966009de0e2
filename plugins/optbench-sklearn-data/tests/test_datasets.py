from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import optbench
import pytest
import torch
from optbench.testing import content_of
from sklearn import datasets as sklearn
from sklearn.preprocessing import StandardScaler

from optbench_sklearn_data.datasets import DATASETS
from optbench_sklearn_data.splits import cut, stratified

Built = Callable[..., optbench.Splits]
Arrays = tuple[np.ndarray, np.ndarray]

NAMES = [dataset.name for dataset in DATASETS]
SIZES = {
    "sk.iris": (90, 30, 30),
    "sk.wine": (107, 35, 36),
    "sk.breast-cancer": (341, 115, 113),
    **dict.fromkeys(NAMES[3:], (3000, 1000, 1000)),
}
RAW: dict[str, Callable[[], Arrays]] = {
    "sk.iris": lambda: sklearn.load_iris(return_X_y=True),
    "sk.wine": lambda: sklearn.load_wine(return_X_y=True),
    "sk.breast-cancer": lambda: sklearn.load_breast_cancer(return_X_y=True),
    "sk.moons": lambda: sklearn.make_moons(5000, noise=0.2, random_state=0),
    "sk.hastie": lambda: sklearn.make_hastie_10_2(5000, random_state=0),
    "sk.noisy-labels": lambda: sklearn.make_classification(
        5000, n_features=20, n_informative=8, n_redundant=0, n_classes=3, flip_y=0.1, random_state=0
    ),
    "sk.friedman1": lambda: sklearn.make_friedman1(5000, noise=1.0, random_state=0),
    "sk.swiss-roll": lambda: sklearn.make_swiss_roll(5000, noise=0.5, random_state=0),
    "sk.low-rank": lambda: sklearn.make_regression(
        5000, n_features=20, n_targets=3, effective_rank=5, tail_strength=0.1, noise=0.1, random_state=0
    ),
}
CLASSIFICATION = ["sk.iris", "sk.wine", "sk.breast-cancer", "sk.moons", "sk.hastie", "sk.noisy-labels"]
REGRESSION = [name for name in NAMES if name not in CLASSIFICATION]


def parts_of(splits: optbench.Splits) -> list[optbench.Split]:
    return [splits.train, splits.validation, splits.test]


def classes_of(name: str) -> np.ndarray:
    return np.unique(RAW[name]()[1], return_inverse=True)[1]


def indices(name: str) -> list[np.ndarray]:
    """The examples of each part, by their place in scikit-learn's array."""
    if name in CLASSIFICATION:
        return stratified(classes_of(name), 0)
    return cut(np.random.RandomState(0).permutation(5000))


@pytest.mark.parametrize("name", NAMES)
def test_sizes_shapes_and_types(name: str, built: Built) -> None:
    splits = built(name)
    assert tuple(map(len, parts_of(splits))) == SIZES[name]
    for split in parts_of(splits):
        assert split.inputs.dtype == torch.float32
        assert split.inputs.shape == (len(split), RAW[name]()[0].shape[1])
        if name in CLASSIFICATION:
            assert (split.targets.dtype, split.targets.shape) == (torch.int64, (len(split),))
            assert set(split.targets.tolist()) == set(range(splits.outputs))
        else:
            assert (split.targets.dtype, split.targets.shape) == (torch.float32, (len(split), splits.outputs))


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_are_disjoint_and_hold_every_example(name: str) -> None:
    examples = len(RAW[name]()[0])
    assert sorted(np.concatenate(indices(name)).tolist()) == list(range(examples))


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_those_of_scikit_learn_scaled_by_the_training_part(name: str, built: Built) -> None:
    features, parts = RAW[name]()[0], indices(name)
    scaler = StandardScaler().fit(features[parts[0]])
    for split, part in zip(parts_of(built(name)), parts, strict=True):
        assert np.allclose(split.inputs, scaler.transform(features[part]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_classes_are_those_of_scikit_learn(name: str, built: Built) -> None:
    for split, part in zip(parts_of(built(name)), indices(name), strict=True):
        assert split.targets.tolist() == classes_of(name)[part].tolist()


@pytest.mark.parametrize("name", REGRESSION)
def test_targets_are_those_of_scikit_learn_scaled_by_the_training_part(name: str, built: Built) -> None:
    targets, parts = RAW[name]()[1].reshape(5000, -1), indices(name)
    scaler = StandardScaler().fit(targets[parts[0]])
    for split, part in zip(parts_of(built(name)), parts, strict=True):
        assert np.allclose(split.targets, scaler.transform(targets[part]), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_every_class_is_divided_60_20_20_to_within_one_example(name: str, built: Built) -> None:
    splits = built(name)
    counts = np.array([np.bincount(split.targets, minlength=splits.outputs) for split in parts_of(splits)])
    assert (abs(counts - np.outer([0.6, 0.2, 0.2], counts.sum(0))) <= 1).all()


@pytest.mark.parametrize("seed", range(5))
def test_any_classes_are_stratified_to_within_one_example(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes = rng.choice(4, size=rng.integers(50, 300), p=[0.05, 0.15, 0.3, 0.5])
    parts = stratified(classes, seed)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(classes)))
    counts = np.array([np.bincount(classes[part], minlength=4) for part in parts])
    assert (abs(counts - np.outer([0.6, 0.2, 0.2], counts.sum(0))) <= 1).all()


def test_the_split_is_frozen_and_in_random_order() -> None:
    parts = [part.tolist() for part in stratified(np.repeat([0, 1], 5), 0)]
    assert parts == [[0, 5, 7, 2, 1, 6], [9, 3], [8, 4]]
    assert parts != [part.tolist() for part in stratified(np.repeat([0, 1], 5), 1)]


@pytest.mark.parametrize("name", NAMES)
def test_mean_and_variance_are_0_and_1_over_the_training_part_and_nowhere_else(name: str, built: Built) -> None:
    splits = built(name)
    for part in ["inputs"] + ["targets"] * (name in REGRESSION):
        train, *others = (getattr(split, part).double() for split in parts_of(splits))
        assert train.mean(0).abs().max() < 1e-6
        assert (train.var(0, correction=0) - 1).abs().max() < 1e-5
        for other in others:
            assert other.mean(0).abs().max() > 1e-4
            assert (other.var(0, correction=0) - 1).abs().max() > 1e-4


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_the_content_is_pinned_and_another_split_or_label_is_noticed(dataset: Any, built: Built) -> None:
    """The conformance kit compares the declared checksum with that of inputs and targets rounded to four decimals."""
    splits = built(dataset.name)
    assert content_of(splits) == dataset.content
    assert content_of(built(dataset.name, split_seed=1)) != dataset.content
    for part in ("inputs", "targets"):
        assert content_of(with_one_changed(splits, part)) != dataset.content


def with_one_changed(splits: optbench.Splits, part: str) -> optbench.Splits:
    """The same data, but for one number of the test part."""
    changed = {"inputs": splits.test.inputs.clone(), "targets": splits.test.targets.clone()}
    flat = changed[part].view(-1)
    flat[0] = flat[0] + 1e-3 if flat.is_floating_point() else (flat[0] + 1) % splits.outputs
    return optbench.Splits(splits.train, splits.validation, optbench.Split(**changed), splits.outputs)


def test_hasties_classes_are_inside_and_outside_of_the_median_of_chi_squared() -> None:
    features, signs = RAW["sk.hastie"]()
    assert np.array_equal(signs > 0, (features**2).sum(1) > 9.34)


def test_friedmans_target_is_his_function_with_noise_of_variance_1() -> None:
    x, target = RAW["sk.friedman1"]()
    function = 10 * np.sin(math.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    assert (target - function).var() == pytest.approx(1, rel=0.05)
    assert (target - function).var() / target.var() == pytest.approx(0.04, abs=0.005)


def test_only_eight_of_the_twenty_features_tell_the_noisy_classes_apart() -> None:
    """Class means of the others differ by no more than noise: 5,000 / 3 examples give a deviation of 0.024."""
    features, classes = RAW["sk.noisy-labels"]()
    means = np.array([features[classes == label].mean(0) for label in range(3)])
    spread = (means.max(0) - means.min(0)) / features.std(0)
    assert (spread > 0.12).sum() <= 8


@pytest.mark.parametrize(("name", "low", "high"), [("sk.low-rank", 250, 300), ("sk.breast-cancer", 5e4, 2e5)])
def test_the_features_are_as_ill_conditioned_as_said(name: str, low: float, high: float, built: Built) -> None:
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(built(name).train.inputs.double().numpy().T))
    assert low < eigenvalues[-1] / eigenvalues[0] < high
