"""`RunSpec`: one training run described as plain data, before anything is done."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from optbench.components.device import DeviceName
from optbench.components.schedule import ScheduleName
from optbench.components.task import Task

# Fields that say how a task is judged or described afterwards: changing them makes no recorded run stale.
_NOT_THE_EXPERIMENT = {"task": {"targets", "test_function", "train_target", "reference", "description", "small"}}
# Fields that came later, left out while they have their default: what was recorded before keeps its `run_id`.
_ABSENT_BY_DEFAULT = ("output",)

Phase = Literal["tune", "report"]
Splitter = Literal["k-fold", "stratified", "shuffled"]


class Fold(BaseModel):
    """One of the `of` ways in which cross-validation splits a task's data, and the splitter that makes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    splitter: Splitter
    index: int
    of: int


class RunSpec(BaseModel):
    """One (task, optimizer, hyper-parameters, schedule, seed, phase): names and numbers only.

    `optimizer` is the entry's name in the suite, `component` the registered optimizer or import string behind
    it. `revisions` and `data_checksum` pin what the names meant. With a `fold` the task's data is split
    anew, as that fold says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task
    data_checksum: str
    optimizer: str
    component: str
    revisions: dict[str, int]
    hyperparameters: dict[str, Any]
    schedule: ScheduleName
    seed: int
    phase: Phase
    fold: Fold | None = None
    device: DeviceName

    @property
    def run_id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON of what defines the experiment."""
        absent = {name for name in _ABSENT_BY_DEFAULT if getattr(self.task, name) == Task.model_fields[name].default}
        content = self.model_dump(mode="json", exclude={"task": _NOT_THE_EXPERIMENT["task"] | absent})
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def lr(self) -> float:
        """The learning rate, the one hyper-parameter that every optimizer has."""
        return float(self.hyperparameters["lr"])
