"""What `optbench new` writes, installed for real: it is found, it conforms, its own tests pass, and it runs."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from optbench.scaffold.project import KINDS, Kind, Project
from optbench.scaffold.write import render, write
from tests.conftest import TINY
from tests.support.offline import offline_environment

pytestmark = pytest.mark.slow

Command = Callable[[str], "subprocess.CompletedProcess[str]"]


def write_cub(kind: Kind, folder: Path) -> Project:
    """Write the distribution optbench-lion-cub."""
    project = Project(kind, "lion-cub")
    write(render(project, 2026), folder)
    return project


@pytest.fixture
def install(tmp_path: Path) -> Callable[[Path], Command]:
    """Install a distribution into a folder of its own, and return how to run a command that sees it."""

    def installed(source: Path) -> Command:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation"]
        subprocess.run([*pip, "--target", str(tmp_path / "site"), str(source)], check=True)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
        environment = inherited | {
            "PYTHONPATH": str(tmp_path / "site"),
            "OPTBENCH_PLUGINS": "optbench-lion-cub",
            "OMP_NUM_THREADS": "1",
        }

        def run(command: str) -> subprocess.CompletedProcess[str]:
            words = [sys.executable, "-m", *shlex.split(command)]
            return subprocess.run(words, cwd=source, env=environment, capture_output=True, text=True)

        return run

    return installed


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_listed_with_its_origin_and_conforms_to_its_own_tests(
    kind: Kind, install: Callable[[Path], Command], tmp_path: Path
) -> None:
    project = write_cub(kind, tmp_path / "cub")
    run = install(tmp_path / "cub")
    listed = json.loads(run("optbench list --json").stdout)
    (mine,) = (component for component in listed[f"{kind}s"] if component["name"] == "lion-cub")
    assert (mine["distribution"], mine["version"]) == ("optbench-lion-cub", "0.1.0")
    assert project.task in ["", *(task["name"] for task in listed["tasks"])]
    tests = run("pytest -q -p no:cacheprovider -p no:hypothesispytest")
    assert tests.returncode == 0, tests.stdout
    assert " passed" in tests.stdout
    assert "warning" not in tests.stdout


def test_the_optimizer_conforms_and_a_declaration_that_is_wrong_is_found(
    install: Callable[[Path], Command], tmp_path: Path
) -> None:
    write_cub("optimizer", tmp_path / "cub")
    run = install(tmp_path / "cub")
    assert run("optbench check lion-cub").returncode == 0
    module = tmp_path / "site" / "optbench_lion_cub" / "__init__.py"
    right = module.read_text()
    module.write_text(right.replace('"decoupled_lr"', '"l2"').replace("state_bytes=4", "state_bytes=8"))
    wrong = run("optbench check lion-cub --only weight-decay --only state-bytes")
    assert wrong.returncode == 1
    assert "weight-decay failed" in wrong.stdout
    assert "state-bytes failed" in wrong.stdout


def test_the_optimizer_runs_in_a_suite(install: Callable[[Path], Command], tmp_path: Path) -> None:
    write_cub("optimizer", tmp_path / "cub")
    (tmp_path / "tiny.toml").write_text(TINY)
    done = install(tmp_path / "cub")("optbench run ../tiny.toml -o lion-cub --device cpu --results ../results")
    assert done.returncode == 0, done.stderr
    assert "lion-cub" in done.stdout
    assert (tmp_path / "results" / "tiny" / "report" / "index.html").is_file()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", KINDS)
def test_all_that_it_says_to_do_next_can_be_done_in_an_environment_of_its_own(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home with a space"
    home.mkdir()
    environment = offline_environment(tmp_path / "offline")
    script = (
        "python3 -m venv .venv && . .venv/bin/activate && pip install optbench\n"
        f"optbench new {kind} lion-cub > said\n"
        "grep '^  ' said > next && cat next\n"
        ". ./next\n"
        "ruff check optbench-lion-cub && cd optbench-lion-cub && python -m build\n"
    )
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=home, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Report: results/standard-smoke/report/index.html" in done.stdout
    assert "Successfully built optbench_lion_cub-0.1.0.tar.gz" in done.stdout
