"""Windows of a token sequence as examples for next-token prediction."""

from __future__ import annotations

from torch import Tensor

from optbench import Split


def next_token_split(tokens: Tensor, context: int, stride: int) -> Split:
    """Cut tokens [L] into inputs [N, context] and, one position later, targets [N, context].

    Windows begin every `stride` tokens. Both are views of `tokens`: overlapping windows take no memory.
    """
    windows = tokens.unfold(0, context + 1, stride)
    return Split(windows[:, :-1], windows[:, 1:])
