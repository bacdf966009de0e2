"""What the tests share: a cluster on this machine, started by the commands that everybody uses."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import optbench
import psutil
import pytest
from distributed import Client

SUITE = """
name = "small"
optimizers = ["slow"]
[protocol]
name = "defaults"
[[tasks]]
name = "small-quadratic"
task = "quadratic"
steps = 800
evaluations = 3
"""
PLUGIN = '''
import os, time
from pathlib import Path
import optbench

def build(model, *, total_steps, lr):
    from torch.optim import SGD
    class Slow(SGD):
        """Takes its time, and notes when a run began and ended on which worker."""
        steps = 0
        def step(self, closure=None):
            self.steps += 1
            time.sleep(0.01)
            if self.steps in (1, total_steps):
                with open(Path(__file__).with_name("log"), "a") as log:
                    print(os.environ.get("WHO"), os.getpid(), self.steps, time.time(), file=log)
            while Path(__file__).with_name("hold").exists():
                time.sleep(0.01)
            return super().step(closure)
    return Slow(model.parameters(), lr=lr)

@optbench.hookimpl
def optbench_optimizers():
    yield optbench.Optimizer(name="slow", build=build, lr_ref=1e-2)

@optbench.hookimpl
def optbench_environment():
    return {"who": os.environ.get("WHO", "")}
'''


class Cluster:
    """A scheduler and workers as processes of the command line, each worker under its nanny."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        self._scheduler: subprocess.Popen[bytes] | None = None
        self.workers: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, *workers: str, arguments: tuple[str, ...] = ()) -> None:
        """Start the scheduler, and workers of these names."""
        port = self.address.rpartition(":")[2]
        self._scheduler = self._dask("scheduler", "scheduler", "--host", "127.0.0.1", "--port", port)
        for name in workers:
            self.add(name, *arguments)
        self.wait(len(workers))

    def add(self, name: str, *arguments: str, path: Path | None = None) -> None:
        """Start a worker, with what lies in a folder in place of what is installed."""
        changes = {"WHO": name}
        if path:
            changes["PYTHONPATH"] = os.pathsep.join(filter(None, [str(path), os.environ.get("PYTHONPATH")]))
        arguments = arguments or ("--nthreads", "1")
        self.workers[name] = self._dask(name, "worker", self.address, "--name", name, *arguments, **changes)

    def wait(self, workers: int) -> None:
        """Wait until so many are there."""
        with Client(self.address, set_as_default=False, timeout=200) as client:
            client.wait_for_workers(workers, timeout=200)

    def kill_scheduler(self) -> None:
        assert self._scheduler is not None
        _kill(self._scheduler)

    def kill(self, name: str) -> None:
        """Kill a worker and all that it has started, at once."""
        _kill(self.workers.pop(name))

    def stop(self) -> None:
        for name in (*self.workers,):
            self.kill(name)
        self.kill_scheduler()

    def _dask(self, log: str, *arguments: str, **changes: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        with (self._folder / f"{log}.log").open("ab") as file:
            return subprocess.Popen(
                command, stdout=file, stderr=subprocess.STDOUT, cwd=self._folder, env=os.environ | changes
            )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(psutil.NoSuchProcess):
        for one in [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                one.kill()
    process.wait()


class Notes:
    """Keeps what a campaign tells, and how many runs are recorded."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.recorded = 0

    def note(self, line: str) -> None:
        self.lines.append(line)

    def planned(self, runs: int, workers: int, seconds: float | None, of_one: Mapping[str, float]) -> None:
        self.lines.append(f"{runs} runs on {workers} workers")

    def progressed(self, record: optbench.RunRecord | None, outlook: Any) -> None:
        self.recorded += record is not None


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    found = Cluster(tmp_path)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def notes() -> Notes:
    return Notes()


@pytest.fixture(scope="session")
def near(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The numbers of the runs on this machine, without a cluster."""
    with pytest.MonkeyPatch.context() as patch:
        return numbers(records(_runner(tmp_path_factory.mktemp("near"), patch, Notes())().folder))


@pytest.fixture
def run(
    tmp_path: Path, near: dict[str, Any], monkeypatch: pytest.MonkeyPatch, notes: Notes
) -> Callable[..., optbench.Finished]:
    """Carry out the same runs with other options."""
    return _runner(tmp_path, monkeypatch, notes)


def _runner(folder: Path, patch: pytest.MonkeyPatch, notes: Notes) -> Callable[..., optbench.Finished]:
    """Return what carries out eight runs of 100 steps with the plugin above, and draws no figures."""
    patch.chdir(folder)
    patch.delitem(sys.modules, "slow", raising=False)
    Path("small.toml").write_text(SUITE)
    Path("slow.py").write_text(PLUGIN)

    def call(**options: Any) -> optbench.Finished:
        given = {"plugins": ["slow.py"], "devices": ["cpu"], "profile": "smoke", "report_seeds": 8}
        return optbench.run("small.toml", notes, **given | options)

    return call


def records(folder: Path) -> dict[str, optbench.RunRecord]:
    return {
        path.stem: optbench.RunRecord.model_validate_json(path.read_bytes()) for path in folder.glob("runs/*/*/*.json")
    }


def numbers(found: dict[str, optbench.RunRecord]) -> dict[str, Any]:
    """All of some records that is the same wherever a run is carried out."""
    clocks = {name for name in optbench.Evaluation.model_fields if name.endswith("_seconds")}
    return {
        run_id: record.model_dump(
            include={"spec", "status", "evaluations", "final"}, exclude={"evaluations": {"__all__": clocks}}
        )
        for run_id, record in found.items()
    }


def until(condition: Callable[[], Any], seconds: float = 200.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
