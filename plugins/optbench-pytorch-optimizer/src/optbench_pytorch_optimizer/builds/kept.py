"""SCION in its light form, whose momentum is in the gradients."""

from __future__ import annotations

import pytorch_optimizer


class SCIONLight(pytorch_optimizer.SCIONLight):
    """SCIONLight whose gradients outlive `zero_grad`: they are its momentum, scaled down by each step."""

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Leave the gradients as they are."""
