"""Which checks of the conformance kit heavyball's optimizers do not pass, and why: `limits.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

CAUSES = Path(__file__).with_name("limits.toml")


@dataclass(frozen=True)
class Cause:
    """Why these optimizers, or all but some, do not pass these checks."""

    checks: Sequence[str]
    because: str
    optimizers: Collection[str] = ()
    all: bool = False
    but: Collection[str] = ()

    def holds_for(self, name: str) -> bool:
        """Whether this is so for an optimizer."""
        return name in self.optimizers or (self.all and name not in self.but)


def causes() -> tuple[Cause, ...]:
    """Read the causes."""
    return tuple(Cause(**entry) for entry in tomllib.loads(CAUSES.read_text(encoding="utf-8"))["cause"])


def limits_of(name: str, causes: Sequence[Cause]) -> dict[str, str]:
    """Return the limits of an optimizer: check to reason."""
    return {check: cause.because for cause in causes if cause.holds_for(name) for check in cause.checks}
