"""The command line: what it prints, how it exits, and one line for each of the user's mistakes."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import optbench
from optbench.cli.main import main
from optbench.cli.output import Output
from optbench.cli.progress import ProgressBar
from optbench.progress import RemainingTime, duration
from tests.conftest import FAULTY, SUPPORT, TINY
from tests.support.platforms import posix_only
from tests.test_session import without_clocks

Command = Callable[..., tuple[int, str, list[str]]]
"""A function of arguments that gives the exit code, the output and the lines of errors."""


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command in an empty folder and return its exit code, output and error lines."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str | Path) -> tuple[int, str, list[str]]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        output = capfd.readouterr()
        return int(ended.value.code or 0), output.out, output.err.splitlines()

    return run


def test_run_ends_with_the_table_and_the_path_of_the_page(command: Command, tiny: Path) -> None:
    code, out, err = command("run", tiny, "--device", "cpu")
    assert code == 0
    assert "momentum" in out
    assert "adam" in out
    (page,) = re.findall(r"^Report: (.*)$", out, re.MULTILINE)
    assert Path(page) == Path("results/tiny/report/index.html")
    assert Path(page).is_file()
    assert all(line.startswith("optbench: ") for line in err)
    assert re.fullmatch(r"optbench: 14 runs on \d+ workers?, about \d+ s here", err[0])
    assert re.fullmatch(r"optbench: (\d+) of \1 runs recorded, 0 failed, about 0 s left", err[-1])
    (line,) = command("run", tiny, "--device", "cpu")[2]
    assert line == err[-1]
    assert re.search(r"tiny-regression +(\d+) runs, \1 recorded, 0 to do$", command("run", tiny, "--dry-run")[1], re.M)


def test_dry_run_says_what_would_run_and_how_long_and_writes_nothing(command: Command, tiny: Path) -> None:
    code, out, _ = command("run", tiny, "--dry-run", "--device", "cpu")
    assert code == 0
    assert re.search(r"tiny-regression +14 runs, 0 recorded, 14 to do, about [\d.]+ s each", out)
    assert "14 runs (up to 20 if grids are extended), 0 of them recorded already" in out
    assert re.search(r"Time: about \d+ s on \d+ workers", out)
    assert not Path("results").exists()


def test_a_task_that_cannot_be_trained_is_refused_in_one_line_by_a_dry_run_too(
    command: Command, write_suite: Callable[[str], Path]
) -> None:
    task = 'model = "mlp"\nmodel_options = { hidden = [0] }'
    suite = write_suite(TINY.replace('task = "linear-regression"', f'dataset = "diabetes"\nloss = "mse"\n{task}'))
    code, _, errors = command("run", suite, "--dry-run", "--device", "cpu")
    assert code == 2
    (line,) = errors
    assert line.startswith(f"optbench: {suite}: task 'tiny-regression' cannot run: mlp: hidden=[0] must be a list of")


def test_some_failed_runs_exit_with_1_and_a_diverged_rate_does_not(command: Command, tiny: Path) -> None:
    assert command("run", tiny, "--plugin", FAULTY, "-o", "raises", "-o", "adam")[0] == 1
    assert command("run", tiny, "--plugin", FAULTY, "-o", "nan", "--results", "other")[0] == 0


def test_a_campaign_that_fails_fast_keeps_what_is_recorded_and_continues(command: Command, tiny: Path) -> None:
    arguments = ("run", tiny, "--plugin", FAULTY, "-o", "raises", "-o", "adam", "--device", "cpu", "--jobs", "1")
    code, _, err = command(*arguments, "--fail-fast")
    assert code == 1
    (stopped,) = [line for line in err if "stopped at the first failure" in line]
    assert "raises on tiny-regression, run " in stopped and "ValueError: the fourth step is beyond me" in stopped
    kept = optbench.load_results("results/tiny")
    assert kept.drop_duplicates("run_id").status.eq("failed").sum() == 1
    assert command(*arguments)[0] == 1
    whole = optbench.load_results("results/tiny")
    assert set(kept.run_id) < set(whole.run_id) and set(whole[whole.optimizer == "adam"].status) == {"completed"}


def test_my_own_optimizer_from_the_current_folder(command: Command, tiny: Path) -> None:
    Path("mylib.py").write_text((SUPPORT / "lion.py").read_text())
    code, out, _ = command("run", tiny, "-o", "mylib:Lion", "--device", "cpu")
    assert code == 0
    assert "Lion" in out


def test_report_sets_results_side_by_side(command: Command, tiny: Path) -> None:
    command("run", tiny, "-o", "adam")
    command("run", tiny, "-o", "adam", "--results", "later")
    code, out, _ = command("report", "results/tiny", "later/tiny", "--out", "both", "--format", "svg")
    assert code == 0
    assert "Report: both/index.html" in out
    assert {"index.html", "figures", "tables"} <= {path.name for path in Path("both").iterdir()}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "suites/standrad"], "unknown suite 'suites/standrad'"),
        (["run", "suites/standard", "-t", "quadratc"], "unknown task 'quadratc'; did you mean 'quadratic'?"),
        (["run", "suites/standard", "-o", "adma"], "unknown optimizer 'adma'; did you mean 'adam'?"),
        (["run", "suites/standard", "--jbos", "2"], "No such option"),
        (["run", "suites/standard", "--jobs", "0"], "Invalid value for '--jobs': 0 is not in the range"),
        (["run", "suites/standard", "--timeout", "5s"], "'5s' is not a valid number of seconds, such as 90."),
        (["run", "suites/standard", "--jobs", "many"], "Invalid value for '--jobs': 'many' is not a valid integer"),
        (["run", "suites/standard", "--timeout", "-1"], "Invalid value for '--timeout'"),
        (
            ["run", "suites/standard", "--memory-limit", "lots"],
            "option memory_limit: must be a size with its unit, such as 4GiB or 500MB, not 'lots'",
        ),
        (["run", "suites/standard", "--memory-limit", "4"], "option memory_limit: must be a size with its unit"),
        (["run", "suites/standard", "--profile", "fast"], "Invalid value for '--profile': 'fast' is not one of"),
        (["run", "suites/standard", "--retry", "broken"], "Invalid value for '--retry'"),
        (["run", "suites/standard", "--device", "cuda:99"], "--device 'cuda:99': "),
        (["run", "suites/standard", "--device", "gpu"], "--device 'gpu': must be auto, cuda, cuda:INDEX, mps, cpu"),
        (["run", "suites/standard", "--plugin", "nowhere.py"], "nowhere.py' does not exist"),
        (["run", "suites/standard", "-o", "nowhere:Lion"], "there is no module 'nowhere'"),
        (["run", "suites/standard", "--results", f"{sys.executable}/nowhere", "-t", "quadratic"], "cannot be written"),
        (["run"], "Missing argument 'SUITE'"),
        (["rnu"], "No such command 'rnu'"),
        (["report", "nowhere"], "'nowhere' is no results folder: it has no suite.json"),
        (["report", ".", "."], "the same results folder is given twice"),
        (["info", "adm"], "unknown component 'adm'; did you mean 'adam'?"),
        (["list", "optimisers"], "is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], expected: str, command: Command) -> None:
    code, out, err = command(*arguments)
    assert code == 2
    assert len(err) == 1, err
    assert err[0].startswith("optbench: ")
    assert expected in err[0]
    assert "Traceback" not in out


def test_all_mistakes_of_a_suite_file_are_one_line_each(command: Command, write_suite: Callable[[str], Path]) -> None:
    suite = write_suite('name = "x"\ntasks = [{ name = "quadratic", steps = -1 }]\noptimizers = []\n')
    code, _, err = command("run", suite)
    assert code == 2
    assert len(err) == 2
    assert f"optbench: {suite}: tasks[0].steps: should be greater than 0, not -1" in err


def test_list_names_what_there_is(command: Command) -> None:
    code, out, _ = command("list", "--json")
    content = json.loads(out)
    assert code == 0
    assert set(content) >= {"optimizers", "models", "datasets", "tasks", "suites", "diagnostics", "executors"}
    assert "standard" in {suite["name"] for suite in content["suites"]}
    assert "adam" in command("list", "optimizers")[1]
    assert "mnist-cnn" not in command("list", "optimizers")[1]


def test_info_shows_what_is_declared(command: Command) -> None:
    out = command("info", "adamw")[1]
    assert "decoupled_lr" in out
    assert "arXiv" in out


def test_schema_is_json(command: Command) -> None:
    assert json.loads(command("schema")[1])["title"] == "optbench suite"


def test_env_names_versions_and_devices(command: Command) -> None:
    out = command("env")[1]
    assert re.search(r"^torch: \d", out, re.MULTILINE)
    assert re.search(r"^cpu: .+", out, re.MULTILINE)


def start(suite: Path, results: Path) -> subprocess.Popen[str]:
    """A smoke campaign, which draws no figures."""
    arguments = ["-m", "optbench", "run", suite, "--device", "cpu", "--results", results, "--profile", "smoke"]
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@posix_only
@pytest.mark.parametrize(("sent", "code"), [("SIGKILL", -9), pytest.param("SIGINT", 130, marks=pytest.mark.slow)])
def test_a_run_that_is_stopped_in_the_middle_continues_to_the_same_tables(
    sent: str, code: int, tiny: Path, tmp_path: Path
) -> None:
    whole = start(tiny, tmp_path / "whole")
    _, errors = whole.communicate()
    assert whole.returncode == 0, errors
    _stop_and_continue(tiny, tmp_path / sent, tmp_path / "whole", signal.Signals[sent], code)


def _stop_and_continue(suite: Path, results: Path, whole: Path, sent: signal.Signals, code: int) -> None:
    stopped = start(suite, results)
    records = results / "tiny-smoke" / "runs"
    while len(list(records.glob("*/*/*.json"))) < 3:
        assert stopped.poll() is None
        time.sleep(0.002)
    stopped.send_signal(sent)
    _, errors = stopped.communicate(timeout=60)
    assert stopped.returncode == code
    assert "Traceback" not in errors
    before = len(list(records.glob("*/*/*.json")))
    again = start(suite, results)
    again.communicate()
    assert again.returncode == 0
    after = len(list(records.glob("*/*/*.json")))
    assert 3 <= before < after
    pd.testing.assert_frame_equal(without_clocks(results / "tiny-smoke"), without_clocks(whole / "tiny-smoke"))
    assert optbench.load_results(results / "tiny-smoke").run_id.nunique() == after


@posix_only
@pytest.mark.parametrize("after", [1.0, 2.0])
def test_an_interrupt_while_it_starts_is_one_line(tiny: Path, tmp_path: Path, after: float) -> None:
    """As a terminal sends it: to every process of the group."""
    command = [sys.executable, "-m", "optbench", "run", str(tiny), "--results", str(tmp_path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("optbench: interrupted; what was recorded is kept: the same command continues\n")
    assert "Traceback" not in errors


def test_the_time_left_is_that_of_the_tasks_that_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 10.0, 10.0])
    monkeypatch.setattr("optbench.progress.monotonic", lambda: next(clock))
    remaining = RemainingTime({})
    for _ in range(4):
        remaining.add("fast", 1.0)
    assert remaining.left({"fast": 1, "slow": 3}) is None
    remaining.add("slow", 16.0)
    # 20 s of work took 10 s: two workers. 3 x 16 s are left.
    assert remaining.left({"fast": 0, "slow": 3}) == pytest.approx(24.0)


def test_tasks_that_are_yet_to_come_take_as_long_as_was_measured_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long ones come first: otherwise nothing could be said until the last task begins."""
    clock = iter([0.0, 10.0, 10.0])
    monkeypatch.setattr("optbench.progress.monotonic", lambda: next(clock))
    remaining = RemainingTime({"short": 2.0, "long": 99.0})
    assert remaining.left({"short": 5, "long": 2}) is None
    remaining.add("long", 20.0)
    # 20 s of work took 10 s: two workers. 20 s and 5 x 2 s are left.
    assert remaining.left({"short": 5, "long": 1}) == pytest.approx(15.0)
    assert remaining.left({"short": 5, "unknown": 1}) is None


