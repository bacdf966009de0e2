"""The committed table is what the generator makes of the installed package, as far as it need not be measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from optbench_pytorch_optimizer import declared, generate, plugin
from optbench_pytorch_optimizer.conformance import page
from optbench_pytorch_optimizer.limits import Cause, explained, known_causes

ROOT = Path(__file__).parents[1]
MEASURED = ("weight_decay_mode", "limits")


@pytest.fixture(scope="module")
def table() -> list[dict[str, Any]]:
    return json.loads(plugin.TABLE.read_text(encoding="utf-8"))


def without_measurements(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in MEASURED}


def test_the_table_says_what_the_installed_package_says(table):
    entries = generate.catalogue()
    declarations = [generate.declaration(name, entries[name]) for name in generate.listed(entries)]
    made = json.loads(json.dumps([without_measurements(row) for row in declarations]))
    assert [without_measurements(row) for row in table] == sorted(made, key=lambda row: row["name"])


def test_the_file_is_written_as_the_generator_writes_it(table):
    assert plugin.TABLE.read_text(encoding="utf-8") == generate.as_text(table)
    assert (ROOT / "CONFORMANCE.md").read_text(encoding="utf-8") == page(table)


def test_whatever_is_not_listed_has_its_reason_in_the_readme(table):
    entries = generate.catalogue()
    listed = {row["name"].removeprefix("po.") for row in table}
    missing = set(declared.optimizers()) - listed
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert missing == {name for name, entry in entries.items() if "cannot_run" in entry}
    for name in missing:
        assert f"| `{declared.optimizers()[name].__name__}` | {entries[name]['cannot_run']} |" in readme


def test_the_readme_counts_right(table):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    referenced = sum(bool(row["reference"]) for row in table)
    assert f"{len(table)} optimizers" in readme
    assert f"{referenced} of the {len(table)} optimizers" in readme


def test_every_row_describes_itself_in_one_line(table):
    for row in table:
        assert row["description"].endswith(".")
        assert "\n" not in row["description"] + row["reference"]


def test_a_name_that_the_catalogue_lacks_stops_the_generator():
    entries = generate.catalogue()
    del entries["lion"]
    with pytest.raises(SystemExit, match="lion"):
        generate.listed(entries)


def test_every_cause_is_in_use(table):
    in_use = {(check, because) for row in table for check, because in row.get("limits", {}).items()}
    assert {(check, cause.because) for cause in known_causes() for check in cause.checks} == in_use


def test_a_failure_is_explained_by_the_first_cause_that_fits_and_puzzles_otherwise():
    causes = [Cause(["float64"], "by name", optimizers=["po.a"]), Cause(["float64"], "by words", seen="^TypeError")]
    assert explained("po.a", {"float64": "TypeError: x"}, causes) == ({"float64": "by name"}, [])
    assert explained("po.b", {"float64": "TypeError: x"}, causes) == ({"float64": "by words"}, [])
    assert explained("po.b", {"float64": "a TypeError"}, causes) == ({}, ["po.b: float64: a TypeError"])
