"""One campaign, many hands: shards and coordinators divide the work, and the results are those of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import optbench
from optbench.observers import LoggingObserver
from optbench.store.merge import merge
from optbench.store.verify import verify
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
