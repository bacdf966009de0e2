"""docs/learning-rates.md: its example is carried out, and its tables are those of the code."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import optbench
from optbench.builtin.models.mlp import MLP
from optbench.builtin.schedules import SCHEDULES
from optbench.suite.schema import SuiteFile
from optbench.training.parameters import lr_factors

PAGE = Path(optbench.__file__).parent.parent / "docs" / "learning-rates.md"
if not PAGE.is_file():
    pytest.skip("needs a checkout", allow_module_level=True)
TEXT = PAGE.read_text(encoding="utf-8")
FILES = dict(re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name, code in FILES.items():
        (tmp_path / name).write_text(code, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("mup", None)


def test_every_schedule_is_in_the_table() -> None:
    assert re.findall(r"^\| `([\w-]+)` \|", TEXT, re.MULTILINE) == [schedule.name for schedule in SCHEDULES]


@pytest.mark.parametrize("width", [64, 256])
def test_the_rates_of_all_matrices_but_the_first_fall_with_their_fan_in(width: int) -> None:
    factors = lr_factors("mup:factors", MLP((64,), 10, hidden=[width, width]))
    assert factors == {"hidden.2.weight": 64 / width, "output.weight": 64 / width}


def test_the_suite_runs_and_only_width_tells_its_entries_apart(no_figures: None) -> None:
    """At a width of 64 all factors are 1: the same losses, bit for bit."""
    raw = tomllib.loads(FILES["widths.toml"])
    raw["protocol"] = {"name": "defaults", "report_seeds": [1000]}
    raw["tasks"] = [task | {"steps": 12} for task in raw["tasks"] if task["name"] != "width-1024"]
    finished = optbench.run(SuiteFile.model_validate(raw), devices=["cpu"], jobs=1)
    ends = optbench.load_results(finished.folder).drop_duplicates("run_id")
    losses = {(row["task"], row["optimizer"]): row["final_train_loss"] for row in ends.to_dict("records")}
    assert not finished.broken
    assert losses["width-64", "adam"] == losses["width-64", "adam-mup"]
    assert losses["width-256", "adam"] < losses["width-256", "adam-mup"]
