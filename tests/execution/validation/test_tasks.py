"""Tasks that cannot run: each is refused in one line that names what is wrong with it, and no optimizer."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from optbench.cli.main import main
from optbench.components.task import Task
from optbench.execution.identity import data_checksum
from optbench.execution.process import ThisProcess
from optbench.execution.slot import Slot
from optbench.execution.validation.tasks import validate_task
from optbench.observers import LoggingObserver
from optbench.options import Options
from optbench.plan import prepare
from optbench.runs.context import ExecutionContext, Place
from optbench.runs.record import RunStatus
from optbench.runs.spec import RunSpec
from tests.conftest import SUPPORT

ODD = SUPPORT / "odd_tasks.py"
CONTEXT = ExecutionContext(plugins=(str(ODD),), distributions=())


def task(**changes: Any) -> Task:
    fields = {"name": "t", "model": "odd.Classifier", "dataset": "odd.sound", "metric": "accuracy", "batch_size": 8}
    return Task.model_validate(fields | {"steps": 4, "evaluations": 2} | changes)


def spec(optimizer: str = "sgd", **changes: Any) -> RunSpec:
    return RunSpec(
        task=task(**changes),
        data_checksum="",
        optimizer=optimizer.replace(":", "."),
        component=optimizer,
        revisions={},
        hyperparameters={"lr": 0.1},
        schedule="constant",
        seed=0,
        phase="report",
        device="cpu",
    )


def reason(**changes: Any) -> str:
    """What is wrong with a task, one line."""
    found = validate_task(spec(**changes), "cpu", CONTEXT)
    assert "\n" not in found
    return found


def line_of(text: str) -> int:
    """The number of the plugin's line with a text."""
    (number,) = (i for i, line in enumerate(ODD.read_text().splitlines(), start=1) if text in line)
    return number


