"""What optbench trains against scikit-learn's linear models, on the same split: AdamW at 0.01, untuned, one seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import optbench
import pytest
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression

from optbench_sklearn_data.tasks import TASKS

Built = Callable[..., optbench.Splits]


class Expected(NamedTuple):
    """Accuracies or coefficients of determination (R²) on the test part."""

    linear: float
    """Of scikit-learn's linear model, to three decimals."""
    trained: float
    """Of the task, at least."""


EXPECTED = {
    "sk.iris-logistic": Expected(linear=0.967, trained=0.93),
    "sk.wine-mlp": Expected(linear=1.0, trained=0.97),
    "sk.breast-cancer-logistic": Expected(linear=0.965, trained=0.94),
    "sk.moons-mlp": Expected(linear=0.843, trained=0.95),
    "sk.hastie-mlp": Expected(linear=0.514, trained=0.92),
    "sk.noisy-labels-mlp": Expected(linear=0.652, trained=0.77),
    "sk.noisy-labels-logistic": Expected(linear=0.652, trained=0.64),
    "sk.friedman1-mlp": Expected(linear=0.724, trained=0.94),
    "sk.swiss-roll-mlp": Expected(linear=0.059, trained=0.98),
    "sk.low-rank-linear": Expected(linear=0.987, trained=0.98),
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, float]:
    """Test accuracy, or mean squared error, of every task."""
    suite = optbench.SuiteFile.model_validate(
        {
            "name": "baselines",
            "protocol": {"name": "defaults", "report_seeds": [1000]},
            "tasks": [{"name": t.name, "metric": "loss" if t.loss == "mse" else "accuracy"} for t in TASKS],
            "optimizers": [{"name": "adamw", "lr_ref": 0.01}],
        }
    )
    finished = optbench.run(suite, results=tmp_path_factory.mktemp("results"), devices=["cpu"])
    assert set(finished.statuses) == {"completed"}
    runs = optbench.load_results(finished.folder).drop_duplicates("run_id")
    return dict(zip(runs.task, runs.final_test_metric, strict=True))


def linear_score(splits: optbench.Splits) -> float:
    (inputs, targets), (test_inputs, test_targets) = (
        (split.inputs.double().numpy(), split.targets.numpy()) for split in (splits.train, splits.test)
    )
    classes = splits.train.targets.dtype == torch.int64
    model = LogisticRegression(max_iter=1000) if classes else LinearRegression()
    return float(model.fit(inputs, targets).score(test_inputs, test_targets))


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_scikit_learns_linear_model_has_the_stated_score(task: optbench.Task, built: Built) -> None:
    assert linear_score(built(task.dataset)) == pytest.approx(EXPECTED[task.name].linear, abs=6e-4)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_trained_task_reaches_its_score(task: optbench.Task, built: Built, trained: Mapping[str, float]) -> None:
    score = trained[task.name]
    if task.loss == "mse":
        score = 1 - score / float(built(task.dataset).test.targets.double().var(0, correction=0).mean())
    assert score >= EXPECTED[task.name].trained
