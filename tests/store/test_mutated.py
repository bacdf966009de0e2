"""Records that are not what they were: whatever is in one, a folder can be read, and what cannot be used is named."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from optbench.analysis.analysis import analyse
from optbench.errors import ResultsError
from optbench.reporting.page.page import page
from optbench.reporting.report import build
from optbench.reporting.text import summary
from optbench.runs.spec import RunSpec
from optbench.store.load import read_results
from optbench.store.merge import merge
from optbench.store.store import Store
from optbench.store.verify import verify
from tests.support.folders import make_folder
from tests.support.mutations import mutated


def renamed(path: Path) -> Path:
    """Give a record the name that its mutated spec has, as one who forges records would, where it has one."""
    try:
        content = json.loads(path.read_bytes())
        content["run_id"] = RunSpec.model_validate(content["spec"]).run_id
    except (ValueError, TypeError, KeyError):
        return path
    path.unlink()
    path = path.with_name(f"{content['run_id']}.json")
    path.write_text(json.dumps(content))
    return path


def try_mutations(folder: Path, number: int, seed: int) -> int:
    """Mutate records of a folder, several at a time, read and report it; return how many are unreadable."""
    store, rng, left, unreadable = make_folder(folder / "s", timed=True), random.Random(seed), number, 0
    good = {path: path.read_text() for path in [*store.paths(), *store.timings.glob("*/*.json")]}
    while left > 0:
        chosen = rng.sample(sorted(good), min(left, 8))
        left -= len(chosen)
        written = []
        for path in chosen:
            path.write_text(mutated(good[path], rng))
            written.append(renamed(path) if rng.random() < 0.3 else path)
        unreadable += _read(store, good.keys() - {*chosen}, report=rng.random() < 0.25)
        for path in written:
            path.unlink(missing_ok=True)
        for path in chosen:
            path.write_text(good[path])
    return unreadable


def _read(store: Store, untouched: set[Path], report: bool) -> int:
    unreadable: list[Path] = []
    records = store.records(lambda path, reason: unreadable.append(path))
    assert {path.stem for path in untouched if path.parent.parent.parent == store.runs} <= records.keys()
    try:
        results = read_results([store.root])
    except ResultsError:  # nothing that the suite asks for is left
        return len(unreadable)
    assert bool(unreadable) == any("unreadable" in note for note in results.sources[0].notes)
    if report:
        assert verify(store.root).findings
        analysis = analyse(results)
        page(build(analysis), ("svg",))
        summary(analysis)
    return len(unreadable)


@pytest.fixture(autouse=True)
def _no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optbench.reporting.report.drawings", lambda analysis: defaultdict(tuple))


def test_a_folder_with_mutated_records_is_read_and_reported(tmp_path: Path) -> None:
    assert try_mutations(tmp_path, 100, seed=0) > 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_folder_with_ten_thousand_mutated_records_is_read_and_reported(tmp_path: Path) -> None:
    assert try_mutations(tmp_path, 10_000, seed=1) > 2_000


def try_suites(folder: Path, number: int, seed: int) -> int:
    """Mutate the suite of a folder, and read and report it where it still is one; return how many are refused."""
    store, rng, refused = make_folder(folder / "s"), random.Random(seed), 0
    good = store.manifest.read_text()
    for _ in range(number):
        store.manifest.write_text(mutated(good, rng))
        try:
            results = read_results([store.root])
        except ResultsError:
            refused += 1
        else:
            page(build(analyse(results)), ("svg",))
    return refused


def test_a_mutated_suite_is_refused_in_one_line_or_reported(tmp_path: Path) -> None:
    assert try_suites(tmp_path, 40, seed=0) > 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_suites_are_refused_in_one_line_or_reported(tmp_path: Path) -> None:
    assert try_suites(tmp_path, 10_000, seed=1) > 5_000


def try_merges(folder: Path, number: int, seed: int) -> int:
    """Merge a folder with mutated files into another one; return how many of its records or itself are refused.

    Whatever a stranger's folder holds, what was recorded before is as it was, and nothing is written elsewhere.
    """
    source, target = make_folder(folder / "theirs", timed=True), make_folder(folder / "ours", timed=True)
    files = [source.manifest, *source.paths(), *source.timings.glob("*/*.json")]
    theirs, rng, refused = {path: path.read_text() for path in files}, random.Random(seed), 0
    ours = {path: path.read_bytes() for path in target.root.rglob("*.json")}
    for _ in range(number):
        path = rng.choice(files) if rng.random() < 0.8 else source.manifest
        path.write_text(mutated(theirs[path], rng))
        changed = renamed(path) if path.parent.parent.parent == source.runs and rng.random() < 0.3 else path
        try:
            refused += bool(merge([source.root], target.root).unreadable)
        except ResultsError as error:
            assert "\n" not in str(error)
            refused += 1
        changed.unlink(missing_ok=True)
        path.write_text(theirs[path])
        assert {place.name for place in folder.iterdir()} == {"theirs", "ours"}
        for place in {*target.root.rglob("*.json")} - ours.keys():
            assert target.record(place, lambda path, reason: pytest.fail(reason)), place  # of another run
            place.unlink()
        manifest = ours[target.manifest]
        if target.manifest.read_bytes() != manifest:  # another setting that changes no run
            target.suite()
            target.manifest.write_bytes(manifest)
        assert {place: place.read_bytes() for place in ours} == ours
    return refused


def test_a_mutated_folder_is_merged_without_loss(tmp_path: Path) -> None:
    assert try_merges(tmp_path, 100, seed=0) > 20


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_ten_thousand_mutated_folders_are_merged_without_loss(tmp_path: Path) -> None:
    assert try_merges(tmp_path, 10_000, seed=1) > 2_000


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("environment", "plugins"), 3, "environment: plugins: Input should be a valid dictionary"),
        (("environment", "libraries"), ["x"], "environment: libraries: Input should be a valid dictionary"),
        (("environment", "machine"), ["a", "b"], "environment: machine: Input should be a valid string"),
        (("environment", "torch"), {}, "environment: torch: Input should be a valid string"),
        (("spec", "optimizer"), ["sgd"], "spec.optimizer: Input should be a valid string"),
        (("spec", "optimizer"), "../sgd", "spec.optimizer: String should match pattern"),
        (("spec", "hyperparameters", "lr"), "fast", "spec.hyperparameters: lr must be a finite number, not 'fast'"),
        (("evaluations", 1, "step"), -1, "evaluations[1].step: Input should be greater than or equal to 0"),
        (("costs", "train_seconds"), "NaN", "costs.train_seconds: Input should be a finite number"),
        (("spec", "task", "measures"), [], "does not say what its task's metrics declare"),
        (("costs", "samples"), 10**30, "costs.samples: Input should be less than or equal to"),
    ],
)
def test_a_record_that_cannot_be_used_is_left_out_and_its_reason_names_the_place(
    tmp_path: Path, place: tuple[Any, ...], value: Any, reason: str
) -> None:
    store = make_folder(tmp_path / "s")
    path = store.paths()[0]
    content = json.loads(path.read_bytes())
    container = content
    for part in place[:-1]:
        container = container[part]
    container[place[-1]] = value
    path.write_text(json.dumps(content))
    reasons: list[str] = []
    assert path.stem not in store.records(lambda path, reason: reasons.append(reason))
    assert len(reasons) == 1 and reasons[0].startswith(reason), reasons
    (source,) = read_results([store.root]).sources
    assert f"1 unreadable record is left out: {path.name}" in source.notes


@pytest.mark.parametrize("value", [0.0, -1.0, 1e-300, 1e300])
def test_a_timing_that_no_clock_could_have_measured_is_left_out(tmp_path: Path, value: float) -> None:
    """Ratios of two would be no numbers."""
    store = make_folder(tmp_path / "s", timed=True)
    (path,) = store.timings.glob("*/*.json")
    content = json.loads(path.read_bytes())
    content["optimizers"][0]["step_seconds"][1] = value
    path.write_text(json.dumps(content))
    reasons: list[str] = []
    assert store.read_timings(lambda path, reason: reasons.append(reason)) == []
    (reason,) = reasons
    assert reason.startswith("optimizers[0].step_seconds[1]: Input should be ")


def test_a_timing_without_updates_is_left_out(tmp_path: Path) -> None:
    store = make_folder(tmp_path / "s", timed=True)
    (path,) = store.timings.glob("*/*.json")
    content = json.loads(path.read_bytes())
    content["optimizers"][0]["update_seconds"] = []
    path.write_text(json.dumps(content))
    reasons: list[str] = []
    assert store.read_timings(lambda path, reason: reasons.append(reason)) == []
    assert reasons == ["optimizers[0]: must have as many update_seconds as step_seconds, one for each round"]


def test_a_file_beyond_the_bound_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make_folder(tmp_path / "s")
    monkeypatch.setattr("optbench.store.store.LARGEST_FILE", 1000)
    reasons: list[str] = []
    assert store.records(lambda path, reason: reasons.append(reason)) == {}
    assert {*reasons} == {"is larger than 0 MB"}
