"""The data sets, each built once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from optbench import Splits
from optbench.components.component import resolve

from optbench_sklearn_data.datasets import DATASETS

Built = Callable[..., Splits]


@cache
def build(name: str, **changes: Any) -> Splits:
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == name)
    splits = resolve(dataset.build)({}, **{**dataset.options, **changes})
    assert isinstance(splits, Splits)
    return splits


@pytest.fixture
def built() -> Built:
    """A function of a data set's name, and of changed options, that builds it."""
    return build
