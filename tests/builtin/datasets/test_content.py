"""Every data set is the one that earlier results came from: its examples, their labels and their splits."""

from __future__ import annotations

import pytest

from optbench import Dataset
from optbench.builtin.datasets import DATASETS
from optbench.training.content import content_of
from tests.builtin.conftest import NOT_PROMISED, Built


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.name)
def test_its_bytes_labels_and_splits_are_those_declared(dataset: Dataset, built: Built) -> None:
    if dataset.name in NOT_PROMISED and not dataset.content:
        pytest.skip("no run has seen this data yet: only its files' published checksums are declared")
    assert content_of(built(dataset.name)) == dataset.content
