"""When a run counts as diverged, and is stopped."""

from __future__ import annotations

import math
from collections.abc import Sequence

FACTOR = 100.0
TINY = 1e-8
"""Losses below this have no scale."""
GRACE = 10
"""Steps that give a run its scale where its initial weights have none."""


class DivergenceWatch:
    """Looks at each training loss once: non-finite, or over 100 times the largest loss of the initial weights.

    Those losses are of whole splits and of single batches, so that what batches scatter over is no divergence. A run
    that begins where all of them are zero takes its scale from its first ten steps.
    """

    def __init__(self) -> None:
        self._scale = math.inf
        self._grace = 0
        self._step = 0

    def start(self, scale: float) -> None:
        """Take the size of the largest loss of the initial weights; before, only what is not finite is divergence."""
        self._scale, self._grace = scale, GRACE if scale < TINY else 0

    def look(self, losses: Sequence[float]) -> str:
        """Take the losses of the next steps, in order; return why the run has diverged, or ""."""
        for loss in losses:
            self._step += 1
            if not math.isfinite(loss):
                return f"training loss {loss} at step {self._step}"
            if self._step <= self._grace:
                self._scale = max(self._scale, abs(loss))
            elif loss > FACTOR * max(self._scale, TINY):
                scale = f"{FACTOR:g} times {self._scale:.3g}, the largest loss at its initial weights"
                return f"training loss {loss:.3g} at step {self._step}, over {scale}"
        return ""

    def state_dict(self) -> dict[str, float]:
        """Return what it has seen so far."""
        return {"scale": self._scale, "grace": self._grace, "step": self._step}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from what was seen before."""
        self._scale, self._grace, self._step = state["scale"], int(state["grace"]), int(state["step"])
