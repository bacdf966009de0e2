"""Campaigns on real schedulers and workers on this machine, some of which are killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import optbench
import pytest

from .conftest import Cluster, Notes, numbers, records, until

Run = Callable[..., optbench.Finished]
RUNS = 8
LOST = "the connection to the scheduler is lost; waiting for it"


def log() -> list[tuple[str, str, int, float]]:
    """Which worker began (step 1) or ended (step 100) a run, in which process, when."""
    lines = [line.split() for line in Path("log").read_text().splitlines()] if Path("log").exists() else []
    return [(who, pid, int(step), float(when)) for who, pid, step, when in lines]


def test_results_are_those_of_a_local_run_whoever_leaves_and_joins(
    cluster: Cluster, run: Run, near: dict[str, Any], notes: Notes, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "optbench-0.0.9.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: optbench\nVersion: 0.0.9\n")
    cluster.start("one", "two", "three")

    def change() -> str:
        until(lambda: notes.recorded >= 2)
        Path("hold").touch()  # no run ends until all are there
        victim, _, _, _ = [entry for entry in log() if entry[2] == 1][-1]
        cluster.kill(victim)
        cluster.add("four")
        cluster.add("unlike", path=other.parent)
        until(lambda: "four" in {who for who, *_ in log()} and "unlike" in caplog.text)
        Path("hold").unlink()
        return victim

    with ThreadPoolExecutor() as threads:
        changing = threads.submit(change)
        finished = run(executor=f"dask:{cluster.address}")
        victim = changing.result()
    far = records(finished.folder)
    assert f"{RUNS} runs on 3 workers" in notes.lines
    assert len(far) == RUNS
    assert numbers(far).items() >= near.items()
    assert {who(record) for record in far.values()} - {victim} == {"one", "two", "three", "four"} - {victim}
    lost, unlike = (message for message in caplog.messages if message.startswith("worker"))
    assert re.fullmatch(rf"worker {victim} \(tcp://\S+\) was lost; its run is done elsewhere", lost)
    assert re.fullmatch(
        r"worker unlike \(tcp://\S+\): it has optbench 0\.0\.9, and the coordinator 0\.1\.0; it gets no runs", unlike
    )


def who(record: optbench.RunRecord) -> str:
    """The worker that carried out a run."""
    return str(record.environment["said_by_plugins"]["slow.py"]["who"])


def test_workers_that_declare_a_resource_never_run_two_runs_at_once(cluster: Cluster, run: Run) -> None:
    cluster.start("one", "two", arguments=("--nthreads", "4", "--resources", "slot=1"))
    table = {"name": "dask", "address": cluster.address, "resources": {"slot": 1}}
    run(executor=table)
    spans = defaultdict(list)
    begun: dict[tuple[str, str], float] = {}
    for who, pid, step, when in log():
        if step == 1:
            begun[who, pid] = when
        else:
            spans[who].append((begun[who, pid], when))
    assert spans.keys() == {"one", "two"}
    assert sum(map(len, spans.values())) == 8
    for of_worker in spans.values():
        assert all(end <= begin for (_, end), (begin, _) in pairwise(sorted(of_worker)))


def test_a_lost_scheduler_ends_it_in_a_line_and_one_that_restarts_is_waited_for(
    cluster: Cluster,
    run: Run,
    near: dict[str, Any],
    notes: Notes,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def lose(*then: str) -> None:
        before = notes.recorded
        until(lambda: notes.recorded >= before + 2)
        cluster.stop()
        if then:
            until(lambda: LOST in caplog.messages)
            cluster.start(*then)

    monkeypatch.setattr("optbench_dask.connection.PATIENCE", 2.0)
    cluster.start("one", "two")
    with ThreadPoolExecutor() as threads:
        losing = threads.submit(lose)
        with pytest.raises(optbench.UsageError, match=r"^the scheduler was lost; the same command continues"):
            run(executor=f"dask:{cluster.address}")
        losing.result()
    kept = records(Path("results/small-smoke"))
    assert 2 <= len(kept) < RUNS

    monkeypatch.setattr("optbench_dask.connection.PATIENCE", 100.0)
    cluster.start("three")
    caplog.clear()
    with ThreadPoolExecutor() as threads:
        losing = threads.submit(lose, "four")
        finished = run(executor=f"dask:{cluster.address}")
        losing.result()
    found = records(finished.folder)
    assert numbers(found) == near
    assert found.items() >= kept.items()


def test_runs_end_with_the_coordinator(cluster: Cluster, run: Run) -> None:
    cluster.start("one")
    text = Path("small.toml").read_text().replace("steps = 800", "steps = 800_000")
    Path("small.toml").write_text(text)
    options = ["--plugin", "slow.py", "--device", "cpu", "--profile", "smoke", "--executor", f"dask:{cluster.address}"]
    coordinator = subprocess.Popen([sys.executable, "-m", "optbench", "run", "small.toml", *options])
    until(lambda: list(Path().glob("results/small-smoke/suite.json")))
    begun = len(log())
    until(lambda: len(log()) > begun)
    process = int(log()[-1][1])
    coordinator.send_signal(signal.SIGKILL)
    coordinator.wait()
    until(lambda: not alive(process), 30)


def test_a_worker_that_is_told_to_end_does_not_wait_for_its_runs(
    cluster: Cluster, run: Run, near: dict[str, Any], notes: Notes
) -> None:
    cluster.start("one")

    def end() -> None:
        until(lambda: notes.recorded >= 2)
        Path("hold").touch()  # no run ends by itself
        one = cluster.workers.pop("one")
        one.terminate()
        assert one.wait(100) == 0
        Path("hold").unlink()
        cluster.add("two")

    with ThreadPoolExecutor() as threads:
        ending = threads.submit(end)
        finished = run(executor=f"dask:{cluster.address}")
        ending.result()
    assert numbers(records(finished.folder)) == near


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_cluster_is_started_where_a_class_is_named(run: Run, near: dict[str, Any]) -> None:
    Path("cluster.toml").write_text(
        'name = "dask"\ncluster = "distributed:LocalCluster"\nworkers = 2\n'
        "cluster_options = { n_workers = 0, threads_per_worker = 1, dashboard_address = ':0' }\n".replace("'", '"')
    )
    finished = run(executor="cluster.toml")
    assert numbers(records(finished.folder)) == near
