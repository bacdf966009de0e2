"""Put what the gate says of planted changes into docs/regression-gate.md.

Each change is a version of a library whose Adam and Momentum are the optimizers of `suites/regression`; the gate
compares it with the version before, by the commands of the page.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click
import psutil

from optbench.analysis.comparison.change import Verdict
from optbench.cli.compare import GATE_CLOSED
from optbench.errors import UsageError
from scripts.command import run
from scripts.pages import ROOT, fill
from tests.support.refactored import HARMLESS, REGRESSIONS, Adam, Momentum

SUITE = (ROOT / "suites" / "regression.toml").read_text(encoding="utf-8")
CHANGES = (*(planted.variant for planted in REGRESSIONS), *HARMLESS)
HEADER = ("| change of Adam or momentum | | gate | worse | undecided |", "|---|---|---|---|---|")
RUNS_FAILED = 1
QUIET = max((os.cpu_count() or 1) - 1, 1)
"""Processes that may want to run beside one that is timed, the mean over the last minute."""
PATIENCE = 3600
"""Seconds in which the machine has to become quiet."""


class Outcome(NamedTuple):
    """What the gate does for a change."""

    change: type
    closes: bool
    judged: dict[Verdict, Counter[str]]
    """What has a verdict, with its number of (task, optimizer) pairs."""

    def __str__(self) -> str:
        worse, undecided = (
            ", ".join(f"{measure} ({count})" for measure, count in self.judged[verdict].items())
            for verdict in (Verdict.WORSE, Verdict.UNDECIDED)
        )
        return f"{start_of_row(self.change)} {'closes' if self.closes else 'opens'} | {worse} | {undecided} |"


def start_of_row(change: type) -> str:
    """Say what a change is, as the table does."""
    title = (inspect.getdoc(change) or "").removesuffix(".")
    return f"| {title} | {'harmless' if change in HARMLESS else 'regression'} |"


class Version:
    """A version of the library: two optimizers, in a folder of its own with what they do on the suite."""

    def __init__(self, folder: Path, adam: type, momentum: type) -> None:
        self.folder = folder
        self.results = folder / "results" / "regression"
        folder.mkdir()
        imports = f"from {adam.__module__} import {adam.__name__} as Adam, {momentum.__name__} as Momentum\n"
        (folder / "library.py").write_text(imports, encoding="utf-8")
        suite = SUITE
        for name in ("Adam", "Momentum"):
            suite = suite.replace(f'optimizer = "{name.lower()}"', f'optimizer = "library:{name}"')
        (folder / "regression.toml").write_text(suite, encoding="utf-8")

    def optbench(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Carry out a command with this version installed; raises `UsageError` where it cannot be carried out."""
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(self.folder), str(ROOT)])}
        command = [sys.executable, "-m", "optbench", *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode not in (0, RUNS_FAILED, GATE_CLOSED):
            raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done


def outcomes(folder: Path) -> Iterator[Outcome]:
    """Run and time the library before any change, and each change of it, and compare."""
    before = Version(folder / "before", Adam, Momentum)
    changed = {
        change: Version(
            folder / change.__name__, *((Adam, change) if issubclass(change, Momentum) else (change, Momentum))
        )
        for change in CHANGES
    }
    for version in (before, *changed.values()):
        version.optbench("run", "regression.toml")
    for version in (before, *changed.values()):
        wait_until_quiet()
        version.optbench("time", "regression.toml")
    for change, after in changed.items():
        done = after.optbench("compare", before.results, after.results, "--fail-on", "worse", "--json")
        yield Outcome(change, done.returncode == GATE_CLOSED, judged(json.loads(done.stdout)["changes"]))


def judged(changes: list[dict[str, Any]]) -> dict[Verdict, Counter[str]]:
    """Count the measures of each verdict."""
    return {verdict: Counter(row["measure"] for row in changes if row["verdict"] == verdict) for verdict in Verdict}


def wait_until_quiet() -> None:
    """Wait for a core to be free for what is timed; raises `UsageError` where that takes too long."""
    end = time.monotonic() + PATIENCE
    while psutil.getloadavg()[0] > QUIET:
        if time.monotonic() > end:
            raise UsageError(f"more than {QUIET} processes have wanted to run for {PATIENCE} s: times need a free core")
        time.sleep(1)


@click.command()
def update_gate() -> None:
    """Put what the gate says of planted changes into docs/regression-gate.md; takes half an hour."""
    with TemporaryDirectory() as folder:
        lines = [*HEADER, *map(str, outcomes(Path(folder)))]
    fill(ROOT / "docs" / "regression-gate.md", "planted", lines)


if __name__ == "__main__":
    run(update_gate)
