"""`Cell`: one task, one entry, one kind of device: the unit that is tuned and reported."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from optbench.components.component import NAME_PATTERN
from optbench.components.device import DeviceName
from optbench.components.spaces import four_digits
from optbench.components.task import Task
from optbench.runs.spec import Fold, Phase, RunSpec
from optbench.suite.spaces import LearningRate, SpaceTable

Setting = dict[str, Any]
"""Values of the hyper-parameters that a protocol tries, `lr` always among them; the others are the entry's own."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Entry(_Value):
    """An optimizer as the suite enters it: (optimizer, schedule, search space) under one name.

    `hyperparameters` are the component's defaults with `fixed` on top, without the learning rate.
    `changed` lists what differs from the component's own declaration and is printed in captions.
    """

    name: str = Field(pattern=NAME_PATTERN)
    component: str
    lr_ref: LearningRate
    lr_grid: tuple[LearningRate, ...] = ()
    """The suite's own grid; empty where the protocol builds one around `lr_ref`."""
    space: dict[str, SpaceTable] = {}
    """What may be tuned: the declared space with the suite's changes, without what the suite fixes."""
    trials: PositiveInt | None = None
    """How many settings it tries, where that is not what everyone does."""
    hyperparameters: dict[str, Any] = {}
    weight_decay_mode: str = "none"
    schedule: str | None = None
    lr_factors: str | None = None
    own_sources: dict[str, dict[str, str]] = {}
    """The user's own files behind its schedule and factors of the rate, where it has its own, by role."""
    own_revisions: dict[str, int] = {}
    """The revision of its schedule, where it has its own."""
    revision: int = 1
    sources: dict[str, str] = {}
    """The user's own files behind it, with their checksums."""
    changed: tuple[str, ...] = ()
    control_of: str = ""
    """The entry that this one repeats with other seeds, to show how much the seeds alone change."""
    reference: str = ""
    description: str = ""
    distribution: str = ""

    @property
    def start(self) -> Setting:
        """The learning rate that is tried where nothing else is known."""
        return {"lr": four_digits(self.lr_ref)}


class SuiteTask(_Value):
    """A task as the suite uses it, with what its names meant when the suite was resolved."""

    task: Task
    data_checksum: str
    revisions: dict[str, int]
    sources: dict[str, dict[str, str]] = {}
    """The user's own files behind it, with their checksums, by role."""
    instead_of: str = ""
    """The task that this one stands in for, where that one's data could not be had."""


class Cell(_Value):
    """One (task, optimizer, device), and fold where there are folds: the unit that is tuned and reported."""

    suite_task: SuiteTask
    entry: Entry
    device: DeviceName
    fold: Fold | None = None

    @property
    def task(self) -> Task:
        """The task itself."""
        return self.suite_task.task

    @property
    def key(self) -> tuple[str, str, str]:
        """(task, optimizer, device) by name."""
        return self.task.name, self.entry.name, self.device

    def spec(self, setting: Setting, seed: int, phase: Phase) -> RunSpec:
        """Describe one run of this cell."""
        entry, task = self.entry, self.task
        revisions = self.suite_task.revisions | {"optimizer": entry.revision} | entry.own_revisions
        sources = self.suite_task.sources | {"optimizer": entry.sources} | entry.own_sources
        return RunSpec(
            task=task,
            data_checksum=self.suite_task.data_checksum,
            optimizer=entry.name,
            component=entry.component,
            revisions={role: revision for role, revision in revisions.items() if role != "schedule" or revision > 1},
            sources={role: files for role, files in sources.items() if files},
            hyperparameters=entry.hyperparameters | setting,
            schedule=entry.schedule or task.schedule,
            lr_factors=entry.lr_factors or task.lr_factors,
            seed=seed,
            phase=phase,
            fold=self.fold,
            device=self.device,
        )
