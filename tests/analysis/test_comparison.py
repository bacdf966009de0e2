"""Changes of synthetic campaigns, and how often unchanged ones are said to be worse."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from optbench.analysis.comparison.change import Verdict, judged, judged_ratio
from optbench.analysis.comparison.comparison import Comparison, compare
from optbench.analysis.comparison.differences import Samples, difference_intervals
from optbench.analysis.condition import conditions
from optbench.analysis.intervals import Interval
from optbench.analysis.moderation import Floats
from optbench.analysis.runs import one_row_per_run
from optbench.store.results import Question, Results
from tests.support.campaign import TASKS, Folder, campaign
from tests.support.timings import timing
from tests.support.verdicts import Truth, simulated

BEFORE, AFTER = Folder(label="before", crashing=frozenset()), Folder(label="after", crashing=frozenset())
Edit = Callable[[pd.DataFrame], pd.DataFrame]


def both(edit: Edit = lambda frame: frame, after: Folder = AFTER) -> Results:
    """A campaign, and the same again with its frame edited."""
    before, now = campaign(BEFORE), campaign(after)
    question = Question("before", "after")
    return Results(pd.concat([before.frame, edit(now.frame.copy())]), before.sources + now.sources, question)


def comparison_of(results: Results) -> Comparison:
    return compare(results, one_row_per_run(results.frame), conditions(results))


def compared(edit: Edit = lambda frame: frame) -> Comparison:
    return comparison_of(both(edit))


def worse(comparison: Comparison) -> set[tuple[str, str, str]]:
    rows = comparison.changes.query("verdict == 'worse'")
    return set(zip(rows["task"], rows["optimizer"], rows["measure"], strict=True))


def of(frame: pd.DataFrame, optimizer: str, task: str, phase: str) -> pd.Series[bool]:
    return frame["optimizer"].eq(optimizer) & frame["task"].eq(task) & frame["phase"].eq(phase)


@pytest.mark.parametrize(
    ("low", "high", "verdict", "bound"),
    [
        (0.1, 0.3, "worse", math.nan),
        (-0.3, -0.1, "better", math.nan),
        (-0.02, 0.3, "undecided", math.nan),
        (-0.02, 0.01, "same", 0.02),
        (1e-9, 3e-9, "same", 3e-9),
        (math.nan, math.nan, "undecided", math.nan),
    ],
)
def test_a_difference_is_judged_by_its_interval(low: float, high: float, verdict: str, bound: float) -> None:
    found = judged(Interval(5, (low + high) / 2, low, high), margin=0.05, rounding=1e-6)
    assert found.verdict == verdict
    assert found.bound == pytest.approx(bound, nan_ok=True)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.3, 2.0, "worse"),
        (0.5, 0.79, "better"),
        (1.2, 1.3, "undecided"),
        (0.81, 1.2, "same"),
        (math.nan, math.nan, "undecided"),
    ],
)
def test_a_ratio_is_judged_by_its_interval(low: float, high: float, verdict: str) -> None:
    assert judged_ratio(Interval(30, 1.0, low, high), margin=1.25).verdict == verdict


def test_a_single_difference_has_the_interval_of_a_t_test() -> None:
    rng = np.random.default_rng(0)
    before, after = rng.normal(size=(2, 6))
    (paired,) = difference_intervals([Samples("task", before, after, paired=True)])
    usual = stats.ttest_rel(after, before).confidence_interval()
    assert (paired.low, paired.high) == pytest.approx((usual.low, usual.high))
    (welch,) = difference_intervals([Samples("task", before, after[:4], paired=False)])
    usual = stats.ttest_ind(after[:4], before, equal_var=False).confidence_interval()
    assert (welch.low, welch.high) == pytest.approx((usual.low, usual.high))


def test_equal_values_are_no_test_and_few_have_no_interval() -> None:
    values = np.arange(5.0)
    several = [Samples("task", values, values, paired=True), Samples("task", values, values + 1, paired=True)]
    equal, moved = difference_intervals(several)
    assert (equal.low, equal.high) == (0, 0)
    assert moved.low == pytest.approx(1, abs=1e-4)
    (one,) = difference_intervals([Samples("task", values[:1], values[:1] + 1, paired=True)])
    assert one.center == 1 and math.isnan(one.low)


def false_share(truth: Truth, comparisons: int, tasks: int = 2) -> float:
    """Share of comparisons of unchanged code in which any difference is worse."""
    rng = np.random.default_rng(7)
    before, after = (simulated(truth, comparisons * tasks, 0.0, rng) for _ in range(2))
    shared = math.sqrt(truth.correlation) * simulated(truth, comparisons * tasks, 0.0, rng)
    own = math.sqrt(1 - truth.correlation)
    before, after = (shared + own * side for side in (before, after))
    return float(
        np.mean(
            [
                any(interval.low > 0 for interval in difference_intervals(_samples(before, after, range(i, i + tasks))))
                for i in range(0, comparisons * tasks, tasks)
            ]
        )
    )


def _samples(before: Floats, after: Floats, tasks: Sequence[int]) -> list[Samples]:
    return [
        Samples(str(task), old, new, paired=True)
        for task in tasks
        for old, new in zip(before[task], after[task], strict=True)
    ]


TRUTHS = [
    Truth(seeds=5, entries=1, correlation=0),
    Truth(seeds=5, entries=4, correlation=0.7, spread=10),
    Truth(seeds=3, entries=8, correlation=0),
]


@pytest.mark.parametrize("truth", TRUTHS, ids=str)
def test_of_unchanged_code_at_most_one_comparison_in_forty_is_worse(truth: Truth) -> None:
    """So that quality and quality at the old rate together stay below one in twenty."""
    assert false_share(truth, 800) <= 0.025 + 3 * math.sqrt(0.025 / 800)


@pytest.mark.slow
@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("spread", [1, 10])
@pytest.mark.parametrize("entries", [1, 2, 4, 8])
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_the_same_over_thousands_of_comparisons(seeds: int, entries: int, spread: float, heavy: bool) -> None:
    truth = Truth(seeds, entries, 0.5, spread, heavy)
    assert false_share(truth, 2000) <= 0.025 + 3 * math.sqrt(0.025 / 2000)


def test_the_same_campaign_again_is_the_same_in_every_measure() -> None:
    comparison = compared()
    assert set(comparison.changes["verdict"]) == {"same"}
    assert not comparison.moved and not comparison.unpaired and not comparison.elsewhere
    measures = set(comparison.changes["measure"])
    assert measures == {"failed runs", "quality", "at the old setting", "step time", "state memory"}


def test_a_worse_metric_is_found_whichever_way_is_up() -> None:
    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        columns = ["final_test_metric"]
        frame.loc[of(frame, "sgd", "digits-mlp", "report"), columns] *= 0.9
        frame.loc[of(frame, "sgd", "quadratic", "report"), columns] *= 1.2
        frame.loc[of(frame, "lbfgs", "quadratic", "report"), columns] *= 0.5
        return frame

    found = compared(edit)
    assert worse(found) == {("digits-mlp", "sgd", "quality"), ("quadratic", "sgd", "quality")}
    assert found.changes["verdict"].tolist()[:3] == ["worse", "worse", "better"], "worse ones first"


def test_runs_that_fail_now_are_worse_and_what_survives_is_not_judged() -> None:
    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        lost = of(frame, "sgd", "quadratic", "report") & frame["seed"].isin([1000, 1001])
        frame.loc[lost, "status"] = "diverged"
        frame.loc[lost, "final_test_metric"] = math.nan
        return frame

    found = compared(edit)
    assert worse(found) == {("quadratic", "sgd", "failed runs")}
    of_cell = found.changes.query("task == 'quadratic' and optimizer == 'sgd'").set_index("measure")
    assert of_cell.verdict["quality"] == Verdict.UNDECIDED
    assert of_cell.basis["failed runs"] == "0 of 5, then 2 of 5: diverged"
    back = dataclasses.replace(both(edit), question=Question("after", "before"))
    assert comparison_of(back).count("better") == 1


def test_what_tuning_hides_shows_at_the_old_setting() -> None:
    """The rate is applied tenfold: tuning moves it, and the results after tuning are what they were."""

    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        cell = of(frame, "sgd", "quadratic", "tune") | of(frame, "sgd", "quadratic", "report")
        old = frame.loc[cell & frame["chosen"], "lr"].iloc[0]
        tuned = cell & frame["phase"].eq("tune")
        at_old = tuned & frame["lr"].eq(old)
        frame.loc[at_old, "status"] = "diverged"
        frame.loc[at_old, "final_validation_metric"] = math.nan
        frame.loc[cell, "chosen"] = frame["phase"].eq("report") | frame["lr"].lt(old) & frame["lr"].gt(old / 4)
        frame.loc[cell & frame["phase"].eq("report"), "setting"] = json.dumps({"lr": old / math.sqrt(10)})
        return frame

    found = compared(edit)
    assert worse(found) == {("quadratic", "sgd", "at the old setting")}
    row = found.changes.query("verdict == 'worse'").iloc[0]
    assert row["basis"] == "3 of 3 runs do not complete any more: diverged"
    assert [(cell.pair.optimizer, cell.before) for cell in found.moved] == [("sgd", ('{"lr": 0.1}',))]


def test_memory_is_exact_for_the_state_and_has_a_margin_for_the_peak() -> None:
    def edit(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[frame["optimizer"] == "adamw", "optimizer_state_bytes"] += 4
        return frame

    def resident(factor: float) -> Edit:
        return lambda frame: frame.assign(peak_resident_bytes=4e8 * factor)

    assert worse(compared(edit)) == {(task.name, "adamw", "state memory") for task in TASKS}
    for factor, expected in ((1.2, set()), (1.3, {"peak memory"})):
        results = both(resident(factor))
        old = results.frame["source"] == "before"
        frame = results.frame.assign(peak_resident_bytes=results.frame["peak_resident_bytes"].mask(old, 4e8))
        found = comparison_of(dataclasses.replace(results, frame=frame))
        assert {measure for _, _, measure in worse(found)} == expected


def test_seconds_are_compared_on_one_machine_only_and_within_a_wide_margin() -> None:
    slower = comparison_of(both(after=dataclasses.replace(AFTER, speed=0.5)))
    assert {measure for _, _, measure in worse(slower)} == {"step time"}
    elsewhere = comparison_of(both(after=dataclasses.replace(AFTER, speed=0.5, machine="d4e5f6")))
    assert "step time" not in set(elsewhere.changes["measure"])
    assert len(elsewhere.elsewhere) == len(elsewhere.pairs) == 12


def test_times_are_taken_from_optbench_time_relative_to_the_reference_of_the_round() -> None:
    """The machine was half as fast the second time, and sgd says so."""
    results = both(after=dataclasses.replace(AFTER, speed=0.5))
    rng = np.random.default_rng(0)
    sources = []
    for source, load, momentum in zip(results.sources, (1.0, 2.0), (3e-3, 6e-3), strict=True):
        noise = load * np.exp(0.02 * rng.standard_normal((3, 30)))
        times = {"sgd": 2e-3 * noise[0], "momentum": momentum * noise[1], "adamw": 4e-3 * noise[2]}
        timed = tuple(timing(source, task.name, times) for task in TASKS)
        sources.append(dataclasses.replace(source, timings=timed))
    found = comparison_of(dataclasses.replace(results, sources=tuple(sources)))
    rows = found.changes.query("measure == 'step time' and task == 'quadratic'").set_index("optimizer")
    assert rows.verdict[["momentum", "adamw"]].tolist() == ["worse", "same"]
    assert rows.change["momentum"] == pytest.approx(2, rel=0.05)
    assert rows.basis["adamw"] == "optbench time, relative to sgd"


def test_times_of_two_calls_on_a_busy_machine_are_undecided() -> None:
    results = both(after=AFTER)
    times = {"sgd": (2e-3,) * 30, "adamw": (4e-3,) * 30}
    slower = times | {"adamw": (9e-3,) * 30}
    loads = zip(results.sources, (times, slower), (1.0, 9.0), strict=True)
    sources = [
        dataclasses.replace(source, timings=(timing(source, "quadratic", seconds, load=load),))
        for source, seconds, load in loads
    ]
    found = comparison_of(dataclasses.replace(results, sources=tuple(sources)))
    rows = found.changes.query("measure == 'step time' and task == 'quadratic'").set_index("optimizer")
    assert rows.verdict["adamw"] == "undecided"
    assert "too busy" in rows.basis["adamw"]


def test_a_task_or_an_entry_that_is_not_the_same_is_left_out_and_named() -> None:
    task = TASKS[0].model_copy(update={"steps": 100})
    changed = dataclasses.replace(AFTER, tasks=(task, *TASKS[1:]), optimizers=AFTER.optimizers[1:])
    found = comparison_of(both(after=changed))
    assert {(left.name, left.reason) for left in found.unpaired} == {
        ("quadratic", "another task after: steps 100 instead of 200"),
        ("sgd", "only before"),
    }
    assert {pair.task.name for pair in found.pairs} == {"digits-mlp", "chars"}


def test_two_entries_of_one_folder_are_compared() -> None:
    results = campaign(BEFORE)
    question = Question("before", "before", "adamw", "sgd")
    found = comparison_of(dataclasses.replace(results, question=question))
    assert {(pair.optimizer, pair.labels) for pair in found.pairs} == {("adamw → sgd", ("adamw", "sgd"))}
    assert set(found.changes["optimizer"]) == {"adamw → sgd"}
    assert set(found.changes.query("measure == 'state memory'")["verdict"]) == {"better"}
