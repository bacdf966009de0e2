"""Whether a task's numbers can be trained on: all examples of all splits are looked at."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from optbench.components.dataset import Splits
from optbench.components.loss import Loss
from optbench.errors import UsageError
from optbench.training.data import parts, several
from optbench.training.transcripts import BLANK, IGNORED

ROWS = 10_000
"""Examples that are looked at together: windows of a text share their memory, what is computed of them does not."""


def refuse_unsound_numbers(loss: Loss, splits: Splits) -> None:
    """Raise `UsageError` for numbers that are not finite, and targets that the loss is not made for."""
    for name, split in parts(splits).items():
        for tensor in several(split.inputs):
            _refuse_not_finite(f"{name} inputs", tensor)
        _refuse_not_finite(f"{name} targets", split.targets)
    within = loss.within
    for name, split in parts(splits).items():
        low, high = _extent(split.targets) if within else (0, 0)
        if within and not within[0] <= low <= high <= within[1]:
            raise UsageError(
                f"its {name} targets lie in {low:g} … {high:g}, {loss.name} takes {within[0]:g} … {within[1]:g}; "
                "scale them, or use another loss"
            )


def refuse_classes_outside(splits: Splits, classes: int, targets: str) -> None:
    """Raise `UsageError` for targets, `classes` or `transcripts`, that a model with so many logits cannot give."""
    lowest = BLANK + 1 if targets == "transcripts" else 0
    for name, split in parts(splits).items():
        low, high = _extent(split.targets)
        if low <= high and not lowest <= low <= high < classes:
            ignored = " (and -100 where there is none)" if low < 0 else ""
            raise UsageError(
                f"its {name} targets lie in {low} … {high}, the model gives {classes} logits: classes are "
                f"{lowest} … {classes - 1}{ignored}; renumber them, or have the data set say outputs={high + 1}"
            )


def _refuse_not_finite(what: str, tensor: Tensor) -> None:
    if not (tensor.is_floating_point() or tensor.is_complex()):
        return
    bad = torch.cat([~torch.isfinite(rows).reshape(len(rows), -1).all(1) for rows in torch.split(tensor, ROWS)])
    if bad.any():
        raise UsageError(
            f"its {what} are not finite: {int(bad.sum())} of {len(bad)} examples hold nan or inf, the first is "
            f"number {int(bad.nonzero()[0])}; leave them out or replace them"
        )


def _extent(targets: Tensor) -> tuple[float, float]:
    """The least and the greatest target; those that are ignored do not count."""
    extents = list(_extents(targets))
    return min((low for low, _ in extents), default=math.inf), max((high for _, high in extents), default=-math.inf)


def _extents(targets: Tensor) -> Iterator[tuple[float, float]]:
    for rows in torch.split(targets, ROWS):
        low, high = rows.aminmax()
        if low < 0 and not rows.is_floating_point():
            rows = rows[rows != IGNORED]
            if not len(rows):
                continue
            low, high = rows.aminmax()
        yield low.item(), high.item()