@pytest.mark.parametrize(
    ("runs", "workers", "seconds", "line"),
    [
        (524, 2, 1080.0, "optbench: 524 runs on 2 workers, about 18 min here"),
        (1, 1, 3.0, "optbench: 1 run on 1 worker, about 3 s here"),
        (14, 4, None, "optbench: 14 runs on 4 workers"),
    ],
)
def test_the_first_line_says_how_long_it_will_take_where_that_is_known(
    runs: int, workers: int, seconds: float | None, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressBar(Output()) as progress:
        progress.planned(runs, workers, seconds, {})
    assert capsys.readouterr().err.splitlines() == [line]


def test_what_executors_log_is_shown_while_the_bar_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("optbench.somewhere")
    with ProgressBar(Output()):
        logger.warning("worker %s was lost", "node7")
        logger.info("not worth a line")
    logging.getLogger("optbench").addHandler(silent := logging.NullHandler())
    logger.warning("nobody shows this")
    logging.getLogger("optbench").removeHandler(silent)
    assert capsys.readouterr().err.splitlines() == ["optbench: worker node7 was lost"]


def test_durations_are_written_as_people_say_them() -> None:
    assert [duration(s) for s in (0.4, 45, 700, 9000)] == ["0 s", "45 s", "12 min", "2.5 h"]
