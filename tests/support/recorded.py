"""Synthetic results folders: the records that a campaign would have left, without any training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from optbench.runs.record import Evaluation, Final, RunRecord, RunStatus
from optbench.runs.spec import RunSpec
from optbench.store.store import Store
from optbench.suite.protocols.replay import replay
from optbench.suite.suite import Suite


def recorded(folder: Path, suite: Suite, test_metric: Callable[[RunSpec], float]) -> Path:
    """Write a suite that tunes nothing into a folder, with a completed run for each that it asks for."""
    store = Store(folder)
    store.open(suite, extend=False)
    for cell in suite.cells():
        for spec in replay(suite.protocol, cell, {}).pending:
            store.add(completed(spec, test_metric(spec)))
    return folder


def completed(spec: RunSpec, value: float) -> RunRecord:
    """Return the record of a run whose losses fall from twice a value, which is all that it measures at the end."""
    return RunRecord(
        run_id=spec.run_id,
        spec=spec,
        status=RunStatus.COMPLETED,
        evaluations=(_point(0, 2 * value), _point(spec.task.steps, value)),
        final=Final(
            step=spec.task.steps,
            smoothed_train_loss=value,
            train_eval_loss=value,
            train_eval_metric=value,
            validation_loss=value,
            validation_metric=value,
            test_loss=value,
            test_metric=value,
        ),
        environment={"machine": "a1b2c3"},
    )


def _point(step: int, value: float) -> Evaluation:
    return Evaluation(
        step=step,
        samples=step,
        gradient_evaluations=step,
        train_seconds=1e-3 * step,
        data_seconds=0.0,
        train_loss=value if step else None,
        validation_loss=value,
        validation_metric=value,
        train_eval_loss=value,
    )
