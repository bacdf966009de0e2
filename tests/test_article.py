"""`suites/article` as it is shipped, run through the whole harness: each result against its closed form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import optbench
from optbench.builtin.datasets import line
from optbench.training.batches import batches
from optbench.training.seeding import seeds_for

RATE = 0.1


@pytest.fixture(scope="module")
def frame(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    finished = optbench.run("suites/article", results=tmp_path_factory.mktemp("article"), devices=["cpu"])
    optbench.report(finished, formats=["png"])
    assert (finished.folder / "report" / "figures" / "paths.png").is_file()
    return optbench.load_results(finished.folder)


def of(frame: pd.DataFrame, task: str, optimizer: str, seed: int = 1000) -> pd.DataFrame:
    points = frame[(frame.task == task) & (frame.optimizer == optimizer) & (frame.seed == seed)]
    assert len(points) == 101
    assert set(points.status) == {"completed"}
    return points.rename(columns={"diagnostic:path.x": "x", "diagnostic:path.y": "y"}).set_index("step")


def data(**options: float) -> tuple[np.ndarray, np.ndarray]:
    files: dict[str, Path] = {}
    noiseless: dict[str, Any] = {"intercept": 0.0, "noise": 0.0, "examples": 100, "seed": 0}
    splits = line.build(files, **noiseless | options)
    return splits.train.inputs.double().numpy()[:, 0], splits.train.targets.double().numpy()[:, 0]


def test_a01_with_the_exact_gradient_descent_on_x_squared_ends_near_zero(frame: pd.DataFrame) -> None:
    points = of(frame, "exact-gradient", "gradient-descent")
    np.testing.assert_allclose(points.x, 10 * 0.8**points.index, rtol=1e-12)
    assert points.x[100] == pytest.approx(2.037e-9, rel=1e-3)


def test_a04_with_forward_differences_it_ends_at_half_a_step_below_zero(frame: pd.DataFrame) -> None:
    """x_k = (x_0 + h/2) (1 - 2 lr)^k - h/2.

    In float64 the difference x² loses up to 1e-16 x² / h to cancellation, 1e-10 in the first slope; descent shrinks
    what that moves as it shrinks everything, so the end is exact to far less than 1e-15.
    """
    h = 1e-4
    points = of(frame, "forward-difference", "gradient-descent")
    expected = (10 + h / 2) * (1 - 2 * RATE) ** points.index - h / 2
    np.testing.assert_allclose(points.x, expected, rtol=0, atol=1e-10)
    assert points.x[100] == pytest.approx(expected[100], abs=1e-15)
    assert points.x[100] == pytest.approx(-4.9997962954e-5, abs=1e-15)


def test_the_two_gradients_do_not_end_in_the_same_place(frame: pd.DataFrame) -> None:
    exact, differences = (
        of(frame, task, "gradient-descent").x[100] for task in ("exact-gradient", "forward-difference")
    )
    assert abs(exact - differences) > 4.9e-5


@pytest.mark.parametrize("seed", [1000, 1001, 1002])
def test_stochastic_descent_on_a_line_shrinks_the_error_by_a_factor_that_each_batch_gives(
    frame: pd.DataFrame, seed: int
) -> None:
    """Without noise theta_k - 2 = (theta_0 - 2) prod (1 - 2 lr mean x²) over the batches seen: it does see the data."""
    files: dict[str, Path] = {}
    train = line.build(files, slope=2.0, intercept=0.0, noise=0.0, examples=100, seed=0).train
    drawn = batches(train, 10, "shuffle", seeds_for("line-by-sgd", seed).data)
    factors = [1 - 2 * RATE * float((next(drawn)[0].double() ** 2).mean()) for _ in range(300)]
    expected = 2 - 2 * np.cumprod([1.0, *factors])
    points = of(frame, "line-by-sgd", "gradient-descent", seed)
    np.testing.assert_allclose(points.x, expected[points.index.astype(int)], rtol=1e-12)
    assert points.x[300] == pytest.approx(2, abs=1e-12)


def test_descent_on_a_noisy_line_goes_to_the_slope_of_least_squares(frame: pd.DataFrame) -> None:
    """theta_k = theta* (1 - (1 - 2 lr mean x²)^k) with theta* = sum xy / sum x²."""
    x, y = data(slope=2.0, noise=0.5)
    best = (x * y).sum() / (x**2).sum()
    points = of(frame, "line", "gradient-descent")
    np.testing.assert_allclose(points.x, best * (1 - (1 - 2 * RATE * (x**2).mean()) ** points.index), rtol=1e-12)
    assert points.x[300] == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("optimizer", ["gradient-descent", "adam"])
def test_b01_linear_regression_ends_at_ordinary_least_squares(frame: pd.DataFrame, optimizer: str) -> None:
    x, y = data(slope=2.0, intercept=-1.0, noise=0.5)
    slope, intercept = np.polyfit(x, y, 1)
    end = of(frame, "regression", optimizer).iloc[-1]
    assert (end.x, end.y) == pytest.approx((slope, intercept), abs=1e-8)
    assert end.train_eval_loss == pytest.approx(end.optimum, rel=1e-12)


def test_a08_adams_first_step_is_its_learning_rate_whatever_the_gradient(frame: pd.DataFrame) -> None:
    """lr g / (|g| + eps): on x² from 10, where g = 20."""
    points = of(frame, "exact-gradient", "adam")
    assert points.x[1] == pytest.approx(10 - RATE * 20 / (20 + 1e-8), rel=1e-12)
