"""Further metrics: from records to the frame, to means with intervals, to a table."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

import optbench
from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.intervals import mean_interval
from optbench.reporting.tables.further_metrics import further_metrics_table
from optbench.store.curves import Curves
from optbench.store.frame import SPLITS, further_column, tidy_frame
from optbench.store.load import read_results

SUITE = """
name = "several"
protocol = { name = "defaults", report_seeds = [1000, 1001] }
optimizers = ["adam", "sgd"]
[[tasks]]
name = "digits"
model = "mlp"
dataset = "digits"
metrics = ["accuracy", "macro_f1", "perplexity"]
steps = 8
evaluations = 2
[[tasks]]
name = "one-metric"
task = "linear-regression"
steps = 4
evaluations = 2
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("several")
    (folder / "suite.toml").write_text(SUITE, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("optbench.session._up_to_date", lambda *given: None)
        return optbench.run(folder / "suite.toml", results=folder / "results", devices=["cpu"], jobs=1).folder


@pytest.fixture(scope="module")
def analysis(finished: Path) -> Analysis:
    return analyse(read_results([finished]))


def test_means_and_intervals_are_of_what_the_report_runs_recorded(analysis: Analysis) -> None:
    runs = analysis.results.frame.drop_duplicates("run_id")
    rows = analysis.further_metrics.to_dict("records")
    assert [(row["task"], row["optimizer"], row["metric"], row["n"]) for row in rows] == [
        ("digits", optimizer, metric, 2) for optimizer in ("adam", "sgd") for metric in ("macro_f1", "perplexity")
    ]
    for row in rows:
        of_cell = runs[(runs["task"] == "digits") & (runs["optimizer"] == row["optimizer"])]
        for split in SPLITS:
            interval = mean_interval(of_cell[further_column(split, row["metric"])])
            assert (row[split], row[f"{split}_half_width"]) == (interval.center, interval.half_width)


def test_a_perplexity_is_the_exponential_of_the_recorded_loss(analysis: Analysis) -> None:
    runs = analysis.results.frame.drop_duplicates("run_id").query("task == 'digits'")
    for _, row in runs.iterrows():
        assert row["final_test_metric:perplexity"] == pytest.approx(math.exp(row["final_test_loss"]))


def test_the_table_shows_shares_in_per_cent_and_what_is_better(analysis: Analysis) -> None:
    table = further_metrics_table(analysis)
    assert [column.text for column in table.columns][1:] == [
        "optimizer", "metric", "better", "runs", "test", "validation", "train",
    ]  # fmt: skip
    shown = [[cell.text for cell in row] for row in table.rows]
    assert {tuple(row[2:4]) for row in shown} == {("macro f1", "higher"), ("perplexity", "lower")}
    assert all(row[5].endswith(" %") == (row[2] == "macro f1") for row in shown)


def test_without_further_metrics_there_is_no_such_column() -> None:
    assert not [column for column in tidy_frame([{"task": "t"}], Curves()).columns if "metric:" in column]
