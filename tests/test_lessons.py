"""The suites that teach: what they say of gradients and of fit, from the suite file to the report's tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import optbench
from optbench.analysis.analysis import Analysis, analyse
from optbench.store.load import read_results


def analysed(suite: str, tmp_path: Path, **options: Any) -> Analysis:
    """Run a suite, or a part of it, and analyse its results."""
    finished = optbench.run(suite, results=tmp_path / "results", devices=["cpu"], **options)
    return analyse(read_results([finished.folder]))


def labels(table: pd.DataFrame) -> dict[str, set[str]]:
    """The labels of each task, over its optimizers."""
    return {str(task): set(labels) for task, labels in table.groupby("task")["label"]}


def test_gradients_vanish_explode_or_are_healthy_as_the_network_says(tmp_path: Path, no_figures: None) -> None:
    tasks = ["sigmoid", "sigmoid-batchnorm", "tanh", "relu-too-small", "relu-too-small-residual", "relu-too-large"]
    found = analysed("suites/gradients", tmp_path, profile="smoke", tasks=tasks)
    assert labels(found.depth) == {
        "sigmoid": {"vanishing"},
        "sigmoid-batchnorm": {"healthy"},
        "tanh": {"healthy"},
        "relu-too-small": {"vanishing"},
        "relu-too-small-residual": {"healthy"},
        "relu-too-large": {"exploding"},
    }


@pytest.mark.slow
def test_models_are_under_and_over_or_well_fitted_as_their_size_and_data_say(tmp_path: Path, no_figures: None) -> None:
    tasks = ["too-small", "too-large", "little-data", "much-data", "early-stopping"]
    found = analysed("suites/generalization", tmp_path, optimizers=["adam"], tasks=tasks)
    assert labels(found.fit) == {
        "too-small": {"under-fitted"},
        "too-large": {"over-fitted"},
        "little-data": {"over-fitted"},
        "much-data": {"good fit"},
        "early-stopping": {"good fit"},
    }
    gap = found.fit.set_index("task")["gap"]
    assert gap["little-data"] > 3 * gap["much-data"]


@pytest.mark.slow
def test_an_l1_penalty_makes_most_weights_zero_and_an_l2_penalty_does_not(tmp_path: Path, no_figures: None) -> None:
    found = analysed("suites/generalization", tmp_path, optimizers=["momentum"], tasks=["little-data", "l1", "l2"])
    last = found.diagnostics.sort_values("step").drop_duplicates("task", keep="last").set_index("task")["mean"]
    assert last["little-data"] < 0.1
    assert last["l2"] < 0.4
    assert last["l1"] > 0.7
