"""Why an optimizer does not pass a check: the causes that somebody has looked into, from `limits.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

CAUSES = Path(__file__).with_name("limits.toml")


@dataclass(frozen=True)
class Cause:
    """Why these optimizers do not pass these checks; without names, any where what the kit saw matches `seen`."""

    checks: Sequence[str]
    because: str
    optimizers: Sequence[str] = ()
    seen: str = ""

    def explains(self, name: str, check: str, seen: str) -> bool:
        """Whether this is the cause of what the kit saw of an optimizer."""
        named = not self.optimizers or name in self.optimizers
        return named and check in self.checks and re.search(self.seen, seen) is not None


def known_causes() -> tuple[Cause, ...]:
    """Read the causes."""
    return tuple(Cause(**entry) for entry in tomllib.loads(CAUSES.read_text(encoding="utf-8"))["cause"])


def explained(name: str, failures: Mapping[str, str], causes: Sequence[Cause]) -> tuple[dict[str, str], list[str]]:
    """Return the reason for each failed check, and a line for each failure that no cause explains."""
    limits, unexplained = {}, []
    for check, seen in failures.items():
        found = [cause.because for cause in causes if cause.explains(name, check, seen)]
        if found:
            limits[check] = found[0]
        else:
            unexplained.append(f"{name}: {check}: {seen}")
    return limits, unexplained
