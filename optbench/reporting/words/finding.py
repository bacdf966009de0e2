"""`Finding`: one sentence about one subject; and how names and numbers stand in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from optbench.analysis.condition import Condition

SHOWN = 4
"""So many names are listed in a sentence before the rest is counted."""


@dataclass(frozen=True)
class Finding:
    """One sentence about one subject (a task, an optimizer, the ranking)."""

    subject: str
    sentence: str


def subject(name: str, condition: Condition) -> str:
    """The name, with the condition where there are several: "digits [cuda]"."""
    return f"{name} [{condition.label}]" if condition.label else name


def listed(names: Iterable[str], most: int | None = SHOWN) -> str:
    """ "a, b and c"; of more than `most` the first ones and how many more there are."""
    items = list(names)
    more = [f"{len(items) - most} more"] if most and len(items) > most + 1 else []
    items = items[:most] + more if more else items
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1])))
