"""`optbench run suites/standard` against its own past: both commands from nothing to the page, in turn."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.pairs import Pair, compare
from benchmarks.worktree import ROOT, worktree

SUITE = "suites/standard"


def measure(rounds: int, commit: str, arguments: Sequence[str] = ()) -> Iterator[Pair]:
    """Compare the command with that of a commit; `arguments` may narrow it."""
    with tempfile.TemporaryDirectory() as scratch, worktree(commit, Path(scratch) / "then") as then:
        ours, theirs = (partial(_run, tree, arguments) for tree in (ROOT, then))
        yield compare(f"optbench run {' '.join([SUITE, *arguments])}", ours, f"commit {commit}", theirs, rounds)


def _run(tree: Path, arguments: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as results:
        subprocess.run(
            [sys.executable, "-m", "optbench", "run", SUITE, "--device", "cpu", "--results", results, *arguments],
            check=True, capture_output=True, cwd=tree, env=os.environ | {"PYTHONPATH": str(tree)},
        )  # fmt: skip
