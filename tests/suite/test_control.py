from __future__ import annotations

from typing import Any

import pytest

from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.stale_records import stale
from optbench.suite.cell import Entry, SuiteTask
from optbench.suite.control import with_control
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.protocols.replay import replay
from optbench.suite.suite import Suite


def suite(*names: str, **changes: Any) -> Suite:
    return Suite(
        name="s",
        protocol=LrGrid(),
        tasks=(SuiteTask(task=Task(name="t", model="m", dataset="d", steps=1), data_checksum="", revisions={}),),
        optimizers=tuple(Entry(name=name, component=name, lr_ref=0.1) for name in names),
        **changes,
    )


def requested(suite: Suite) -> dict[str, list[RunSpec]]:
    """What each entry asks for where the middle of its grid is recorded."""
    found = {}
    for cell in suite.cells():
        (first,) = replay(suite.protocol, cell, {}).pending
        done = RunRecord(run_id=first.run_id, spec=first, status=RunStatus.DIVERGED)
        found[cell.entry.name] = list(replay(suite.protocol, cell, {first.run_id: done}).requested)
    return found


def test_the_control_repeats_the_reference_with_seeds_of_its_own() -> None:
    runs = requested(with_control(suite("sgd", "adam", reference="adam")))
    assert list(runs) == ["sgd", "adam", "adam-control"]
    for run, control in zip(runs["adam"], runs["adam-control"], strict=True):
        assert control.seed == run.seed + 1_000_000
        assert control.model_copy(update={"seed": run.seed, "optimizer": "adam"}) == run


def test_the_first_entry_is_the_reference_where_the_suite_names_none_that_is_there() -> None:
    assert suite("sgd", "adam").reference_entry == "sgd"
    assert suite("sgd", "adam", reference="lion").reference_entry == "sgd", "a narrowed suite"
    assert with_control(suite("sgd", "adam")).reference_entry == "sgd"


def test_a_control_changes_no_other_run() -> None:
    without, with_it = requested(suite("sgd", "adam")), requested(with_control(suite("sgd", "adam")))
    assert {name: with_it[name] for name in without} == without


def test_runs_of_a_control_are_not_stale() -> None:
    controlled = with_control(suite("sgd"))
    runs = requested(controlled)["sgd-control"]
    assert not stale(controlled, [RunRecord(run_id=r.run_id, spec=r, status=RunStatus.DIVERGED) for r in runs])


def test_a_name_that_is_taken_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="'sgd-control' is the name of an optimizer of this suite already"):
        with_control(suite("sgd", "SGD-control"))


def test_a_suite_without_entries_has_no_control() -> None:
    assert with_control(suite()) == suite()
