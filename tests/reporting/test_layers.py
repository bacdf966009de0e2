"""The figure of layers over time: what its colours are of."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from optbench.reporting.figures.layers import draw_layers

VALUES = {(1, 10): 1e-20, (2, 10): 1e-3, (1, 20): math.nan, (2, 20): 10.0}


def layers(task: str = "t") -> pd.DataFrame:
    return pd.DataFrame(
        {"task": task, "depth": depth, "step": float(step), "value": value} for (depth, step), value in VALUES.items()
    )


def test_a_row_is_a_layer_and_a_column_a_step() -> None:
    axis, bar = draw_layers(layers(), ["other", "t"], "gradient").axes
    (mesh,) = axis.collections
    shown: np.ndarray = np.ma.filled(np.ma.asarray(mesh.get_array()), math.nan)
    np.testing.assert_array_equal(shown, [[1e-20, math.nan], [1e-3, 10.0]])
    assert axis.get_ylim()[0] < 1 < 2 < axis.get_ylim()[1]
    assert bar.get_xlabel() == "gradient (rms)"


def test_all_panels_have_the_same_colours_which_end_nine_decades_below_the_highest() -> None:
    *panels, _ = draw_layers(pd.concat([layers("t"), layers("u")]), ["t", "u"], "update").axes
    norms = [axis.collections[0].norm for axis in panels]
    assert norms[0] is norms[1]
    assert norms[0].vmax == pytest.approx(10, rel=0.1)
    assert norms[0].vmin == pytest.approx(norms[0].vmax * 1e-9, rel=1e-3)


@pytest.mark.parametrize("kept", [layers().depth == 1, layers().step == 10, layers().step == 20])
def test_a_single_layer_or_step_still_has_an_area(kept: pd.Series) -> None:
    axis, _ = draw_layers(layers()[kept], ["t"], "gradient").axes
    (left, right), (bottom, top) = axis.get_xlim(), axis.get_ylim()
    assert right > left
    assert top > bottom


def test_what_is_not_finite_has_the_highest_colour_and_what_is_missing_none() -> None:
    endless = layers().replace({"value": {1e-3: math.inf}})
    axis, _ = draw_layers(endless, ["t"], "gradient").axes
    (mesh,) = axis.collections
    colours = mesh.to_rgba(np.ma.asarray(mesh.get_array())).reshape(2, 2, 4)
    assert colours[1, 0].tolist() == pytest.approx(mesh.cmap(1.0))
    assert colours[0, 1, 3] == 0


def test_without_any_number_there_is_still_a_panel() -> None:
    empty = layers().assign(value=math.nan)
    assert len(draw_layers(empty, ["t"], "gradient").axes) == 2
