"""A campaign with executors that are made up: what it asks for, when, and what it makes of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import islice
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.execution.campaign import LARGEST, Campaign, Group, Outlook
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.suite.cell import Cell
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.protocol import Protocol
from tests.suite.test_protocol import Outcome, bowl, cell, record

GRID = LrGrid(decades=2, points_per_decade=1, finalists=2, tune_seeds=(0, 1), report_seeds=(1000, 1001))
"""Three rates, two again, two reports: seven runs for a cell whose winner is in the middle."""


def named(task: str, optimizer: str = "o") -> Cell:
    """A cell of its own: nothing is asked for by two of them."""
    found = cell()
    renamed = found.suite_task.model_copy(update={"task": found.task.model_copy(update={"name": task})})
    entry = found.entry.model_copy(update={"name": optimizer})
    return found.model_copy(update={"suite_task": renamed, "entry": entry})


class AtOnce:
    """Carries out runs while they are submitted."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.asked: list[list[RunSpec]] = []
        self.groups: list[Group] = []

    def __call__(self, groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        batch = list(groups)
        self.groups += batch
        self.asked.append([spec for group in batch for spec in group])
        for group in batch:
            yield done(tuple(record(spec, self.outcome(spec)) for spec in group))

    @property
    def runs(self) -> list[RunSpec]:
        return [spec for batch in self.asked for spec in batch]


def done(found: tuple[RunRecord, ...]) -> Future[tuple[RunRecord, ...]]:
    future: Future[tuple[RunRecord, ...]] = Future()
    future.set_result(found)
    return future


def carried_out(protocol: Protocol, cells: Iterable[Cell], outcome: Outcome) -> tuple[Campaign, list[RunRecord]]:
    campaign = Campaign(protocol, cells, {})
    return campaign, list(campaign.run(AtOnce(outcome)))


def test_everything_that_is_pending_is_run_once_and_each_record_is_yielded() -> None:
    submit = AtOnce(bowl(0.01))
    campaign = Campaign(GRID, [named("a"), named("b")], {})
    records = list(campaign.run(submit))
    assert [found.spec for found in records] == submit.runs
    assert len(submit.runs) == len({spec.run_id for spec in submit.runs}) == 2 * 7
    assert campaign.statuses == {RunStatus.COMPLETED: 14}
    assert campaign.unfinished() == []


def test_what_an_answer_leads_to_is_asked_for_of_its_own_cell() -> None:
    """Of each cell first the trial in the middle, then the grid, the finalists, the report runs."""
    submit = AtOnce(bowl(0.01))
    list(Campaign(GRID, [named("a"), named("b")], {}).run(submit))
    for task in ("a", "b"):
        batches = [batch for batch in submit.asked if batch[0].task.name == task]
        assert all({spec.task.name for spec in batch} == {task} for batch in batches)
        assert [len(batch) for batch in batches] == [1, 2, 2, 2]
        assert [spec.phase for batch in batches for spec in batch] == ["tune"] * 5 + ["report"] * 2


@given(st.randoms(use_true_random=False))
def test_records_may_come_in_any_order_and_the_campaign_is_the_same(random: Random) -> None:
    waiting: list[tuple[RunSpec, Future[tuple[RunRecord, ...]]]] = []

    def one_ends() -> None:
        """Unless one has ended already of which the campaign does not know yet."""
        if waiting and not any(future.done() for _, future in waiting):
            spec, future = waiting[random.randrange(len(waiting))]
            future.set_result((record(spec, bowl(0.01)(spec)),))

    def later(groups: Iterable[Group]) -> Iterator[Future[tuple[RunRecord, ...]]]:
        for (spec,) in groups:
            waiting.append((spec, Future()))
            yield waiting[-1][1]
        one_ends()

    found = {}
    for one in Campaign(GRID, [named("a"), named("b"), named("c")], {}).run(later):
        found[one.run_id] = one
        waiting = [(spec, future) for spec, future in waiting if spec.run_id != one.run_id]
        one_ends()
    _, at_once = carried_out(GRID, [named("a"), named("b"), named("c")], bowl(0.01))
    assert found == {one.run_id: one for one in at_once}


def test_what_is_recorded_is_not_run_again_and_the_rest_is() -> None:
    _, before = carried_out(GRID, [named("a")], bowl(0.01))
    kept = {one.run_id: one for one in before[:4]}
    submit = AtOnce(bowl(0.01))
    again = list(Campaign(GRID, [named("a")], kept).run(submit))
    assert [one.run_id for one in again] == [one.run_id for one in before[4:]]
    assert not {spec.run_id for spec in submit.runs} & kept.keys()


def test_a_campaign_that_was_stopped_continues_where_it_was() -> None:
    campaign = Campaign(GRID, [named("a")], {})
    first = list(islice(campaign.run(AtOnce(bowl(0.01))), 3))
    rest = list(campaign.run(AtOnce(bowl(0.01))))
    _, whole = carried_out(GRID, [named("a")], bowl(0.01))
    assert [one.run_id for one in first + rest] == [one.run_id for one in whole]


def test_the_report_runs_of_a_cell_without_a_usable_rate_are_recorded_as_skipped_with_the_reason() -> None:
    campaign, records = carried_out(GRID, [named("a")], lambda spec: RunStatus.CRASHED)
    assert [(one.status, one.spec.phase) for one in records] == [(RunStatus.CRASHED, "tune")] * 3 + [
        (RunStatus.SKIPPED, "report")
    ] * 2
    assert {one.reason for one in records[3:]} == {"no setting is usable: 3 crashed"}
    assert campaign.outlook().left == {"a": 0}


def test_the_outlook_counts_runs_by_task_and_grows_with_an_extended_grid() -> None:
    protocol = GRID.model_copy(update={"edge_extensions": 1, "edge_points": 2})
    campaign = Campaign(protocol, [named("a"), named("a", "p"), named("b")], {})
    assert campaign.outlook() == Outlook(done={"a": 0, "b": 0}, expected={"a": 14, "b": 7})
    most = campaign.most()
    seen = [campaign.outlook().left for _ in campaign.run(AtOnce(lambda spec: -spec.lr))]
    assert seen[0] == {"a": 13, "b": 7}
    assert seen[-1] == {"a": 0, "b": 0}
    assert campaign.outlook().expected == {"a": 18, "b": 9}
    assert campaign.most() == 27 <= most


def test_most_is_what_there_would_be_if_every_grid_were_extended_as_often_as_allowed() -> None:
    cells = [named("a"), named("b")]
    campaign = Campaign(GRID, cells, {})
    runs_of_the_unluckiest = len(carried_out(GRID, cells, lambda spec: -spec.lr)[1])
    assert campaign.most() >= runs_of_the_unluckiest > sum(campaign.outlook().expected.values())
    assert Campaign(Defaults(report_seeds=(1000,)), cells, {}).most() == 2


def test_records_that_nobody_asks_for_are_left_alone_and_counted_in_nothing() -> None:
    _, elsewhere = carried_out(GRID, [named("elsewhere")], bowl(0.01))
    others = {one.run_id: one for one in elsewhere}
    campaign = Campaign(GRID, [named("a")], others)
    assert campaign.outlook().done == {"a": 0}
    assert campaign.statuses == {}
    list(campaign.run(AtOnce(bowl(0.01))))
    assert campaign.unasked == others.keys()
    assert campaign.statuses == {RunStatus.COMPLETED: 7}
    assert campaign.forget(list(RunStatus)) != []
    assert campaign.unasked == others.keys()


@pytest.mark.parametrize("status", [RunStatus.DIVERGED, RunStatus.FAILED])
def test_what_is_forgotten_is_pending_again(status: RunStatus) -> None:
    outcome: Callable[[RunSpec], float | RunStatus] = lambda s: status if s.seed == 1001 else bowl(0.01)(s)  # noqa: E731
    campaign, records = carried_out(GRID, [named("a"), named("b")], outcome)
    broken = {one.run_id for one in records if one.status is status}
    assert len(broken) == 2
    assert campaign.forget([RunStatus.TIMEOUT]) == []
    assert {one.run_id for one in campaign.forget([status])} == broken
    assert [found.task.name for found in campaign.unfinished()] == ["a", "b"]
    again = list(campaign.run(AtOnce(bowl(0.01))))
    assert {one.run_id for one in again} == broken
    assert campaign.statuses == {RunStatus.COMPLETED: 14}


def test_runs_of_a_task_with_short_steps_form_groups_that_leave_every_worker_something() -> None:
    short, long = {"a": 1e-5 * named("a").task.steps}, {"a": 1.0 * named("a").task.steps}
    for seconds, workers, sizes in (
        (short, 1, [1, 2, 2, 2]),
        (short, 2, [1, 1, 1, 1, 1, 1, 1]),
        (long, 1, [1] * 7),
        ({}, 1, [1] * 7),
    ):
        submit = AtOnce(bowl(0.01))
        records = list(Campaign(GRID, [named("a")], {}).run(submit, workers, seconds))
        assert [len(group) for group in submit.groups] == sizes, (seconds, workers)
        assert len(records) == len({one.run_id for one in records}) == 7


@given(workers=st.integers(1, 9), cells=st.integers(1, 5))
def test_groups_are_of_one_cell_and_phase_and_change_nothing_else(workers: int, cells: int) -> None:
    of = [named(f"task-{i}") for i in range(cells)]
    seconds = {cell.task.name: 0.0 for cell in of}
    submit = AtOnce(bowl(0.01))
    records = list(Campaign(GRID, of, {}).run(submit, workers, seconds))
    _, singly = carried_out(GRID, of, bowl(0.01))
    assert {one.run_id: one for one in records} == {one.run_id: one for one in singly}
    assert all(len({(spec.task.name, spec.phase) for spec in group}) == 1 for group in submit.groups)
    assert max(map(len, submit.groups)) <= LARGEST


def test_long_runs_come_first_and_those_of_unknown_length_before_them() -> None:
    submit = AtOnce(bowl(0.01))
    cells = [named(name) for name in ("short", "unknown", "long")]
    list(Campaign(GRID, cells, {}).run(submit, 1, {"short": 1e3, "long": 1e4}))
    assert list(dict.fromkeys(spec.task.name for spec in submit.runs)) == ["unknown", "long", "short"]
