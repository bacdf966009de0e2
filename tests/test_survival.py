"""What a campaign survives: kills at any moment, a full disk, a folder that goes away. All with real processes."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.test_cli import start
from tests.support.platforms import posix_only
from tests.test_session import without_clocks

KILLS = 40
CALM = "everything recorded before is kept"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with 600 KiB, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("a disk can be mounted by the superuser of a Linux system only")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def finished(suite: Path, results: Path) -> pd.DataFrame:
    """Carry the campaign out, or on, and return what it has recorded."""
    process = start(suite, results)
    _, errors = process.communicate(timeout=250)
    assert process.returncode == 0, errors
    return without_clocks(results / "tiny-smoke")


@posix_only
@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_campaign_goes_on_when_there_is_space(
    tiny: Path, small_disk: Path, tmp_path: Path
) -> None:
    whole = finished(tiny, tmp_path / "whole")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(550 * 1024))
    full = start(tiny, small_disk / "results")
    _, errors = full.communicate(timeout=250)
    assert full.returncode == 2
    assert errors.splitlines()[-1].endswith(f"No space left on device; {CALM}")
    assert "Traceback" not in errors
    assert list(small_disk.rglob("*.part")) == []
    ballast.unlink()
    process = start(tiny, small_disk / "results")
    process.communicate(timeout=250)  # 600 KiB are too few for its report
    pd.testing.assert_frame_equal(without_clocks(small_disk / "results" / "tiny-smoke"), whole)


@posix_only
@pytest.mark.slow
def test_a_folder_that_is_removed_under_way_is_made_again_or_named(tiny: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    process = start(tiny, results)
    while not list(results.glob("tiny-smoke/runs/*/*/*.json")):
        assert process.poll() is None
        time.sleep(0.002)
    shutil.rmtree(results, ignore_errors=True)
    _, errors = process.communicate(timeout=250)
    assert "Traceback" not in errors
    assert process.returncode == 0 or errors.splitlines()[-1].startswith("optbench: ")
    pd.testing.assert_frame_equal(finished(tiny, results), finished(tiny, tmp_path / "whole"))


@posix_only
@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_forty_kills_at_random_moments_leave_the_tables_as_they_are(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as temporary:
        monkeypatch.setenv("TMPDIR", temporary)
        begun = time.monotonic()
        whole = finished(tiny, tmp_path / "whole")
        longest = time.monotonic() - begun
        draw, killed, results = random.Random(0), 0, tmp_path / "killed"
        for number in range(KILLS):
            process = start(tiny, results)
            try:
                process.communicate(timeout=draw.uniform(0.1, longest))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=60)
                killed += 1
            if number % 8 == 7:  # it is finished by now, or will never be: begin again
                pd.testing.assert_frame_equal(finished(tiny, results), whole)
                assert [path.name for path in results.rglob(".*")] == []
                shutil.rmtree(results)
        assert killed > KILLS / 3
        assert [path.name for path in Path(temporary).iterdir() if path.name.startswith("optbench-")] == []
