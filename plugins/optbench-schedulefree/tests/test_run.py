"""A suite that enters schedule-free methods as the README shows, from one end to the other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import optbench

README = Path(__file__).parents[1] / "README.md"
TINY = """
name = "tiny"
[protocol]
name = "defaults"
report_seeds = [1000]
[[tasks]]
name = "tiny-regression"
task = "linear-regression"
steps = 20
evaluations = 3
schedule = "warmup-cosine"
"""


def test_the_suite_of_the_readme_runs(tmp_path: Path) -> None:
    (entries,) = re.findall(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    suite = tmp_path / "tiny.toml"
    suite.write_text(TINY + entries, encoding="utf-8")
    finished = optbench.run(suite, results=tmp_path / "results", jobs=1)
    records = [json.loads(file.read_text(encoding="utf-8")) for file in finished.folder.glob("runs/**/*.json")]
    assert {record["status"] for record in records} == {"completed"}
    schedules = {record["spec"]["optimizer"]: record["spec"]["schedule"] for record in records}
    assert schedules.pop("adamw") == "warmup-cosine"
    assert schedules == dict.fromkeys(("sf-adamw", "sf-sgd", "sf.radam"), "constant")
