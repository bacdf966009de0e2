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

import click
import psutil

from optbench.cli.compare import GATE_CLOSED
from optbench.errors import UsageError
from scripts.command import run
from scripts.pages import ROOT, fill
from tests.support.refactored import HARMLESS, REGRESSIONS, Adam, Momentum

SUITE = (ROOT / "suites" / "regression.toml").read_text(encoding="utf-8")
CHANGES = (*(planted.variant for planted in REGRESSIONS), *HARMLESS)
RUNS_FAILED = 1
BUSY = 1.2
"""Processes that want to run, the mean over the last minute: with more of them, times wait."""
HEADER = ("| change of Adam or momentum | | gate | worse | seconds |", "|---|---|---|---|---|")


class Version:
    """A version of the library: two optimizers, in a folder of its own with what they do on the suite."""

    def __init__(self, folder: Path, adam: type, momentum: type) -> None:
        self.folder = folder
        self.results = folder / "results" / "regression"
        self.seconds = 0.0
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
        start = time.monotonic()
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        self.seconds += time.monotonic() - start
        if done.returncode not in (0, RUNS_FAILED, GATE_CLOSED):
            raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
        return done


def versions(folder: Path) -> dict[type, Version]:
    """Run the suite with the library before any change, and with each change of it; then time each."""
    found = {Adam: Version(folder / "before", Adam, Momentum)}
    for change in CHANGES:
        both = (Adam, change) if issubclass(change, Momentum) else (change, Momentum)
        found[change] = Version(folder / change.__name__, *both)
    for version in found.values():
        version.optbench("run", "regression.toml")
    for version in found.values():
        while psutil.getloadavg()[0] > BUSY:
            time.sleep(1)
        version.optbench("time", "regression.toml")
    return found


def rows(found: dict[type, Version]) -> Iterator[str]:
    """Compare every change with the version before; a row for each."""
    before = found[Adam]
    for change, after in found.items():
        if after is before:
            continue
        done = after.optbench("compare", before.results, after.results, "--fail-on", "worse", "--json")
        worse = Counter(row["measure"] for row in json.loads(done.stdout)["changes"] if row["verdict"] == "worse")
        cells = (
            (inspect.getdoc(change) or "").removesuffix("."),
            "harmless" if change in HARMLESS else "regression",
            "closes" if done.returncode == GATE_CLOSED else "opens",
            ", ".join(f"{measure} ({count})" for measure, count in worse.items()),
            f"{after.seconds:.0f}",
        )
        yield f"| {' | '.join(cells)} |"


@click.command()
def update_gate() -> None:
    """Put what the gate says of planted changes into docs/regression-gate.md; takes half an hour."""
    with TemporaryDirectory() as folder:
        lines = [*HEADER, *rows(versions(Path(folder)))]
    fill(ROOT / "docs" / "regression-gate.md", "planted", lines)


if __name__ == "__main__":
    run(update_gate)
