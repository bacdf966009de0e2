"""What an isolated worker costs: a call in a warm one, and in one that has to be started, against a call here."""

from __future__ import annotations

import operator

from benchmarks.pairs import compare, describe
from optbench.execution.process import WorkerProcess

CALLS, ROUNDS = 200, 15


def main() -> None:
    """Compare `CALLS` calls in a worker that is kept, and a start of a new one, with `CALLS` calls in this process."""
    process = WorkerProcess()

    def warm() -> None:
        for _ in range(CALLS):
            process.call("operator:add", 1, 2)

    def here() -> None:
        for _ in range(CALLS):
            operator.add(1, 2)

    def start() -> None:
        process.stop()
        process.call("operator:add", 1, 2)

    kept, direct = compare(warm, here, ROUNDS)
    print(f"a call in a worker that is kept: {(kept - direct).mean() / CALLS * 1e3:.2f} ms")
    started, kept = compare(start, warm, ROUNDS)
    print(describe(f"starting a worker over {CALLS} calls in a warm one", started, kept))
    process.close()


if __name__ == "__main__":
    main()
