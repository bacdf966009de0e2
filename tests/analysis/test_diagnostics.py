"""Diagnostics as tables: which numbers are shown, and their means."""

from __future__ import annotations

import pandas as pd
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.diagnostics import MOST
from optbench.session import run
from optbench.store.load import read_results


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    folder = tmp_path_factory.mktemp("diagnosed")
    plugin = folder / "my_counting_diagnostics.py"
    plugin.write_text(
        "import optbench\n\n"
        "def many(model, optimizer):\n    return lambda step: {f'n{i}': i for i in range(9)}\n\n"
        "@optbench.hookimpl\ndef optbench_diagnostics():\n"
        "    yield optbench.Diagnostic(name='many', build='my_counting_diagnostics:many')\n"
        "    yield optbench.Diagnostic(name='steps', build=lambda model, optimizer: lambda step: step)\n"
    )
    done = run(
        "suites/standard",
        profile="smoke",
        optimizers=["sgd"],
        tasks=["linear-regression"],
        results=folder,
        plugins=[plugin],
        diagnostics=["gradient-norm", "many", "steps"],
    )
    return analyse(read_results([done.folder]))


def test_what_is_shown_is_about_the_whole_model_or_the_first_numbers(analysis: Analysis) -> None:
    shown = set(analysis.diagnostic_runs["quantity"])
    assert shown == {"gradient-norm.all", "steps", *(f"many.n{i}" for i in range(MOST))}


def test_means_are_taken_over_the_report_runs_at_each_step(analysis: Analysis) -> None:
    steps = analysis.diagnostics[analysis.diagnostics["quantity"] == "steps"]
    assert steps["mean"].tolist() == steps["step"].tolist()
    assert (steps["n"] == 2).all()
    norms = analysis.diagnostic_runs[analysis.diagnostic_runs["quantity"] == "gradient-norm.all"]
    expected = norms.groupby("step")["value"].mean()
    mean = analysis.diagnostics.loc[analysis.diagnostics["quantity"] == "gradient-norm.all"].set_index("step")["mean"]
    pd.testing.assert_series_equal(mean, expected, check_names=False)
    assert 0 not in mean.index


def test_of_a_linear_model_the_whole_gradient_is_its_only_layers(analysis: Analysis) -> None:
    frame = analysis.results.frame
    pd.testing.assert_series_equal(
        frame["diagnostic:gradient-norm.all"], frame["diagnostic:gradient-norm.affine"], check_names=False
    )
