"""The hooks of this distribution."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import optbench

from optbench_sklearn_data.datasets import DATASETS
from optbench_sklearn_data.tasks import TASKS

SUITES = Path(__file__).parent / "suites"


@optbench.hookimpl
def optbench_datasets() -> Iterable[optbench.Dataset]:
    """The data sets, each under the name that scikit-learn gives it."""
    return DATASETS


@optbench.hookimpl
def optbench_tasks() -> Iterable[optbench.Task]:
    """A task or two on each data set, with optbench's own models."""
    return TASKS


@optbench.hookimpl
def optbench_suites() -> Iterable[optbench.SuiteSource]:
    """The suites beside this module."""
    return [optbench.SuiteSource(name=path.stem, path=path) for path in sorted(SUITES.glob("*.toml"))]
