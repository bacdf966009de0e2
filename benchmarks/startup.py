"""What the commands that must answer at once cost over a bare interpreter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

from benchmarks.pairs import Pair, compare


def measure(rounds: int) -> Iterator[Pair]:
    """Compare `optbench --help`, `list` and a dry run with `python -c pass`, and with the import of torch."""
    for arguments, against in (
        (["--help"], "pass"),
        (["list"], "pass"),
        (["run", "suites/standard", "--dry-run", "-t", "quadratic"], "import torch"),
    ):
        ours, theirs = partial(_called, "-m", "optbench", *arguments), partial(_called, "-c", against)
        yield compare(f"optbench {' '.join(arguments)}", ours, f"python -c '{against}'", theirs, rounds)


def _called(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
