from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from optbench import Splits, Task
from optbench.builtin import baselines, optima
from optbench.builtin.datasets import DATASETS
from optbench.builtin.models import MODELS
from optbench.builtin.tasks import TASKS
from optbench.components.component import resolve
from tests.builtin.conftest import NOT_PROMISED, Built

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
    "mnist-logistic": 7_850,
    "mnist-mlp": 266_610,
    "mnist-autoencoder": 437_664,
    "mnist-resnet": 67_906,
    "mnist-vgg": 578_810,
    "fashion-mnist-cnn": 25_010,
    "cifar10-resnet": 68_050,
    "cifar10-vgg": 579_098,
    "cifar10-part-resnet": 68_050,
    "cifar10-part-vgg": 579_098,
    "digits-deep-mlp": 83_850,
    "digits-few": 85_002,
    "gaussian-regression": 11,
    "shakespeare-transformer": 112_512,
    "markov-transformer": 107_648,
    "shakespeare-rnn": 49_729,
    "shakespeare-gru": 115_777,
    "shakespeare-lstm": 148_801,
    "shakespeare-gpt": 344_832,
    "shakespeare-bert": 62_786,
    "nanogpt-cpu": 795_904 + 64 * 128,
    "nanogpt-gpu": 10_646_784 + 256 * 384,
    "spoken-digits-deepspeech": 360_688,
    "audiovisual-digits": 67_178,
    "audiovisual-digits-image": 29_930,
    "audiovisual-digits-audio": 37_610,
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
def test_a_task_has_targets_that_say_where_they_come_from(task: Task) -> None:
    """Lessons have none, nor those on data that could not be had when targets were measured: none is invented."""
    assert bool(task.targets) != (task.dataset in NOT_PROMISED or task.name in ("digits-deep-mlp", "digits-few"))
    assert all(target.source for target in task.targets)
    values = {target.name: target.value for target in task.targets}
    if "easy" in values:
        assert (values["target"] > values["easy"]) == task.higher_is_better


@pytest.mark.parametrize(
    "task", [task for task in TASKS if task.optimum and task.model == "linear"], ids=lambda t: t.name
)
def test_a_target_near_least_squares_is_1_percent_above_it(task: Task, built: Built) -> None:
    splits = built(task.dataset, **task.dataset_options)
    (target,) = task.targets
    assert target.on == "train"
    assert target.value == pytest.approx(1.01 * optima.least_squares(splits, model_of(task, splits)), rel=1e-5)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_tasks_model_has_the_published_number_of_parameters(task: Task, built: Built) -> None:
    assert (
        sum(p.numel() for p in model_of(task, built(task.dataset, **task.dataset_options)).parameters())
        == PARAMETERS[task.name]
    )


@pytest.mark.parametrize("task", CLASSIFIERS, ids=lambda t: t.name)
def test_a_fresh_classifier_knows_nothing(task: Task, built: Built) -> None:
    """The loss of a fresh net is ln C within 0.3."""
    splits = built(task.dataset, **task.dataset_options)
    torch.manual_seed(0)
    with torch.no_grad():
        logits = model_of(task, splits)(splits.validation.inputs[:16])
    loss = F.cross_entropy(logits.flatten(0, -2), splits.validation.targets[:16].flatten())
    assert loss.item() == pytest.approx(math.log(splits.outputs), abs=0.3)


@pytest.mark.parametrize("statistic", ["unigram", "bigram", "between"])
def test_tasks_on_shakespeare_state_what_characters_statistics_achieve(statistic: str, built: Built) -> None:
    """A window's inputs and its last target are consecutive characters, and so are adjoining windows."""
    splits = built("tinyshakespeare")
    train, validation = (
        np.concatenate([split.inputs[:: 64 if split is splits.train else 1].flatten(), split.targets[-1, -1:]])
        for split in (splits.train, splits.validation)
    )
    loss = getattr(baselines, statistic)(train, validation, splits.outputs)
    stating = [task for task in TASKS if task.dataset != "markov" and f"{loss:.3f}" in task.description]
    assert {"unigram": 1, "bigram": 4, "between": 1}[statistic] == len(stating)


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_tasks_model_takes_every_split_and_float64(task: Task, built: Built) -> None:
    splits = built(task.dataset, **task.dataset_options)
    model = model_of(task, splits).double()
    for split in (splits.train, splits.validation, splits.test):
        inputs = split.inputs[:1].repeat_interleave(2, 0)
        outputs = model(inputs.double() if inputs.is_floating_point() else inputs)
        assert outputs.dtype == torch.float64
        assert outputs.shape[0] == 2


def test_linear_regressions_target_is_one_per_cent_above_least_squares(built: Built) -> None:
    task = BY_NAME["linear-regression"]
    splits = built(task.dataset, **task.dataset_options)
    (target,) = task.targets
    assert target.value == pytest.approx(1.01 * optima.least_squares(splits, model_of(task, splits)), abs=5e-6)


def test_what_the_autoencoders_description_compares_it_with(built: Built) -> None:
    """The mean image as a constant reconstruction; and each pixel's own entropy, which no reconstruction undercuts."""
    task = BY_NAME["mnist-autoencoder"]
    splits = built(task.dataset, **task.dataset_options)
    mean = splits.train.targets.mean(0).clamp(1e-6, 1 - 1e-6)
    pixels = splits.test.targets
    constant = F.binary_cross_entropy(mean.expand_as(pixels), pixels)
    assert constant.item() == pytest.approx(0.2625, abs=5e-5)
    assert F.binary_cross_entropy(pixels, pixels).item() == pytest.approx(0.0581, abs=5e-5)
    assert "0.2625 for the mean image, 0.0581 at least" in task.description


@pytest.mark.parametrize("model", ["resnet", "vgg"])
def test_a_task_on_the_part_of_cifar10_differs_in_its_data_only(model: str) -> None:
    whole, part = (BY_NAME[f"{dataset}-{model}"] for dataset in ("cifar10", "cifar10-part"))
    same = {name: getattr(whole, name) for name in ("name", "dataset", "targets", "description")}
    assert part.model_copy(update=same) == whole
