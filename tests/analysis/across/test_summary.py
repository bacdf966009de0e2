from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest

from optbench.analysis.across.summary import Across, across
from optbench.analysis.condition import conditions
from optbench.analysis.ranks import ranks, scored_runs
from optbench.components.task import Target, Task
from optbench.store.results import Results, Source
from optbench.suite.cell import Entry, SuiteTask
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.suite import Suite

INF, NAN = math.inf, math.nan
Cells = Mapping[str, Mapping[str, Sequence[float]]]
"""Test metrics of the report runs, by optimizer and task; NaN is a failed run."""


def task(name: str, target: float | None = None, metric: str = "loss") -> Task:
    targets = () if target is None else (Target(name="easy", value=0), Target(name="hard", value=target))
    return Task(name=name, model="m", dataset="d", steps=100, metric=metric, targets=targets)


def summary(
    tasks: Sequence[Task],
    cells: Cells,
    times: Mapping[str, Sequence[float]] = {},
    before: float = 10.0,
    reference: str = "",
) -> Across:
    """What is said of report runs that had the metric `before` before training; `times` are in the order of tasks."""
    suite = Suite(
        name="s",
        protocol=Defaults(),
        tasks=tuple(SuiteTask(task=one, data_checksum="", revisions={}) for one in tasks),
        optimizers=tuple(Entry(name=name, component="x", lr_ref=1) for name in cells),
        reference=reference,
    )
    results = Results(pd.DataFrame(), (Source("s", "s", suite, ()),))
    here = {"source": "s", "device": "cpu"}
    runs = pd.DataFrame(
        here
        | {"task": name, "optimizer": optimizer, "is_report": True, "completed": value == value}
        | {"initial_validation_metric": before, "final_test_metric": value}
        for optimizer, by_task in cells.items()
        for name, values in by_task.items()
        for value in values
    )
    reaching = pd.DataFrame(
        [
            here | {"task": one.name, "optimizer": optimizer, "target": target, "steps": steps}
            for optimizer, by_task in times.items()
            for one, steps in zip(tasks, by_task, strict=True)
            for target in ("easy", "hard")[: len(one.targets)]
        ],
        columns=[*here, "task", "optimizer", "target", "steps"],
    )
    scored = scored_runs(runs, results.tasks)
    (found,) = across(results, scored, ranks(scored, results.tasks), reaching, conditions(results))
    return found


def column(found: Across, name: str) -> dict[str, float]:
    return dict(zip(found.table["optimizer"], found.table[name], strict=True))


LOSSES = [task("x"), task("y")]
GOOD = {"x": [1.0, 1.1, 1.2, 1.3, 1.4], "y": [2.0, 2.1, 2.2, 2.3, 2.4]}
BAD = {"x": [3.0, 3.1, 3.2, 3.3, 3.4], "y": [2.0, 2.1, 2.2, 2.3, 2.4]}


def test_everything_on_two_tasks() -> None:
    found = summary(LOSSES, {"good": GOOD, "bad": BAD})
    assert column(found, "average_rank") == {"good": 1.25, "bad": 1.75}
    assert found.scored == {"x": "best", "y": "best"} and found.reference == "good"
    assert column(found, "iqm")["good"] == pytest.approx(1.0, abs=1e-9)
    assert column(found, "improvement")["bad"] == (0 + 0.5) / 2
    assert found.table.loc[0, ["improvement", "wilcoxon_p"]].isna().all()
    assert (found.table["iqm_low"] <= found.table["iqm"]).all() and (
        found.table["iqm"] <= found.table["iqm_high"]
    ).all()
    assert math.isnan(found.critical_difference) and found.timed == {}
    assert found.table["score"].isna().all()


def test_units_of_a_task_change_nothing() -> None:
    fair = {"x": [1.5, 1.6, 1.7, 1.8, 1.9], "y": [1.0, 1.1, 1.2, 1.3, 1.4]}
    entries = {"good": GOOD, "fair": fair, "bad": BAD}
    cents = {name: {one: [100 * v for v in values] for one, values in by.items()} for name, by in entries.items()}
    was, now = summary(LOSSES, entries), summary(LOSSES, cents, before=1000.0)
    pd.testing.assert_frame_equal(was.table, now.table)


def test_the_suites_reference_is_compared_with() -> None:
    found = summary(LOSSES, {"good": GOOD, "bad": BAD}, reference="bad")
    assert column(found, "improvement")["good"] == 0.75


def test_four_seeds_have_no_intervals() -> None:
    few = {name: {t: runs[:4] for t, runs in cell.items()} for name, cell in {"good": GOOD, "bad": BAD}.items()}
    found = summary(LOSSES, few).table
    assert found.filter(regex="_(low|high)$").isna().all(axis=None) and found["iqm"].notna().all()


def test_a_target_in_validation_is_where_the_score_is_one() -> None:
    found = summary([task("x", 1.2), task("y", metric="accuracy")], {"good": GOOD, "bad": BAD}, before=0.0)
    assert found.scored == {"y": "best"}, "a loss of 0 before training cannot be improved to 1.2"
    found = summary([task("x", 1.2), task("y")], {"good": GOOD, "bad": BAD}, {"good": [5, 0], "bad": [9, 0]})
    assert found.scored == {"x": "target", "y": "best"}
    assert found.timed == {"x": "hard"} and found.table["n_timed"].tolist() == [1, 1]


