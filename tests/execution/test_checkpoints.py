"""Checkpoints in files: what a run goes on from, when it starts again instead, and what its record says of it."""

from __future__ import annotations

import dataclasses
import itertools
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from optbench.builtin.datasets import DATASETS
from optbench.builtin.tasks import TASKS
from optbench.components.task import Task
from optbench.execution import worker
from optbench.execution.checkpoints import loaded, serialised
from optbench.execution.identity import data_checksum
from optbench.execution.slot import Slot
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.training import loop
from optbench.training.checkpoint import NotRestored

CPU = torch.device("cpu")
PLACE = Place("cpu", "here")
TASK = Task(
    name="interrupted", model="lenet", model_options={"padding": 2}, dataset="digits", metric="accuracy", steps=30,
    batch_size=64, evaluations=4, eval_examples=100, schedule="warmup-cosine", primary="best",
)  # fmt: skip

NOTHING_SPECIAL = ExecutionContext(search_path=tuple(sys.path), distributions=())


class Stop(BaseException):
    """The process ends here; `BaseException`, so that no record is made of it."""


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExecutionContext:
    """One that has a checkpoint written before each step but the first."""
    monkeypatch.setattr("optbench.execution.checkpoints.PATIENCE", 0)
    results = tmp_path / "results"
    results.mkdir()
    return dataclasses.replace(NOTHING_SPECIAL, checkpoints=results / "checkpoints", checkpoint_every=1e-9)


def spec(component: str = "adam", **changes: Any) -> RunSpec:
    return RunSpec(
        task=TASK.model_copy(update=changes),
        data_checksum=data_checksum(TASK, NOTHING_SPECIAL),
        optimizer="tested",
        component=component,
        revisions={},
        hyperparameters={"lr": 0.001},
        schedule="warmup-cosine",
        seed=1000,
        phase="report",
        device="cpu",
    )


def carried_out(of: RunSpec, context: ExecutionContext, tmp_path: Path) -> RunRecord:
    (record,) = worker.perform([of], PLACE, context, [tmp_path / "journal"])
    return record


def stop_at(of: RunSpec, step: int, context: ExecutionContext, tmp_path: Path, patch: pytest.MonkeyPatch) -> Path:
    """Have a run's process end before a step, and return the checkpoint that it leaves."""
    steps = itertools.count()
    make_step = loop.step

    def ends(*arguments: Any) -> None:
        if next(steps) == step:
            raise Stop
        make_step(*arguments)

    with patch.context() as inner:
        inner.setattr(loop, "step", ends)
        with pytest.raises(Stop):
            carried_out(of, context, tmp_path)
    assert context.checkpoints is not None
    return context.checkpoints / f"{of.run_id}.pt"


def numbers(record: RunRecord) -> Any:
    """All that an interruption must not change."""
    points = [point.model_dump(exclude={"train_seconds", "data_seconds"}) for point in record.evaluations]
    return record.run_id, record.status, record.final, points, record.costs.steps, record.costs.gradient_evaluations


@pytest.fixture
def whole(tmp_path: Path) -> RunRecord:
    """The record of the run that nobody interrupts, without checkpoints."""
    return carried_out(spec(), NOTHING_SPECIAL, tmp_path)


