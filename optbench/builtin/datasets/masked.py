"""Windows of a token sequence as examples for masked-token prediction."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from optbench import Split

SHARE = 0.15
MASK, RANDOM = 0.8, 0.1
"""Shares of the positions to predict that show the mask token and a random one; the rest stay as they are."""
IGNORED = -100
"""The target of a position that is not to be predicted: the `ignore_index` of torch's cross entropy."""


def masked_count(context: int) -> int:
    """Return how many positions of a window are to be predicted: 15 %, rounded."""
    return round(SHARE * context)


def masked_split(tokens: Tensor, context: int, stride: int, vocabulary: int, rng: np.random.RandomState) -> Split:
    """Cut tokens [L] out of 0 … vocabulary - 1 into windows [N, context], and mask each at random places.

    Windows begin every `stride` tokens. Exactly 15 % of each one's positions, rounded, are to be predicted; each of
    these shows the mask token, whose number is `vocabulary`, with probability 0.8, a token drawn uniformly (which may
    be the same) with 0.1, and else stays. Targets [N, context] are the tokens there, and -100 elsewhere. Each window
    having as many, means over windows are means over the tokens that are to be predicted.

    Source: Devlin et al., BERT, NAACL 2019, section 3.1 and appendix A.1. Masks are drawn once, as theirs were (Liu et
    al., RoBERTa, 2019, section 4.1).
    """
    windows = tokens.unfold(0, context, stride).numpy()
    places = rng.random_sample(windows.shape).argsort(1, kind="stable")[:, : masked_count(context)]
    fate = rng.random_sample(windows.shape)
    others = rng.randint(vocabulary, size=windows.shape, dtype=np.int64)
    predicted = np.zeros(windows.shape, bool)
    np.put_along_axis(predicted, places, True, axis=1)
    shown = np.select([fate < MASK, fate < MASK + RANDOM], [np.full_like(windows, vocabulary), others], windows)
    inputs, targets = np.where(predicted, shown, windows), np.where(predicted, windows, IGNORED)
    return Split(torch.from_numpy(inputs), torch.from_numpy(targets))
