"""`Condition`: one results folder on one kind of device, within which entries are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from optbench.store.results import Results, Source

CONDITION = ["source", "device"]
CELL = [*CONDITION, "task", "optimizer"]


@dataclass(frozen=True)
class Condition:
    """Where the runs that are ranked against each other come from; `label` is what tells it from the others."""

    source: str
    device: str
    label: str

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows of `table` (which has the `CONDITION` columns) that belong to this condition."""
        return table[(table["source"] == self.source) & (table["device"] == self.device)]


def conditions(results: Results) -> tuple[Condition, ...]:
    """All conditions in the order of the sources; the only one of a report has an empty label."""
    pairs = [(source, device) for source in results.sources for device in source.suite.devices]
    return tuple(Condition(source.label, device, _label(source, device, pairs)) for source, device in pairs)


def varying(conditions: tuple[Condition, ...]) -> list[str]:
    """Which of the `CONDITION` columns tell the conditions apart: none where there is one condition."""
    return [column for column in CONDITION if len({getattr(condition, column) for condition in conditions}) > 1]


def _label(source: Source, device: str, pairs: Sequence[tuple[Source, str]]) -> str:
    several_sources = len({other.label for other, _ in pairs}) > 1
    several_devices = len({other for _, other in pairs}) > 1
    return ", ".join(part for part, varies in ((source.label, several_sources), (device, several_devices)) if varies)
