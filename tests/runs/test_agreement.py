"""Whether two records of one experiment agree, on records that are made up."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optbench.components.task import Task
from optbench.runs.agreement import Verdict, agreement
from optbench.runs.record import Evaluation, Final, RunRecord, RunStatus
from optbench.runs.spec import RunSpec


def record(losses: list[float], precision: str = "float32", **changes: Any) -> RunRecord:
    task = Task(name="t", model="linear", dataset="diabetes", steps=9, precision=precision)  # type: ignore[arg-type]
    spec = RunSpec(
        task=task,
        data_checksum="0",
        optimizer="adam",
        component="adam",
        revisions={},
        hyperparameters={"lr": 0.1},
        schedule="constant",
        seed=0,
        phase="tune",
        device="cpu",
    )
    points = tuple(
        Evaluation(
            step=step,
            samples=step,
            gradient_evaluations=step,
            train_seconds=0.1 * step,
            data_seconds=0.0,
            train_loss=None if step == 0 else loss,
            validation_loss=loss,
            validation_metric=loss,
        )
        for step, loss in enumerate(losses)
    )
    last = losses[-1] if losses else 1.0
    final = Final(
        step=len(losses) - 1,
        smoothed_train_loss=last,
        train_eval_loss=last,
        train_eval_metric=last,
        validation_loss=last,
        validation_metric=last,
    )
    fields: dict[str, Any] = {"status": RunStatus.COMPLETED, "evaluations": points, "final": final}
    return RunRecord(run_id=spec.run_id, spec=spec, **(fields | changes))


@given(st.lists(st.floats(), min_size=1, max_size=5))
def test_a_record_agrees_with_itself_whatever_its_losses(losses: list[float]) -> None:
    found = agreement(record(losses), record(losses))
    assert (found.verdict, found.first) == (Verdict.IDENTICAL, "")
    assert found.compared == 3 * len(losses) - 1 + 6


def test_clocks_are_no_part_of_it() -> None:
    one = record([2.0, 1.0])
    slower = one.model_copy(
        update={"evaluations": tuple(p.model_copy(update={"train_seconds": 9.0}) for p in one.evaluations)}
    )
    assert agreement(one, slower).verdict is Verdict.IDENTICAL


@pytest.mark.parametrize(
    ("relative", "precision", "verdict"),
    [
        (1e-7, "float32", Verdict.ROUNDING),
        (1e-3, "float32", Verdict.DIFFERENT),
        (1e-13, "float64", Verdict.ROUNDING),
        (1e-7, "float64", Verdict.DIFFERENT),
        (1e-3, "bfloat16", Verdict.ROUNDING),
    ],
)
def test_what_rounding_explains_depends_on_the_precision(relative: float, precision: str, verdict: Verdict) -> None:
    found = agreement(record([2.0, 1.0], precision), record([2.0, 1.0 + relative], precision))
    assert found.verdict is verdict
    assert found.first.startswith("at step 1, train loss is 1.0") or relative < 1e-8
    assert found.first.endswith(", was 1")


def test_the_first_number_that_rounding_does_not_explain_is_named() -> None:
    found = agreement(record([2.0, 1.0, 0.5]), record([2.0, 1.0 + 1e-7, 0.75]))
    assert (found.verdict, found.first) == (Verdict.DIFFERENT, "at step 2, train loss is 0.75, was 0.5")


def test_a_curve_that_ends_earlier_or_is_not_finite_is_different() -> None:
    assert agreement(record([2.0, 1.0]), record([2.0])).first == "at step 1, train loss is not there, was 1"
    assert agreement(record([2.0]), record([math.inf])).verdict is Verdict.DIFFERENT


def test_a_run_that_ends_otherwise_is_different() -> None:
    failed = record([2.0], status=RunStatus.OUT_OF_MEMORY, reason="too large")
    found = agreement(record([2.0]), failed)
    assert found.verdict is Verdict.DIFFERENT
    assert found.first == "it ended as out of memory (too large), the recorded one as completed"
