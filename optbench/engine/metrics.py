"""Metrics that tasks can name, as counts, so that batches of any size add up to the exact share of a split."""

from __future__ import annotations

from collections.abc import Callable

from rapidfuzz.distance import Levenshtein
from torch import Tensor

from optbench.engine.transcripts import IGNORED, greedy, labels

Metric = Callable[[Tensor, Tensor], tuple[int, int]]
"""(outputs, targets) to what is counted, and out of how many."""


def accuracy(outputs: Tensor, targets: Tensor) -> tuple[int, int]:
    """Count predictions whose largest logit is the target; logits `[..., C]`, classes `[...]`."""
    counted = targets != IGNORED
    return int(((outputs.argmax(-1) == targets) & counted).sum()), int(counted.sum())


def character_error_rate(outputs: Tensor, targets: Tensor) -> tuple[int, int]:
    """Count the insertions, deletions and substitutions that turn what is spelled into the transcripts, out of their
    characters; logits [B, T, C] decoded greedily, padded targets [B, L].

    Source: Graves et al., Connectionist temporal classification, ICML 2006, equation 1.
    """
    transcripts = labels(targets)
    edits = sum(map(Levenshtein.distance, greedy(outputs), transcripts))
    return edits, sum(map(len, transcripts))


METRICS: dict[str, Metric] = {"accuracy": accuracy, "character_error_rate": character_error_rate}
