"""Memory of a long campaign: the coordinator remembers outcomes, not records, and workers keep nothing of a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psutil
import pytest

import optbench
from optbench.execution.campaign import Outlook
from optbench.runs.record import RunRecord

ENTRIES, SEEDS = 40, 50
SUITE = f"""
name = "many"
optimizers = [{", ".join(f'{{ name = "adam-{i}", optimizer = "adam" }}' for i in range(ENTRIES))}]
protocol = {{ name = "defaults", report_seeds = {list(range(1000, 1000 + SEEDS))} }}
[[tasks]]
name = "small"
task = "linear-regression"
steps = 40
"""
OF_AN_OUTCOME = 10 * 1024
"""Bytes: a run in the coordinator's memory. Its record takes four times as much."""
OF_A_WORKER = 64 * 2**20
"""Bytes: what its allocators take in their first thousands of runs, as much as the memory of two hundred records."""


class Memory:
    """Looks at the memory of this process and of its children when some runs, and when all are recorded."""

    def __init__(self) -> None:
        self.runs = 0
        self.coordinator: list[int] = []
        self.workers: list[int] = []

    def note(self, line: str) -> None: ...

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None: ...

    def progressed(self, record: RunRecord | None, outlook: Outlook) -> None:
        self.runs += record is not None
        if self.runs in (400, ENTRIES * SEEDS):
            this = psutil.Process()
            self.coordinator.append(this.memory_info().rss)
            self.workers.append(max(child.memory_info().rss for child in this.children(recursive=True)))


@pytest.mark.slow
def test_memory_is_flat_over_two_thousand_runs(tmp_path: Path) -> None:
    (tmp_path / "many.toml").write_text(SUITE)
    memory = Memory()
    finished = optbench.run(tmp_path / "many.toml", memory, devices=["cpu"], jobs=2, results=tmp_path / "results")
    assert finished.statuses.total() == memory.runs == ENTRIES * SEEDS
    before, after = memory.coordinator
    assert after - before < OF_AN_OUTCOME * (memory.runs - 400)
    before, after = memory.workers
    assert after - before < OF_A_WORKER
