"""A suite with two of the optimizers, from one end to the other."""

from __future__ import annotations

import json
from pathlib import Path

import optbench

TINY = """
name = "tiny"
[protocol]
name = "defaults"
report_seeds = [1000]
[[tasks]]
name = "tiny-digits"
task = "digits-cnn"
steps = 12
evaluations = 3
schedule = "warmup-cosine"
[[optimizers]]
name = "hb.soap"
[[optimizers]]
name = "hb.psgd-kron-hvp"
"""


def test_a_suite_runs_and_the_records_say_that_nothing_was_compiled(tmp_path: Path) -> None:
    suite = tmp_path / "tiny.toml"
    suite.write_text(TINY, encoding="utf-8")
    finished = optbench.run(suite, results=tmp_path / "results", jobs=1)
    records = [json.loads(file.read_text(encoding="utf-8")) for file in finished.folder.glob("runs/**/*.json")]
    assert {record["spec"]["optimizer"]: record["status"] for record in records} == {
        "hb.soap": "completed",
        "hb.psgd-kron-hvp": "completed",
    }
    assert all(record["spec"]["hyperparameters"]["compile"] is False for record in records)
