"""What the commands that must answer at once cost over a bare interpreter."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.pairs import compare, describe

ROUNDS = 15


def main() -> None:
    """Compare `optbench --help` and `optbench list` with `python -c pass`."""
    for arguments in (["--help"], ["list"]):

        def command(arguments: list[str] = arguments) -> None:
            subprocess.run([sys.executable, "-m", "optbench", *arguments], check=True, capture_output=True)

        def bare() -> None:
            subprocess.run([sys.executable, "-c", "pass"], check=True)

        print(describe(f"optbench {' '.join(arguments)}", *compare(command, bare, ROUNDS)))


if __name__ == "__main__":
    main()
