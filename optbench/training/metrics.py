"""Metrics as counts, so that batches of any size add up to the exact share of a split.

`optbench.components.metric` lists them.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from optbench.components.component import resolve
from optbench.components.metric import METRICS
from optbench.training.transcripts import IGNORED, greedy, labels

Metric = Callable[[Tensor, Tensor], Tensor]
"""(outputs, targets) to counts `[2, K]`: what is counted, and out of how many, in each of K classes (or one)."""


def accuracy(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count predictions whose largest logit is the target, by class; logits `[..., C]`, classes `[...]`.

    Of targets that are probabilities `[..., C]` the likeliest class counts.
    """
    classes = outputs.shape[-1]
    targets = targets.argmax(-1) if targets.is_floating_point() else targets
    counted = targets != IGNORED
    hits = targets[(outputs.argmax(-1) == targets) & counted]
    return torch.stack([torch.bincount(found, minlength=classes) for found in (hits, targets[counted])]).cpu()


def character_error_rate(outputs: Tensor, targets: Tensor) -> Tensor:
    """Count the insertions, deletions and substitutions that turn what is spelled into the transcripts, out of their
    characters; logits [B, T, C] decoded greedily, padded targets [B, L].

    Source: Graves et al., Connectionist temporal classification, ICML 2006, equation 1.
    """
    transcripts = labels(targets)
    edits = sum(map(Levenshtein.distance, greedy(outputs), transcripts))
    return torch.tensor([[edits], [sum(map(len, transcripts))]])


def find_metric(name: str) -> Metric | None:
    """Return a metric by its name; `None` where it is the loss."""
    build = METRICS[name].build
    return resolve(build) if build else None
