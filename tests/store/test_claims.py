"""Claims: one coordinator for each cell, whoever comes, dies or is slow."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from optbench.errors import ResultsError
from optbench.store import claims
from optbench.store.claims import Claims
from optbench.store.orphans import mark
from tests.support.platforms import posix_only

ELSEWHERE = "0123456789-77-77-abcdefgh"
"""A coordinator of another machine."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "task" / "sgd" / ".cpu"


def opened(root: Path) -> Claims:
    found = Claims(root)
    found.open()
    return found


def of_another(root: Path, place: Path, name: str, age: float = 0.0) -> Path:
    """Claim a cell for a coordinator whose last heartbeat was so many seconds ago."""
    for path, content in ((root / "coordinators" / name, ""), (place.with_name(f"{place.name}.0.claim"), name)):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    return root / "coordinators" / name


def dead_process() -> str:
    """The mark of a process of this machine that has ended."""
    program = "from optbench.store.orphans import mark; print(mark())"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_a_cell_is_claimed_by_one_and_stays_its_own(tmp_path: Path, place: Path) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    assert one.take(place)
    assert not other.take(place)
    assert one.take(place) and one.holds(place) and not other.holds(place)
    assert other.take(place.with_name(".cpu-1"))


def test_of_many_at_once_exactly_one_has_each_cell(tmp_path: Path, place: Path) -> None:
    places = [place.with_name(f".cpu-{i}") for i in range(40)]
    for i, target in enumerate(places):
        if i % 2:
            of_another(tmp_path, target, ELSEWHERE, age=2 * claims.STALE)
    everyone = [opened(tmp_path) for _ in range(8)]
    start = threading.Barrier(len(everyone))

    def take_all(mine: Claims) -> None:
        start.wait()
        for target in places:
            mine.take(target)

    threads = [threading.Thread(target=take_all, args=(mine,)) for mine in everyone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [sum(mine.holds(target) for mine in everyone) for target in places] == [1] * len(places)


def test_what_is_given_up_unfinished_can_be_claimed_and_what_is_finished_leaves_nothing(
    tmp_path: Path, place: Path
) -> None:
    one, other = opened(tmp_path), opened(tmp_path)
    assert one.take(place)
    one.close()
    assert other.take(place)
    other.close([place])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert not (tmp_path / "coordinators").exists()


def test_a_claim_of_another_machine_is_taken_over_once_its_heart_has_stopped(tmp_path: Path, place: Path) -> None:
    beating = of_another(tmp_path, place, ELSEWHERE, age=claims.STALE - 60)
    mine = opened(tmp_path)
    assert not mine.take(place)
    os.utime(beating, (0, beating.stat().st_mtime - 120))
    assert mine.take(place)


def test_a_claim_of_a_coordinator_without_a_heartbeat_is_free(tmp_path: Path, place: Path) -> None:
    of_another(tmp_path, place, ELSEWHERE).unlink()
    assert opened(tmp_path).take(place)


def test_a_claim_whose_writer_was_killed_at_once_is_free_in_the_end(tmp_path: Path, place: Path) -> None:
    claim = place.with_name(".cpu.0.claim")
    claim.parent.mkdir(parents=True)
    claim.touch()
    mine = opened(tmp_path)
    assert not mine.take(place)
    os.utime(claim, (0, claim.stat().st_mtime - 2 * claims.STALE))
    assert mine.take(place)


@posix_only
def test_a_claim_of_a_process_of_this_machine_is_free_the_moment_that_it_has_ended(tmp_path: Path, place: Path) -> None:
    left = of_another(tmp_path, place, f"{dead_process()}-abcdefgh")
    alive = of_another(tmp_path, place.with_name(".mps"), f"{mark(os.getppid())}-abcdefgh", age=9 * claims.STALE)
    reused = f"{mark(os.getppid()).rpartition('-')[0]}-12345-abcdefgh"  # another process with that number before
    of_another(tmp_path, place.with_name(".cuda"), reused)
    mine = opened(tmp_path)
    assert mine.take(place)
    assert mine.take(place.with_name(".cuda"))
    assert not mine.take(place.with_name(".mps"))
    assert alive.exists()
    assert not left.exists()


def test_a_heartbeat_is_a_file_that_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = opened(tmp_path)
    (beating,) = (tmp_path / "coordinators").iterdir()
    os.utime(beating, (0, 0))
    mine.beat()
    assert beating.stat().st_mtime == 0, "it was just opened"
    monkeypatch.setattr(claims, "HEARTBEAT", -1.0)
    mine.beat()
    assert beating.stat().st_mtime > 0


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultsError, match="cannot be written"):
        Claims(tmp_path / "file").open()
