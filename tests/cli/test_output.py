"""How commands tell things: JSON, quiet, a log file, readers that leave, grammar, completion, names of campaigns."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import optbench
from optbench.cli.main import COMMANDS, main
from optbench.cli.main import optbench as command
from optbench.cli.output import plain
from optbench.errors import UsageError
from tests.conftest import FAULTY

ONE_RUN = """
name = "one"
protocol = { name = "defaults", report_seeds = [1000] }
tasks = [{ name = "ols", task = "linear-regression", steps = 4, evaluations = 2 }]
optimizers = ["sgd"]
"""


@pytest.fixture
def one(write_suite: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_figures: None) -> str:
    monkeypatch.chdir(tmp_path)
    return str(write_suite(ONE_RUN))


def called(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    out, err = capfd.readouterr()
    return int(ended.value.code or 0), out, err


def strictly(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_without_a_command_the_help_is_printed_and_nothing_in_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(command, [], terminal_width=80)
    assert result.exit_code == 0
    words = " ".join(result.output.split())
    assert "..." not in result.output.split("Commands:")[1]
    for name, (_, line) in COMMANDS.items():
        assert f"{name} {line}" in words
    assert max(map(len, result.output.splitlines())) <= 80


def test_one_document_on_standard_output_and_everything_else_elsewhere(
    one: str, capfd: pytest.CaptureFixture[str]
) -> None:
    code, out, err = called(capfd, "run", one, "--device", "cpu", "--jobs", "1", "--json")
    told = strictly(out)
    assert code == 0 and told["statuses"] == {"completed": 1} and told["broken"] == 0
    assert [row["optimizer"] for row in told["results"]] == ["sgd"]
    assert "1 run on 1 worker" in err
    (run_id,) = {path.stem for path in Path("results/one/runs").glob("*/*/*.json")}
    for arguments in (
        ["report", "results/one"], ["info", "sgd"], ["env"], ["plugins"], ["list", "optimizers"], ["show", run_id],
        ["check", "sgd", "--only", "builds"], ["run", one, "--device", "cpu", "--dry-run"],
    ):  # fmt: skip
        code, out, _ = called(capfd, *arguments, "--json")
        assert code == 0 and strictly(out), arguments


def test_a_failed_run_has_the_same_exit_code_with_json(
    write_suite: Callable[[str], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_figures: None,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    suite = str(write_suite(ONE_RUN.replace('["sgd"]', '["sgd", "raises"]')))
    code, out, err = called(capfd, "run", suite, "--device", "cpu", "--plugin", str(FAULTY), "--json")
    assert code == 1 and strictly(out)["broken"] == 1
    assert "optbench: 1 run failed unexpectedly" in err


def test_quiet_prints_errors_only_and_a_log_has_everything_with_times(
    one: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "told.log"
    code, out, err = called(capfd, "run", one, "--device", "cpu", "--jobs", "1", "--quiet", "--log-file", str(log))
    assert (code, out, err) == (0, "", "")
    lines = log.read_text().splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S+ ", line) for line in lines)
    assert any("1 run on 1 worker" in line for line in lines) and any("Report: " in line for line in lines)
    code, _, err = called(capfd, "run", "no-such-suite", "--quiet", "--log-file", str(log))
    assert code == 2 and "no-such-suite" in err and "no-such-suite" in log.read_text()
    code, _, err = called(capfd, "run", one, "--log-file", str(tmp_path / "nowhere" / "log"))
    assert code == 2 and err.count("\n") == 1 and "cannot be written" in err


def test_one_of_a_thing_is_in_the_singular(one: str, capfd: pytest.CaptureFixture[str]) -> None:
    told = ""
    for arguments in (["--dry-run"], [], []):
        told += "".join(map(str, called(capfd, "run", one, "--device", "cpu", *arguments)))
    told += "".join(map(str, called(capfd, "report", "results/one")))
    told += Path("results/one/report/index.html").read_text(encoding="utf-8").split("<script")[0]
    assert re.findall(r"\b1 (?:runs|workers|tasks|optimizers|records|seeds|checks|rows|entries|others)\b", told) == []


def test_a_campaign_whose_reader_leaves_is_recorded_and_no_failure(one: str) -> None:
    shell = f"{sys.executable} -m optbench run {one} --device cpu 2>&1 | head -c 5; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=250)
    assert ended.stdout.splitlines()[-1].endswith("0"), ended
    assert "Traceback" not in ended.stdout + ended.stderr and "BrokenPipe" not in ended.stdout + ended.stderr
    assert len(list(Path("results/one/runs").glob("*/*/*.json"))) == 1
    assert Path("results/one/report/index.html").is_file()


@pytest.mark.parametrize("arguments", [["list", "optimizers"], ["schema"], ["--help"], ["info", "adam"]])
def test_a_listing_whose_reader_leaves_is_no_failure(arguments: list[str]) -> None:
    shell = f"{sys.executable} -m optbench {' '.join(arguments)} | true; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=100)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


@pytest.mark.slow
def test_a_campaign_with_killed_workers_prints_no_warnings(write_suite: Callable[[str], Path], tmp_path: Path) -> None:
    tasks = [f'{{ name = "t{i}", task = "linear-regression", steps = 4, evaluations = 2 }}' for i in range(14)]
    suite = write_suite(
        'name = "many"\nprotocol = { name = "defaults", report_seeds = [1000] }\ntimeout = 5\n'
        f'tasks = [{", ".join(tasks)}]\noptimizers = ["sgd", "segfaults"]\n'
    )
    ended = subprocess.run(
        [sys.executable, "-m", "optbench", "run", str(suite), "--device", "cpu", "--plugin", str(FAULTY)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=280,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert ended.returncode == 1
    assert [line for line in ended.stderr.splitlines() if not line.startswith("optbench: ")] == []


def test_a_name_sets_a_campaign_apart(one: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, _, _ = called(capfd, "run", one, "--device", "cpu", "--name", "of-my-own")
    assert code == 0 and not Path("results/one").exists()
    assert "<title>optbench: of-my-own</title>" in Path("results/of-my-own/report/index.html").read_text()
    finished = optbench.run(one, devices=["cpu"], name="another", progress=False)
    assert finished.folder == Path("results/another")


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "with space", "a\nb"])
def test_a_name_that_names_no_folder_is_refused_in_one_line(name: str, one: str) -> None:
    with pytest.raises(UsageError, match="name") as refused:
        optbench.run(one, devices=["cpu"], name=name)
    assert "letters, digits" in str(refused.value) and not Path("results").exists()


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("ru", "run"), ("info ada", "adam"), ("run suites/st", "suites/standard"), ("run x -o mom", "momentum")],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_components_and_suites(shell: str, typed: str, expected: str) -> None:
    words = f"optbench {typed}"
    last = {"COMP_WORDS": words, "COMP_CWORD": words.split()[-1] if shell == "fish" else str(len(words.split()) - 1)}
    found = CliRunner().invoke(
        command, [], prog_name="optbench", env=last | {"_OPTBENCH_COMPLETE": f"{shell}_complete"}
    )
    assert expected in found.output


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_whatever_is_told_is_json_that_strict_readers_read(content: Any) -> None:
    told = strictly(json.dumps(plain(content), allow_nan=False))
    if isinstance(content, float):
        assert told == (content if math.isfinite(content) else None)
