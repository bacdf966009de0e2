"""`Suite`: tasks x optimizers x protocol, resolved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, PositiveFloat

from optbench.components.device import DeviceName
from optbench.suite.cell import Cell, Entry, SuiteTask
from optbench.suite.protocols import AnyProtocol

Profile = Literal["smoke", "default", "paper"]


class Suite(BaseModel):
    """A resolved suite: what `suite.json` holds and every later stage reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    description: str = ""
    profile: Profile = "default"
    protocol: AnyProtocol
    tasks: tuple[SuiteTask, ...]
    optimizers: tuple[Entry, ...]
    reference: str = ""
    """The entry that the suite compares the others with."""
    devices: tuple[DeviceName, ...] = ("cpu",)
    timeout: PositiveFloat = 600.0
    """Seconds that one run may take."""
    notes: tuple[str, ...] = ()
    """What a reader of the report has to know: fallbacks, quarantined plugins."""
    left_out: tuple[str, ...] = ()
    """Tasks and optimizers of the suite file that were not asked for, by name."""

    @property
    def reference_entry(self) -> str:
        """The entry that others are compared with: the suite's `reference` if it is here, else the first one."""
        names = [entry.name for entry in self.optimizers if not entry.control_of]
        return self.reference if self.reference in names else names[0]

    def cells(self) -> Iterator[Cell]:
        """All cells, tasks varying fastest, so that a campaign soon knows what each task costs."""
        for device in self.devices:
            for entry in self.optimizers:
                for task in self.tasks:
                    for fold in self.protocol.each_fold():
                        yield Cell(suite_task=task, entry=entry, device=device, fold=fold)
