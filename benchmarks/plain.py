"""The loop of a tutorial, for comparison, on the model, batches, loss, schedule and optimizer of a run of ours."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from optbench.training.training import Training


def steps(run: Training) -> Iterator[Tensor]:
    """Make all updates of a run, and yield the loss after each."""
    peaks = [group["lr"] for group in run.optimizer.param_groups]
    batches = run.batches(0)
    run.model.train()
    for step in range(run.task.steps):
        inputs, targets = next(batches)
        for group, peak in zip(run.optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * run.factor(step)
        run.optimizer.zero_grad()
        loss = run.loss(run.predict(inputs), targets)
        loss.backward()  # type: ignore[no-untyped-call]
        run.optimizer.step()
        yield loss


@torch.no_grad()
def evaluated(run: Training) -> float:
    """Return the loss of the model on all validation examples."""
    model: nn.Module = run.model
    model.eval()
    return float(run.loss(run.predict(run.splits.validation.inputs), run.splits.validation.targets))


def trained(run: Training) -> float:
    """Evaluate, train and evaluate; return the last loss, infinite for a run that diverges."""
    evaluated(run)
    if not all(torch.isfinite(loss) for loss in steps(run)):
        return float("inf")
    return evaluated(run)
