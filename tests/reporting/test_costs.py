"""Costs in a report: times come from `optbench time`, machines are apart, and no digit is shown that is not known."""

from __future__ import annotations

import dataclasses

import matplotlib.pyplot as plt
import numpy as np
import pytest

from optbench.analysis.analysis import Analysis, analyse
from optbench.analysis.condition import conditions
from optbench.reporting.figures.costs import draw_costs
from optbench.reporting.style import looks
from optbench.reporting.tables.costs import costs_tables
from optbench.reporting.tables.table import Table
from optbench.reporting.tables.timing import timing_table
from optbench.reporting.text import timing_summary
from optbench.store.results import Results
from tests.support.campaign import TASKS, campaign
from tests.support.timings import ENVIRONMENT, timing, with_timings

TIMES = np.linspace(1.0, 1.01, 30)
SECONDS = {"sgd": 1e-3 * TIMES, "momentum": 1.1e-3 * TIMES**1.1, "adamw": 2e-3 * TIMES}


def timed(results: Results, **changes: object) -> Results:
    times = {name: tuple(seconds) for name, seconds in SECONDS.items()}
    return with_timings(
        results,
        *(timing(results.sources[0], task.name, times, **changes) for task in TASKS),  # type: ignore[arg-type]
    )


def column(table: Table, heading: str) -> dict[tuple[str, str], str]:
    """What stands under a heading, by task and optimizer."""
    heads = [head.text for head in table.columns]
    where, task, optimizer = heads.index(heading), heads.index("task"), heads.index("optimizer")
    return {(row[task].text, row[optimizer].text): row[where].text for row in table.rows}


@pytest.fixture(scope="module")
def measured() -> Analysis:
    return analyse(timed(campaign()))


def test_times_and_ratios_are_those_of_the_timing_with_their_intervals(measured: Analysis) -> None:
    step, _ = costs_tables(measured)
    assert column(step, "step")["chars", "adamw"] == "2.01 ms"
    assert column(step, "update alone")["chars", "adamw"] == "201 µs"
    assert column(step, "ratio")["chars", "sgd"] == "1.00"
    assert column(step, "ratio")["chars", "momentum"] == "1.1005 (1.1003 to 1.1008)"
    assert column(step, "relative to")["chars", "adamw"] == "sgd"
    assert column(step, "state per parameter")["chars", "adamw"] == "8 bytes"
    assert "optbench time standard" in step.caption, "lbfgs was not timed"


def test_without_a_timing_there_is_neither_time_nor_ratio_and_the_way_to_get_them() -> None:
    step, _ = costs_tables(analyse(campaign()))
    assert not {"step", "ratio"} & {head.text for head in step.columns}
    assert "optbench time standard measures the time of a step" in step.caption
    assert "noisy" not in step.caption


def test_seconds_of_runs_have_the_digits_that_their_spread_leaves() -> None:
    results = campaign()
    frame = results.frame
    seconds = frame["seed"].map({1000: 1.0, 1001: 1.2, 1002: 1.3, 1003: 1.6, 1004: 2.0}).fillna(1.0)
    _, run = costs_tables(analyse(dataclasses.replace(results, frame=frame.assign(total_train_seconds=seconds))))
    assert column(run, "training")["chars", "sgd"] == "1 s"
    assert column(run, "evaluation")["chars", "sgd"] == "50.0 ms", "these are the same in all runs"
    once = dataclasses.replace(results, frame=frame[frame["seed"].isin([0, 1, 2, 1003])])
    _, run = costs_tables(analyse(once))
    assert column(run, "evaluation")["chars", "sgd"] == "50 ms", "one digit of a single run"


def test_what_a_step_evaluates_more_than_once_is_counted() -> None:
    results = campaign()
    twenty = results.frame["optimizer"].eq("lbfgs") * 19 + 1
    frame = results.frame.assign(
        total_gradient_evaluations=results.frame["total_gradient_evaluations"] * twenty,
        gradient_evaluations=results.frame["gradient_evaluations"] * twenty,
    )
    step, _ = costs_tables(analyse(dataclasses.replace(results, frame=frame)))
    passes = column(step, "forward and backward passes")
    assert (passes["quadratic", "lbfgs"], passes["quadratic", "sgd"]) == ("20.0", "1.00")


def test_records_made_before_have_no_parts_of_a_step(measured: Analysis) -> None:
    _, run = costs_tables(measured)
    assert not {"update", "growth", "peak on the GPU"} & {head.text for head in run.columns}


def test_what_is_noisy_is_marked() -> None:
    step, _ = costs_tables(analyse(timed(campaign(), load=9.0)))
    assert column(step, "step")["chars", "adamw"] == "2.01 ms~"
    assert "~ marks a noisy measurement" in step.caption


def test_times_from_two_machines_never_share_a_table() -> None:
    """Sin 12."""
    environment = ENVIRONMENT | {"machine": "f0f0f0", "torch": "2.12.0"}
    analysis = analyse(timed(campaign(), environment=environment))
    tables = costs_tables(analysis)
    assert [table.name for table in tables] == ["costs-a1b2c3", "seconds-a1b2c3", "costs-f0f0f0"]
    assert [set(table.data["machine"]) for table in tables] == [{"a1b2c3"}, {"a1b2c3"}, {"f0f0f0"}]
    assert "ratio" not in {head.text for head in tables[0].columns}
    assert "No run was made on this machine: torch 2.12.0 instead of 2.13.0." in tables[2].caption


def test_the_figure_shows_what_was_timed_where_anything_was(measured: Analysis) -> None:
    for analysis, words in ((measured, "time of a step, ratio to sgd"), (analyse(campaign()), "in the runs, ratio")):
        (condition,) = conditions(analysis.results)
        figure = draw_costs(condition.of(analysis.costs), looks(analysis.results.entries))
        assert words in figure.axes[0].get_xlabel()
        assert figure.axes[1].get_xlabel() == "optimizer state (bytes per parameter)"
        plt.close(figure)


def test_a_terminal_shows_what_was_measured_and_how() -> None:
    found = timing(campaign().sources[0], "chars", {name: tuple(times) for name, times in SECONDS.items()})
    assert column_of(timing_table(found), "step: ratio to sgd") == ["1.00", "1.1005 (1.1003 to 1.1008)", "2.00"]
    text = timing_summary(found)
    assert text.startswith("chars on cpu\n")
    assert "Medians over 30 rounds on Imaginary CPU 9000, threads: 1, torch 2.13.0" in text
    busy = timing_summary(found.model_copy(update={"load": 9.0}))
    assert "2.01 ms~" in busy and "noisy: 9.0 processes wanted to run on 8 cores" in busy.replace("\n", " ")


def column_of(table: Table, heading: str) -> list[str]:
    where = [head.text for head in table.columns].index(heading)
    return [row[where].text for row in table.rows]


def test_runs_without_seconds_of_their_own_are_named_and_not_listed() -> None:
    results = campaign()
    first = TASKS[0].name
    clocks = [column for column in results.frame.columns if column.endswith("_seconds")]
    frame = results.frame.copy()
    frame.loc[frame["task"] == first, clocks] = float("nan")
    analysis = analyse(dataclasses.replace(results, frame=frame))
    (spent,) = (table for table in costs_tables(analysis) if table.name == "seconds")
    assert first not in set(spent.data["task"]) and len(spent.data)
    assert f"Runs of {first} trained side by side: they have no seconds of their own." in spent.caption
