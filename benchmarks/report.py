"""What a report costs, against another commit of this project.

Reports of made-up campaigns are written by a process of each side that has imported all it needs. The whole command
`optbench report` is measured on a campaign that each side has carried out, since neither need read the other's records.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from benchmarks.pairs import Pair, compare
from benchmarks.worktree import ROOT, worktree

ENTRIES = {"1,000 runs": 17, "10,000 runs": 167}
"""Sixty runs each."""
TASKS = ("quadratic", "linear-regression")
"""Of the standard suite; they need no data."""

WRITER = """
import sys
from importlib import import_module
from pathlib import Path
from optbench.reporting.write import write_report
def either(*modules):
    for module in modules:
        try:
            return import_module(module)
        except ModuleNotFoundError:
            pass
made_up = either("tests.support.campaign", "tests.analysis.campaign")
Entry = either("optbench.suite.cell", "optbench.suite.suite").Entry
entries = tuple(Entry(name=f"entry-{i:03}", component="x", lr_ref=0.1) for i in range(int(sys.argv[1])))
results = made_up.campaign(made_up.Folder(optimizers=entries, crashing=frozenset()))
print("ready", flush=True)
for _ in sys.stdin:
    write_report(results, Path(sys.argv[2]))
    print("written", flush=True)
"""
"""Writes a report for each line that it is given, in any commit since 998f6b2."""


def measure(rounds: int, commit: str) -> Iterator[Pair]:
    """Compare reports of 1,000 and of 10,000 runs, then the command."""
    with tempfile.TemporaryDirectory() as scratch, worktree(commit, Path(scratch) / "then") as then:
        trees = {"now": ROOT, "then": then}
        for name, entries in ENTRIES.items():
            with ExitStack() as stack:
                now, before = [
                    stack.enter_context(writer(tree, entries, Path(scratch) / f"{side}-{entries}"))
                    for side, tree in trees.items()
                ]
                yield compare(f"report of {name}", now, f"commit {commit}", before, rounds)
        folders = [carried_out(tree, Path(scratch) / side) for side, tree in trees.items()]
        ours, theirs = (partial(report, tree, folder) for tree, folder in zip(trees.values(), folders, strict=True))
        yield compare("optbench report", ours, f"commit {commit}", theirs, rounds)


class Writer:
    """A process that writes a report each time it is called."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        self.expect("written")

    def expect(self, word: str) -> None:
        """Wait for the process to say this; end with an error where it ends instead."""
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != word:
            sys.exit("a report could not be written")


@contextmanager
def writer(tree: Path, entries: int, out: Path) -> Iterator[Writer]:
    """A writer with the code of a tree, whose campaign has been made up."""
    command = [sys.executable, "-c", WRITER, str(entries), str(out)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=tree, env=env(tree), stdin=pipe, stdout=pipe, text=True) as process:
        found = Writer(process)
        found.expect("ready")
        yield found


def carried_out(tree: Path, root: Path) -> Path:
    """The results folder of a campaign that a tree's code has carried out."""
    only = [word for task in TASKS for word in ("-t", task)]
    optbench(tree, "run", "suites/standard", *only, "--device", "cpu", "--results", str(root))
    return root / "standard"


def report(tree: Path, folder: Path) -> None:
    """Have a tree's code write the report of a results folder."""
    with tempfile.TemporaryDirectory() as out:
        optbench(tree, "report", str(folder), "--out", out)


def optbench(tree: Path, *arguments: str) -> None:
    """Carry out a command with the code of a tree."""
    command = [sys.executable, "-m", "optbench", *arguments]
    subprocess.run(command, cwd=tree, env=env(tree), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def env(tree: Path) -> dict[str, str]:
    """Variables with which Python finds the tree's code first."""
    return os.environ | {"PYTHONPATH": str(tree)}
