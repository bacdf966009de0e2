"""The hooks of this distribution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from optbench import Dataset, SuiteSource, Task, hookimpl

from optbench_sklearn_data.datasets import DATASETS
from optbench_sklearn_data.tasks import TASKS

SUITES = Path(__file__).parent / "suites"


@hookimpl
def optbench_datasets() -> Iterable[Dataset]:
    """The data sets, each under the name that scikit-learn gives it."""
    return DATASETS


@hookimpl
def optbench_tasks() -> Iterable[Task]:
    """A task or two on each data set, with optbench's own models."""
    return TASKS


@hookimpl
def optbench_suites() -> Iterable[SuiteSource]:
    """The suites beside this module."""
    return [SuiteSource(name=path.stem, path=path) for path in sorted(SUITES.glob("*.toml"))]
