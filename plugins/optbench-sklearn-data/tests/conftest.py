"""The data sets, each built once."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Any

import optbench
import pytest

from optbench_sklearn_data.datasets import DATASETS

Built = Callable[..., optbench.Splits]


@cache
def build(name: str, **changes: Any) -> optbench.Splits:
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == name)
    splits = pkgutil.resolve_name(str(dataset.build))({}, **{**dataset.options, **changes})
    assert isinstance(splits, optbench.Splits)
    return splits


@pytest.fixture
def built() -> Built:
    """A function of a data set's name, and of changed options, that builds it."""
    return build