def test_a_run_whose_process_ended_goes_on_and_says_so(
    whole: RunRecord, context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at(spec(), 12, context, tmp_path, monkeypatch)
    (tmp_path / "journal").unlink()
    record = carried_out(spec(), context, tmp_path)
    assert numbers(record) == numbers(whole)
    assert whole.alone, "it trains by itself"
    assert (record.costs.resumed, whole.costs.resumed) == ((12,), ())
    assert record.notes == whole.notes == ()
    assert whole.costs.resident_growth_bytes is not None
    assert record.costs.resident_growth_bytes is record.costs.peak_resident_bytes is None, "of a part of it only"
    assert len((tmp_path / "journal").read_text().splitlines()) == len(record.evaluations), "the journal is whole"


@pytest.mark.slow
@pytest.mark.parametrize(
    "task",
    [task for task in TASKS if not next(d for d in DATASETS if d.name == task.dataset).files],
    ids=lambda t: t.name,
)
def test_every_model_of_ours_is_restored(
    task: Task, context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {"steps": 6, "evaluations": 3, "eval_examples": 20, "final_examples": 20, "threads": 1}
    run = spec("sgd").model_copy(update={"task": task.model_copy(update=short)})
    run = run.model_copy(update={"data_checksum": data_checksum(run.task, NOTHING_SPECIAL)})
    diagnosed = dataclasses.replace(context, diagnostics=("layers",))  # which look at single runs
    stop_at(run, 3, diagnosed, tmp_path, monkeypatch)
    record = carried_out(run, diagnosed, tmp_path)
    assert record.costs.resumed == (3,), record.notes
    assert numbers(record) == numbers(carried_out(run, dataclasses.replace(diagnosed, checkpoint_every=0), tmp_path))


def test_time_is_counted_once(context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = stop_at(spec(), 12, context, tmp_path, monkeypatch)
    content = loaded(path.read_bytes(), CPU)
    clocks = content["run"]["state"]["clock"]
    clocks |= dict.fromkeys(clocks, 1000.0)
    content["run"]["state"]["first_step_seconds"] = 500.0
    path.write_bytes(serialised(content | {"seconds": 10.0}))
    costs = carried_out(spec(), context, tmp_path).costs
    later = (costs.train_seconds, costs.data_seconds, costs.eval_seconds, costs.gradient_seconds, costs.update_seconds)
    assert all(1000 < (seconds or 0.0) < 1400 for seconds in later), "what was measured before, and the rest"
    assert costs.first_step_seconds == 500
    assert costs.setup_seconds < 400


def test_the_time_limit_holds_for_all_of_a_run(
    context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stop_at(spec(), 12, context, tmp_path, monkeypatch)
    path.write_bytes(serialised(loaded(path.read_bytes(), CPU) | {"seconds": 601.0}))
    record = carried_out(spec(), context, tmp_path)
    assert record.status is RunStatus.TIMEOUT
    assert record.reason == "still running after 600 s, those before it was resumed included"
    assert record.costs.steps == 12


def _made_with_another_torch(content: dict[str, Any]) -> None:
    content["made by"]["torch"] = "1.0"


def _made_with_another_numpy(content: dict[str, Any]) -> None:
    content["made by"]["numpy"] = "1.0"


def _of_another_machine(content: dict[str, Any]) -> None:
    content["made by"]["cpu"] = "abacus"


def _of_another_run(content: dict[str, Any]) -> None:
    content["made by"]["run"] = "0123456789abcdef"


def _without_the_run(content: dict[str, Any]) -> None:
    del content["run"]


def _without_streams(content: dict[str, Any]) -> None:
    del content["run"]["streams"]


def _without_weights(content: dict[str, Any]) -> None:
    content["run"]["model"].clear()


def _of_another_type(content: dict[str, Any]) -> None:
    state = content["run"]["optimizer"]["state"][0]
    state["exp_avg"] = state["exp_avg"].bfloat16()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_made_with_another_torch, "it was made with torch 1.0, not "),
        (_made_with_another_numpy, "it was made with numpy 1.0, not "),
        (_of_another_machine, "it was made with cpu abacus, not "),
        (_of_another_run, "it was made with run 0123456789abcdef, not "),
        (_without_the_run, "it has no run"),
        (_without_streams, "its state cannot be loaded (KeyError: 'streams')"),
        (_without_weights, "its state cannot be loaded (RuntimeError: "),
        (_of_another_type, "state.0.exp_avg of its optimizer is not the same after it was saved and loaded"),
    ],
)
def test_what_it_may_not_go_on_from_is_told_and_it_starts_again(
    change: Callable[[dict[str, Any]], None],
    reason: str,
    whole: RunRecord,
    context: ExecutionContext,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = stop_at(spec(), 12, context, tmp_path, monkeypatch)
    content = loaded(path.read_bytes(), CPU)
    change(content)
    path.write_bytes(serialised(content))
    record = carried_out(spec(), context, tmp_path)
    assert numbers(record) == numbers(whole)
    assert record.costs.resumed == ()
    (note,) = record.notes
    assert note.startswith(f"it started again, not from its checkpoint: {reason}") and "\n" not in note


def test_an_optimizer_that_cannot_be_restored_starts_again_and_says_so(
    context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = spec("tests.training.test_checkpoint:Counting")
    stop_at(counting, 12, context, tmp_path, monkeypatch)
    record = carried_out(counting, context, tmp_path)
    assert record.status is RunStatus.COMPLETED and not record.costs.resumed
    assert record.notes == (
        "it started again, not from its checkpoint: its optimizer keeps count outside of its state_dict",
    )


def test_a_file_cut_anywhere_or_with_any_bit_turned_is_refused(
    context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = serialised({"run": {"weights": torch.arange(5.0)}, "made by": {}})
    for size in range(len(data)):
        with pytest.raises(NotRestored, match="its file is damaged"):
            loaded(data[:size], CPU)
    for place in range(len(data)):
        turned = bytearray(data)
        turned[place] ^= 1 << place % 8
        with pytest.raises(NotRestored, match="its file is damaged"):
            loaded(bytes(turned), CPU)


def test_a_run_with_a_damaged_checkpoint_starts_again_and_says_so(
    whole: RunRecord, context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stop_at(spec(), 12, context, tmp_path, monkeypatch)
    path.write_bytes(path.read_bytes()[:-1000])
    record = carried_out(spec(), context, tmp_path)
    assert numbers(record) == numbers(whole)
    assert record.notes == ("it started again, not from its checkpoint: its file is damaged",)


class Told:
    """Calls something when it is unpickled."""

    def __reduce__(self) -> Any:
        return os.system, ("touch it-was-run",)


def test_no_code_that_a_checkpoint_names_is_run(
    context: ExecutionContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotRestored, match=r"it has more than plain data and tensors: .*system"):
        loaded(serialised({"run": Told()}), CPU)
    assert not (tmp_path / "it-was-run").exists()


def test_a_run_goes_on_where_no_checkpoint_can_be_written_and_says_so(
    whole: RunRecord, context: ExecutionContext, tmp_path: Path
) -> None:
    assert context.checkpoints is not None
    context.checkpoints.write_text("a file in the place of the folder")
    record = carried_out(spec(), context, tmp_path)
    assert numbers(record) == numbers(whole)
    (note,) = record.notes
    assert note.startswith("no checkpoint: ") and "cannot be written" in note


@pytest.mark.parametrize(
    "changes",
    [{"checkpoints": None}, {"checkpoint_every": 0.0}, {"checkpoints": Path("/nowhere/to/be/found/checkpoints")}],
)
def test_there_are_none_where_none_are_wanted_or_the_results_are_not_there(
    changes: dict[str, Any], context: ExecutionContext, tmp_path: Path
) -> None:
    record = carried_out(spec(), dataclasses.replace(context, **changes), tmp_path)
    assert record.notes == ()
    assert not list(tmp_path.rglob("*.pt"))


def test_a_worker_that_is_killed_leaves_a_crashed_run_that_goes_on_when_it_is_carried_out_again(
    context: ExecutionContext,
) -> None:
    long = spec(steps=300)
    assert context.checkpoints is not None
    path = context.checkpoints / f"{long.run_id}.pt"
    slot = Slot(PLACE, dataclasses.replace(context, checkpoint_every=0.05))

    def kill() -> None:
        while not path.exists():
            time.sleep(0.01)
        process = slot._process._process
        assert process is not None and process.pid is not None
        os.kill(process.pid, signal.SIGKILL)

    try:
        threading.Thread(target=kill, daemon=True).start()
        (crashed,) = slot.run([long])
        assert crashed.status is RunStatus.CRASHED, crashed.error
        (record,) = slot.run([long])
        path.unlink()
        (uninterrupted,) = slot.run([long])
    finally:
        slot.close()
    assert len(record.costs.resumed) == 1 and record.costs.resumed[0] >= crashed.costs.steps
    assert numbers(record) == numbers(uninterrupted)
