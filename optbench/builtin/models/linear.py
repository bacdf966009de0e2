"""An affine map of the flattened input."""

from __future__ import annotations

import math

from torch import Tensor, nn


class Linear(nn.Module):
    """`W x + b`, or `W x` without `bias`, with W and b starting at zero, as is usual for convex problems."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int, *, bias: bool = True) -> None:
        super().__init__()
        self.affine = nn.Linear(math.prod(input_shape), outputs, bias=bias)
        for parameter in self.affine.parameters():
            nn.init.zeros_(parameter)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to outputs [B, K]."""
        output: Tensor = self.affine(inputs.flatten(1))
        return output
