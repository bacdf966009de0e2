"""Through the whole harness, suite file in and records out: closed forms that the numbers must meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge

import optbench
from optbench.builtin.datasets import gaussian as gaussian_data
from optbench.builtin.datasets import quadratic as quadratic_data
from tests.conftest import real_data

SUITE = """
name = "truth"
[protocol]
name = "defaults"
report_seeds = {seeds}
[[tasks]]
{task}
[[optimizers]]
{optimizer}
"""


@pytest.fixture
def curves(write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None) -> Callable[..., pd.DataFrame]:
    """Run a task with an optimizer at one learning rate and return its evaluation points."""

    def run(task: str, optimizer: str, seeds: list[int]) -> pd.DataFrame:
        suite = write_suite(SUITE.format(task=task, optimizer=optimizer, seeds=seeds))
        finished = optbench.run(suite, results=tmp_path / "results", devices=["cpu"])
        frame = optbench.load_results(finished.folder)
        assert set(frame.status) == {"completed"}
        return frame

    return run


def test_a01_gradient_descent_on_a_quadratic_shrinks_each_coordinate_by_its_own_factor(
    curves: Callable[..., pd.DataFrame],
) -> None:
    """x_t = (1 - eta h)^t x_0, so f(x_t) = 1/2 sum h (1 - eta h)^(2 t)."""
    frame = curves(
        """
        name = "bowl"
        task = "quadratic"
        model_options = { eigenvalues = [0.25, 1.0, 2.0, 8.0], rotation = false }
        dataset_options = { dimension = 4, examples = 8, noise = 0.0 }
        batch_size = "full"
        precision = "float64"
        steps = 60
        evaluations = 13
        """,
        'name = "sgd"\nlr_ref = 0.125',
        [1000],
    )
    h = np.array([0.25, 1.0, 2.0, 8.0])
    steps = frame.step.to_numpy()
    assert steps.tolist() == list(range(0, 61, 5))
    expected = 0.5 * (h * (1 - 0.125 * h) ** (2 * steps[:, None])).sum(1)
    np.testing.assert_allclose(frame.train_eval_loss, expected, rtol=1e-12)
    np.testing.assert_allclose(frame.validation_loss, expected, rtol=1e-12)
    np.testing.assert_allclose(frame.suboptimality, expected / expected[0], rtol=1e-12)


@pytest.mark.slow
def test_b09_constant_step_sgd_ends_in_a_noise_ball_of_known_size(curves: Callable[..., pd.DataFrame]) -> None:
    """Per eigenvalue, E f - f* = eta s^2 / (2 (2 - eta h)), with s^2 = h^2 Var(x) / batch the gradient's variance.

    Stationary after the first few hundred steps; then all evaluation points of all seeds are averaged. The variance is
    that of the training samples themselves, which batches are drawn from with replacement.
    """
    h, eta, batch = np.array([0.5, 1.0, 4.0, 8.0]), 0.1, 4
    frame = curves(
        f"""
        name = "noisy-bowl"
        task = "quadratic"
        model_options = {{ eigenvalues = {h.tolist()}, rotation = false }}
        dataset_options = {{ dimension = 4, examples = 500, noise = 0.6 }}
        batch_size = {batch}
        precision = "float64"
        steps = 6000
        evaluations = 121
        """,
        f'name = "sgd"\nlr_ref = {eta}',
        list(range(1000, 1008)),
    )
    files: dict[str, Path] = {}
    samples = quadratic_data.build(files, dimension=4, examples=500, noise=0.6).train.inputs.double().numpy()
    gradient_variance = h**2 * samples.var(axis=0) / batch
    expected = (eta * gradient_variance / (2 * (2 - eta * h))).sum()
    stationary = frame[frame.step >= 300]
    excess = (stationary.train_eval_loss - stationary.optimum).groupby(stationary.seed).mean()
    error = excess.std(ddof=1) / len(excess) ** 0.5
    assert abs(excess.mean() - expected) < 4 * error
    assert error < 0.07 * expected


def test_b01_full_batch_gradient_descent_ends_at_ordinary_least_squares(curves: Callable[..., pd.DataFrame]) -> None:
    frame = curves(
        """
        name = "ols"
        task = "linear-regression"
        batch_size = "full"
        precision = "float64"
        steps = 25000
        evaluations = 2
        """,
        'name = "momentum"\nlr_ref = 0.1\nfixed = { momentum = 0.95 }',
        [1000],
    )
    end = frame[frame.step == 25000].iloc[0]
    assert end.train_eval_loss == pytest.approx(end.optimum, rel=1e-7)
    assert abs(end.suboptimality) < 1e-7
    data = load_diabetes()
    assert LinearRegression().fit(data.data, data.target).score(data.data, data.target) == pytest.approx(0.51774842222)


def test_b05_stopping_early_shrinks_least_squares_along_each_eigenvector(curves: Callable[..., pd.DataFrame]) -> None:
    """w_t = (I - (I - eta H)^t) w_OLS from zero, so f(w_t) - f* = 1/2 sum h c^2 (1 - eta h)^(2 t), c those of w_OLS."""
    frame = curves(
        """
        name = "early"
        task = "gaussian-regression"
        steps = 60
        evaluations = 7
        """,
        'name = "sgd"\nlr_ref = 0.05',
        [1000],
    )
    train = gaussian_data.build({}, examples=60, features=10, variance=1.7, seed=0).train
    x = np.column_stack([train.inputs.double().numpy(), np.ones(60)])
    y = train.targets.double().numpy().ravel()
    h, vectors = np.linalg.eigh(2 / 60 * x.T @ x)
    c = vectors.T @ np.linalg.lstsq(x, y)[0]
    least = np.square(y - x @ (vectors @ c)).mean()
    excess = [0.5 * (h * c**2 * (1 - 0.05 * h) ** (2 * t)).sum() for t in frame.step]
    assert frame.train_eval_loss.tolist() == pytest.approx([least + e for e in excess], rel=1e-10)
    assert frame.optimum.iloc[0] == pytest.approx(least, rel=1e-10)


@pytest.mark.parametrize("through", ["l2 = 0.3", "weight_decay"])
def test_b02_an_l2_penalty_and_weight_decay_both_end_at_ridge_regression(
    curves: Callable[..., pd.DataFrame], through: str
) -> None:
    """With the mean squared error, gradient descent with weight decay lambda ends at ridge with lambda / 2 (B03)."""
    optimizer = 'name = "sgd"\nlr_ref = 0.1' + ("\nfixed = { weight_decay = 0.3 }" if through == "weight_decay" else "")
    frame = curves(
        f"""
        name = "ridge"
        task = "gaussian-regression"
        steps = 600
        evaluations = 2
        {through if through != "weight_decay" else ""}
        """,
        optimizer,
        [1000],
    )
    train = gaussian_data.build({}, examples=60, features=10, variance=1.7, seed=0).train
    x, y = train.inputs.double().numpy(), train.targets.double().numpy().ravel()
    ridge = Ridge(alpha=60 * 0.3 / 2, solver="cholesky").fit(x, y)
    expected = np.square(y - ridge.predict(x)).mean()
    assert frame.train_eval_loss.iloc[-1] == pytest.approx(expected, rel=1e-9)


@pytest.mark.slow
def test_tuned_adam_and_momentum_reach_their_accuracy_on_the_real_mnist(
    write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None
) -> None:
    real_data()
    suite = write_suite(
        """
        name = "mnist"
        protocol = { decades = 1, finalists = 1, edge_extensions = 0, tune_seeds = [0], report_seeds = [1000, 1001] }
        tasks = ["mnist-cnn"]
        optimizers = [{ name = "adam", lr_ref = 0.006 }, { name = "momentum", lr_ref = 0.03 }]
        """
    )
    finished = optbench.run(suite, results=tmp_path / "results", devices=["cpu"])
    table = optbench.load_results(finished.folder).query("phase == 'report'").drop_duplicates("run_id")
    accuracy = table.groupby("optimizer").final_test_metric.mean()
    assert accuracy["adam"] >= 0.97
    assert accuracy["momentum"] >= 0.955


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_five_epochs_of_mnist_give_98_8_percent(
    write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None
) -> None:
    real_data()
    suite = write_suite(
        """
        name = "mnist-long"
        protocol = { name = "defaults", report_seeds = [1000, 1001, 1002] }
        tasks = [{ name = "mnist-cnn", steps = 4297, evaluations = 6 }]
        optimizers = [{ name = "adam", lr_ref = 0.003 }, { name = "momentum", lr_ref = 0.03 }]
        """
    )
    finished = optbench.run(suite, results=tmp_path / "results", devices=["cpu"])
    table = optbench.load_results(finished.folder).drop_duplicates("run_id")
    accuracy = table.groupby("optimizer").final_test_metric.mean()
    assert (accuracy >= 0.988).all(), accuracy


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_adam_spells_spoken_digits_with_at_most_three_wrong_characters_in_a_hundred(
    curves: Callable[..., pd.DataFrame],
) -> None:
    real_data()
    frame = curves('name = "spoken-digits-deepspeech"', 'name = "adam"', [1000])
    rate = frame.final_test_metric.iloc[0]
    assert rate <= 0.03, rate


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_to_see_and_hear_is_better_than_either(curves: Callable[..., pd.DataFrame]) -> None:
    real_data()
    mean = {
        branches: curves(f'name = "audiovisual-digits{branches}"', 'name = "adam"', [1000, 1001, 1002])
        .drop_duplicates("run_id")
        .final_test_metric.mean()
        for branches in ("", "-image", "-audio")
    }
    assert mean[""] >= max(mean["-image"], mean["-audio"]) + 0.05, mean


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_nanogpts_small_model_reaches_the_published_loss(write_suite: Callable[[str], Path], tmp_path: Path) -> None:
    """Karpathy, nanoGPT, 2022: 1.88 on the last tenth of the text, with these settings and a cosine to 1e-4."""
    real_data()
    suite = write_suite(
        """
        name = "nanogpt"
        timeout = 7200
        protocol = { name = "defaults", report_seeds = [1000] }
        tasks = ["nanogpt-cpu"]
        [[optimizers]]
        name = "adamw"
        lr_ref = 1e-3
        fixed = { betas = [0.9, 0.99], weight_decay = 0.1 }
        """
    )
    finished = optbench.run(suite, results=tmp_path / "results", devices=["cpu"])
    table = optbench.load_results(finished.folder).drop_duplicates("run_id")
    assert table.final_validation_loss.between(1.80, 1.95).all(), table.final_validation_loss
