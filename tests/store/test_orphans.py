"""What killed processes leave behind: nothing that lasts, and no remark about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from optbench.execution.scratch import scratch_folder
from optbench.store.orphans import mark
from optbench.store.store import Store
from optbench.suite.protocols.defaults import Defaults
from optbench.suite.suite import Suite
from tests.support.platforms import posix_only

SHARES = """
import multiprocessing
import optbench
import torch

kept = []

def build(model, *, total_steps, lr):
    kept.append(multiprocessing.get_context("spawn").Lock())
    return torch.optim.SGD(model.parameters(), lr=lr)

@optbench.hookimpl
def optbench_optimizers():
    yield optbench.Optimizer(name="shares", build=build, lr_ref=0.001)
"""
SUITE = """
name = "short"
tasks = [{ name = "short", task = "linear-regression", steps = 8, evaluations = 3 }]
optimizers = ["shares"]
protocol = { name = "defaults", report_seeds = [1000] }
"""


def killed(program: str, *arguments: object) -> str:
    """Run a program that kills itself, and return what it printed."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    return done.stdout.strip()


@posix_only
def test_a_campaign_leaves_no_remark_on_what_killed_workers_shared_and_no_folder(tmp_path: Path) -> None:
    """As a progress bar of a library does, which makes a semaphore: workers are always ended by killing them."""
    (tmp_path / "shares.py").write_text(SHARES)
    (tmp_path / "short.toml").write_text(SUITE)
    (tmp_path / "temporary").mkdir()
    arguments = ["run", "short.toml", "--plugin", "shares.py", "--device", "cpu", "--profile", "smoke"]
    done = subprocess.run(
        [sys.executable, "-m", "optbench", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary"), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("optbench: ")] == []
    left = [path.name for path in (tmp_path / "temporary").iterdir()]
    assert [name for name in left if not name.startswith("torchinductor_")] == []


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The system's temporary folder, empty, under a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield Path(folder)


@posix_only
def test_folders_of_killed_processes_are_removed_by_the_next_one_and_no_others(temporary: Path) -> None:
    program = (
        "import os, signal, sys, tempfile\n"
        "from optbench.execution.process import WorkerProcess\n"
        "from optbench.execution.scratch import scratch_folder\n"
        "tempfile.tempdir = sys.argv[1]\n"
        "WorkerProcess().call('os:getpid')\n"
        "folder = scratch_folder()\n"
        "(folder / 'journal').write_text('half a line')\n"
        "print(folder, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    left = Path(killed(program, temporary))
    assert (left / "journal").exists()
    _, host, number, start, _ = left.name.split("-")
    others = [
        f"optbench-{mark(os.getppid())}-x",
        left.name.replace(host, "0123456789"),
        f"optbench-{number}",
        f"optbench-of-mine-{number}-x",
    ]
    its_number_is_taken = f"optbench-{host}-{os.getppid()}-{start}-x"
    for name in (*others, its_number_is_taken):
        (temporary / name).mkdir()
    own = scratch_folder()
    assert {path.name for path in temporary.iterdir()} == {own.name, *others}


def test_a_folder_for_sockets_has_a_short_path_wherever_the_temporary_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = scratch_folder(longest=len(str(tmp_path)) - 1)
    assert folder.parent == Path("/tmp")
    folder.rmdir()
    assert scratch_folder(longest=len(str(tmp_path))).parent == scratch_folder().parent == tmp_path


@posix_only
def test_half_written_files_of_killed_processes_are_removed_when_the_folder_is_opened_and_no_others(
    tmp_path: Path,
) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from optbench.store.store import write\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
        "write(Path(sys.argv[1]), 'half a record')\n"
    )
    folder = tmp_path / "runs/task/optimizer"
    killed(program, folder / "1f2e3d4c.json")
    (left,) = folder.iterdir()
    assert left.name.startswith(".1f2e3d4c.json.")
    own = left.name.removeprefix(".1f2e3d4c.json.").removesuffix(".part")
    host, number, start = own.split("-")
    others = [
        f".1f2e3d4c.json.{mark()}.part",
        f".1f2e3d4c.json.0123456789-{number}-{start}.part",
        f".1f2e3d4c.json.{number}.part",
        f"1f2e3d4c.json.{own}.part",
    ]
    (folder / f".1f2e3d4c.json.{host}-{os.getppid()}-{start}.part").touch()
    for name in others:
        (folder / name).touch()
    Store(tmp_path).open(Suite(name="s", profile="default", protocol=Defaults(), tasks=(), optimizers=()), extend=False)
    assert {path.name for path in folder.iterdir()} == set(others)


@posix_only
def test_interrupts_reach_the_processes_that_tests_start() -> None:
    """A script that runs the tests in its background leaves SIGINT ignored, which processes would inherit."""
    program = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
