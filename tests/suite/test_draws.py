"""Random and Halton search: what is drawn, what a cell owes, and whose settings are reported."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from optbench import Choice, LogitUniform, LogUniform, Uniform
from optbench.components.spaces import Space
from optbench.errors import UsageError
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.stale_records import stale
from optbench.suite.cell import Cell
from optbench.suite.protocols.draws import Draws
from optbench.suite.protocols.qmc import Qmc
from optbench.suite.protocols.random_search import RandomSearch
from optbench.suite.protocols.replay import replay
from optbench.suite.suite import Suite
from tests.suite.test_protocol import Outcome, carry_out, cell, record

Kind = type[Qmc] | type[RandomSearch]
PROTOCOLS: list[Kind] = [Qmc, RandomSearch]
both = pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.model_fields["name"].default)
SPACE: dict[str, Space] = {
    "weight_decay": LogUniform(1e-4, 1.0),
    "lr": LogUniform(1e-5, 0.1),
    "beta": LogitUniform(0.5, 0.999),
    "shift": Uniform(-1.0, 2.0),
    "width": Choice((8, 16)),
}


def tunable(space: Mapping[str, Space] = SPACE, **changes: Any) -> Cell:
    where = cell()
    declared = {"weight_decay": 0.0, "beta": 0.9, "shift": 0.0, "width": 8, "eps": 1e-8}
    return where.model_copy(
        update={"entry": where.entry.model_copy(update={"space": space, "hyperparameters": declared} | changes)}
    )


def at(good: float) -> Outcome:
    """A loss that is least at one learning rate and without weight decay, a little different for each seed."""
    return lambda s: abs(np.log10(s.lr / good)) + s.hyperparameters["weight_decay"] + 1e-3 * (s.seed % 7)


# What is drawn.


def test_draws_are_the_same_on_every_machine_and_in_every_version() -> None:
    """Run ids, and so records, hang on these numbers."""
    entry = tunable().entry
    assert Qmc(trials=2, finalists=1).settings(entry, 0) == [
        {"lr": 0.006483, "beta": 0.8138, "shift": -0.7621, "weight_decay": 0.01275, "width": 16},
        {"lr": 6.483e-05, "beta": 0.97653, "shift": -0.1621, "weight_decay": 0.04752, "width": 8},
    ]
    assert RandomSearch(trials=2, finalists=1).settings(entry, 0) == [
        {"lr": 0.001822, "beta": 0.94819, "shift": -0.6239, "weight_decay": 0.0001052, "width": 16},
        {"lr": 0.05517, "beta": 0.998551, "shift": -0.6072, "weight_decay": 0.003527, "width": 16},
    ]


@both
def test_settings_lie_in_the_space_the_learning_rate_first(protocol: Kind) -> None:
    tried = protocol().settings(tunable().entry, 0)
    assert len(tried) == 20
    for setting in tried:
        assert list(setting) == ["lr", "beta", "shift", "weight_decay", "width"]
        assert all(SPACE[name].contains(value) for name, value in setting.items())


@both
@given(seed=st.integers(0, 1000), study=st.integers(0, 5), few=st.integers(1, 9), dimensions=st.integers(1, 6))
def test_more_trials_begin_with_the_same_ones(protocol: Kind, seed: int, study: int, few: int, dimensions: int) -> None:
    many = protocol(seed=seed).units(study, 10, dimensions)
    assert protocol(seed=seed).units(study, few, dimensions) == many[:few]
    assert protocol(seed=seed).units(study, 10, dimensions) == many
    assert protocol(seed=seed + 1).units(study, 10, dimensions) != many != protocol(seed=seed).units(study + 1, 10, 1)
    assert all(0 <= number < 1 for draw in many for number in draw)


@both
def test_entries_with_as_many_hyperparameters_get_the_same_points(protocol: Kind) -> None:
    one = protocol().settings(tunable({"lr": LogUniform(1e-4, 1)}).entry, 0)
    other = protocol().settings(tunable({"lr": LogUniform(1e-2, 1e2)}).entry, 0)
    assert [setting["lr"] for setting in other] == pytest.approx([100 * setting["lr"] for setting in one])


def test_random_draws_are_uniform_and_independent() -> None:
    draws = np.array(RandomSearch().units(0, 1000, 2))
    assert stats.kstest(draws[:, 0], "uniform").pvalue > 0.01
    assert stats.kstest(draws[:, 1], "uniform").pvalue > 0.01
    assert abs(stats.spearmanr(draws).statistic) < 0.1


def test_halton_draws_leave_smaller_gaps_than_random_ones() -> None:
    def gap(protocol: Draws) -> float:
        return float(np.mean([np.diff(sorted(x for (x,) in protocol.units(s, 16, 1))).max() for s in range(50)]))

    assert gap(Qmc()) < 0.6 * gap(RandomSearch())


@both
def test_only_what_is_named_is_tuned(protocol: Kind) -> None:
    where = tunable()
    assert protocol().tuned(where.entry) == ("lr", "beta", "shift", "weight_decay", "width")
    assert protocol(tune=("weight_decay", "lr")).tuned(where.entry) == ("lr", "weight_decay")
    for setting in protocol(tune=("weight_decay",)).settings(where.entry, 0):
        assert setting.keys() == {"lr", "weight_decay"}
        assert setting["lr"] == where.entry.lr_ref


# What a cell owes.


@both
def test_a_cell_takes_thirty_one_runs_twenty_six_and_five(protocol: Kind) -> None:
    progress, records = carry_out(tunable(), at(1e-3), protocol())
    phases = [(spec.phase, spec.seed) for spec in progress.requested]
    assert len(records) == len(phases) == progress.expected == 31
    assert phases.count(("tune", 0)) == 20
    assert phases.count(("tune", 1)) == phases.count(("tune", 2)) == 3
    (winner,) = progress.chosen
    report = [spec for spec in progress.requested if spec.phase == "report"]
    assert [spec.seed for spec in report] == [1000, 1001, 1002, 1003, 1004]
    assert all(spec.setting(winner) == winner for spec in report)
    assert all(spec.hyperparameters["eps"] == 1e-8 for spec in progress.requested)


@both
def test_the_median_over_tuning_seeds_decides_among_the_best_three(protocol: Kind) -> None:
    lucky = protocol().settings(tunable().entry, 0)[7]

    def outcome(spec: RunSpec) -> float | RunStatus:
        if spec.setting(lucky) == lucky:
            return -1.0 if spec.seed == 0 else RunStatus.DIVERGED
        return at(1e-3)(spec)

    progress, records = carry_out(tunable(), outcome, protocol())
    assert progress.chosen != (lucky,)
    scores = [at(1e-3)(r.spec) for r in records.values() if r.spec.seed == 0 and r.spec.setting(lucky) != lucky]
    assert at(1e-3)(next(s for s in progress.requested if s.phase == "report")) == pytest.approx(
        min(s for s in scores if not isinstance(s, RunStatus)), abs=0.01
    )


@both
def test_ties_go_to_the_smaller_rate(protocol: Kind) -> None:
    progress, _ = carry_out(tunable(), lambda spec: 1.0, protocol())
    assert progress.chosen[0]["lr"] == min(setting["lr"] for setting in protocol().settings(tunable().entry, 0))


@both
def test_each_study_chooses_a_winner_and_report_seeds_are_dealt_to_them(protocol: Kind) -> None:
    search = protocol(trials=5, studies=3, report_seeds=(10, 11, 12, 13, 14, 15))
    progress, records = carry_out(tunable(), at(1e-3), search)
    assert len(records) == progress.expected == 3 * (5 + 3 * 2) + 6
    assert len(progress.chosen) == 3
    for study, winner in enumerate(progress.chosen):
        assert winner in search.settings(tunable().entry, study)
    report = [spec for spec in progress.requested if spec.phase == "report"]
    assert [spec.setting(progress.chosen[0]) for spec in report] == [*progress.chosen, *progress.chosen]


@both
def test_the_report_runs_of_a_study_without_a_usable_setting_are_skipped(protocol: Kind) -> None:
    search = protocol(trials=4, studies=2, report_seeds=(10, 11, 12, 13))
    bad = search.settings(tunable().entry, 1)
    diverges: Outcome = lambda s: RunStatus.DIVERGED if s.setting(bad[0]) in bad else at(1e-3)(s)  # noqa: E731
    progress, records = carry_out(tunable(), diverges, search)
    assert [spec.seed for spec in progress.skip] == [11, 13]
    assert {r.spec.seed for r in records.values() if r.spec.phase == "report"} == {10, 12}
    assert len(progress.chosen) == 1
    assert progress.expected == len(progress.requested)


@both
@pytest.mark.parametrize(("status", "runs"), [(RunStatus.DIVERGED, 20), (RunStatus.FAILED, 3)])
def test_a_cell_without_a_usable_setting_is_given_up(protocol: Kind, status: RunStatus, runs: int) -> None:
    progress, records = carry_out(tunable(), lambda spec: status, protocol())
    assert (len(records), len(progress.skip), progress.chosen) == (runs, 5, ())


@both
def test_a_winner_near_the_end_of_a_range_is_flagged(protocol: Kind) -> None:
    where = tunable({"lr": LogUniform(1e-5, 0.1)})
    assert carry_out(where, at(1e-9), protocol(trials=50))[0].edge
    assert not carry_out(where, at(1e-3), protocol(trials=50))[0].edge


@both
@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), lost=st.sets(st.integers(0, 22)))
def test_neither_order_nor_loss_of_records_changes_the_outcome(protocol: Kind, seed: int, lost: set[int]) -> None:
    search = protocol(trials=4, studies=2, tune_seeds=(0, 1))
    one, records = carry_out(tunable(), at(1e-3), search, random.Random(seed))
    other, others = carry_out(tunable(), at(1e-3), search, random.Random(seed + 1))
    assert (one.chosen, records.keys()) == (other.chosen, others.keys())
    kept = {run_id: r for i, (run_id, r) in enumerate(records.items()) if i not in lost}
    while (again := replay(search, tunable(), kept)).pending:
        kept |= {spec.run_id: record(spec, at(1e-3)(spec)) for spec in again.pending}
    assert kept.keys() == records.keys()


@both
def test_what_is_tried_before_anything_runs_has_the_usual_rate(protocol: Kind) -> None:
    spec = protocol().first_run(tunable())
    assert spec.lr == tunable().entry.lr_ref
    assert spec.hyperparameters.keys() >= SPACE.keys()


@both
def test_records_of_tuned_hyperparameters_are_not_stale(protocol: Kind) -> None:
    where, search = tunable(), protocol(trials=4)
    _, records = carry_out(where, at(1e-3), search)
    suite = Suite(name="s", protocol=search, tasks=(where.suite_task,), optimizers=(where.entry,))
    again = Suite.model_validate_json(suite.model_dump_json())
    assert again.protocol == search
    read: list[RunRecord] = [RunRecord.model_validate_json(r.model_dump_json()) for r in records.values()]
    assert stale(again, read) == {}
    (same,) = again.cells()
    assert replay(search, same, {r.run_id: r for r in read}).pending == ()
    changed = again.model_copy(update={"optimizers": (where.entry.model_copy(update={"hyperparameters": {}}),)})
    assert set(stale(changed, read)) == {r.run_id for r in read}


@both
def test_more_report_seeds_later_leave_those_there_are_with_their_winners(protocol: Kind) -> None:
    search = protocol(trials=3, studies=2, report_seeds=(10, 11, 12))
    few, _ = carry_out(tunable(), at(1e-3), search)
    more, _ = carry_out(tunable(), at(1e-3), search.with_report_seeds(6))
    assert few.requested == more.requested[: len(few.requested)]
    assert len(more.requested) == len(few.requested) + 3
    with pytest.raises(UsageError, match="1 report seed for 2 studies: each needs one"):
        search.with_report_seeds(1)


# What it says of itself.


@pytest.mark.parametrize(
    ("changes", "summary"),
    [
        (
            {"tune": ("lr", "weight_decay")},
            "protocol qmc (20 settings of lr and weight_decay, the best 3 on 3 tuning seeds), n = 5 report seeds",
        ),
        (
            {"trials": 5, "studies": 3, "tune_seeds": (0,)},
            "protocol qmc (3 studies of 5 settings of each entry's search space), n = 5 report seeds",
        ),
    ],
)
def test_it_describes_itself_for_captions(changes: dict[str, Any], summary: str) -> None:
    assert Qmc(**changes).summary() == summary


@both
def test_a_paper_tries_fifty_settings_and_a_quick_look_four(protocol: Kind) -> None:
    assert (protocol().smoke().trials, protocol(studies=3).smoke().studies, protocol().paper().trials) == (4, 1, 50)
    assert protocol(trials=2, finalists=1).smoke().trials == 2
    assert protocol(trials=75).paper().trials == 75
    assert protocol(space={"lr": LogUniform(0.1, 1)}).paper().space == {"lr": LogUniform(0.1, 1)}
