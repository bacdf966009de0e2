"""What tasks and entries name: losses, metrics and schedules, looked up and fitted together before anything runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import optbench
from optbench.builtin.metrics import METRICS
from optbench.components.metric import EARLIER, Measure
from optbench.components.task import Task
from optbench.errors import UsageError
from optbench.registry.registry import Registry
from optbench.runs.provenance import run_sources
from optbench.suite.judged import judged_task
from optbench.suite.load import examine_suite, parse_suite
from optbench.suite.merged import merged_task
from optbench.suite.resolve import Imported, resolve_suite
from optbench.suite.suite import Suite

NEW = {"name": "t", "model": "linear", "dataset": "diabetes", "loss": "mse", "steps": 3}


def mistakes(registry: Registry, task: dict[str, Any], **entry: Any) -> tuple[str, ...]:
    raw = {"name": "s", "tasks": [task], "optimizers": [{"name": "adam"} | entry]}
    return examine_suite(raw, registry).mistakes


def resolved(registry: Registry, task: dict[str, Any], **entry: Any) -> tuple[Suite, list[str]]:
    raw = {"name": "s", "tasks": [task], "optimizers": [{"name": "adam"} | entry]}
    return resolve_suite(
        parse_suite(raw, registry),
        registry,
        profile="default",
        devices=("cpu",),
        obtain=lambda task: "0",
        inspect=lambda name: Imported(None),
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"loss": "msee"}, "tasks[0].loss: unknown loss 'msee'; did you mean 'mse'? (or an import string"),
        ({"schedule": "lineer"}, "tasks[0].schedule: unknown schedule 'lineer'; did you mean 'linear'?"),
        ({"metric": "acuracy"}, "tasks[0].metric: unknown metric 'acuracy'; did you mean 'accuracy'?"),
        ({"metrics": ["loss", "macro_f"]}, "tasks[0].metrics: unknown metric 'macro_f'; did you mean 'macro_f1'?"),
        ({"metrics": ["r2", "loss", "r2"]}, "tasks[0].metrics: 'r2' is there twice; name each metric once"),
        ({"metric": "r2", "metrics": ["r2", "loss"]}, "tasks[0].metrics: is there beside metric; give metrics alone"),
        ({"metrics": "r2"}, "tasks[0].metrics: should be a valid"),
        ({"label_smoothing": 0.1}, "tasks[0].label_smoothing: 0.1 needs the loss cross_entropy, not 'mse'"),
        ({"metric": "mylib:f"}, "tasks[0].goal: is missing: say whether to minimise or to maximise 'mylib:f'"),
        ({"metric": "r2", "goal": "maximise"}, "tasks[0].goal: r2 declares itself whether more is better"),
        ({"metric": "r2", "goal": "max"}, "tasks[0].goal: should be 'minimise' or 'maximise', not 'max'"),
        ({"metrics": ["r2", "perplexity"]}, "tasks[0].metrics: perplexity is a function of a loss of classes, mse is "),
        ({"measures": []}, "tasks[0].measures: unknown field"),
        ({"lr_factors": "mup"}, "tasks[0].lr_factors: 'mup' is no import string"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_a_mistake_is_one_line_with_its_place(registry: Registry, changes: dict[str, Any], expected: str) -> None:
    (line,) = mistakes(registry, NEW | changes)
    assert line.startswith(expected)


def test_mistakes_of_task_and_entry_are_told_at_once(registry: Registry) -> None:
    found = mistakes(registry, NEW | {"loss": "msee", "metric": "r3"}, schedule="wds", lr_factors="mup")
    places = {line.partition(":")[0] for line in found}
    assert places == {"tasks[0].loss", "tasks[0].metric", "optimizers[0].schedule", "optimizers[0].lr_factors"}


def test_what_a_plugins_task_names_in_vain_is_told_with_the_suites_mistakes(registry: Registry) -> None:
    own = optbench.Registry()
    for name, shelf in registry.shelves().items():
        own.shelves()[name]._items.update(shelf._items)
    own.tasks.add(Task(name="odd", model="linear", dataset="diabetes", steps=3, loss="msee", metric="r3"), "odd", "1")
    found = mistakes(own, {"name": "odd"})
    assert [line.partition(";")[0] for line in found] == [
        "tasks[0].loss: unknown loss 'msee'",
        "tasks[0].metric: unknown metric 'r3'",
    ]
    with pytest.raises(UsageError, match="task 'odd': loss: unknown loss 'msee'; did you mean 'mse'"):
        judged_task(own.tasks["odd"].component, own)


def test_the_first_metric_selects_and_what_they_declare_goes_into_the_results(registry: Registry) -> None:
    suite, found = resolved(registry, NEW | {"metrics": ["r2", "mean_absolute_error"]})
    (task,) = (suite_task.task for suite_task in suite.tasks)
    assert found == []
    assert (task.metric, task.all_metrics, task.higher_is_better) == ("r2", ("r2", "mean_absolute_error"), True)
    assert task.measures == (
        Measure(name="r2", higher_is_better=True),
        Measure(name="mean_absolute_error", higher_is_better=False),
    )
    assert Suite.model_validate_json(suite.model_dump_json()) == suite


@pytest.mark.parametrize(("goal", "higher_is_better"), [("maximise", True), ("minimise", False)])
def test_of_a_function_the_task_says_what_is_better(registry: Registry, goal: str, higher_is_better: bool) -> None:
    (suite_task,) = resolved(registry, NEW | {"metric": "mylib:f", "goal": goal})[0].tasks
    assert suite_task.task.higher_is_better is higher_is_better


def test_a_suite_judges_a_registered_task_anew(registry: Registry) -> None:
    items = {
        "more": {"task": "mnist-cnn", "metrics": ["accuracy", "macro_f1"]},
        "other": {"task": "mnist-cnn", "metric": "loss"},
        "one": {"task": "mnist-cnn", "metrics": ["accuracy"]},
    }
    raw = {"name": "s", "tasks": [{"name": n} | item for n, item in items.items()], "optimizers": ["adam"]}
    more, other, one = (merged_task(item, registry) for item in parse_suite(raw, registry).tasks)
    assert (more.metric, more.metrics) == ("accuracy", ("accuracy", "macro_f1"))
    assert (other.metric, other.metrics) == ("loss", ())
    assert (one.metric, one.metrics) == ("accuracy", ())


def test_an_entrys_own_schedule_and_rates_are_said_and_part_of_its_runs(registry: Registry) -> None:
    suite, _ = resolved(registry, NEW, schedule="wsd", lr_factors="mylib:factors")
    (cell,) = suite.cells()
    spec = cell.spec({"lr": 0.1}, 0, "tune")
    assert cell.entry.changed == ("schedule wsd", "learning rates times mylib:factors")
    assert (spec.schedule, spec.lr_factors) == ("wsd", "mylib:factors")
    (plain,) = resolved(registry, NEW)[0].cells()
    assert plain.spec({"lr": 0.1}, 0, "tune").run_id != spec.run_id


def test_the_users_code_behind_them_belongs_to_the_entrys_runs_alone(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("own_course", "own_rates", "their_course"):
        (tmp_path / f"{name}.py").write_text("def f(*given):\n    return None\n")
    task = NEW | {"schedule": "their_course:f"}
    own, plain = (
        next(resolved(registry, task, **entry)[0].cells()).spec({"lr": 0.1}, 0, "tune")
        for entry in ({"schedule": "own_course:f", "lr_factors": "own_rates:f"}, {})
    )
    assert {role: set(files) for role, files in own.sources.items()} == {
        "schedule": {"own_course.py"},
        "lr_factors": {"own_rates.py"},
    }
    assert {role: set(files) for role, files in plain.sources.items()} == {"schedule": {"their_course.py"}}
    assert run_sources(own, registry) == own.sources
    assert run_sources(plain, registry) == plain.sources


def test_a_revision_of_a_schedule_counts_from_the_second_on() -> None:
    def spec(task_revision: int, entry_revision: int | None) -> optbench.RunSpec:
        own = optbench.Registry()
        own.optimizers.add(optbench.Optimizer(name="adam", build="torch.optim:Adam", lr_ref=0.1), "x", "1")
        own.models.add(optbench.Model(name="linear", build="m:m"), "x", "1")
        own.datasets.add(optbench.Dataset(name="diabetes", build="m:d"), "x", "1")
        own.losses.add(optbench.Loss(name="mse", build="m:l", targets="values"), "x", "1")
        own.metrics.add(optbench.Metric(name="loss", build=None, value="m:v", higher_is_better=False), "x", "1")
        own.schedules.add(optbench.Schedule(name="constant", build="m:s", revision=task_revision), "x", "1")
        own.schedules.add(optbench.Schedule(name="other", build="m:s", revision=entry_revision or 1), "x", "1")
        suite, _ = resolved(own, NEW, **({} if entry_revision is None else {"schedule": "other"}))
        (cell,) = suite.cells()
        return cell.spec({"lr": 0.1}, 0, "tune")

    assert "schedule" not in spec(1, None).revisions
    assert spec(2, None).revisions["schedule"] == 2
    assert "schedule" not in spec(2, 1).revisions
    assert spec(1, 3).revisions["schedule"] == 3


def test_results_made_before_metrics_were_declared_are_read_as_they_were() -> None:
    declared = {metric.name: metric for metric in METRICS}
    for name, measure in EARLIER.items():
        metric = declared[name]
        assert measure == Measure(name=name, higher_is_better=metric.higher_is_better, share=metric.share)
    task = Task.model_validate(NEW | {"metric": "accuracy"})
    assert task.higher_is_better
    with pytest.raises(UsageError, match="task 't': which values of 'r2' are good, only a suite's task knows"):
        _ = task.model_copy(update={"metric": "r2"}).higher_is_better
