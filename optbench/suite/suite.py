"""`Suite`: tasks x optimizers x protocol, resolved; `Cell`: one task, one optimizer, one kind of device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator

from optbench.registry.task import Schedule, Task
from optbench.runs.spec import Fold, Phase, RunSpec, Splitter

Profile = Literal["smoke", "default", "paper"]
DeviceKind = Literal["cpu", "cuda", "mps"]
INNER_SHARE = 0.2
"""Share of a fold's training part that is held out for tuning."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Protocol(_Value):
    """How entries are tuned and reported; every entry gets the same effort.

    `lr-grid` tries `decades` decades of learning rates around `lr_ref`, `points_per_decade` a decade, with
    the first tuning seed; the best `finalists` again with the other tuning seeds, decided by the median;
    a winner at the end of the grid extends it by `edge_points`, at most `edge_extensions` times; the winner is
    run with the fresh `report_seeds`. An entry with a grid of its own, of another length than everyone's, is refused
    unless `unequal_effort` says that this is meant. `defaults` runs `lr_ref` with the report seeds and tunes nothing.

    `kfold` is for tasks that say they are `small`: it splits a task's data into training, validation and test data
    `folds` times, by scikit-learn's KFold (`k-fold`), StratifiedKFold (`stratified`) or ShuffleSplit (`shuffled`),
    tunes in each fold as `lr-grid` does, on a fifth of its training part, and reports one run of each.
    """

    name: Literal["lr-grid", "defaults", "kfold"] = "lr-grid"
    decades: int = Field(default=4, ge=1, le=20)
    points_per_decade: int = Field(default=2, ge=1, le=50)
    finalists: PositiveInt = 3
    edge_points: PositiveInt = 3
    edge_extensions: int = Field(default=2, ge=0)
    tune_seeds: tuple[int, ...] = Field(default=(0, 1, 2), min_length=1)
    report_seeds: tuple[int, ...] = Field(default=(1000, 1001, 1002, 1003, 1004), min_length=1)
    unequal_effort: bool = False
    folds: int = Field(default=5, ge=2, le=100)
    splitter: Splitter = "stratified"

    @property
    def grid_size(self) -> int:
        """How many learning rates every entry tries at first: 9 by default."""
        return self.decades * self.points_per_decade + 1

    @property
    def each_fold(self) -> tuple[Fold | None, ...]:
        """The folds that each cell is tuned and reported in; a single `None` without cross-validation."""
        if self.name != "kfold":
            return (None,)
        return tuple(Fold(splitter=self.splitter, index=i, of=self.folds) for i in range(self.folds))

    @property
    def report_runs(self) -> int:
        """How many report runs an entry has on each task."""
        return self.folds if self.name == "kfold" else len(self.report_seeds)

    @property
    def overlap(self) -> float:
        """Test examples per training example of a fold, whose training sets overlap; 0 without cross-validation."""
        return 1 / ((1 - INNER_SHARE) * (self.folds - 1)) if self.name == "kfold" else 0.0

    def seeds_to_report(self, fold: Fold | None) -> tuple[int, ...]:
        """Return the seeds of the report runs in a fold: one for each fold, in turn."""
        return self.report_seeds if fold is None else (self.report_seeds[fold.index % len(self.report_seeds)],)

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
                    for fold in self.protocol.each_fold:
                        yield Cell(suite_task=task, entry=entry, device=device, fold=fold)


class Cell(_Value):
    """One (task, optimizer, device), and fold where there are folds: the unit that is tuned and reported."""

    suite_task: SuiteTask
    entry: Entry
    device: DeviceKind
    fold: Fold | None = None

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
            fold=self.fold,
            device=self.device,
        )
