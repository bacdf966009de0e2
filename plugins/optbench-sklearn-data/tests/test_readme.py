from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

import optbench
import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^optbench (.*?) *(?:#.*)?$", README, re.MULTILINE)


def test_the_tables_are_those_of_the_components() -> None:
    """If not: `scripts/update-readme`."""
    assert runpy.run_path(str(ROOT / "scripts" / "update-readme"))["updated"](README) == README


def test_the_tables_have_a_row_for_each_component() -> None:
    assert len(re.findall(r"^\| `sk\.", README, re.MULTILINE)) == 9 + 10


@pytest.mark.parametrize("line", [line for line in COMMANDS if line.startswith("run") and "smoke" not in line])
def test_its_suites_can_be_planned(line: str, tmp_path: Path) -> None:
    arguments = [*line.split(), "--dry-run", "--results", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "optbench", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_its_suite_file_is_one(tmp_path: Path) -> None:
    (tasks,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "mine.toml").write_text(f'name = "mine"\noptimizers = ["adam"]\n{tasks}')
    suite = optbench.load_suite(tmp_path / "mine.toml")
    assert [task.name for task in suite.tasks] == ["sk.hastie-mlp", "hastie-wide"]


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
