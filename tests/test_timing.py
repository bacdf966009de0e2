"""`optbench time`: from a suite to times in its results folder, whatever its optimizers do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import optbench
from optbench.cli.main import main
from optbench.errors import UnknownName
from optbench.options import parse_options
from optbench.runs.timing import Timing
from optbench.store.load import read_results
from optbench.store.store import Store
from optbench.timing import time_suite
from tests.conftest import FAULTY
from tests.support.platforms import posix_only
from tests.test_session import Observer


@pytest.fixture
def timed(tiny: Path, tmp_path: Path) -> Callable[..., tuple[list[Timing], Store, Observer]]:
    """What timing the tiny suite gives, and where it is kept."""

    def time_it(rounds: int = 2, reference: str = "sgd", **options: Any) -> tuple[list[Timing], Store, Observer]:
        observer = Observer()
        given = parse_options({"results": tmp_path / "results", "devices": ["cpu"], **options})
        found = [timing for timing, _ in time_suite(tiny, given, observer, rounds, reference)]
        return found, Store(tmp_path / "results" / "tiny"), observer

    return time_it


def names(timing: Timing) -> list[str]:
    return [found.spec.optimizer for found in timing.optimizers]


def test_a_suite_that_never_ran_is_timed_with_its_reference_and_each_call_is_kept(
    timed: Callable[..., tuple[list[Timing], Store, Observer]],
) -> None:
    (first,), store, observer = timed()
    assert names(first) == ["momentum", "adam", "sgd"]
    assert all(len(found.step_seconds) == 2 for found in first.optimizers)
    assert observer.notes == ["tiny-regression on cpu: 3 optimizers, 2 rounds"]
    assert not store.manifest.exists() and not store.runs.exists()
    assert store.read_timings(lambda path, reason: pytest.fail(reason)) == [first]
    (damaged,) = store.timings.glob("*/*.json")
    damaged.write_text("{}")
    unreadable: list[Path] = []
    assert store.read_timings(lambda path, reason: unreadable.append(path)) == []
    assert unreadable == [damaged]


def test_a_narrowed_call_brings_its_reference_and_an_unknown_one_is_refused(
    timed: Callable[..., tuple[list[Timing], Store, Observer]],
) -> None:
    (found,), _, _ = timed(optimizers=["adam"], reference="momentum", rounds=1)
    assert names(found) == ["adam", "momentum"]
    with pytest.raises(UnknownName, match="unknown optimizer 'sgdd'; did you mean 'sgd'"):
        timed(reference="sgdd")


def test_a_report_takes_its_times_from_there_and_says_what_it_could_not_read(
    timed: Callable[..., tuple[list[Timing], Store, Observer]], tiny: Path, tmp_path: Path, no_figures: None
) -> None:
    _, store, _ = timed(optimizers=["adam"], rounds=1)
    optbench.run(tiny, results=tmp_path / "results", devices=["cpu"], optimizers=["adam"])
    (store.timings / "tiny-regression" / "damaged.json").write_text("{}")
    (source,) = read_results([store.root]).sources
    assert [names(timing) for timing in source.timings] == [["adam", "sgd"]]
    assert [note for note in source.notes if note.startswith("timing damaged.json is left out: ")]
    costs = pd.read_csv(store.root / "report" / "tables" / "costs.csv")
    (row,) = costs.to_dict("records")
    assert (row["optimizer"], row["n"], row["timed_reference"], row["timed_rounds"]) == ("adam", 2, "sgd", 1)
    assert row["timed_update_seconds"] < row["timed_step_seconds"]
    assert 0 < row["update_seconds"] < row["train_seconds"]
    assert row["state_per_parameter"] == 8
    assert row["peak_resident_bytes"] > row["resident_growth_bytes"] >= 0


@posix_only
def test_an_optimizer_that_kills_its_process_leaves_the_others_their_times(
    timed: Callable[..., tuple[list[Timing], Store, Observer]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("optbench.plan.EntryTrials.mistakes", lambda trials: ())
    (found,), _, _ = timed(optimizers=["adam", "segfaults"], plugins=[FAULTY], rounds=1)
    times = {each.spec.optimizer: each for each in found.optimizers}
    assert times["segfaults"].reason == "its process was killed by SIGSEGV"
    assert len(times["adam"].step_seconds) == len(times["sgd"].step_seconds) == 1


def test_the_command_prints_a_table_or_json(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for extra in ([], ["--json"]):
        with pytest.raises(SystemExit) as ended:
            main(["time", str(tiny), "--device", "cpu", "--rounds", "1", *extra])
        assert ended.value.code == 0
        out, err = capfd.readouterr()
        if extra:
            assert [timing["task"] for timing in json.loads(out)] == ["tiny-regression"]
        else:
            assert out.startswith("tiny-regression on cpu\n") and "ratio to sgd" in out
        assert "kept in results/tiny/timings/tiny-regression/cpu-" in err
