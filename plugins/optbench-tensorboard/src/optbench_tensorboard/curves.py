"""What a record says of its run, as TensorBoard has it: scalars by tag and step, and hyper-parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import optbench

Scalars = dict[str, float]
Plain = str | float | bool


def point(record: optbench.RunRecord, evaluation: optbench.Evaluation) -> Scalars:
    """Return what an evaluation point of a record measured, by tag; what is missing there is left out."""
    measured = {
        "train/loss": evaluation.train_loss,
        "train/whole-loss": evaluation.train_eval_loss,
        "train/suboptimality": _suboptimality(record, evaluation),
        "validation/loss": evaluation.validation_loss,
        f"validation/{record.spec.task.metric}": evaluation.validation_metric,
    }
    diagnostics = {f"diagnostic/{name}": value for name, value in evaluation.diagnostics.items()}
    return _known(measured) | diagnostics


def final(record: optbench.RunRecord) -> Scalars:
    """Return what was measured once, at the end, by tag; nothing where the run did not complete."""
    end, metric = record.final, record.spec.task.metric
    if end is None:
        return {}
    measured = {
        "final/train-loss": end.train_eval_loss,
        f"final/train-{metric}": end.train_eval_metric,
        "final/validation-loss": end.validation_loss,
        f"final/validation-{metric}": end.validation_metric,
        "final/test-loss": end.test_loss,
        f"final/test-{metric}": end.test_metric,
    }
    return _known(measured)


def hyperparameters(record: optbench.RunRecord) -> dict[str, Plain]:
    """Return what a table of runs needs to sort and filter them; what is no number or text is written as text."""
    spec = record.spec
    facts: dict[str, Plain] = {
        "task": spec.task.name,
        "optimizer": spec.optimizer,
        "schedule": spec.schedule,
        "seed": spec.seed,
        "phase": spec.phase,
        "device": spec.device,
        "status": str(record.status),
    }
    return facts | {
        name: value if isinstance(value, str | float | int) else repr(value)
        for name, value in spec.hyperparameters.items()
    }


def _suboptimality(record: optbench.RunRecord, evaluation: optbench.Evaluation) -> float | None:
    """Return (f - f*) / (f0 - f*) of the whole training loss, where the task's optimum f* is known."""
    start, now, least = record.evaluations[0].train_eval_loss, evaluation.train_eval_loss, record.optimum
    if start is None or now is None or least is None or start == least:
        return None
    return (now - least) / (start - least)


def _known(measured: Mapping[str, float | None]) -> Scalars:
    return {tag: value for tag, value in measured.items() if value is not None}
