"""What an isolated worker costs: a call in one that is kept, and in one that has to be started."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.pairs import Pair, compare
from optbench.execution.process import WorkerProcess

CALLS = 200


def measure(rounds: int) -> Iterator[Pair]:
    """Compare the start of a worker with `CALLS` calls in one that is kept."""
    process = WorkerProcess()

    def warm() -> None:
        for _ in range(CALLS):
            process.call("operator:add", 1, 2)

    def start() -> None:
        process.stop()
        process.call("operator:add", 1, 2)

    yield compare("starting a worker", start, f"{CALLS} calls in a warm one", warm, rounds)
    process.close()
