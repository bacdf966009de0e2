"""A campaign that is killed in the middle of a long run goes on in the middle of it, by the same command."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import optbench
from optbench.observers import LoggingObserver
from optbench.options import parse_options
from optbench.plan import Plan, prepare
from optbench.reporting.run_view import run_view
from optbench.runs.record import RunRecord, RunStatus
from optbench.session import carry_out
from optbench.store.load import read_results
from optbench.store.store import Store
from tests.support.platforms import posix_only
from tests.support.recorded import completed
from tests.test_session import without_clocks

LONG = """
name = "long"
[protocol]
name = "defaults"
report_seeds = [1000]
[[tasks]]
name = "long-run"
task = "digits-cnn"
steps = 3200  # 400 in a smoke campaign, which draws no figures
evaluations = 5
eval_examples = 100
[[optimizers]]
name = "momentum"
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "long.toml"
    path.write_text(LONG)
    return path


def start(suite: Path, results: Path) -> subprocess.Popen[str]:
    arguments = ["-m", "optbench", "run", suite, "--device", "cpu", "--results", results]
    command = [sys.executable, *map(str, arguments), "--profile", "smoke", "--checkpoint-every", "0.05"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for_a_checkpoint(campaign: subprocess.Popen[str], folder: Path, longest: float) -> None:
    """Wait until there is a checkpoint, and for a moment, in which there may be another one in its place."""
    while not list(folder.glob("*.pt")):
        assert campaign.poll() is None, campaign.communicate()
        time.sleep(0.002)
    time.sleep(random.uniform(0, longest))


@posix_only
@pytest.mark.parametrize(
    ("sent", "times"), [(signal.SIGKILL, 1), pytest.param(signal.SIGTERM, 2, marks=pytest.mark.slow)]
)
def test_a_long_run_goes_on_where_it_was_killed(sent: signal.Signals, times: int, suite: Path, tmp_path: Path) -> None:
    whole = optbench.run(
        suite, LoggingObserver(), results=tmp_path / "whole", devices=["cpu"], profile="smoke", checkpoint_every=0
    )
    folder = tmp_path / "killed" / "long-smoke"
    for _ in range(times):
        campaign = start(suite, tmp_path / "killed")
        wait_for_a_checkpoint(campaign, folder / "checkpoints", 0.2)
        campaign.send_signal(sent)
        campaign.communicate()
    campaign = start(suite, tmp_path / "killed")
    _, errors = campaign.communicate()
    assert campaign.returncode == 0, errors

    killed, uninterrupted = (without_clocks(of).drop(columns="resumed") for of in (folder, whole.folder))
    pd.testing.assert_frame_equal(killed, uninterrupted)
    (record,) = Store(folder).records(lambda path, reason: None).values()
    assert 1 <= len(record.costs.resumed) <= times and not record.notes
    assert not (folder / "checkpoints").exists()
    assert not list(folder.rglob("*.part"))
    results = read_results([folder])
    (run,) = results.frame[results.frame.step == 0].to_dict("records")
    said = dict(run_view(run, record.spec.task, {}, str(folder)).groups[0][1])
    assert said["resumed"] == f"at step {', '.join(map(str, record.costs.resumed))}: its process had ended"


@pytest.fixture
def prepared(suite: Path, tmp_path: Path) -> Plan:
    """A campaign with one run to do."""
    options = parse_options({"results": tmp_path, "devices": ["cpu"], "profile": "smoke"})
    return prepare(suite, options, LoggingObserver())


def records(plan: Plan) -> list[RunRecord]:
    return list(plan.store.records(lambda path, reason: None).values())


def test_what_nobody_will_go_on_from_is_removed_at_the_start_and_nothing_else(
    suite: Path, tmp_path: Path, prepared: Plan
) -> None:
    folder = prepared.store.checkpoints
    folder.mkdir(parents=True)
    (pending,) = prepared.campaign.pending
    others = ("0123456789abcdef.pt", "notes.pt", "0123456789abcdef.txt")
    for name in (f"{pending}.pt", *others):
        (folder / name).write_bytes(b"")
    options = parse_options({"results": tmp_path, "devices": ["cpu"], "profile": "smoke"})
    plan = prepare(suite, options, LoggingObserver())
    assert plan.leftover == ("0123456789abcdef",)
    assert len(list(folder.iterdir())) == 4, "a plan removes nothing"
    carry_out(plan, LoggingObserver())
    (record,) = records(plan)
    assert record.status is RunStatus.COMPLETED
    assert record.notes == ("it started again, not from its checkpoint: its file is damaged",)
    assert sorted(path.name for path in folder.iterdir()) == sorted(others[1:])


def test_nothing_is_removed_through_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "0123456789abcdef.pt").write_bytes(b"")
    store = Store(tmp_path / "results")
    store.root.mkdir()
    store.checkpoints.symlink_to(elsewhere)
    store.remove_checkpoints(["0123456789abcdef"])
    assert (elsewhere / "0123456789abcdef.pt").exists()


@pytest.mark.parametrize(("status", "kept"), [("crashed", True), ("timeout", False), ("completed", False)])
def test_a_crashed_run_keeps_its_checkpoint_until_it_is_retried(
    status: str, kept: bool, suite: Path, tmp_path: Path, prepared: Plan
) -> None:
    store = prepared.store
    (cell,) = prepared.cells
    spec = prepared.suite.protocol.first_run(cell)
    store.open(prepared.whole, extend=False)
    store.checkpoints.mkdir()
    path = store.checkpoints / f"{spec.run_id}.pt"
    path.write_bytes(b"")
    record = completed(spec, 1.0)
    store.add(record.model_copy(update={"status": RunStatus(status), "reason": "x"}))
    options = {"results": tmp_path, "devices": ["cpu"], "profile": "smoke"}
    assert prepare(suite, parse_options(options), LoggingObserver()).leftover == (() if kept else (spec.run_id,))
