"""A batch of what a loss or a metric says that it takes."""

from __future__ import annotations

import torch
from torch import Tensor

from optbench.components.loss import Targets
from optbench.testing.check import NotDeclared
from optbench.training.transcripts import IGNORED

EXAMPLES, CLASSES, FRAMES = 12, 7, 20


def batch_of(targets: Targets, within: tuple[float, float] | None = None) -> tuple[Tensor, Tensor]:
    """Return outputs in float64, and targets, of 12 examples; raises `NotDeclared` where anything may be taken."""
    generator = torch.Generator().manual_seed(0)
    if targets == "any":
        raise NotDeclared("what it takes is not declared (targets)")
    if targets == "transcripts":
        outputs = torch.randn(EXAMPLES, FRAMES, CLASSES, generator=generator, dtype=torch.float64)
        spelt = torch.randint(1, CLASSES, (EXAMPLES, 4), generator=generator)
        spelt[::3, 2:] = IGNORED
        return outputs, spelt
    outputs = torch.randn(EXAMPLES, CLASSES, generator=generator, dtype=torch.float64)
    if targets == "classes":
        return outputs, torch.randint(CLASSES, (EXAMPLES,), generator=generator)
    low, high = within or (-1.0, 1.0)
    return outputs, low + (high - low) * torch.rand(EXAMPLES, CLASSES, generator=generator, dtype=torch.float64)
