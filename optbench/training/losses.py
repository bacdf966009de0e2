"""Losses: means over examples; `optbench.builtin.losses` declares those that have a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional as F

from optbench.components import loss as components
from optbench.components.component import resolve
from optbench.training.transcripts import BLANK, IGNORED


@dataclass(frozen=True)
class Loss:
    """A loss as runs have it: `function(outputs, targets)` is a scalar, the mean over the batch.

    The mean of one that `ignores` is over the targets that are not -100.
    """

    function: Callable[..., Tensor]
    ignores: bool = False

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over a batch."""
        return self.function(outputs, targets)

    def smoothed(self, label_smoothing: float) -> Loss:
        """Return the loss of smoothed targets, of one that can smooth them."""
        function = partial(self.function, label_smoothing=label_smoothing)
        return replace(self, function=function) if label_smoothing else self

    def weighted(self, mean: Tensor, part: Tensor, whole: Tensor) -> Tensor:
        """Return a part's mean times what it weighs, relative to its size, in that of the whole; the targets of both.

        It weighs 1 unless more targets are ignored, or fewer, in one than in the other. Nothing waits for the device.
        """
        if not self.ignores or whole.is_floating_point():
            return mean
        counted, of = ((targets != IGNORED).sum() for targets in (part, whole))
        return mean * ((counted * whole.numel()).to(mean.dtype) / (of * part.numel()).clamp(min=1).to(mean.dtype))


def built_loss(loss: components.Loss) -> Loss:
    """Return a loss as runs have it."""
    return Loss(resolve(loss.build, f"loss {loss.name!r}"), loss.ignores)


def cross_entropy(outputs: Tensor, targets: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Mean cross entropy in nats; logits `[..., C]` and classes `[...]`, one prediction per leading index.

    Targets that are real numbers `[..., C]` are the probabilities of each class. Smoothed targets are
    (1 - label_smoothing) times these plus label_smoothing / C everywhere (Szegedy et al. 2016, arXiv:1512.00567,
    section 7). Classes of -100 are ignored: the mean is over the others, 0 where there are none.
    """
    if targets.is_floating_point():
        return F.cross_entropy(outputs.flatten(0, -2), targets.flatten(0, -2), label_smoothing=label_smoothing)
    loss = F.cross_entropy(outputs.flatten(0, -2), targets.flatten(), label_smoothing=label_smoothing)
    return loss.where((targets != IGNORED).any(), 0.0)


def mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error; outputs and targets of the same number of elements."""
    return F.mse_loss(outputs.reshape(targets.shape), targets)


def binary_cross_entropy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean binary cross entropy in nats; logits and targets in [0, 1], as many of the one as of the other."""
    return F.binary_cross_entropy_with_logits(outputs.reshape(targets.shape), targets)


def half_mse(outputs: Tensor, targets: Tensor) -> Tensor:
    """Half the mean squared error, whose gradient has no factor 2."""
    return 0.5 * mse(outputs, targets)


def mean_output(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean of the outputs, for models that return each example's loss themselves; targets are ignored."""
    return outputs.mean()


def ctc(outputs: Tensor, targets: Tensor) -> Tensor:
    """Mean over the examples of -ln p(transcript) in nats; logits [B, T, C], class 0 the blank, padded targets [B, L].

    A transcript's own sum over its frames counts, not divided by its length. It is inf where the frames are too few.
    Source: Graves et al., Connectionist temporal classification, ICML 2006, equations 8 and 12.
    """
    examples, frames, _ = outputs.shape
    counted = targets != IGNORED
    losses = F.ctc_loss(
        outputs.log_softmax(-1).transpose(0, 1),
        targets.where(counted, BLANK),
        torch.full((examples,), frames, dtype=torch.int64),
        counted.sum(1),
        blank=BLANK,
        reduction="none",
    )
    return losses.mean()
