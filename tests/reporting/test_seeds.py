"""The figure of final values by seed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from optbench.components.task import Task
from optbench.reporting.figures.seeds import draw_seeds
from optbench.reporting.style import INK, looks

TASK = Task(name="t", model="m", dataset="d", steps=1)
VALUES = {"good": (1.0, 1.1, 1.2), "scattered": (1.0, 1.5, 2.0)}


def arrows(axis: Axes) -> set[tuple[str, int]]:
    """Where intervals go on, as marker and row."""
    found = [line for line in axis.lines if line.get_color() == INK and line.get_marker() in ("<", ">")]
    return {(str(line.get_marker()), int(np.asarray(line.get_ydata())[0])) for line in found}


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.2, 1.8, set()),
        (-3.0, 1.8, {("<", 1)}),
        (1.2, 9.0, {(">", 1)}),
        (-3.0, 9.0, {("<", 1), (">", 1)}),
    ],
)
def test_an_interval_that_goes_on_beyond_the_panel_ends_in_an_arrow(
    low: float, high: float, expected: set[tuple[str, int]]
) -> None:
    runs = pd.DataFrame(
        [{"task": "t", "optimizer": name, "final_test_metric": x} for name, of_it in VALUES.items() for x in of_it]
    )
    cells = {"good": (1.1, 1.05, 1.15), "scattered": (1.5, low, high)}
    quality = pd.DataFrame(
        [
            {"task": "t", "optimizer": name, "mean": mean, "low": a, "high": b, "completed": 3, "planned": 3}
            for name, (mean, a, b) in cells.items()
        ]
    )
    (axis,) = draw_seeds(quality, runs, {"t": TASK}, looks([*VALUES])).axes
    assert arrows(axis) == expected
