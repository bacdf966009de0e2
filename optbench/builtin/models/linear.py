"""An affine map of the flattened input."""

from __future__ import annotations

import math

from torch import Tensor, nn


class Linear(nn.Module):
    """`W x + b` with W and b starting at zero, as is usual for convex problems."""

    def __init__(self, input_shape: tuple[int, ...], outputs: int) -> None:
        super().__init__()
        self.affine = nn.Linear(math.prod(input_shape), outputs)
        nn.init.zeros_(self.affine.weight)
        nn.init.zeros_(self.affine.bias)

    def forward(self, inputs: Tensor) -> Tensor:
        """Map inputs [B, ...] to outputs [B, K]."""
        output: Tensor = self.affine(inputs.flatten(1))
        return output