class Notes(LoggingObserver):
    """Keeps what the user would be told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, line: str) -> None:
        self.lines.append(line)


IN_PLACE = "changes its inputs in place, and with them the data for what comes after; write x / 255, not x.div_(255)"


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            "ReturnsATuple",
            "returned a tuple of 2; return the logits alone, or say in the task which they are, output = 0",
        ),
        (
            "ReturnsADict",
            "returned a dict of 'logits', 'features'; return the logits alone, or say "
            'in the task which they are, output = "logits"',
        ),
        ("ReturnsNothing", "returned None; return the logits alone"),
        (
            "AuxiliaryClassifier",
            "returned a tuple of 2 in training mode; return the logits alone, or say in the task which they are, "
            "output = 0",
        ),
        (
            "WrongShape",
            "returned a tensor of shape (3,) for targets of shape (8,); cross_entropy takes one row of logits for each "
            "target, (8, 3)",
        ),
        (
            "ClassesFirst",
            "returned a tensor of shape (8, 3, 1) for targets of shape (8,); cross_entropy takes one row of logits for "
            "each target, (8, 3)",
        ),
        ("WithoutParameters", "has no trainable parameters; give it some that require gradients"),
        ("Frozen", "has no trainable parameters; give it some that require gradients"),
        ("ChangesItsInputs", IN_PLACE),
        ("ChangesItsInputsInTraining", IN_PLACE),
        ("ChangesDataBehindTheVersion", IN_PLACE),
    ],
)
def test_a_model_that_cannot_be_trained_is_named_with_what_it_does(model: str, expected: str) -> None:
    assert reason(model=f"odd.{model}") == f"model 'odd.{model}' {expected}"


def test_what_a_model_raises_is_quoted_with_its_line() -> None:
    given = "; its inputs are float32 of shape (8, 4)"
    line = line_of("I only take images")
    assert reason(model="odd.Raises") == (
        f"model 'odd.Raises' raised ValueError: I only take images (odd_tasks.py, line {line}){given}"
    )
    assert re.fullmatch(
        r"model 'odd.RaisesInTraining' in training mode raised RuntimeError: .* "
        rf"\(odd_tasks.py, line {line_of('x[:0, 0]')}\){re.escape(given)}",
        reason(model="odd.RaisesInTraining"),
    )
    line = line_of('KeyError("depth")')
    assert reason(model="odd.CannotBeBuilt") == (
        f"model 'odd.CannotBeBuilt' raised KeyError: 'depth' (odd_tasks.py, line {line})"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"model": "odd.BackwardRaises"}, r"the backward pass raised NotImplementedError: no backward yet .*"),
        ({"model": "odd.Detached"}, "its training loss does not depend on any trainable parameter; do not detach .*"),
        ({"loss": "odd_tasks:constant"}, "its training loss does not depend on any trainable parameter; .*"),
        ({"model": "odd.StartsAtInfinity"}, "loss 'cross_entropy' is nan before the first step; change .*"),
        ({"model": "odd.GradientOfNan"}, "the gradient of layer.weight is not finite before the first step; .*"),
        ({"loss": "odd_tasks:per_example"}, r".*per_example' returned a tensor of shape \(8,\); return the mean .*"),
        ({"loss": "odd_tasks:plain_number"}, "loss .* returned a float; return a tensor, the mean over the batch"),
        (
            {"loss": "odd_tasks:raises"},
            r"loss 'odd_tasks:raises' raised ZeroDivisionError: nothing to divide by \(odd_tasks.py, line \d+\)",
        ),
        ({"loss": "odd_tasks:los"}, "loss 'odd_tasks:los': unknown attribute of odd_tasks 'los'.*"),
        ({"loss": "nowhere:loss"}, "loss 'nowhere:loss' raised ModuleNotFoundError: No module named 'nowhere'"),
        ({"augmentation": "odd_tasks:noisy"}, f"augmentation 'odd_tasks:noisy' {re.escape(IN_PLACE)}"),
        (
            {"augmentation": "odd_tasks:cannot_augment"},
            r"augmentation .* raised IndexError: no such channel \(odd_tasks.py, line \d+\); its inputs are float32 .*",
        ),
        (
            {"loss": "mse", "metric": "loss"},
            r"model .* returned a tensor of shape \(8, 3\) for targets of shape \(8,\); mse takes as many numbers as "
            r"there are targets, \(8,\)",
        ),
        (
            {"loss": "odd_tasks:per_example", "model": "odd.WrongShape"},
            r"model .* \(3,\) for targets of shape \(8,\); the metric accuracy takes one row of logits for each .*",
        ),
        (
            {"loss": "ctc", "metric": "loss"},
            r"model .* for targets of shape \(8,\); ctc takes logits \(examples, frames, classes\), and padded .*",
        ),
        ({"optimum": "odd_tasks:no_optimum"}, "optimum 'odd_tasks:no_optimum' is nan; it must be a finite number"),
        ({"optimum": "operator:nothing"}, "optimum 'operator:nothing': unknown attribute of operator 'nothing'.*"),
        ({"dataset": "odd.label-7"}, "its test targets lie in 0 … 7, the model gives 3 logits: classes are 0 … 2; .*"),
        ({"dataset": "odd.negative-label"}, r"its train targets lie in -1 … 1, .* 0 … 2 \(and -100 where .*"),
        ({"dataset": "odd.all-ignored-and-7"}, "its train targets lie in 7 … 7, .*, or have .* say outputs=8"),
        ({"dataset": "odd.empty"}, "its validation split is empty; give it an example at least"),
        (
            {"dataset": "odd.nan"},
            "its test inputs are not finite: 2 of 12 examples hold nan or inf, the first is number 5; leave them out "
            "or replace them",
        ),
        ({"dataset": "odd.nan-targets"}, "its validation targets are not finite: 12 of 12 examples .*"),
        (
            {"dataset": "odd.targets-of-2", "loss": "binary_cross_entropy", "metric": "loss"},
            "its train targets lie in 2 … 2, binary_cross_entropy takes 0 … 1; scale them, or use another loss",
        ),
        (
            {"dataset": "odd.real-labels"},
            r"model .* returned a tensor of shape \(8, 3\) for targets of shape \(8,\); cross_entropy takes classes as "
            r"whole numbers, or the probability of each: \(8, 3\)",
        ),
        (
            {"dataset": "odd.uint8-images"},
            r"model 'odd.Classifier' raised RuntimeError: .*; its inputs are int64 of shape \(8, 4\); images as whole "
            r"numbers: give images / 255",
        ),
        (
            {"dataset": "odd.fails"},
            r"data set 'odd.fails' raised IndexError: index 5 is out of bounds .* \(odd_tasks.py, line \d+\)",
        ),
        ({"dataset": "odd.unequal"}, "data set 'odd.unequal': train has 12 inputs and 5 targets; give as many of each"),
        ({"dataset": "odd.a-tuple"}, "data set 'odd.a-tuple': build returned tuple, not optbench.Splits"),
        ({"dataset": "odd.ragged"}, "data set 'odd.ragged': train inputs are no numbers of one shape: .*"),
        ({"dataset": "odd.texts"}, "data set 'odd.texts': train inputs are no numbers of one shape: .* type <U1"),
        (
            {"dataset": "odd.other-shape"},
            r"data set .*: an input of test has the shape \(5,\), one of train \(4,\); give all the same",
        ),
        ({"dataset": "odd.no-outputs"}, "data set 'odd.no-outputs': outputs=0 must be a positive integer"),
    ],
)
def test_what_is_wrong_with_a_task_is_one_line(changes: dict[str, Any], expected: str) -> None:
    assert re.fullmatch(expected, reason(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"batch_size": "full"},
        {"batch_size": 1000},
        {"dataset": "odd.ignored-labels"},
        {"precision": "float64"},
        {"precision": "bfloat16"},
        {"label_smoothing": 0.1, "l2": 0.1},
        {"loss": "odd_tasks:of_tuples", "model": "odd.ReturnsATuple", "metric": "loss"},
    ],
)
def test_a_sound_task_passes(changes: dict[str, Any]) -> None:
    assert reason(**changes) == ""


def test_an_optimizer_is_never_blamed_on_a_task() -> None:
    assert validate_task(spec(optimizer="nowhere:Lion"), "cpu", CONTEXT) == ""


def test_a_large_batch_is_tried_on_a_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optbench.execution.validation.tasks.EXAMPLES", 5)
    for size in (6, "full"):
        assert "of shape (5, 4)" in reason(model="odd.Raises", batch_size=size)
    assert "of shape (3, 4)" in reason(model="odd.Raises", batch_size=3)


def test_what_escapes_validation_and_changes_data_in_place_fails_the_run_and_leaves_the_next_one_sound() -> None:
    pinned = {"data_checksum": data_checksum(task(), CONTEXT)}
    odd, plain = (s.model_copy(update=pinned) for s in (spec(model="odd.ChangesItsInputsLater"), spec()))
    assert validate_task(odd, "cpu", CONTEXT) == ""
    slot = Slot(Place("cpu", "here"), CONTEXT, ThisProcess())
    (before,) = slot.run([plain])
    (record,) = slot.run([odd])
    assert record.status is RunStatus.FAILED
    assert record.reason.startswith(
        "UsageError: the task's model, augmentation or loss changes its data in place, and with it what later "
    )
    (after,) = slot.run([plain])
    assert before.final == after.final
    assert after.final is not None


SUITE = """
name = "odd"
[protocol]
name = "defaults"
report_seeds = [0, 0]
[[tasks]]
name = "tuple"
model = "odd.ReturnsATuple"
dataset = "odd.sound"
steps = 2
[[tasks]]
name = "dies"
model = "odd.Dies"
dataset = "odd.sound"
steps = 2
[[tasks]]
name = "hangs"
model = "odd.Hangs"
dataset = "odd.sound"
steps = 2
[[tasks]]
name = "sound"
model = "odd.Classifier"
dataset = "odd.sound"
steps = 2
[[optimizers]]
name = "adma"
"""


@pytest.mark.parametrize("dry", [True, False])
def test_all_that_is_wrong_with_tasks_and_the_file_is_said_at_once_and_nothing_runs(
    dry: bool,
    write_suite: Callable[[str], Path],
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("optbench.execution.validation.trials.PATIENCE", 6.0)
    suite = write_suite(SUITE)
    options = ["--plugin", str(ODD), "--device", "cpu", "--timeout", "5", "--results", str(tmp_path / "results")]
    with pytest.raises(SystemExit) as ended:
        main(["run", str(suite), *options, *["--dry-run"] * dry])
    assert ended.value.code == 2
    lines = [line.removeprefix(f"optbench: {suite}: ") for line in capfd.readouterr().err.splitlines()]
    assert lines == [
        "protocol.report_seeds: [0, 0] must be different non-negative integers",
        "optimizers[0].name: unknown optimizer 'adma'; did you mean 'adam'?",
        "task 'tuple' cannot run: model 'odd.ReturnsATuple' returned a tuple of 2; return the logits alone, or say in "
        "the task which they are, output = 0",
        "task 'dies' cannot run: when its data, its model and its first batch were tried, its process exited with "
        "status 3",
        "task 'hangs' cannot run: when its data, its model and its first batch were tried, still running after 6 s",
    ]
    assert not (tmp_path / "results").exists()


def test_a_dry_run_notes_data_that_is_not_here_and_goes_on(
    write_suite: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPTBENCH_DATA", str(tmp_path / "empty"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    suite = write_suite(
        'name = "s"\nprotocol = { name = "defaults" }\ntasks = [{ name = "mnist-cnn" }]\noptimizers = ["sgd"]'
    )
    observer = Notes()
    plan = prepare(suite, Options(results=tmp_path / "results", devices=["cpu"]), observer, download=False)
    assert plan.campaign.outlook().left["mnist-cnn"] > 0
    assert observer.lines == ["data set 'mnist' is not on this machine yet: a run would download it first"]


REGRESSION = {"model": "linear", "dataset": "diabetes", "loss": "mse"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            REGRESSION | {"metric": "macro_f1"},
            r"model 'linear' .*; the metric macro_f1 takes classes as whole numbers, or the probability of each: .*",
        ),
        ({"metric": "r2"}, r"model .*\(8, 3\) for targets of shape \(8,\); the metric r2 takes as many numbers .*"),
        ({"metrics": ["accuracy", "mean_absolute_error"]}, r".*; the metric mean_absolute_error takes as many .*"),
        (
            {"metric": "odd_tasks:raises", "goal": "minimise"},
            r"metric 'odd_tasks:raises' raised ZeroDivisionError: nothing to divide by \(odd_tasks.py, line \d+\)",
        ),
        (
            {"metric": "odd_tasks:los", "goal": "minimise"},
            "metric 'odd_tasks:los': unknown attribute of odd_tasks 'los'.*",
        ),
        ({"metric": "odd_tasks:plain_number", "goal": "minimise"}, "metric 'odd_tasks:plain_number' raised .*"),
    ],
)
def test_a_metric_that_does_not_fit_is_one_line(changes: dict[str, Any], expected: str) -> None:
    assert re.fullmatch(expected, reason(**changes))


@pytest.mark.parametrize(
    ("component", "changes", "expected"),
    [
        (
            "sgd",
            {"schedule": "odd_tasks:below_zero"},
            "schedule 'below_zero': its factor is -1 in step 2 of 4; .*",
        ),
        (
            "sgd",
            {"schedule": "odd_tasks:raises"},
            r"schedule 'raises' raised ZeroDivisionError: .*, line \d+\)",
        ),
        ("sgd", {"schedule": "odd_tasks:none"}, "schedule 'none': unknown attribute of odd_tasks 'none'.*"),
        (
            "sgd",
            {"lr_factors": "odd_tasks:of_nothing"},
            "lr_factors 'odd_tasks:of_nothing': .* no parameter .*",
        ),
        ("sgd", {"lr_factors": "odd_tasks:of_biases"}, ""),
        (
            "lbfgs",
            {"lr_factors": "odd_tasks:of_biases"},
            "optimizer 'lbfgs' .*: LBFGS doesn't support .*",
        ),
        (
            "muon",
            {"lr_factors": "odd_tasks:of_biases"},
            "optimizer 'muon' makes its parameter groups itself; leave lr_factors out",
        ),
    ],
)
def test_an_entrys_schedule_and_factors_are_tried_on_its_task(
    component: str, changes: dict[str, Any], expected: str
) -> None:
    defaults = CONTEXT.registry().optimizers[component].component.defaults
    entry = spec(component).model_copy(update={"hyperparameters": {**defaults, "lr": 0.1}} | changes)
    assert re.fullmatch(expected, validate_task(spec(), "cpu", CONTEXT, [entry]))
