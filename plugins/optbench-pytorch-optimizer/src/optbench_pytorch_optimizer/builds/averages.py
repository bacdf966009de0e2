"""SPlus, which is evaluated at a running mean of the weights."""

from __future__ import annotations

import pytorch_optimizer


class SPlus(pytorch_optimizer.SPlus):
    """SPlus that can be evaluated before its first step and beside weights without a gradient; the class cannot."""

    def eval(self) -> None:
        """Put the mean in the place of the weights that have one."""
        params = [group["params"] for group in self.param_groups]
        for group in self.param_groups:
            group["params"] = [p for p in group["params"] if "ema" in self.state.get(p, {})]
        super().eval()  # type: ignore[no-untyped-call]
        for group, all_of_them in zip(self.param_groups, params, strict=True):
            group["params"] = all_of_them
