"""A sweep of a hundred short runs, whole command, against a plain script that trains and evaluates the same runs."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.pairs import Pair, compare

SUITE = """
name = "sweep"
optimizers = ["sgd", "momentum", "rmsprop", "adam"]
tasks = [{{ name = "{task}", task = "{task}", steps = 1000 }}]

[protocol]
name = "lr-grid"
decades = 2
points_per_decade = 2
edge_extensions = 0
finalists = 5
tune_seeds = [0, 1, 2, 3, 4]
report_seeds = [1000]
"""
SCRIPT = Path(__file__).with_name("plain_sweep.py")


def measure(rounds: int) -> Iterator[Pair]:
    """Compare `optbench run`, its report included, on all cores, with the script on one."""
    for task in ("quadratic", "linear-regression"):
        with tempfile.TemporaryDirectory() as scratch:
            suite = Path(scratch) / "sweep.toml"
            suite.write_text(SUITE.format(task=task), encoding="utf-8")
            yield compare(
                f"optbench run, sweep of {task}", partial(_sweep, suite),
                "a plain script, as many runs", partial(_script, task), rounds,
            )  # fmt: skip


def _sweep(suite: Path) -> None:
    with tempfile.TemporaryDirectory() as results:
        command = ["-m", "optbench", "run", str(suite), "--device", "cpu", "--results", results, "--quiet"]
        subprocess.run([sys.executable, *command], check=True)


def _script(task: str) -> None:
    subprocess.run([sys.executable, str(SCRIPT), task], check=True)
