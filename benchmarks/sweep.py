"""A sweep of a hundred short runs, whole command, against others that train and evaluate the same runs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from benchmarks.pairs import Pair, compare
from benchmarks.worktree import ROOT

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
SWEEPS = Path(__file__).with_name("sweeps")


def measure(rounds: int) -> Iterator[Pair]:
    """Compare `optbench run`, its report included, on all cores, with the others, which use one.

    Those that are not installed are left out.
    """
    others: dict[str, Callable[[str], None]] = {"a plain script": partial(_module, "plain")}
    if find_spec("lightning"):
        others["a loop over Lightning's trainer"] = partial(_module, "lightning_sweep")
    if find_spec("benchopt"):
        others["benchopt run"] = _benchopt
    for task in ("quadratic", "linear-regression"):
        with tempfile.TemporaryDirectory() as scratch:
            suite = Path(scratch) / "sweep.toml"
            suite.write_text(SUITE.format(task=task), encoding="utf-8")
            for name, other in others.items():
                ours, theirs = partial(_sweep, suite), partial(other, task)
                yield compare(f"optbench run, sweep of {task}", ours, f"{name}, as many runs", theirs, rounds)


def _sweep(suite: Path) -> None:
    with tempfile.TemporaryDirectory() as results:
        command = ["-m", "optbench", "run", str(suite), "--device", "cpu", "--results", results, "--quiet"]
        subprocess.run([sys.executable, *command], check=True)


def _module(name: str, task: str) -> None:
    command = [sys.executable, "-m", f"benchmarks.sweeps.{name}", task]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)


def _benchopt(task: str) -> None:
    """With its page, as by default; in a copy, because it writes beside the benchmark and remembers what it has run."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(SWEEPS / "benchopt_sweep", Path(scratch) / "sweep")
        command = [sys.executable, "-m", "benchopt", "run", str(copy), "-n", "1", "-r", "1", "--no-display"]
        env = os.environ | {"OPTBENCH_SWEEP": task, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, check=True, env=env, capture_output=True)
