"""Runs that are shown and repeated: the same numbers, and what they differ by where something changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import optbench
from optbench.cli.main import main
from optbench.errors import UsageError
from optbench.repeat import repeat
from optbench.runs.record import RunStatus
from optbench.session import Finished
from optbench.store.find import find_run, results_folders
from tests.conftest import FAULTY

SUITE = """
name = "bowl"
protocol = { name = "defaults", report_seeds = [1000] }
tasks = [{ name = "ols", task = "linear-regression", steps = 60, evaluations = 31 }]
optimizers = ["sgd", { name = "wild", optimizer = "sgd", lr_ref = 1e6 }, "raises"]
"""


@pytest.fixture
def finished(
    write_suite: Callable[[str], Path], tmp_path: Path, no_figures: None, monkeypatch: pytest.MonkeyPatch
) -> Finished:
    monkeypatch.chdir(tmp_path)
    return optbench.run(write_suite(SUITE), devices=["cpu"], plugins=[FAULTY])


@pytest.fixture
def run_ids(finished: Finished) -> dict[str, str]:
    frame = optbench.load_results(finished.folder).drop_duplicates("run_id")
    return dict(zip(frame["optimizer"], frame["run_id"], strict=True))


@pytest.fixture
def show(capfd: pytest.CaptureFixture[str], run_ids: dict[str, str]) -> Callable[..., tuple[int, str, str]]:
    """The command, for an entry's run: its exit code, output and errors."""
    capfd.readouterr()

    def command(entry: str, *arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["show", run_ids.get(entry, entry), *arguments])
        output = capfd.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return command


def test_a_run_is_shown_with_all_that_is_known_of_it(
    show: Callable[..., tuple[int, str, str]], run_ids: dict[str, str]
) -> None:
    code, out, _ = show("sgd")
    assert code == 0
    lines = [line.strip() for line in out.splitlines()]
    assert lines[0] == "sgd on ols, seed 1000"
    for heading in ("Run", "Hyper-parameters", "Result", "Costs", "Environment", "Curve (24 of 31 points)"):
        assert heading in lines
    assert f"repeat it  optbench show {run_ids['sgd']} --repeat" in lines
    assert max(map(len, out.splitlines())) <= 100
    code, out, _ = show(run_ids["raises"][:7], "--results", "results/bowl")
    assert "status     failed: ValueError: the fourth step is beyond me" in out
    assert out.rstrip().endswith("ValueError: the fourth step is beyond me"), "the end of its traceback comes last"


def test_a_run_that_is_repeated_has_the_same_numbers(
    show: Callable[..., tuple[int, str, str]], run_ids: dict[str, str], finished: Finished
) -> None:
    before = {path: path.read_bytes() for path in finished.folder.rglob("*") if path.is_file()}
    for entry in ("sgd", "wild", "raises"):
        code, out, _ = show(entry, "--repeat", "--plugin", str(FAULTY))
        assert code == 0
        assert out.startswith(f"run {run_ids[entry]}: identical: all ")
        assert out.count("\n") == 1
    assert {path: path.read_bytes() for path in finished.folder.rglob("*") if path.is_file()} == before


def test_a_record_whose_numbers_are_others_is_told_with_the_first_and_the_cause(
    show: Callable[..., tuple[int, str, str]], run_ids: dict[str, str], finished: Finished
) -> None:
    store, record = find_run(run_ids["sgd"], [finished.folder])
    third = record.evaluations[2]
    for factor, code, verdict in ((1 + 1e-7, 0, "equal up to rounding"), (2.0, 1, "different")):
        moved = third.model_copy(update={"validation_loss": factor * third.validation_loss})
        points = (*record.evaluations[:2], moved, *record.evaluations[3:])
        store.add(record.model_copy(update={"evaluations": points}))
        got, out, _ = show("sgd", "--repeat")
        assert got == code
        assert out.startswith(f"run {record.run_id}: {verdict}: at step {third.step}, validation loss is ")
        assert out.rstrip().endswith("it is not deterministic)")


def test_a_run_that_cannot_be_repeated_is_the_users_mistake(finished: Finished, run_ids: dict[str, str]) -> None:
    _, record = find_run(run_ids["sgd"], [finished.folder])
    skipped = record.model_copy(update={"status": RunStatus.SKIPPED, "reason": "the first three runs failed"})
    with pytest.raises(
        UsageError, match=r"it was skipped \(the first three runs failed\); choose one that was trained"
    ):
        repeat(skipped, timeout=60)


def test_a_wrong_id_is_one_line_with_the_closest(
    show: Callable[..., tuple[int, str, str]], run_ids: dict[str, str], finished: Finished, tmp_path: Path
) -> None:
    right = run_ids["sgd"]
    code, _, err = show(f"x{right[1:]}")
    assert (code, err) == (2, f"optbench: unknown run {'x' + right[1:]!r}; did you mean {right!r}?\n")
    assert "3 runs are recorded, by id, in results/bowl/runs/<task>/<optimizer>" in show("zzz")[2]
    assert "'nowhere' is no results folder and has none in it" in show("sgd", "--results", "nowhere")[2]
    twin = finished.folder.with_name("twin")
    for path in (p for p in finished.folder.rglob("*.json") if p.is_file()):
        copy = twin / path.relative_to(finished.folder)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    assert "it is recorded in results/bowl, results/twin; choose one with --results" in show("sgd")[2]
    assert show("sgd", "--results", "results/twin")[0] == 0


def test_a_beginning_that_several_runs_have_is_not_enough(finished: Finished, run_ids: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"^unknown run ''; 3 runs are recorded"):
        find_run("", [finished.folder])
    store, record = find_run(run_ids["sgd"], [finished.folder])
    (store.path(record).with_name(f"{record.run_id[:8]}00000000.json")).write_text("{}")
    with pytest.raises(UsageError, match=f"run '{record.run_id[:8]}': 2 runs begin like that: "):
        find_run(record.run_id[:8], results_folders(finished.folder))
