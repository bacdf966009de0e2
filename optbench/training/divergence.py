"""When a run counts as diverged, and is stopped."""

from __future__ import annotations

import math
from collections.abc import Sequence

FACTOR = 100.0
FLOOR = 1e-8


class DivergenceWatch:
    """Looks at each training loss once: non-finite, or more than 100 times the first one, is divergence."""

    def __init__(self) -> None:
        self._limit = math.inf
        self._step = 0

    def look(self, losses: Sequence[float]) -> str:
        """Take the losses of the next steps, in order; return why the run has diverged, or ""."""
        for loss in losses:
            self._step += 1
            if not math.isfinite(loss):
                return f"training loss {loss} at step {self._step}"
            if loss > self._limit:
                return f"training loss {loss:.3g} at step {self._step}, over {FACTOR:g} times the first"
            if self._step == 1:
                self._limit = FACTOR * max(abs(loss), FLOOR)
        return ""

    def state_dict(self) -> dict[str, float]:
        """Return what it has seen so far."""
        return {"limit": self._limit, "step": self._step}

    def load_state_dict(self, state: dict[str, float]) -> None:
        """Go on from what was seen before."""
        self._limit, self._step = state["limit"], int(state["step"])
