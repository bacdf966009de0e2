"""Groups of runs in real worker processes: one run, one record, whatever one of them does to the others' process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from optbench.components.task import Task
from optbench.execution.identity import data_checksum
from optbench.execution.slot import Slot
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec
from tests.conftest import FAULTY
from tests.support.faulty_plugin import HIGH_RATE

CONTEXT = ExecutionContext(plugins=(str(FAULTY),), search_path=tuple(sys.path), timeout=8.0, memory_limit=2**30)
TASK = Task(
    name="side", model="linear", dataset="diabetes", loss="mse", steps=200, batch_size=32, evaluations=3,
    precision="float64",
)  # fmt: skip


def specs(component: str, last_rate: float, **changes: Any) -> list[RunSpec]:
    """Eight runs, seven of them at a low rate."""
    task = TASK.model_copy(update=changes)
    rates = [0.001 * (1 + seed) for seed in range(7)] + [last_rate]
    return [
        RunSpec(
            task=task,
            data_checksum=data_checksum(task, CONTEXT),
            optimizer=component,
            component=component,
            revisions={},
            hyperparameters={"lr": rate},
            schedule="constant",
            seed=seed % 3,
            phase="report",
            device="cpu",
        )
        for seed, rate in enumerate(rates)
    ]


@pytest.fixture(scope="module")
def slot() -> Iterator[Slot]:
    found = Slot(Place("cpu", "here"), CONTEXT)
    yield found
    found.close()


def numbers(record: RunRecord) -> Any:
    timeless = {"train_seconds": 0.0, "data_seconds": 0.0}
    points = [point.model_copy(update=timeless) for point in record.evaluations]
    return record.run_id, record.status, record.final, points


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("raises", "failed", "the fourth step is beyond me"),
        ("exits", "failed", "SystemExit"),
        ("nan", "diverged", "nan"),
        ("segfaults", "crashed", "SIGSEGV"),
        ("hard-exits", "crashed", "status 3"),
        ("hangs", "timeout", "still running"),
        ("out-of-memory", "out_of_memory", "no more"),
        ("cannot-allocate", "out_of_memory", "can't allocate memory"),
        ("eats-memory", "out_of_memory", "and may use 1.0 GiB"),
        ("eats-memory-elsewhere", "out_of_memory", "and may use 1.0 GiB"),
    ],
)
def test_one_of_eight_that_breaks_changes_no_bit_of_the_others(
    fault: str, status: str, reason: str, slot: Slot, monkeypatch: pytest.MonkeyPatch
) -> None:
    component = f"{fault}-at-high-rates"
    healthy, spoilt = (slot.run(specs(component, rate)) for rate in (HIGH_RATE / 2, HIGH_RATE))
    assert [record.status for record in healthy] == ["completed"] * 8
    assert {record.costs.side_by_side for record in healthy} == {8}, {record.alone for record in healthy}
    assert [record.run_id for record in spoilt] == [spec.run_id for spec in specs(component, HIGH_RATE)]
    assert list(map(numbers, spoilt[:7])) == list(map(numbers, healthy[:7]))
    assert spoilt[7].status == status and reason in spoilt[7].reason


def test_what_cannot_train_side_by_side_trains_alone_and_says_why(slot: Slot) -> None:
    records = slot.run(specs("pollutes-at-high-rates", HIGH_RATE))
    assert {record.status for record in records} == {"completed"}
    assert {record.costs.side_by_side for record in records} == {1}
    assert {record.alone for record in records} == {
        "PluginError: the optimizer, or the model, changes settings of torch"
    }
    (together,) = slot.run(specs("pollutes-at-high-rates", HIGH_RATE)[:1])
    assert together.alone == ""
    for ours, theirs in zip(together.evaluations, records[0].evaluations, strict=True):
        assert ours.validation_loss == pytest.approx(theirs.validation_loss, rel=1e-9)


def test_costs_of_a_group_are_shares_and_memory_of_a_process_is_nobodys(slot: Slot) -> None:
    first, *_ = slot.run(specs("raises-at-high-rates", HIGH_RATE / 2))
    costs = first.costs
    parts = (costs.first_step_seconds, costs.gradient_seconds, costs.update_seconds)
    assert sum(part or 0.0 for part in parts) <= costs.train_seconds
    assert costs.gradient_evaluations == costs.steps == 200
    assert costs.peak_resident_bytes is None and costs.resident_growth_bytes is None
