"""`optbench verify`: nothing of what is sound, and one line for each thing that is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from optbench.cli.main import optbench as command
from optbench.errors import ResultsError
from optbench.runs.plausible import impossible
from optbench.runs.spec import RunSpec
from optbench.store.store import Store
from optbench.store.verify import verify
from tests.runs.test_recorded import RECORDS, parsed
from tests.support.folders import SUITE, made_up_record, make_folder

Edit = Callable[[dict[str, Any]], object]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make_folder(tmp_path / "s", timed=True)


def edit(path: Path, change: Edit) -> None:
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))


def found(store: Store) -> list[str]:
    return [str(finding) for finding in verify(store.root).findings]


def a_report_run(store: Store, task: str = "digits") -> Path:
    return next(p for p in store.paths() if p.parent.parent.name == task and '"phase": "report"' in p.read_text())


def test_a_finished_folder_has_no_finding(store: Store) -> None:
    assert verify(store.root).records == len(store.paths()) > 10
    assert found(store) == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["run_id"])
def test_nothing_that_was_measured_is_impossible(record: dict[str, Any]) -> None:
    assert [*impossible(parsed(record))] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r["costs"].update(train_seconds=-1), "costs.train_seconds is -1 s"),
        (lambda r: r["evaluations"][1].update(data_seconds=-2), "evaluations[1].data_seconds is -2 s"),
        (lambda r: r["evaluations"][2].update(step=31), "evaluations[2].step is 31, of a task of 30 steps"),
        (lambda r: r["evaluations"][2].update(step=15), "evaluations[2].step is 15, after step 15"),
        (lambda r: r["evaluations"][2].update(samples=1), "evaluations[2].samples is 1, less than 960 before"),
        (lambda r: r["evaluations"].pop(0), "evaluations[0].step is 15: the first evaluation comes before"),
        (lambda r: r["final"].update(step=99), "final.step is 99, of a task of 30 steps"),
        (lambda r: r["costs"].update(resumed=[7, 99]), "costs.resumed[1] is 99, of a task of 30 steps"),
        (lambda r: r["costs"].update(steps=3), "status is completed, after 3 of 30 steps"),
        (lambda r: r.update(final=None), "status is completed, and there are no final values"),
        (lambda r: r.update(status="diverged", reason="x"), "status is diverged, and there are final values"),
        (lambda r: r.update(status="failed", final=None), "status is failed, without a reason"),
        (lambda r: r["final"].update(validation_metric=1.2), "final.validation_metric is 1.2: accuracy is a share"),
        (lambda r: r.update(started="yesterday"), "started is 'yesterday', which is no date and time in ISO 8601"),
    ],
)
def test_what_cannot_be_is_named_with_its_place(store: Store, change: Edit, words: str) -> None:
    path = a_report_run(store)
    edit(path, change)
    edited, *others = [line for line in found(store) if line.startswith(f"runs/digits/adam/{path.name}: ")]
    assert edited.endswith("was edited: its content is not what its checksum says")
    assert [line for line in others if words in line], others


def test_a_tuning_run_that_knows_the_test_set_is_impossible() -> None:
    record = made_up_record(next(SUITE.cells()).spec({"lr": 0.1}, 0, "tune"))
    assert record.final is not None
    seen = record.model_copy(update={"final": record.final.model_copy(update={"test_loss": 0.1})})
    assert [*impossible(record)] == []
    assert [*impossible(seen)] == ["final.test_loss or final.test_metric is there: no tuning run sees the test set"]


def test_a_better_number_written_by_hand_is_found(store: Store) -> None:
    path = a_report_run(store)
    edit(path, lambda record: record["final"].update(test_metric=0.99))
    assert found(store) == [f"runs/digits/adam/{path.name}: was edited: its content is not what its checksum says"]


def test_a_record_in_another_form_of_json_is_the_same_record(store: Store) -> None:
    path = a_report_run(store)
    path.write_text(json.dumps(dict(reversed(json.loads(path.read_bytes()).items()))))
    assert found(store) == []


def test_an_edited_description_no_longer_matches_its_name(store: Store) -> None:
    path = a_report_run(store)
    edit(path, lambda record: record["spec"].update(seed=5))
    spec = RunSpec.model_validate(json.loads(path.read_bytes())["spec"])
    words = f"was edited: what it describes is run {spec.run_id}, not {path.stem}"
    assert found(store)[0] == f"runs/digits/adam/{path.name}: {words}"
    assert found(store)[1:] == ["digits, adam, cpu: 1 run missing: optbench run has not finished"]


def test_a_record_of_another_schema_or_in_another_place_is_found(store: Store) -> None:
    first, second = store.paths()[:2]
    edit(first, lambda record: record.update(schema_version=7))
    moved = second.with_name("0123456789abcdef.json")
    second.rename(moved)
    lines = found(store)
    assert f"{first.relative_to(store.root)}: is of schema version 7, not 1" in lines
    assert f"{moved.relative_to(store.root)}: is not in its place, {second.relative_to(store.root)}" in lines


def test_damaged_files_of_each_kind_and_half_written_ones_are_found(store: Store) -> None:
    (timing,) = store.timings.glob("*/*.json")
    timing.write_text("{}")
    store.contours.mkdir()
    for path in (store.contours / "surface.json", store.runs / "surface/sgd/.x.json.part", store.paths()[0]):
        path.write_text("{")
    places = [line.partition(": ")[0].rpartition("/")[2] for line in found(store)]
    assert {timing.name, "surface.json", ".x.json.part", store.paths()[0].name} <= {*places}


def test_missing_runs_are_counted_by_cell_and_a_damaged_suite_is_a_finding(store: Store) -> None:
    for path in (store.runs / "surface" / "adam").iterdir():
        path.unlink()
    (line,) = found(store)
    assert line == "surface, adam, cpu: 5 runs missing: optbench run has not finished"
    store.manifest.write_text("{}")
    (line,) = found(store)
    assert line.startswith("suite.json: ")


def test_what_is_no_results_folder_is_the_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="is no results folder"):
        verify(tmp_path)


def test_the_command_exits_with_1_where_there_is_a_finding(store: Store) -> None:
    done = CliRunner().invoke(command, ["verify", str(store.root)], standalone_mode=False)
    assert (done.return_value, done.output) == (0, f"{len(store.paths())} records, 0 findings\n")
    path = a_report_run(store)
    edit(path, lambda record: record["costs"].update(train_seconds=-1))
    done = CliRunner().invoke(command, ["verify", str(store.root), "--json"], standalone_mode=False)
    content = json.loads(done.output)
    assert (done.return_value, content["records"]) == (1, len(store.paths()))
    assert {finding["place"] for finding in content["findings"]} == {str(path.relative_to(store.root))}
