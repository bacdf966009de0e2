"""Data sets built from their declarations, real ones where this machine has them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import pytest

from optbench import Splits
from optbench.builtin.datasets import DATASETS
from optbench.components.component import resolve
from optbench.data.files import locate

NOT_PROMISED = ("cifar10", "fashion-mnist")
"""Data sets that the folder with real data need not hold."""


class Built(Protocol):
    """Builds a data set by its name, with its options where none are given."""

    def __call__(self, name: str, **options: Any) -> Splits: ...


@cache
def _built(name: str, folder: str, options: tuple[tuple[str, Any], ...]) -> Splits:
    (dataset,) = (dataset for dataset in DATASETS if dataset.name == name)
    files = locate(dataset, [Path(folder)])
    missing = sorted({file.path for file in dataset.files} - set(files))
    if missing and name in NOT_PROMISED:
        pytest.skip(f"OPTBENCH_DATA={folder} lacks {missing}")
    assert not missing, f"OPTBENCH_DATA={folder} lacks {missing}"
    splits = resolve(dataset.build)(files, **(dict(dataset.options) | dict(options)))
    assert isinstance(splits, Splits)
    return splits


@pytest.fixture
def built() -> Built:
    """A function of a data set's name and options that builds it; skips without $OPTBENCH_DATA where it needs files."""

    def build(name: str, **options: Any) -> Splits:
        needs_files = any(dataset.files for dataset in DATASETS if dataset.name == name)
        folder = os.environ.get("OPTBENCH_DATA", "")
        if needs_files and not folder:
            pytest.skip(f"{name} needs OPTBENCH_DATA to name the folder with its files")
        return _built(name, folder, tuple(options.items()))

    return build
