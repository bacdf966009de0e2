from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from optbench.cli.main import optbench as command
from optbench.registry.discovery import load_registry
from optbench.suite.load import parse_suite

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
    done = CliRunner().invoke(command, [*line.split(), "--dry-run", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output


def test_its_suite_file_is_one() -> None:
    (tasks,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    suite = parse_suite(tomllib.loads(tasks + '\n[[optimizers]]\nname = "adam"') | {"name": "mine"}, load_registry())
    assert [task.name for task in suite.tasks] == ["sk.hastie-mlp", "hastie-wide"]


def test_every_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert "://" in target or (ROOT / target).exists(), target
