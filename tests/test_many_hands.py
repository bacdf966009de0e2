"""One campaign, many hands: shards and coordinators divide the work, and the results are those of one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import optbench
from optbench.observers import LoggingObserver
from optbench.store.merge import merge
from optbench.store.verify import verify
from tests.support.platforms import posix_only
from tests.test_session import without_clocks

QUICK = """
name = "quick"
[protocol]
decades = 2
points_per_decade = 1
finalists = 1
tune_seeds = [0]
report_seeds = [1000]
edge_extensions = 0
[[tasks]]
name = "a"
task = "linear-regression"
steps = 8
evaluations = 2
[[tasks]]
name = "b"
task = "linear-regression"
steps = 12
evaluations = 2
[[optimizers]]
name = "momentum"
[[optimizers]]
name = "adam"
"""


@pytest.fixture
def quick(tmp_path: Path, no_figures: None) -> Path:
    path = tmp_path / "quick.toml"
    path.write_text(QUICK)
    return path


def run(suite: Path, results: Path, shard: str | None = None) -> optbench.Finished:
    return optbench.run(suite, LoggingObserver(), results=results, devices=["cpu"], jobs=1, shard=shard)


def same(one: Path, other: Path) -> None:
    pd.testing.assert_frame_equal(without_clocks(one), without_clocks(other))


def test_shards_in_one_folder_and_shards_that_are_merged_are_the_same_campaign(quick: Path, tmp_path: Path) -> None:
    first = run(quick, tmp_path / "shared", "1/2")
    assert first.page is None
    assert repr(first).endswith(f"the shard that finishes last writes the report, or optbench report {first.folder}")
    assert not (first.folder / "report").exists()
    shutil.copytree(first.folder, tmp_path / "apart")
    last = run(quick, tmp_path / "shared", "2/2")
    assert last.page is not None and last.page.is_file()
    assert verify(last.folder).findings == ()
    second = run(quick, tmp_path / "other", "2/2")
    assert second.page is None
    assert second.statuses == last.statuses
    merge([tmp_path / "apart", second.folder], tmp_path / "whole")
    assert verify(tmp_path / "whole").findings == ()
    same(tmp_path / "whole", last.folder)


def test_a_shard_without_cells_is_done_at_once(quick: Path, tmp_path: Path) -> None:
    assert run(quick, tmp_path / "results", "9/9").statuses.total() == 0


TOLD = """
import os
import optbench

@optbench.hookimpl
def optbench_run_finished(record, done, total):
    with open(os.environ["TOLD"], "a") as file:
        file.write(f"{record.run_id} {os.getpid()}\\n")
"""


def start(suite: Path, results: Path, told: Path, *more: str) -> subprocess.Popen[str]:
    plugin = suite.with_name("told.py")
    plugin.write_text(TOLD)
    arguments = [
        "run",
        str(suite),
        "--device",
        "cpu",
        "--jobs",
        "1",
        "--results",
        str(results),
        "--plugin",
        str(plugin),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "optbench", *arguments, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TOLD": str(told)},
    )


def left_over(folder: Path) -> list[Path]:
    return [*folder.rglob("*.claim"), *folder.rglob(".*"), *folder.glob("coordinators")]


@posix_only
def test_two_coordinators_divide_the_work_and_one_goes_on_where_the_other_was_killed(
    quick: Path, tmp_path: Path
) -> None:
    alone = run(quick, tmp_path / "alone")
    quick.write_text(QUICK.replace("steps = 8\n", "steps = 200\n").replace("steps = 12\n", "steps = 300\n"))
    folder, told = tmp_path / "shared" / "quick", tmp_path / "told"
    killed, other = (start(quick, tmp_path / "shared", told) for _ in range(2))
    while len(list(folder.glob("runs/*/*/*.json"))) < 2:
        assert killed.poll() is None
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    _, errors = other.communicate(timeout=120)
    assert other.returncode == 0, errors
    assert verify(folder).findings == ()
    done = Counter(line.split()[0] for line in told.read_text().splitlines())
    assert set(done.values()) == {1}
    assert len(done) - alone.statuses.total() in (0, -1)  # one may have been killed between a record and its telling
    assert left_over(folder) == []


@posix_only
@pytest.mark.slow
def test_two_coordinators_and_four_shards_do_no_run_twice_and_miss_none(quick: Path, tmp_path: Path) -> None:
    folder, told = tmp_path / "shared" / "quick", tmp_path / "told"
    shards = [("--shard", f"{i}/4") for i in (1, 2, 3, 4)]
    processes = [start(quick, tmp_path / "shared", told, *more) for more in ((), (), *shards)]
    for process in processes:
        _, errors = process.communicate(timeout=240)
        assert process.returncode == 0, errors
    done = Counter(line.split()[0] for line in told.read_text().splitlines())
    assert set(done.values()) == {1}
    assert verify(folder).findings == ()
    alone = run(quick, tmp_path / "alone")
    assert len(done) == alone.statuses.total()
    same(folder, alone.folder)
    assert left_over(folder) == []
    assert (folder / "report" / "index.html").is_file()
