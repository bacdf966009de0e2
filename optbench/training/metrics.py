"""Metrics as statistics that add up over batches and functions of their sum, so that they are exact for a split.

`optbench.builtin.metrics` declares those that have a name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from optbench.components import metric as components
from optbench.components.component import resolve
from optbench.training.transcripts import IGNORED, greedy, labels


@dataclass(frozen=True)
class Metric:
    """A metric as runs have it; `value` gets the sum of the `statistics` or, where there are none, the mean loss."""

    name: str
    higher_is_better: bool
    statistics: Callable[[Tensor, Tensor], Tensor] | None
    value: Callable[..., float]
    by_class: Callable[[Tensor], Tensor] | None = None


def built_metric(metric: components.Metric, name: str) -> Metric:
    """Return a metric as runs have it, under the name that its task has for it."""
    statistics, value, by_class = (
        None if part is None else resolve(part, f"metric {name!r}")
        for part in (metric.build, metric.value, metric.by_class)
    )
    assert value is not None
    return Metric(name, metric.higher_is_better, statistics, value, by_class)


def share(counts: Tensor) -> float:
    """What is counted, out of how many, in all classes together: counts `[2, K]`; nan where there is nothing."""
    counted, out_of = counts.sum(1)
    return float(counted / out_of)


def share_by_class(counts: Tensor) -> Tensor:
    """What is counted, out of how many, in each class: counts `[2, K]`; nan for a class that does not occur."""
    return counts[0] / counts[1]


def mean_loss(loss: float) -> float:
    """The mean loss itself."""
    return loss


def perplexity(loss: float) -> float:
    """The exponential of the mean cross entropy in nats; infinite where that is too large for a number."""
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


def bits(loss: float) -> float:
    """The mean cross entropy in bits."""
    return loss / math.log(2)


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count predictions whose largest logit is the target, by class; logits `[..., C]`, classes `[...]`.

    Of targets that are probabilities `[..., C]` the likeliest class counts.
    """
    return _hits(outputs, targets, 1)


def top_5_accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count predictions with the target among the five largest logits, as `accuracy` does."""
    return _hits(outputs, targets, 5)


def _hits(outputs: Tensor, targets: Tensor, largest: int) -> Tensor:
    logits, classes = _counted(outputs, targets)
    chosen = logits.topk(min(largest, logits.shape[-1])).indices if largest > 1 else logits.argmax(-1, keepdim=True)
    hits = classes[(chosen == classes.unsqueeze(-1)).any(-1)]
    return torch.stack([torch.bincount(found, minlength=logits.shape[-1]) for found in (hits, classes)])


def confusions(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count, by class, the hits, the targets and the predictions `[3, C]`; logits and targets as for `accuracy`."""
    logits, classes = _counted(outputs, targets)
    predictions = logits.argmax(-1)
    groups = (classes[predictions == classes], classes, predictions)
    return torch.stack([torch.bincount(group, minlength=logits.shape[-1]) for group in groups])


def macro_f1(counts: Tensor) -> float:
    """The mean of F1 = 2 hits / (targets + predictions) over the classes that have a target or a prediction.

    Counts `[3, C]`: hits, targets and predictions by class.
    """
    hits, targets, predictions = counts[:, counts[1] + counts[2] > 0]
    return float((2 * hits / (targets + predictions)).mean())


def _counted(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits `[N, C]` and classes `[N]` of the targets that are not ignored."""
    classes = (targets.argmax(-1) if targets.is_floating_point() else targets).flatten()
    counted = classes != IGNORED
    return outputs.flatten(0, -2)[counted], classes[counted]


def absolute_errors(outputs: Tensor, targets: Tensor) -> Tensor:
    """Sum up absolute errors, and count them `[2, 1]`; as many outputs as targets."""
    errors = (outputs.reshape(targets.shape).cpu().double() - targets.cpu()).abs()
    return torch.stack([errors.sum(), errors.new_tensor(errors.numel())]).unsqueeze(1)


def squares(outputs: Tensor, targets: Tensor) -> Tensor:
    """Sum up, for each of the K numbers of an example, 1, y, y^2 and (y - prediction)^2 `[4, K]`."""
    y = targets.reshape(len(targets), -1).cpu().double()
    errors = y - outputs.reshape(y.shape).cpu()
    return torch.stack([torch.ones_like(y), y, y.square(), errors.square()]).sum(1)


def r2(sums: Tensor) -> float:
    """The mean over the K numbers of 1 - sum (y - prediction)^2 / sum (y - mean y)^2; sums `[4, K]` as of `squares`.

    Of numbers that are all the same it is 1 where they are predicted without an error, 0 otherwise.
    """
    count, y, squared, errors = sums
    spread = squared - y.square() / count
    is_constant = spread <= 1e-12 * squared
    explained = torch.where(is_constant, (errors == 0).to(errors.dtype), 1 - errors / spread.where(~is_constant, 1.0))
    return float(explained.mean())


def character_error_rate(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count the insertions, deletions and substitutions that turn what is spelled into the transcripts, out of their
    characters; logits [B, T, C] decoded greedily, padded targets [B, L].

    Source: Graves et al., Connectionist temporal classification, ICML 2006, equation 1.
    """
    transcripts = labels(targets)
    edits = sum(map(Levenshtein.distance, greedy(outputs), transcripts))
    return torch.tensor([[edits], [sum(map(len, transcripts))]])
