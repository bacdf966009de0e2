"""`Suite`: tasks x optimizers x protocol, resolved; `Cell`: one task, one optimizer, one kind of device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from optbench.registry.task import Schedule, Task
from optbench.runs.spec import Phase, RunSpec

Profile = Literal["smoke", "default", "paper"]
DeviceKind = Literal["cpu", "cuda", "mps"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Protocol(_Value):
    """How entries are tuned and reported; every entry gets the same effort.

    `lr-grid` tries `decades` decades of learning rates around `lr_ref`, `points_per_decade` a decade, with
    the first tuning seed; the best `finalists` again with the other tuning seeds, decided by the median;
    a winner at the end of the grid extends it by `edge_points`, at most `edge_extensions` times; the winner is
    run with the fresh `report_seeds`. An entry with a grid of its own, of another length than everyone's, is refused
    unless `unequal_effort` says that this is meant. `defaults` runs `lr_ref` with the report seeds and tunes nothing.
    """

    name: Literal["lr-grid", "defaults"] = "lr-grid"
    decades: int = Field(default=4, ge=1, le=20)
    points_per_decade: int = Field(default=2, ge=1, le=50)
    finalists: PositiveInt = 3
    edge_points: PositiveInt = 3
    edge_extensions: int = Field(default=2, ge=0)
    tune_seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1)
    report_seeds: tuple[int, ...] = Field(default=(1000, 1001, 1002, 1003, 1004), min_length=1)
    unequal_effort: bool = False

    @property
    def grid_size(self) -> int:
        """How many learning rates every entry tries at first: 9 by default."""
        return self.decades * self.points_per_decade + 1

    @model_validator(mode="after")
    def _seeds_are_fresh(self) -> Protocol:
        for field in ("tune_seeds", "report_seeds"):
            seeds = getattr(self, field)
            if len(set(seeds)) < len(seeds) or min(seeds) < 0:
                raise ValueError(f"{field}: {list(seeds)} must be different non-negative integers")
        shared = sorted(set(self.tune_seeds) & set(self.report_seeds))
        if shared and self.name != "defaults":
            raise ValueError(f"report_seeds: {shared} are tuning seeds too; a report needs fresh seeds")
        return self


class Entry(_Value):
    """An optimizer as the suite enters it: (optimizer, schedule, search space) under one name.

    `hyperparameters` are the component's defaults with `fixed` on top, without the learning rate.
    `changed` lists what differs from the component's own declaration and is printed in captions.
    """

    name: str
    component: str
    lr_ref: PositiveFloat
    lr_grid: tuple[PositiveFloat, ...] = ()
    """The suite's own grid; empty where the protocol builds one around `lr_ref`."""
    hyperparameters: dict[str, Any] = {}
    weight_decay_mode: str = "none"
    schedule: Schedule | None = None
    revision: int = 1
    changed: tuple[str, ...] = ()
    reference: str = ""
    description: str = ""
    distribution: str = ""


class SuiteTask(_Value):
    """A task as the suite uses it, with what its names meant when the suite was resolved."""

    task: Task
    data_checksum: str
    revisions: dict[str, int]
    instead_of: str = ""
    """The task that this one stands in for, where that one's data could not be had."""


class Suite(_Value):
    """A resolved suite: what `suite.json` holds and every later stage reads."""

    name: str
    description: str = ""
    profile: Profile = "default"
    protocol: Protocol
    tasks: tuple[SuiteTask, ...]
    optimizers: tuple[Entry, ...]
    devices: tuple[DeviceKind, ...] = ("cpu",)
    timeout: PositiveFloat = 600.0
    """Seconds that one run may take."""
    notes: tuple[str, ...] = ()
    """What a reader of the report has to know: fallbacks, quarantined plugins."""

    def cells(self) -> Iterator[Cell]:
        """All cells, tasks varying fastest, so that a campaign soon knows what each task costs."""
        for device in self.devices:
            for entry in self.optimizers:
                for task in self.tasks:
                    yield Cell(suite_task=task, entry=entry, device=device)


class Cell(_Value):
    """One (task, optimizer, device): the unit that is tuned and reported."""

    suite_task: SuiteTask
    entry: Entry
    device: DeviceKind

    @property
    def task(self) -> Task:
        """The task itself."""
        return self.suite_task.task

    @property
    def key(self) -> tuple[str, str, str]:
        """(task, optimizer, device) by name."""
        return self.task.name, self.entry.name, self.device

    def spec(self, lr: float, seed: int, phase: Phase) -> RunSpec:
        """Describe one run of this cell."""
        return RunSpec(
            task=self.task,
            data_checksum=self.suite_task.data_checksum,
            optimizer=self.entry.name,
            component=self.entry.component,
            revisions=self.suite_task.revisions | {"optimizer": self.entry.revision},
            hyperparameters=self.entry.hyperparameters | {"lr": lr},
            schedule=self.entry.schedule or self.task.schedule,
            seed=seed,
            phase=phase,
            device=self.device,
        )
