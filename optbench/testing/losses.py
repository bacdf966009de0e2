"""The checks of losses, on a batch of what they take."""

from __future__ import annotations

import torch

from optbench.components.loss import Loss
from optbench.testing.batches import EXAMPLES, batch_of
from optbench.testing.check import Violation, check
from optbench.training.losses import built_loss


@check("builds", why="Training needs one number to differentiate; tasks with a loss of each example are refused.")
def builds(component: Loss) -> None:
    """It is one finite number for a batch of random outputs."""
    loss = built_loss(component)(*batch_of(component.targets, component.within))
    if not torch.is_tensor(loss) or loss.ndim or not torch.isfinite(loss):
        raise Violation(f"it returns {loss}")


@check("mean", why="Sums over a batch change with its size, and with them the learning rate and what is reported.")
def is_a_mean_over_its_batch(component: Loss) -> None:
    """Of a batch it is the mean of what it is of the batch's halves."""
    loss, (outputs, targets) = built_loss(component), batch_of(component.targets, component.within)
    halves = zip(torch.split(outputs, EXAMPLES // 2), torch.split(targets, EXAMPLES // 2), strict=True)
    whole, mean = float(loss(outputs, targets)), sum(float(loss(*half)) for half in halves) / 2
    if abs(whole - mean) > 1e-6 * max(1.0, abs(whole)):
        raise Violation(f"it is {whole:.6g}, the mean of its halves {mean:.6g}")


@check("gradient", why="A loss that is not differentiated as it is computed trains something else.")
def has_the_gradient_of_finite_differences(component: Loss) -> None:
    """Its gradient is that of finite differences."""
    loss, (outputs, targets) = built_loss(component), batch_of(component.targets, component.within)
    try:
        torch.autograd.gradcheck(lambda given: loss(given, targets), (outputs.requires_grad_(),))
    except RuntimeError as error:
        raise Violation(" ".join(str(error).split())[:200]) from error


CHECKS = (builds, is_a_mean_over_its_batch, has_the_gradient_of_finite_differences)
