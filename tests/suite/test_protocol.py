"""The protocol as a pure function: what a cell owes, given its records."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.components.spaces import four_digits
from optbench.components.task import Task
from optbench.runs.record import Final, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell, Entry, SuiteTask
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.protocol import Protocol
from optbench.suite.protocols.replay import Progress, replay

TASK = Task(name="t", model="m", dataset="d", steps=10)
Outcome = Callable[[RunSpec], float | RunStatus]


def cell(lr_ref: float = 0.01, metric: str = "loss", lr_grid: tuple[float, ...] = ()) -> Cell:
    task = TASK.model_copy(update={"metric": metric})
    return Cell(
        suite_task=SuiteTask(task=task, data_checksum="0", revisions={"model": 1, "dataset": 1}),
        entry=Entry(name="o", component="o", lr_ref=lr_ref, lr_grid=lr_grid),
        device="cpu",
    )


def record(spec: RunSpec, outcome: float | RunStatus) -> RunRecord:
    if isinstance(outcome, RunStatus):
        return RunRecord(run_id=spec.run_id, spec=spec, status=outcome, reason="because")
    final = Final(
        step=10,
        smoothed_train_loss=outcome,
        train_eval_loss=outcome,
        train_eval_metric=outcome,
        validation_loss=outcome,
        validation_metric=outcome,
    )
    return RunRecord(run_id=spec.run_id, spec=spec, status=RunStatus.COMPLETED, final=final)


def carry_out(
    where: Cell, outcome: Outcome, protocol: Protocol, rng: random.Random | None = None
) -> tuple[Progress, dict[str, RunRecord]]:
    """Run everything that is owed, one run at a time, in an arbitrary order."""
    records: dict[str, RunRecord] = {}
    rng = rng or random.Random(0)
    for _ in range(200):
        progress = replay(protocol, where, records)
        if not progress.pending:
            return progress, records
        spec = rng.choice(progress.pending)
        assert spec.run_id not in records
        records[spec.run_id] = record(spec, outcome(spec))
    raise AssertionError("the protocol never ends")


def rate(progress: Progress) -> float | None:
    """The learning rate that was selected, if any was."""
    (setting,) = progress.chosen or ({"lr": None},)
    return setting["lr"]


def bowl(best: float) -> Outcome:
    """A validation loss that is least at one learning rate, and a little different for each seed."""
    return lambda spec: 1.0 + math.log10(spec.lr / best) ** 2 + 1e-3 * (spec.seed % 7)


def test_the_default_grid_has_nine_points_over_four_decades_around_lr_ref() -> None:
    grid = LrGrid().grid(cell(0.01).entry)
    assert [four_digits(lr) for lr in grid] == [0.0001, 0.0003162, 0.001, 0.003162, 0.01, 0.03162, 0.1, 0.3162, 1.0]


def test_a_cell_takes_twenty_runs_nine_six_and_five() -> None:
    progress, records = carry_out(cell(), bowl(0.01), LrGrid())
    phases = [(spec.phase, spec.seed) for spec in progress.requested]
    assert len(records) == len(progress.requested) == progress.expected == 20
    assert phases.count(("tune", 0)) == 9
    assert phases.count(("tune", 1)) == phases.count(("tune", 2)) == 3
    assert sorted(seed for phase, seed in phases if phase == "report") == [1000, 1001, 1002, 1003, 1004]
    assert rate(progress) == 0.01
    assert not progress.edge


def test_report_runs_use_the_chosen_rate_and_fresh_seeds() -> None:
    progress, _ = carry_out(cell(), bowl(0.03162), LrGrid())
    report = [spec for spec in progress.requested if spec.phase == "report"]
    tune = [spec for spec in progress.requested if spec.phase == "tune"]
    assert {spec.lr for spec in report} == {0.03162}
    assert not {spec.seed for spec in report} & {spec.seed for spec in tune}


def test_no_report_run_is_asked_for_before_tuning_has_ended() -> None:
    records: dict[str, RunRecord] = {}
    while (progress := replay(LrGrid(), cell(), records)).pending:
        spec = progress.pending[0]
        if spec.phase == "report":
            assert len([r for r in records.values() if r.spec.phase == "tune"]) == 15
        records[spec.run_id] = record(spec, bowl(0.01)(spec))


def test_a_rate_that_was_lucky_with_one_seed_is_not_chosen() -> None:
    def lucky(spec: RunSpec) -> float | RunStatus:
        if spec.lr == 0.1:
            return 0.1 if spec.seed == 0 else RunStatus.DIVERGED
        return bowl(0.01)(spec)

    assert rate(carry_out(cell(), lucky, LrGrid())[0]) == 0.01


@pytest.mark.parametrize(
    ("best", "chosen", "tried"), [(1.0, 1.0, 12), (20.0, 31.62, 15), (100.0, 100.0, 15), (1e-5, 1e-5, 12)]
)
def test_a_winner_at_the_end_of_the_grid_extends_it_by_three_points(best: float, chosen: float, tried: int) -> None:
    progress, _ = carry_out(cell(), bowl(best), LrGrid())
    assert rate(progress) == chosen
    assert len({spec.lr for spec in progress.requested}) == tried
    assert not progress.edge


def test_the_grid_is_extended_at_most_twice_and_then_flagged() -> None:
    progress, _ = carry_out(cell(), lambda spec: -spec.lr, LrGrid())
    assert len({spec.lr for spec in progress.requested}) == 9 + 2 * 3
    assert progress.edge
    assert rate(progress) == 1000.0


def test_without_extensions_the_end_of_the_grid_is_flagged() -> None:
    progress, _ = carry_out(cell(), lambda spec: spec.lr, LrGrid(edge_extensions=0))
    assert (rate(progress), progress.edge, len(progress.requested)) == (0.0001, True, 20)


def test_higher_accuracy_wins() -> None:
    progress, _ = carry_out(cell(metric="accuracy"), lambda spec: 1 - abs(math.log10(spec.lr) + 1) / 10, LrGrid())
    assert rate(progress) == 0.1


def test_an_entry_tries_the_same_rates_on_every_task() -> None:
    def tried(where: Cell) -> set[float]:
        requested = carry_out(where, bowl(0.01), LrGrid())[0].requested
        return {spec.lr for spec in requested if spec.phase == "tune"}

    one = cell()
    renamed = one.suite_task.model_copy(update={"task": TASK.model_copy(update={"name": "u", "model": "another"})})
    assert tried(one) == tried(one.model_copy(update={"suite_task": renamed}))


def test_ties_go_to_the_smaller_rate() -> None:
    outcome = lambda spec: 1.0 if 0.001 <= spec.lr <= 0.1 else 2.0  # noqa: E731
    assert rate(carry_out(cell(), outcome, LrGrid())[0]) == 0.001


def test_diverged_rates_rank_last_and_if_all_diverge_smaller_ones_are_tried() -> None:
    def diverges_above(limit: float) -> Outcome:
        return lambda spec: RunStatus.DIVERGED if spec.lr > limit else spec.lr

    progress, _ = carry_out(cell(), diverges_above(1e-5), LrGrid())
    assert (rate(progress) or 1) <= 1e-5
    assert min(spec.lr for spec in progress.requested) < 1e-5


def test_a_cell_without_a_successful_trial_has_its_report_runs_skipped() -> None:
    progress, records = carry_out(cell(), lambda spec: RunStatus.DIVERGED, LrGrid())
    assert rate(progress) is None
    assert [spec.phase for spec in progress.skip] == ["report"] * 5
    assert len(records) == 9 + 3 + 3


@pytest.mark.parametrize("status", [s for s in RunStatus if s.unexpected])
def test_a_cell_whose_first_three_runs_break_is_given_up(status: RunStatus) -> None:
    progress, records = carry_out(cell(), lambda spec: status, LrGrid())
    assert len(records) == 3
    assert len(progress.skip) == 5
    assert progress.expected == 8


def test_nothing_is_looked_at_again_where_runs_break_and_none_succeeds() -> None:
    outcome = lambda spec: RunStatus.DIVERGED if spec.lr > 0.005 else RunStatus.FAILED  # noqa: E731
    progress, records = carry_out(cell(), outcome, LrGrid())
    assert len(records) == 9
    assert len(progress.skip) == 5


def test_a_cell_that_recovers_after_a_retry_has_its_skipped_report_runs_run_after_all() -> None:
    progress, records = carry_out(cell(), lambda spec: RunStatus.FAILED, LrGrid())
    records |= {spec.run_id: record(spec, RunStatus.SKIPPED) for spec in progress.skip}
    records = {run_id: r for run_id, r in records.items() if r.status is not RunStatus.FAILED}
    for _ in range(30):
        for spec in replay(LrGrid(), cell(), records).pending:
            records[spec.run_id] = record(spec, bowl(0.01)(spec))
    progress = replay(LrGrid(), cell(), records)
    assert (progress.pending, progress.skip, rate(progress)) == ((), (), 0.01)
    assert {records[spec.run_id].status for spec in progress.requested} == {RunStatus.COMPLETED}


def test_one_broken_run_does_not_give_a_cell_up() -> None:
    progress, _ = carry_out(cell(), lambda s: RunStatus.CRASHED if s.lr == 0.01 else bowl(0.03162)(s), LrGrid())
    assert rate(progress) == 0.03162


def test_a_grid_of_the_suites_own_is_used_as_it_is() -> None:
    where = cell(lr_grid=(0.5, 0.1, 0.2))
    progress, _ = carry_out(where, bowl(0.2), LrGrid(unequal_effort=True))
    assert {spec.lr for spec in progress.requested if spec.phase == "tune"} == {0.1, 0.2, 0.5}
    at_end, _ = carry_out(where, bowl(5.0), LrGrid(unequal_effort=True))
    assert (rate(at_end), at_end.edge) == (0.5, True)


def test_a_grid_of_one_rate_is_that_rate() -> None:
    progress, _ = carry_out(cell(lr_grid=(0.02,)), bowl(5.0), LrGrid(unequal_effort=True))
    assert {spec.lr for spec in progress.requested} == {0.02}
    assert not progress.edge


def test_defaults_tunes_nothing() -> None:
    progress, _ = carry_out(cell(), bowl(1.0), Defaults())
    assert [(spec.lr, spec.phase) for spec in progress.requested] == [(0.01, "report")] * 5
    assert rate(progress) == 0.01


@given(best=st.floats(-6, 4), seed=st.integers(0, 10_000), noise=st.floats(0, 0.5))
def test_the_outcome_does_not_depend_on_the_order_in_which_runs_end(best: float, seed: int, noise: float) -> None:
    def outcome(spec: RunSpec) -> float | RunStatus:
        jitter = random.Random(f"{spec.lr} {spec.seed}").uniform(-noise, noise)
        return RunStatus.DIVERGED if spec.lr > 100 * 10**best else (math.log10(spec.lr) - best) ** 2 + jitter

    one, records = carry_out(cell(), outcome, LrGrid(), random.Random(seed))
    other, others = carry_out(cell(), outcome, LrGrid(), random.Random(seed + 1))
    assert records.keys() == others.keys() == {spec.run_id for spec in one.requested}
    assert (rate(one), one.edge) == (rate(other), other.edge)


@given(st.sets(st.integers(0, 19)))
def test_losing_any_records_makes_exactly_these_be_asked_for_again(lost: Any) -> None:
    progress, records = carry_out(cell(), bowl(0.01), LrGrid())
    gone = {spec.run_id for i, spec in enumerate(progress.requested) if i in lost}
    kept = {run_id: r for run_id, r in records.items() if run_id not in gone}
    while (again := replay(LrGrid(), cell(), kept)).pending:
        for spec in again.pending:
            assert spec.run_id in gone
            kept[spec.run_id] = record(spec, bowl(0.01)(spec))
    assert kept.keys() == records.keys()


def test_the_run_id_depends_on_what_defines_the_experiment_only() -> None:
    spec = cell().spec({"lr": 0.1}, 0, "tune")
    described = spec.model_copy(update={"task": TASK.model_copy(update={"description": "other words"})})
    longer = spec.model_copy(update={"task": TASK.model_copy(update={"steps": 11})})
    assert spec.run_id == RunSpec.model_validate_json(spec.model_dump_json()).run_id == described.run_id
    changes = {"seed": 1, "phase": "report", "schedule": "warmup-cosine", "device": "cuda", "data_checksum": "1",
               "hyperparameters": {"lr": 0.2}, "revisions": {"model": 2}, "optimizer": "p"}  # fmt: skip
    others = {spec.model_copy(update={key: value}).run_id for key, value in changes.items()} | {longer.run_id}
    assert len(others | {spec.run_id}) == len(changes) + 2
