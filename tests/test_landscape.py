"""The loss around a solution, where it is known: on least squares every slice is a parabola."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import optbench
from optbench.errors import UsageError
from optbench.landscape import landscape
from optbench.session import Finished
from optbench.training.landscape import _filter_normalised, principal_plane


@pytest.fixture
def finished(write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None) -> Finished:
    suite = write_suite(
        """
        name = "bowl"
        protocol = { name = "defaults", report_seeds = [1000] }
        tasks = [{ name = "ols", task = "linear-regression", precision = "float64", steps = 60, evaluations = 7 }]
        optimizers = ["sgd", { name = "wild", optimizer = "sgd", lr_ref = 1e6 }]
        """
    )
    return optbench.run(suite, results=tmp_path / "results", devices=["cpu"])


def test_slices_of_least_squares_are_parabolas_and_the_path_ends_at_the_origin(finished: Finished) -> None:
    frame = optbench.load_results(finished.folder)
    run_id = frame.loc[frame.optimizer == "sgd", "run_id"].iloc[0]
    found = landscape(finished.folder, run_id[:8], points=7)
    assert found.repeated
    assert {path.name for path in found.figure.parent.iterdir()} == {
        "landscape.csv", "landscape.pdf", "landscape.png", "landscape.svg", "path.csv",
    }  # fmt: skip
    table = pd.read_csv(found.figure.parent / "landscape.csv")
    for _, plane in table.groupby("plane"):
        losses = plane.pivot(index="y", columns="x", values="loss").to_numpy()
        for axis in (0, 1):
            assert np.abs(np.diff(losses, n=3, axis=axis)).max() < 1e-9 * losses.max()
            assert np.diff(losses, n=2, axis=axis).min() > 0
    path = pd.read_csv(found.figure.parent / "path.csv")
    assert path.step.tolist() == [0, 10, 20, 30, 40, 50, 60]
    assert path[["x", "y"]].iloc[-1].tolist() == pytest.approx([0, 0], abs=1e-12)
    middle = table[(table.plane == "around") & (table.x == 0) & (table.y == 0)].loss.item()
    assert middle < table[table.plane == "path"].loss.max()


def test_what_cannot_be_drawn_is_the_users_mistake(finished: Finished) -> None:
    frame = optbench.load_results(finished.folder)
    wild = frame.loc[frame.optimizer == "wild", "run_id"].iloc[0]
    with pytest.raises(UsageError, match=f"run {wild}: it ended as diverged; choose one that completed"):
        landscape(finished.folder, wild)
    with pytest.raises(UsageError, match=r"^unknown run 'zzz'; 2 runs are recorded, by id, in .*/bowl/runs/<task>"):
        landscape(finished.folder, "zzz")


def test_a_straight_path_has_one_axis_and_a_flat_one_two() -> None:
    steps = torch.linspace(0, 1, 5, dtype=torch.float64)
    along, across = torch.eye(10, dtype=torch.float64)[:2]
    path, _, explained = principal_plane(torch.outer(steps, along))
    assert explained == (pytest.approx(1.0), pytest.approx(0.0))
    assert np.abs(path[:, 0]) == pytest.approx((1 - steps).numpy())
    path, axes, explained = principal_plane(torch.outer(steps, along) + torch.outer(steps**2, across))
    assert sum(explained) == pytest.approx(1.0)
    assert torch.stack(axes) @ torch.stack(axes).T == pytest.approx(np.eye(2), abs=1e-12)
    assert path[-1].tolist() == [0, 0]


def test_each_filter_of_a_direction_is_as_long_as_the_weights() -> None:
    model, moved = (nn.Sequential(nn.Conv2d(2, 3, 3), nn.Flatten(), nn.Linear(4, 5)) for _ in range(2))
    direction = _filter_normalised(model, torch.Generator().manual_seed(0))
    nn.utils.vector_to_parameters(direction.float(), moved.parameters())
    for index in (0, 2):
        ours, theirs = moved[index].weight.flatten(1).norm(dim=1), model[index].weight.flatten(1).norm(dim=1)
        torch.testing.assert_close(ours, theirs)
        assert moved[index].bias.abs().max() == 0
