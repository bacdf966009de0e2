"""`RunSpec`: one training run described as plain data, before anything is done."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Collection, Mapping
from functools import cached_property, lru_cache
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from optbench.components.component import NAME_PATTERN
from optbench.components.device import DeviceName
from optbench.components.task import Task
from optbench.runs.numbers import Count

# Fields of a task that say how it is judged or described afterwards: changing them makes no recorded run stale.
NOT_THE_EXPERIMENT = {"targets", "test_function", "train_target", "reference", "description", "small", "measures"}
# Fields that came later, of a spec and of its task: left out while they have these values, so that run ids stay.
_LATER: Mapping[str, Any] = {"sources": {}, "lr_factors": None}
_LATER_OF_TASK: Mapping[str, Any] = {"output": None, "metrics": [], "goal": None, "lr_factors": None}

Phase = Literal["tune", "report"]
Splitter = Literal["k-fold", "stratified", "shuffled"]


class Fold(BaseModel):
    """One of the `of` ways in which cross-validation splits a task's data, and the splitter that makes them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    splitter: Splitter
    index: Count
    of: Count


class RunSpec(BaseModel):
    """One (task, optimizer, hyper-parameters, schedule, seed, phase): names and numbers only.

    `optimizer` is the entry's name in the suite, `component` the registered optimizer or import string behind it;
    `schedule` and `lr_factors` are the entry's own or the task's. `revisions`, `data_checksum` and `sources` pin what
    the names meant: `revisions` has those of optimizer, model and data set, and those of other components from 2 on;
    `sources` maps each role that code of the user's own plays (optimizer, model, loss, …) to its files and their
    checksums, which components of installed releases do not have. With a `fold` the task's data is split anew, as that
    fold says.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: Task
    data_checksum: str
    optimizer: str = Field(pattern=NAME_PATTERN)
    component: str
    revisions: dict[str, int]
    sources: dict[str, dict[str, str]] = {}
    hyperparameters: dict[str, Any]
    schedule: str
    lr_factors: str | None = None
    seed: Count
    phase: Phase
    fold: Fold | None = None
    device: DeviceName

    @field_validator("task")
    @classmethod
    def _task_is_shared(cls, task: Task, info: ValidationInfo) -> Task:
        """Where many records are read, those of one task share it: the context has what was read already."""
        return task if info.context is None else info.context.setdefault(task.model_dump_json(), task)

    @field_validator("hyperparameters")
    @classmethod
    def _learning_rate_is_a_number(cls, hyperparameters: dict[str, Any]) -> dict[str, Any]:
        lr = hyperparameters.get("lr")
        if isinstance(lr, bool) or not (isinstance(lr, int | float) and abs(lr) <= sys.float_info.max):
            raise ValueError(f"lr must be a finite number, not {lr!r}")
        return hyperparameters

    @cached_property
    def run_id(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical JSON of what defines the experiment."""
        rest = _canonical(self.model_dump_json(exclude={"task"}), _LATER)
        task = _task_canonical(self.task.model_dump_json(exclude=NOT_THE_EXPERIMENT))
        whole = f'{rest.removesuffix("}")},"task":{task}}}'  # of all keys it is the last
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with some fields changed, which is another run."""
        copied = super().model_copy(update=update, deep=deep)
        vars(copied).pop("run_id", None)
        return copied

    @property
    def lr(self) -> float:
        """The learning rate, the one hyper-parameter that every optimizer has."""
        return float(self.hyperparameters["lr"])

    @property
    def evaluation_steps(self) -> tuple[int, ...]:
        """The steps after which it is evaluated.

        Nothing reads the middle of a tuning run's curve, unless its best weights count: it is evaluated at its two
        ends only.
        """
        steps = self.task.evaluation_steps()
        return steps if self.phase == "report" or self.task.primary == "best" else (steps[0], steps[-1])

    def setting(self, names: Collection[str]) -> dict[str, Any]:
        """Return the hyper-parameters of these names, as far as there are any."""
        return {name: self.hyperparameters[name] for name in names if name in self.hyperparameters}


def _canonical(document: str, later: Mapping[str, Any]) -> str:
    """Return a JSON object in canonical form, without what has the value that it had before there was such a field."""
    content = {name: value for name, value in json.loads(document).items() if name not in later or value != later[name]}
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=4096)
def _task_canonical(document: str) -> str:
    """Return a task in canonical form, which thousands of runs share."""
    return _canonical(document, _LATER_OF_TASK)