def test_the_nan_of_one_entry_harms_no_other() -> None:
    failing = {"x": [NAN] * 5, "y": [NAN, 2.0, 2.0, 2.0, 2.0]}
    alone, together = (
        summary(LOSSES, {"good": GOOD, "bad": BAD}),
        summary(LOSSES, {"good": GOOD, "bad": BAD, "failing": failing}),
    )
    for name in ("iqm", "iqm_low", "improvement", "improvement_high"):
        for entry in ("good", "bad"):
            assert column(together, name)[entry] == pytest.approx(column(alone, name)[entry], nan_ok=True)
    assert column(together, "average_rank")["failing"] == 3
    assert column(together, "improvement")["failing"] == pytest.approx((0 + 18 / 25) / 2)
    assert together.table["average_rank_high"].notna().all()


def test_entries_that_all_fail_alike_tie() -> None:
    failing = {"x": [NAN] * 5, "y": [NAN] * 5}
    found = summary(LOSSES, {"good": GOOD, "bad": BAD, "one": failing, "other": failing}, reference="one")
    assert column(found, "average_rank") == {"good": 1.25, "bad": 1.75, "one": 3.5, "other": 3.5}
    assert column(found, "improvement") == pytest.approx({"good": 1, "bad": 1, "one": NAN, "other": 0.5}, nan_ok=True)
    assert column(found, "iqm")["one"] == 0


def test_only_tasks_that_all_entries_ran_on_count_and_the_others_are_named() -> None:
    tasks = [*LOSSES, task("z")]
    found = summary(tasks, {"good": GOOD | {"z": [1.0] * 5}, "bad": BAD})
    assert (found.tasks, found.left_out) == (("x", "y"), ("z",))


def test_unsolved_tasks_count_and_targets_that_are_met_before_training_do_not() -> None:
    tasks = [task(name, 1.0) for name in ("never", "at-once", "some")]
    values = {one.name: [1.0] * 5 for one in tasks}
    times = {"a": [INF, 0, 10], "b": [INF, 10, 40], "c": [INF, 10, 20]}
    found = summary(tasks, dict.fromkeys("abc", values), times)
    assert (found.unsolved, found.met_before) == (("never",), ("at-once",))
    assert column(found, "score") == pytest.approx({"a": 1 / 2, "b": 0, "c": (2 / 3) / 2})
    assert column(found, "solved") == dict.fromkeys("abc", 1)
    assert column(found, "speed_up") == pytest.approx({"a": 1, "b": 0.25, "c": 0.5})


# DeepOBS' published baselines: means of the final test metric and median epochs to the convergence performance, of ten
# seeds (github.com/fsschneider/DeepOBS_Baselines).
DEEPOBS = {
    "quadratic_deep": ("loss", (87.397, 87.045, 87.112), (55, 69, 40)),
    "mnist_vae": ("loss", (38.46, 52.93, 27.83), (1, 1, 1)),
    "fmnist_2c2d": ("accuracy", (0.9227, 0.9214, 0.9234), (37.5, 50.5, 43.5)),
    "cifar10_3c3d": ("accuracy", (0.8371, 0.8441, 0.8475), (41, 42.5, 36)),
    "fmnist_vae": ("loss", (23.80, 59.23, 23.07), (1, 1, 1)),
    "cifar100_allcnnc": ("accuracy", (0.5706, 0.6033, 0.5615), (123.5, 72, 146.5)),
    "svhn_wrn164": ("accuracy", (0.9537, 0.9553, 0.9525), (22.5, 10.5, 11.5)),
    "tolstoi_char_rnn": ("accuracy", (0.6207, 0.6130, 0.6123), (44, 87.5, 55.5)),
}


def test_the_published_baselines_of_deepobs() -> None:
    """Eight tasks rank SGD, momentum and Adam 2.125, 2 and 1.875: far from telling any two apart."""
    names = ("sgd", "momentum", "adam")
    tasks = [task(name, 1.0, metric) for name, (metric, _, _) in DEEPOBS.items()]
    cells = {name: {t: [means[i]] for t, (_, means, _) in DEEPOBS.items()} for i, name in enumerate(names)}
    times = {name: [epochs[i] for _, _, epochs in DEEPOBS.values()] for i, name in enumerate(names)}
    found = summary(tasks, cells, times, before=0.1)
    assert column(found, "average_rank") == {"sgd": 2.125, "momentum": 2.0, "adam": 1.875}
    assert found.friedman.chi2 == pytest.approx(0.25)
    assert found.critical_difference == pytest.approx(2.343 * 0.5, abs=1e-3)
    slower: dict[str, tuple[float, ...]] = {
        "sgd": (55 / 40, 1, 1, 41 / 36, 1, 123.5 / 72, 22.5 / 10.5, 1),
        "momentum": (69 / 40, 1, 50.5 / 37.5, 42.5 / 36, 1, 1, 1, 87.5 / 44),
        "adam": (1, 1, 43.5 / 37.5, 1, 1, 146.5 / 72, 11.5 / 10.5, 55.5 / 44),
    }
    for name, ratios in slower.items():
        assert column(found, "score")[name] == pytest.approx(np.mean([(4 - ratio) / 3 for ratio in ratios]))
    assert column(found, "speed_up")["adam"] == pytest.approx(
        math.prod(s / a for s, a in zip(times["sgd"], times["adam"], strict=True)) ** (1 / 8)
    )
    assert column(found, "solved") == dict.fromkeys(names, 8)
