"""The figure of paths: what is in its panels, with and without contours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.analysis import analyse
from optbench.components.function import TestFunction
from optbench.reporting.figures.paths import draw_paths
from optbench.reporting.style import looks
from optbench.reporting.write import write_report
from tests.analysis import test_paths as made_up


@pytest.mark.parametrize("recorded", [True, False])
def test_a_plane_has_a_line_for_each_optimizer_with_or_without_contours(recorded: bool) -> None:
    analysis = analyse(made_up.with_paths(recorded=recorded))
    look = looks(analysis.results.entries)
    (axis,) = draw_paths(analysis.paths, analysis.results.tasks, analysis.surfaces, look).axes
    assert axis.get_xlim() == (-2, 2) and axis.get_ylim() == (-1, 1)
    drawn = {line.get_color() for line in axis.lines if np.size(line.get_xdata()) > 2}
    assert {look[name].color for name in set(analysis.paths["optimizer"])} <= drawn
    assert bool(axis.collections) == recorded


def test_over_one_parameter_points_lie_on_the_curve() -> None:
    line = TestFunction(function=f"{made_up.__name__}:raised", window=((-1, 3),), minima=((1.0,),))
    analysis = analyse(made_up.with_paths(line))
    (axis,) = draw_paths(analysis.paths, analysis.results.tasks, analysis.surfaces, looks(["lbfgs"])).axes
    points = max(
        (line for line in axis.lines if line.get_linestyle() == "None"), key=lambda line: np.size(line.get_xdata())
    )
    assert points.get_ydata() == pytest.approx((np.asarray(points.get_xdata()) - 1) ** 2, abs=1e-4)


def test_the_report_has_the_figure_with_its_table(tmp_path: Path) -> None:
    write_report(made_up.with_paths(), tmp_path, ("svg",))
    assert (tmp_path / "figures" / "paths.svg").is_file()
    table = pd.read_csv(tmp_path / "tables" / "figure-paths.csv")
    assert {"task", "optimizer", "run_id", "step", "x", "y"} <= set(table)
    assert 'id="paths"' in (tmp_path / "index.html").read_text()
