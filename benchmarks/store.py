"""What results folders of 1,000, 10,000 and 100,000 records cost, for each record, against the smallest of them."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter

from benchmarks.pairs import Pair, compare
from optbench.options import parse_options
from optbench.plan import prepare
from optbench.progress import BarObserver
from tests.support.folders import submit

RECORDS = (1_000, 10_000, 100_000)
TASKS, SEEDS = 10, 25
SUITE = """
name = "many"
tasks = [{tasks}]
optimizers = [{optimizers}]
protocol = {{ name = "defaults", report_seeds = {seeds} }}
"""
FROM_NOTHING = "import sys, optbench; sys.exit(optbench.load_results(sys.argv[1]).run_id.nunique() != int(sys.argv[2]))"
"""Reads a folder, in a process of its own."""


def measure(rounds: int) -> Iterator[Pair]:
    """Compare commands on larger folders with the same on the smallest, in seconds for each record."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = {count: _made_up(count, Path(scratch) / str(count)) for count in RECORDS}
        smallest, *larger = RECORDS
        for name, command in {
            "optbench run, nothing to do": _run,
            "load_results": _load,
            "optbench report": _report,
        }.items():
            for count in larger:
                ours, theirs = (partial(_per_record, command, folders[some], some) for some in (count, smallest))
                few = 1 if count == max(RECORDS) else rounds
                yield compare(f"{name}, {count:,} records, each", ours, f"{smallest:,} records, each", theirs, few)


def _per_record(command: Callable[[Path, int], Sequence[str]], folder: Path, count: int) -> float:
    begun = perf_counter()
    subprocess.run([sys.executable, *command(folder, count)], check=True, cwd=folder, capture_output=True)
    return (perf_counter() - begun) / count


def _run(folder: Path, count: int) -> list[str]:
    return ["-m", "optbench", "run", "many.toml", "--device", "cpu"]


def _load(folder: Path, count: int) -> list[str]:
    return ["-c", FROM_NOTHING, "results/many", str(count)]


def _report(folder: Path, count: int) -> list[str]:
    return ["-m", "optbench", "report", "results/many"]


def _made_up(count: int, folder: Path) -> Path:
    """Make a campaign's folder in which every run is recorded."""
    folder.mkdir()
    entries = count // (TASKS * SEEDS)
    tasks = (f'{{ name = "task-{i:02}", task = "linear-regression", steps = {200 + i} }}' for i in range(TASKS))
    optimizers = (f'{{ name = "entry-{i:03}", optimizer = "adam" }}' for i in range(entries))
    suite = folder / "many.toml"
    suite.write_text(
        SUITE.format(tasks=", ".join(tasks), optimizers=", ".join(optimizers), seeds=list(range(1000, 1000 + SEEDS))),
        encoding="utf-8",
    )
    options = parse_options({"results": folder / "results", "devices": ["cpu"]})
    with BarObserver(wanted=False) as silent:
        plan = prepare(suite, options, silent)
    plan.store.open(plan.whole, extend=False)
    for record in plan.campaign.run(submit):
        plan.store.add(record)
    return folder
