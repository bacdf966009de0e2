"""A results folder of a suite so small that it takes seconds, and scripts run as `python -m scripts.…` runs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

import optbench
from scripts.command import run

SUITE = """
name = "small"
[protocol]
name = "defaults"
report_seeds = [1000, 1001, 1002]
[[tasks]]
name = "linear-regression"
steps = 20
evaluations = 3
[[optimizers]]
name = "momentum"
[[optimizers]]
name = "adam"
"""

Run = Callable[..., tuple[int, list[str], list[str]]]
"""A function of a script and its arguments that gives its exit code, and what it prints on both streams, by line."""


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("campaign")
    (folder / "small.toml").write_text(SUITE, encoding="utf-8")
    return optbench.run(folder / "small.toml", results=folder / "results", devices=["cpu"]).folder


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    def run_script(command: click.Command, *arguments: str | Path) -> tuple[int, list[str], list[str]]:
        monkeypatch.setattr("sys.argv", ["script", *map(str, arguments)])
        code: object = 0
        try:
            run(command)
        except SystemExit as ended:
            code = ended.code
        output = capsys.readouterr()
        assert isinstance(code, int)
        return code, output.out.splitlines(), output.err.splitlines()

    return run_script
