from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench import Splits, Task
from optbench.builtin import optima
from optbench.builtin.datasets import DATASETS
from optbench.builtin.models import MODELS
from optbench.builtin.tasks import TASKS
from optbench.registry.components import resolve

Built = Callable[[str], Splits]
BY_NAME = {task.name: task for task in TASKS}
PARAMETERS = {
    "quadratic": 100,
    "linear-regression": 11,
    "parabola": 1,
    "booth": 2,
    "rosenbrock": 2,
    "beale": 2,
    "himmelblau": 2,
    "rastrigin": 2,
    "mnist-cnn": 25_010,
    "digits-cnn": 8_882,
    "shakespeare-transformer": 112_512,
    "markov-transformer": 107_648,
}
CLASSIFIERS = [task for task in TASKS if task.loss == "cross_entropy"]


def model_of(task: Task, splits: Splits) -> nn.Module:
    (model,) = (model for model in MODELS if model.name == task.model)
    built = resolve(model.build)(splits.input_shape, splits.outputs, **(dict(model.options) | task.model_options))
    assert isinstance(built, nn.Module)
    return built


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_names_what_exists_and_says_where_it_comes_from(task: Task) -> None:
    (model,) = (model for model in MODELS if model.name == task.model)
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == task.dataset)
    assert set(task.model_options) <= set(model.options)
    assert set(task.dataset_options) <= set(dataset.options)
    for component in (task, model, dataset):
        assert component.reference and component.description
    if task.optimum:
        assert callable(resolve(task.optimum))


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_tasks_model_has_the_published_number_of_parameters(task: Task, built: Built) -> None:
    assert sum(p.numel() for p in model_of(task, built(task.dataset)).parameters()) == PARAMETERS[task.name]


@pytest.mark.parametrize("task", CLASSIFIERS, ids=lambda t: t.name)
def test_a_fresh_classifier_knows_nothing(task: Task, built: Built) -> None:
    """The loss of a fresh net is ln C within 0.3."""
    splits = built(task.dataset)
    torch.manual_seed(0)
    with torch.no_grad():
        logits = model_of(task, splits)(splits.validation.inputs[:64])
    loss = F.cross_entropy(logits.flatten(0, -2), splits.validation.targets[:64].flatten())
    assert loss.item() == pytest.approx(math.log(splits.outputs), abs=0.3)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_tasks_model_takes_every_split_and_float64(task: Task, built: Built) -> None:
    splits = built(task.dataset)
    model = model_of(task, splits).double()
    for split in (splits.train, splits.validation, splits.test):
        inputs = split.inputs[:1].repeat_interleave(2, 0)
        outputs = model(inputs.double() if inputs.is_floating_point() else inputs)
        assert outputs.dtype == torch.float64
        assert outputs.shape[0] == 2


def test_linear_regressions_target_is_one_per_cent_above_least_squares(built: Built) -> None:
    task = BY_NAME["linear-regression"]
    splits = built(task.dataset)
    (target,) = task.targets
    assert target.value == pytest.approx(1.01 * optima.least_squares(splits, model_of(task, splits)), abs=5e-6)
