"""Three hundred runs, one in ten of which does the worst that it can: each is a record, the others do not notice."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from optbench.execution.local import LocalExecutor
from optbench.execution.process import WorkerProcess
from optbench.runs.record import RunRecord
from optbench.runs.spec import RunSpec
from optbench.store.store import Store
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.suite import Suite
from tests.execution.test_side_by_side import CONTEXT, numbers, specs
from tests.support.faulty_plugin import HIGH_RATE
from tests.support.platforms import posix_only

EXPECTED = {
    "raises": ("failed", "ValueError: the fourth step is beyond me"),
    "exits": ("failed", "SystemExit: 7"),
    "nan": ("diverged", "nan"),
    "segfaults": ("crashed", "SIGSEGV"),
    "hard-exits": ("crashed", "exited with status 3"),
    "hangs": ("timeout", "still running after 8 s"),
    "holds-the-gil": ("timeout", "still running after 8 s"),
    "out-of-memory": ("out_of_memory", "MemoryError: no more"),
    "cannot-allocate": ("out_of_memory", "can't allocate memory"),
    "eats-memory": ("out_of_memory", "and may use 1.0 GiB"),
    "eats-memory-elsewhere": ("out_of_memory", "and may use 1.0 GiB"),
    "is-killed": ("crashed", "killed by SIGKILL"),
    "terminates-its-group": ("crashed", "killed by SIGTERM"),
    "shouts": ("failed", "ValueError: hoarse"),
    "starts-threads": ("failed", "ValueError: the fourth step is beyond me"),
}
"""How a run with each fault ends, and what its reason has in it."""
RUNS, FAULTY_RUNS = 20, 2
"""With each fault."""


def runs(spoilt: int) -> list[RunSpec]:
    """Return the runs of all optimizers, so many of each at a rate at which it breaks."""
    found = []
    for fault in EXPECTED:
        some = [spec for steps in (200, 201, 202) for spec in specs(f"{fault}-at-high-rates", 0.008, steps=steps)]
        healthy = some[: RUNS - FAULTY_RUNS]
        broken = [spec for steps in (203, 204) for spec in specs(f"{fault}-at-high-rates", HIGH_RATE, steps=steps)[-1:]]
        found += [*healthy, *broken[:spoilt]]
    return found


def shuffled(some: Sequence[RunSpec]) -> Iterator[tuple[RunSpec, ...]]:
    """Yield the runs in groups of up to four of one task and optimizer, in a random order."""
    of: dict[tuple[str, int], list[RunSpec]] = {}
    draw = random.Random(0)
    for spec in draw.sample(some, len(some)):
        of.setdefault((spec.optimizer, spec.task.steps), []).append(spec)
    groups = [tuple(same[i : i + 4]) for same in of.values() for i in range(0, len(same), 4)]
    yield from draw.sample(groups, len(groups))


def carried_out(some: Sequence[RunSpec], folder: Path) -> dict[str, RunRecord]:
    """Have runs carried out by two workers, store them as they come, and read them again."""
    store = Store(folder)
    suite = Suite(name="faults", profile="default", protocol=Defaults(), tasks=(), optimizers=(), devices=("cpu",))
    store.open(suite, extend=False)
    with LocalExecutor(replace(CONTEXT, jobs=2)) as live:
        for future in as_completed(list(live.submit(shuffled(some)))):
            for record in future.result():
                store.add(record)
    unreadable: list[Path] = []
    records = store.records(lambda path, reason: unreadable.append(path))
    assert unreadable == []
    return records


@pytest.mark.slow
@posix_only
@pytest.mark.timeout(1200)
def test_three_hundred_runs_with_faults_of_every_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(WorkerProcess()) as first:  # starts the server that forks workers, which stays
        first.call("os:getpid")
    before = {process.pid for process in psutil.Process().children(recursive=True)}
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        monkeypatch.setattr(tempfile, "tempdir", temporary)
        some = runs(FAULTY_RUNS)
        assert len(some) == 300
        found, healthy = carried_out(some, tmp_path / "faults"), carried_out(runs(0), tmp_path / "healthy")
        assert list(Path(temporary).iterdir()) == []
    assert found.keys() == {spec.run_id for spec in some}
    assert {run_id: numbers(found[run_id]) for run_id in healthy} == {
        run_id: numbers(record) for run_id, record in healthy.items()
    }
    for run_id in found.keys() - healthy.keys():
        record = found[run_id]
        status, reason = EXPECTED[record.spec.optimizer.removesuffix("-at-high-rates")]
        assert (record.spec.optimizer, record.status) == (record.spec.optimizer, status), record.reason
        assert reason in record.reason
        assert record.evaluations[0].step == 0
        assert len(record.error) < 100_000
    left = [process for process in psutil.Process().children(recursive=True) if process.pid not in before]
    assert [process.cmdline() for process in left] == []
