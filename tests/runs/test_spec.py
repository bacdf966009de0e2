"""What a run's identity depends on."""

from __future__ import annotations

from optbench.components.metric import Measure
from optbench.components.task import Task
from optbench.runs.spec import RunSpec

SPEC = RunSpec(
    task=Task(name="t", model="linear", dataset="diabetes", steps=3),
    data_checksum="0",
    optimizer="adam",
    component="adam",
    revisions={"optimizer": 1},
    hyperparameters={"lr": 0.1},
    schedule="constant",
    seed=0,
    phase="tune",
    device="cpu",
)


def changed(**changes: object) -> RunSpec:
    return SPEC.model_copy(update=changes)


def test_sources_count_where_there_are_any() -> None:
    """Specifications that were recorded when there was no such field keep their names."""
    assert changed(sources={}).run_id == SPEC.run_id
    ids = {changed(sources={role: {name: digest}}).run_id
           for role in ("optimizer", "model") for name in ("a.py", "b.py") for digest in ("0", "1")}  # fmt: skip
    assert len(ids | {SPEC.run_id}) == 9


def test_a_copy_with_another_field_is_another_run() -> None:
    before = SPEC.run_id
    assert changed(seed=7).run_id != before == changed().run_id


def test_the_order_of_sources_does_not_count() -> None:
    sources = {"model": {"a.py": "0", "b.py": "1"}, "optimizer": {"c.py": "2"}}
    turned = {"optimizer": {"c.py": "2"}, "model": {"b.py": "1", "a.py": "0"}}
    assert changed(sources=sources).run_id == changed(sources=turned).run_id


def test_how_a_task_is_judged_and_described_does_not_count() -> None:
    for field, value in (("description", "words"), ("reference", "words"), ("small", True), ("train_target", 0.5)):
        assert changed(task=SPEC.task.model_copy(update={field: value})).run_id == SPEC.run_id
    assert changed(task=SPEC.task.model_copy(update={"steps": 4})).run_id != SPEC.run_id


def test_fields_that_came_later_count_where_they_are_set() -> None:
    task = SPEC.task
    assert changed(task=task.model_copy(update={"metrics": (), "goal": None, "lr_factors": None})).run_id == SPEC.run_id
    for field, value in (("metrics", ("loss", "r2")), ("goal", "maximise"), ("lr_factors", "m:f")):
        assert changed(task=task.model_copy(update={field: value})).run_id != SPEC.run_id
    assert changed(lr_factors="m:f").run_id != SPEC.run_id


def test_a_list_of_one_metric_is_that_metric() -> None:
    given = {"name": "t", "model": "linear", "dataset": "diabetes", "steps": 3, "metrics": ["loss"]}
    assert changed(task=Task.model_validate(given)).run_id == SPEC.run_id


def test_what_metrics_declare_is_how_a_task_is_judged() -> None:
    measures = (Measure(name="loss", higher_is_better=False),)
    assert changed(task=SPEC.task.model_copy(update={"measures": measures})).run_id == SPEC.run_id
