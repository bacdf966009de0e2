"""What all tests share: suites written to files, and where the fault-injecting plugins lie."""

from __future__ import annotations

import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from multiprocessing.process import BaseProcess
from pathlib import Path

os.environ["COLUMNS"] = "100"  # the width of a terminal, whatever that of the one is that tests run in
os.environ["OMP_NUM_THREADS"] = "1"  # before torch is imported: as many processes as there are cores are at work
os.environ["OPTBENCH_PLUGINS"] = ""  # what else is installed on this machine is no part of these tests

import hypothesis
import pytest

from optbench.execution import process
from optbench.registry.discovery import load_registry
from optbench.registry.registry import Registry

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a script runs the tests in its background
hypothesis.settings.register_profile(
    "optbench",
    deadline=None,  # no test asserts on seconds
    derandomize="CI" in os.environ,  # a gate gives the same answer twice; everywhere else new examples are drawn
)
hypothesis.settings.load_profile("optbench")

SUPPORT = Path(__file__).parent / "support"
FAULTY = SUPPORT / "faulty_plugin.py"

TINY = """
name = "tiny"
[protocol]
decades = 2
points_per_decade = 1
finalists = 2
tune_seeds = [0, 1]
report_seeds = [1000, 1001]
edge_extensions = 1
edge_points = 1
[[tasks]]
name = "tiny-regression"
task = "linear-regression"
steps = 20
evaluations = 3
[[optimizers]]
name = "momentum"
[[optimizers]]
name = "adam"
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--with-adapters", action="store_true", help="fail, not skip, where plugins/* are not installed")


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are cores: a third of their time tests wait for processes that start or end."""
    return 3 * (os.cpu_count() or 2) // 2


@pytest.fixture(scope="session", autouse=True)
def _workers_leave_what_coverage_measured() -> Iterator[None]:
    """Under `scripts/coverage` a worker is asked to end, which saves its measurements, before it is killed."""
    with pytest.MonkeyPatch.context() as patch:
        if "coverage" in sys.modules:
            kill = process._kill

            def ask_first(worker: BaseProcess) -> None:
                worker.terminate()
                worker.join(2)
                kill(worker)

            patch.setattr(process, "_kill", ask_first)
        yield


@pytest.fixture(scope="session")
def registry() -> Registry:
    return load_registry()


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "suite.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny(write_suite: Callable[[str], Path]) -> Path:
    return write_suite(TINY)


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without figures, which have tests of their own and take most of the time."""
    monkeypatch.setattr("optbench.reporting.report.drawings", lambda analysis: defaultdict(tuple))


def real_data() -> Path:
    """The folder with real data; the test skips where there is none, and fails where it was promised."""
    folder = os.environ.get("OPTBENCH_DATA")
    if not folder:
        pytest.skip("needs real data: set OPTBENCH_DATA to its folder")
    assert Path(folder).is_dir(), f"OPTBENCH_DATA={folder} is not a folder"
    return Path(folder)
