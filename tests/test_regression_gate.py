"""The workflow of docs/regression-gate.md: its shell lines, with releases that are installed by copying them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from tests.support.offline import ROOT

PAGE = ROOT / "docs" / "regression-gate.md"
LION = (ROOT / "tests" / "support" / "lion.py").read_text()
DISTRIBUTION = "optbench_lion"

# "optbench" is this checkout; a release of the library lies in release/, the working copy in change/.
SHELL = """
set -e
optbench() {{ "{python}" -m optbench "$@"; }}
pip() {{
    case "$*" in
        "install optbench-lion") rm -rf site/* && cp -r release/. site ;;
        *" .") rm -rf site/* && cp -r change/. site ;;
    esac
}}
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)


def steps() -> list[str]:
    (workflow,) = blocks("yaml")
    return [textwrap.dedent(script) for script in re.findall(r"run: \|\n((?: {10}.*\n)+)", workflow)]


def gate(folder: Path, change: str) -> subprocess.CompletedProcess[str]:
    """Carry out the workflow's steps on a library of which one line was changed."""
    (suite,) = blocks("toml")
    (folder / "regression.toml").write_text(suite)
    for name, code in (("release", LION), ("change", change)):
        package = folder / name / DISTRIBUTION
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "lion.py").write_text(code)
    (folder / "site").mkdir()
    environment: dict[str, Any] = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder / "site"), str(ROOT)])}
    script = SHELL.format(python=sys.executable) + "\n".join(steps())
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("", "", 0), ('p.sub_(group["lr"] *', 'p.sub_(0.3 * group["lr"] *', 3)],
    ids=["unchanged", "smaller-rate"],
)
def test_the_gate_opens_for_the_same_code_and_closes_for_a_wrong_rate(
    tmp_path: Path, old: str, new: str, code: int
) -> None:
    done = gate(tmp_path, LION.replace(old, new) if old else LION)
    assert done.returncode == code, done.stdout + done.stderr
    assert (tmp_path / "comparison" / "index.html").is_file()
    assert ("worse: lion-below on digits (quality" in done.stdout) == bool(code)


def test_the_page_names_no_other_suite_than_it_shows() -> None:
    assert 'optimizer = "optbench_lion.lion:Lion"' in "".join(blocks("toml"))
    lines = [line for step in steps() for line in step.splitlines()]
    assert [line.split()[1] for line in lines if line.startswith("optbench")] == [*["run", "time"] * 2, "compare"]
