"""`Qmc`: draws that fill the space more evenly than independent ones."""

from __future__ import annotations

from typing import ClassVar, Literal

from optbench.suite.protocols.draws import Draws


class Qmc(Draws):
    """Draws settings from a scrambled Halton sequence (Owen, A randomized Halton algorithm in R, arXiv:1706.02808).

    It leaves smaller gaps than independent draws, for any number of trials, and more trials begin with the same ones as
    fewer.
    """

    draws: ClassVar[Literal["none", "independent", "even"]] = "even"
    name: Literal["qmc"] = "qmc"

    def units(self, study: int, trials: int, dimensions: int) -> list[list[float]]:
        """Return the beginning of a scrambled Halton sequence."""
        import numpy as np
        from scipy.stats import qmc

        rng = np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(study,)))
        draws: list[list[float]] = qmc.Halton(dimensions, scramble=True, rng=rng).random(trials).tolist()
        return draws
