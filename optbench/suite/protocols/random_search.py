"""`RandomSearch`: independent draws."""

from __future__ import annotations

from typing import ClassVar, Literal

from optbench.suite.protocols.draws import Draws


class RandomSearch(Draws):
    """Draws settings independently, uniformly on their scales (Bergstra and Bengio, JMLR 2012).

    Each hyper-parameter has a random stream of its own, so that more trials begin with the same ones as fewer.
    """

    draws: ClassVar[Literal["none", "independent", "even"]] = "independent"
    name: Literal["random"] = "random"

    def units(self, study: int, trials: int, dimensions: int) -> list[list[float]]:
        """Return independent uniform numbers."""
        import numpy as np

        keys = [np.random.SeedSequence(self.seed, spawn_key=(study, axis)) for axis in range(dimensions)]
        columns: list[list[float]] = [np.random.default_rng(key).random(trials).tolist() for key in keys]
        return [list(draw) for draw in zip(*columns, strict=True)]
