"""The results folder: atomic, self-describing, and nothing in it is ever lost."""

from __future__ import annotations

import errno
import gc
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from optbench.errors import ResultsError
from optbench.runs.record import Evaluation, RunRecord, RunStatus
from optbench.store.store import Store
from optbench.suite.cell import Entry, SuiteTask
from optbench.suite.protocols.lr_grid import LrGrid
from optbench.suite.suite import Suite
from tests.suite.test_protocol import TASK, cell, record


def make_suite(*entries: str, name: str = "s") -> Suite:
    return Suite(
        name=name,
        protocol=LrGrid(),
        tasks=(SuiteTask(task=TASK, data_checksum="0", revisions={}),),
        optimizers=tuple(Entry(name=entry, component=entry, lr_ref=0.1) for entry in entries),
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "s")
    store.open(make_suite("o"), extend=False)
    return store


def a_record(seed: int = 0, outcome: float | RunStatus = 1.0) -> RunRecord:
    return record(cell().spec({"lr": 0.01}, seed, "tune"), outcome)


def fail(path: Path, reason: str) -> NoReturn:
    raise AssertionError(f"{path} is unreadable: {reason}")


def test_a_record_comes_back_as_it_was_with_its_infinities(store: Store) -> None:
    point = Evaluation(step=0, samples=0, gradient_evaluations=0, train_seconds=0.0, data_seconds=0.0, train_loss=None,
                       validation_loss=float("inf"), validation_metric=float("nan"))  # fmt: skip
    written = a_record().model_copy(update={"evaluations": (point,)})
    store.add(written)
    (read,) = store.records(fail).values()
    assert repr(read) == repr(written.sealed())


def test_python_goes_on_collecting_garbage_after_records_were_read(store: Store) -> None:
    store.add(a_record())
    store.records(fail)
    assert gc.isenabled()
    with pytest.raises(AssertionError):
        (store.runs / "t" / "o" / "damaged.json").write_text("{")
        store.records(fail)
    assert gc.isenabled()


def test_outcomes_are_what_decides_and_records_of_one_task_share_it(store: Store) -> None:
    point = Evaluation(step=0, samples=0, gradient_evaluations=0, train_seconds=0.0, data_seconds=0.0, train_loss=None,
                       validation_loss=1.0, validation_metric=1.0)  # fmt: skip
    written = [a_record(0, 1.0), a_record(1, 2.0), a_record(2, RunStatus.DIVERGED)]
    for one in written:
        store.add(one.model_copy(update={"evaluations": (point,), "environment": {"machine": "a"}}))
    records, outcomes = store.records(fail), store.outcomes(fail)
    assert {i: (o.spec, o.status, o.final) for i, o in outcomes.items()} == {
        one.run_id: (one.spec, one.status, one.final) for one in written
    }
    assert all(len(record.evaluations) == 1 for record in records.values())
    assert not any(outcome.evaluations or outcome.environment for outcome in outcomes.values())
    assert len({id(record.spec.task) for record in records.values()}) == 1
    assert len({id(record.environment) for record in records.values()}) == 1


def test_a_record_is_one_json_file_that_describes_itself(store: Store) -> None:
    written = a_record()
    store.add(written)
    path = store.runs / "t" / "o" / f"{written.run_id}.json"
    content = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert content["schema_version"] == 1
    assert content["spec"]["task"]["name"] == "t"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "damage",
    [lambda text: text[: len(text) // 2], lambda text: "", lambda text: text.replace('"seed": 0', '"seed": 9')],
)
def test_an_unreadable_record_is_set_aside_and_the_others_are_read(store: Store, damage: Callable[..., Any]) -> None:
    bad, good = a_record(0), a_record(1)
    store.add(bad)
    store.add(good)
    path = store.runs / "t" / "o" / f"{bad.run_id}.json"
    path.write_text(damage(path.read_text()))
    seen = []
    assert set(store.records(lambda p, reason: seen.append(store.set_aside(p)))) == {good.run_id}
    assert [p.parent for p in seen] == [store.attempts / "t" / "o"]
    assert not path.exists()
    assert set(store.records(fail)) == {good.run_id}


def test_setting_aside_twice_keeps_both(store: Store) -> None:
    for _ in range(2):
        store.add(a_record())
        store.set_aside(store.runs / "t" / "o" / f"{a_record().run_id}.json")
    assert len(list(store.attempts.rglob("*.json"))) == 2


def test_a_full_disk_is_one_line_and_leaves_what_was_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(a_record(0))
    before = sorted(store.root.rglob("*"))

    def full(descriptor: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ResultsError, match=r"cannot be written: No space left on device; everything recorded before"):
        store.add(a_record(1))
    assert sorted(store.root.rglob("*")) == before
    assert set(store.records(fail)) == {a_record(0).run_id}


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match=r"cannot be written"):
        Store(tmp_path / "file" / "s").open(make_suite("o"), extend=False)


def test_a_folder_of_another_suite_is_refused(store: Store) -> None:
    with pytest.raises(ResultsError, match=r"holds suite 's' with profile 'default', not 'other'"):
        store.open(make_suite("o", name="other"), extend=False)


def test_a_narrowed_call_extends_the_campaign_and_a_full_one_states_it(store: Store) -> None:
    assert [e.name for e in store.open(make_suite("mine"), extend=True).optimizers] == ["o", "mine"]
    assert [e.name for e in store.suite().optimizers] == ["o", "mine"]
    assert [e.name for e in store.open(make_suite("o"), extend=False).optimizers] == ["o"]


def test_what_a_narrowed_call_leaves_out_is_kept_until_another_one_has_run_it(tmp_path: Path) -> None:
    store = Store(tmp_path / "s")
    parts = [make_suite(name).model_copy(update={"left_out": (other, "real")}) for name, other in ("ab", "ba")]
    assert store.open(parts[0], extend=True).left_out == ("b", "real")
    assert store.open(parts[1], extend=True).left_out == ("real",)
    stand_in = parts[1].tasks[0].model_copy(update={"instead_of": "real"})
    assert store.open(parts[1].model_copy(update={"tasks": (stand_in,)}), extend=True).left_out == ()


def test_a_task_that_stood_in_for_another_is_in_the_campaign_once(store: Store) -> None:
    suite = make_suite("o")
    stand_in = suite.tasks[0].model_copy(update={"instead_of": "real"})
    store.open(suite.model_copy(update={"tasks": (stand_in,)}), extend=False)
    assert [t.task.name for t in store.open(suite, extend=True).tasks] == ["t"]


def test_what_is_written_can_be_read_by_colleagues(store: Store) -> None:
    previous = os.umask(0o022)
    try:
        store.add(a_record())
    finally:
        os.umask(previous)
    assert store.path(a_record()).stat().st_mode & 0o777 == 0o644


def test_a_folder_without_a_manifest_is_no_results_folder(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"is no results folder: it has no suite.json"):
        Store(tmp_path).suite()
