"""What no run can have measured: records that say so were edited, or made by something that is broken."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from itertools import pairwise

from optbench.runs.record import RunRecord, RunStatus

ROUNDING = 1e-6
"""By so much clocks, and shares, may miss their bounds: parts are differences of what several clocks say."""
GROWING = ("samples", "gradient_evaluations", "train_seconds", "data_seconds")
"""What an evaluation point cannot have less of than the one before."""


def impossible(record: RunRecord) -> Iterator[str]:
    """Say what in a record cannot be, in a line each."""
    yield from _steps(record)
    yield from _clocks(record)
    yield from _ending(record)
    yield from _metrics(record)


def _steps(record: RunRecord) -> Iterator[str]:
    last = record.spec.task.steps
    steps = [point.step for point in record.evaluations]
    if steps and steps[0] != 0:
        yield f"evaluations[0].step is {steps[0]}: the first evaluation comes before the first step"
    for i, (before, after) in enumerate(pairwise(record.evaluations), start=1):
        if after.step <= before.step:
            yield f"evaluations[{i}].step is {after.step}, after step {before.step}"
        for name in GROWING:
            if getattr(after, name) < getattr(before, name) - ROUNDING:
                yield f"evaluations[{i}].{name} is {getattr(after, name):g}, less than {getattr(before, name):g} before"
    named = [(f"evaluations[{i}].step", step) for i, step in enumerate(steps)]
    named += [("costs.steps", record.costs.steps), ("final.step", record.final.step if record.final else 0)]
    named += [(f"costs.resumed[{i}]", step) for i, step in enumerate(record.costs.resumed)]
    yield from (f"{name} is {step}, of a task of {last} steps" for name, step in named if step > last)


def _clocks(record: RunRecord) -> Iterator[str]:
    clocks = [(f"costs.{name}", value) for name, value in record.costs if name.endswith("_seconds")]
    for i, point in enumerate(record.evaluations):
        clocks += [(f"evaluations[{i}].{name}", getattr(point, name)) for name in GROWING if name.endswith("_seconds")]
    yield from (f"{name} is {value:g} s" for name, value in clocks if value is not None and value < -ROUNDING)
    if record.started:
        try:
            dt.datetime.fromisoformat(record.started)
        except ValueError:
            yield f"started is {record.started!r}, which is no date and time in ISO 8601"


def _ending(record: RunRecord) -> Iterator[str]:
    completed, steps = record.status is RunStatus.COMPLETED, record.spec.task.steps
    if completed and record.final is None:
        yield "status is completed, and there are no final values"
    if completed and record.costs.steps < steps:
        yield f"status is completed, after {record.costs.steps} of {steps} steps"
    if not completed and record.final is not None:
        yield f"status is {record.status}, and there are final values"
    if not completed and not record.reason:
        yield f"status is {record.status}, without a reason"
    if record.status is RunStatus.SKIPPED and record.evaluations:
        yield "status is skipped, and there are evaluations"


def _metrics(record: RunRecord) -> Iterator[str]:
    final = record.final
    if final and record.spec.phase == "tune" and (final.test_loss, final.test_metric) != (None, None):
        yield "final.test_loss or final.test_metric is there: no tuning run sees the test set"
    measure = record.spec.task.measures[0] if record.spec.task.measures else None
    if measure is None or not measure.share:
        return
    most = 1.0 if measure.higher_is_better else math.inf  # errors per character may be more than one
    values: list[tuple[str, float | None]] = [
        (f"evaluations[{i}].validation_metric", point.validation_metric) for i, point in enumerate(record.evaluations)
    ]
    if final:
        values += [(f"final.{name}", getattr(final, name)) for name in ("train_eval_metric", "validation_metric")]
        values.append(("final.test_metric", final.test_metric))
    for name, value in values:
        if value is not None and not math.isnan(value) and not -ROUNDING <= value <= most + ROUNDING:
            yield f"{name} is {value:g}: {measure.name} is a share"
