"""How fast runs go through a Dask cluster on this machine, against the same number of workers without one."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from time import perf_counter

from benchmarks.pairs import Pair, compare
from benchmarks.worktree import ROOT
from optbench.execution.campaign import Outlook
from optbench.runs.record import RunRecord
from optbench.session import run

CHEAP_HALF = ("quadratic", "linear-regression")
"""Of the standard suite."""


def measure(rounds: int) -> Iterator[Pair]:
    """Compare the seconds from the first run to the last record; nothing where optbench-dask is not installed."""
    if not find_spec("optbench_dask"):
        return
    local_cluster = import_module("distributed").LocalCluster
    cores = os.cpu_count() or 1
    with local_cluster(n_workers=cores, threads_per_worker=1, dashboard_address=None) as cluster:
        ours, theirs = (partial(_seconds, executor) for executor in (f"dask:{cluster.scheduler_address}", "local"))
        name = f"cheap half of suites/standard, {cores} workers of a Dask cluster"
        yield compare(name, ours, "as many of --executor local", theirs, rounds)


def _seconds(executor: str) -> float:
    command = [sys.executable, "-m", "benchmarks.cluster", executor]
    return float(subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True).stdout)


class _Stopwatch:
    """Takes the time from when runs can begin to the latest record."""

    begun = latest = 0.0

    def note(self, line: str) -> None:
        print(line, file=sys.stderr)

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        self.begun = perf_counter()

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        self.latest = perf_counter()


def main(executor: str) -> None:
    """Print how many seconds the runs take."""
    watch = _Stopwatch()
    with tempfile.TemporaryDirectory() as results:
        run("suites/standard", watch, tasks=CHEAP_HALF, devices=["cpu"], results=results, executor=executor)
    print(watch.latest - watch.begun)


if __name__ == "__main__":
    main(*sys.argv[1:])
