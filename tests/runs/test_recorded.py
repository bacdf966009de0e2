"""Records made before, by the standard suite at commit 998f6b2: what they are called, and whether they still count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from optbench.components.task import Task
from optbench.data.checksum import files_checksum
from optbench.registry.registry import Registry
from optbench.runs.record import RunRecord
from optbench.store.stale_records import stale
from optbench.suite.load import load_suite_file
from optbench.suite.resolve import Imported, resolve_suite
from optbench.suite.suite import Suite

RECORDS: list[dict[str, Any]] = json.loads(Path(__file__).with_name("records_of_998f6b2.json").read_text())


def parsed(record: Mapping[str, Any]) -> RunRecord:
    return RunRecord.model_validate_json(json.dumps(record))


@pytest.fixture(scope="module")
def standard(registry: Registry) -> Suite:
    """The standard suite as it is now, on data that need not be here."""

    def checksum(task: Task) -> str:
        dataset = registry.datasets[task.dataset].component
        return files_checksum(dataset) if dataset.files else dataset.content

    file = load_suite_file("standard", registry)
    suite, mistakes = resolve_suite(
        file, registry, profile="default", devices=["cpu"], obtain=checksum, inspect=lambda name: Imported(None)
    )
    assert not mistakes
    return suite


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["run_id"])
def test_they_can_be_read_and_keep_their_names(record: dict[str, Any]) -> None:
    assert parsed(record).spec.run_id == record["run_id"]


def test_those_on_files_still_count_and_those_on_generated_data_are_named(standard: Suite) -> None:
    causes = stale(standard, map(parsed, RECORDS))
    found = {record["run_id"]: causes.get(record["run_id"], "") for record in RECORDS}
    expected = {
        "mnist-cnn": "",
        "shakespeare-transformer": "",
        "quadratic": "the content of data set 'quadratic' was not recorded",
        "linear-regression": "the content of data set 'diabetes' was not recorded",
    }
    assert found == {record["run_id"]: expected[record["spec"]["task"]["name"]] for record in RECORDS}
    assert {record["spec"]["task"]["name"] for record in RECORDS} == expected.keys()
