"""Transcripts as classes: padded targets, what a model's outputs spell, and how many frames they need.

Source: Graves et al., Connectionist temporal classification, ICML 2006.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from optbench.components.dataset import Splits
from optbench.errors import UsageError

IGNORED = -100
"""A target that no loss and no metric looks at, and the padding of transcripts: torch's `ignore_index`."""
BLANK = 0
"""The class that stands for no character."""


def labels(targets: Tensor) -> list[list[int]]:
    """Return each transcript of padded targets [B, L] without its padding."""
    return [row[row != IGNORED].tolist() for row in targets.cpu()]


def greedy(logits: Tensor) -> list[list[int]]:
    """Return what the likeliest class of each frame spells: repeats are one character, blanks none; logits [B, T, C].

    Best-path decoding (Graves et al. 2006, section 3.2).
    """
    paths = (torch.unique_consecutive(path) for path in logits.argmax(-1).cpu())
    return [path[path != BLANK].tolist() for path in paths]


def frames_needed(targets: Tensor) -> Tensor:
    """Return the fewest frames [B] that can spell padded targets [B, L]: one for each character, and one for the
    blank between equal neighbours.
    """
    neighbours = (targets[:, 1:] == targets[:, :-1]) & (targets[:, 1:] != IGNORED)
    return (targets != IGNORED).sum(1) + neighbours.sum(1)


def check_frames(logits: nn.Module, splits: Splits) -> None:
    """Raise `UsageError` where the model's outputs have fewer frames than a transcript of any split needs."""
    logits.eval()
    with torch.no_grad():
        outputs = logits(splits.train.take(slice(1)).inputs)
    logits.train()
    if not isinstance(outputs, Tensor) or outputs.ndim != 3:
        return  # no logits of frames: what a model returns is looked at elsewhere
    frames = outputs.shape[1]
    needed = max(int(frames_needed(split.targets).max()) for split in (splits.train, splits.validation, splits.test))
    if frames < needed:
        raise UsageError(
            f"the model gives {frames} frames, but a transcript needs {needed} (one for each character, "
            "and one between equal neighbours); give the model longer inputs or less stride"
        )
