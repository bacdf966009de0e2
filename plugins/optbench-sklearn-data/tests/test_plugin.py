from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import optbench
import pytest

import optbench_sklearn_data
from optbench_sklearn_data.datasets import DATASETS
from optbench_sklearn_data.tasks import TASKS

DISTRIBUTION = "optbench-sklearn-data"


@pytest.fixture(scope="module")
def registry() -> optbench.Registry:
    return optbench.load_registry()


def provided(shelf: dict) -> set[str]:
    return {name for name, item in shelf.items() if item.distribution == DISTRIBUTION}


def test_the_entry_point_provides_everything(registry: optbench.Registry) -> None:
    assert provided(registry.datasets) == {dataset.name for dataset in DATASETS}
    assert provided(registry.tasks) == {task.name for task in TASKS}
    assert provided(registry.suites) == {"sk-tabular"}
    assert not [problem for problem in registry.problems if DISTRIBUTION in str(problem)]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_names_what_exists_and_says_how_it_is_judged_and_where_it_comes_from(
    task: optbench.Task, registry: optbench.Registry
) -> None:
    model, dataset = registry.models[task.model].component, registry.datasets[task.dataset].component
    assert set(task.model_options) <= set(model.options)
    assert set(task.dataset_options) <= set(dataset.options)
    assert task.name == f"{dataset.name}-{task.name.rpartition('-')[2]}"
    assert task.reference and task.description and dataset.reference and dataset.description
    assert task.targets and all(target.source for target in task.targets)


def test_each_data_set_has_a_task() -> None:
    assert {task.dataset for task in TASKS} == {dataset.name for dataset in DATASETS}


def test_the_suite_is_eight_of_the_tasks_with_four_optimizers() -> None:
    suite = optbench.load_suite("sk-tabular")
    assert suite.name == "sk-tabular"
    assert len(suite.tasks) == 8
    assert {item.name for item in suite.tasks} <= {task.name for task in TASKS}
    assert [item.name for item in suite.optimizers] == ["sgd", "momentum", "adam", "adamw"]


def test_the_suite_is_shipped_in_the_package(registry: optbench.Registry) -> None:
    path = registry.suites["sk-tabular"].component.path
    assert path.parent.parent == Path(optbench_sklearn_data.__file__).parent


def test_the_hooks_import_nothing_heavy() -> None:
    command = (
        "import sys, optbench_sklearn_data.plugin as plugin\n"
        "assert plugin.optbench_datasets() and plugin.optbench_tasks() and plugin.optbench_suites()\n"
        "print(sorted(set(sys.argv[1:]) & {name.partition('.')[0] for name in sys.modules}))"
    )
    heavy = ["torch", "sklearn", "scipy", "numpy", "pandas", "matplotlib"]
    done = subprocess.run([sys.executable, "-c", command, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
