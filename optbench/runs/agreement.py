"""Whether a run that was repeated came to the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from optbench.runs.record import Final, RunRecord

ROUNDING = {"float64": 1e-12, "float32": 1e-5, "bfloat16": 1e-2}
"""By the task's precision, how far numbers may lie apart, relative to the larger: what other orders of sums come to."""

_OF_POINT = ("train_loss", "validation_loss", "validation_metric", "train_eval_loss")
_OF_FINAL = tuple(name for name in Final.model_fields if name not in ("step", "test_class_metric", "further_metrics"))


class Verdict(StrEnum):
    """How much two records of one experiment agree."""

    IDENTICAL = "identical"
    ROUNDING = "equal up to rounding"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Agreement:
    """How far the numbers of two records agree, and where they first do not."""

    verdict: Verdict
    compared: int = 0
    """So many numbers."""
    first: str = ""
    """Where they first differ; empty where they are identical."""


def agreement(then: RunRecord, now: RunRecord) -> Agreement:
    """Compare how two runs ended, and their losses and metrics at each evaluation point and at the end.

    Clocks, memory and diagnostics are no part of it.
    """
    if then.status != now.status:
        return Agreement(Verdict.DIFFERENT, first=f"it ended as {_words(now)}, the recorded one as {_words(then)}")
    old, new = dict(_numbers(then)), dict(_numbers(now))
    limit = ROUNDING[then.spec.task.precision]
    apart = {name: _distance(old.get(name), new.get(name)) for name in {**old, **new}}
    differing = [name for name, distance in apart.items() if distance > 0]
    beyond = [name for name in differing if apart[name] > limit]
    if not differing:
        return Agreement(Verdict.IDENTICAL, len(apart))
    verdict, name = (Verdict.DIFFERENT, beyond[0]) if beyond else (Verdict.ROUNDING, differing[0])
    return Agreement(verdict, len(apart), f"{name} is {_text(new.get(name))}, was {_text(old.get(name))}")


def _numbers(record: RunRecord) -> Iterator[tuple[str, float]]:
    """All that is compared, each number with the words that say where it was measured, in the order of training."""
    for point in record.evaluations:
        yield from _measured(point, _OF_POINT, f"at step {point.step}")
    if record.final is not None:
        yield "at the end, step", float(record.final.step)
        yield from _measured(record.final, _OF_FINAL, "at the end")
        for number, value in enumerate(record.final.test_class_metric):
            yield f"at the end, test metric of class {number}", value
        for name, metric in record.final.further_metrics.items():
            yield from _measured(metric, tuple(type(metric).model_fields), f"at the end, {name}")


def _measured(values: object, names: tuple[str, ...], where: str) -> Iterator[tuple[str, float]]:
    for name in names:
        value = getattr(values, name)
        if value is not None:
            yield f"{where}, {name.replace('_', ' ')}", value


def _distance(one: float | None, other: float | None) -> float:
    """Relative to the larger; infinite where only one is there or finite."""
    if one is None or other is None:
        return math.inf
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other))


def _words(record: RunRecord) -> str:
    return str(record.status).replace("_", " ") + (f" ({record.reason})" if record.reason else "")


def _text(value: float | None) -> str:
    return "not there" if value is None else f"{value:.9g}"
