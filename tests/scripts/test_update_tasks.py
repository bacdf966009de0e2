"""`python -m scripts.update_tasks`: every built-in task has a section, with results where a folder has some."""

from __future__ import annotations

from pathlib import Path

from optbench.builtin.models import MODELS
from optbench.builtin.tasks import TASKS
from scripts.update_tasks import page, update_tasks
from tests.scripts.conftest import Run


def test_without_results_each_task_and_each_model_is_described() -> None:
    text = page([])
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [task.name for task in TASKS] + [
        "Models"
    ]
    assert all(f"| `{model.name}` | {model.description} |" in text for model in MODELS)
    assert "| optimizer |" not in text


def test_a_folder_gives_the_tasks_that_it_holds_a_table(results: Path) -> None:
    before, after = page([]), page([results])
    (table,) = (part for part in after.split("\n## ") if "`optbench run suites/small`, 20 steps, 2" in part)
    assert table.startswith("linear-regression\n")
    assert {line.split(" | ")[0] for line in table.splitlines() if " of 3 | " in line} == {"| momentum", "| adam"}
    assert [part for part in after.split("\n## ") if part != table] == [
        part for part in before.split("\n## ") if not part.startswith("linear-regression\n")
    ]


def test_the_last_folder_that_has_a_task_is_shown(results: Path) -> None:
    assert page([results, results]) == page([results])


def test_a_folder_that_holds_no_results_is_one_line_and_exit_code_2(tmp_path: Path, script: Run) -> None:
    assert script(update_tasks, tmp_path) == (
        2,
        [],
        [f"update-tasks: {str(tmp_path)!r} is no results folder: it has no suite.json"],
    )
