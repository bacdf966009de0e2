"""A task: a model, a data set, and how a run on them is trained and judged."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, field_validator, model_validator

from optbench.errors import closest
from optbench.registry.components import IMPORT_STRING, NAME_PATTERN
from optbench.registry.landscape import Landscape

Schedule = Literal["constant", "warmup-cosine"]
Precision = Literal["float32", "float64"]
LOSSES = ("cross_entropy", "mse", "half_mse", "mean_output")


class Metric(NamedTuple):
    """How a metric is read."""

    higher_is_better: bool
    share: bool
    """Whether it is a share of something, which tables show in per cent."""


METRICS = {"loss": Metric(higher_is_better=False, share=False), "accuracy": Metric(higher_is_better=True, share=True)}
"""Metrics that tasks can name; `optbench.engine.metrics` computes them."""


class Target(BaseModel):
    """A value that a run should reach; the report counts the steps until it does.

    `on` says what is compared: the `validation` metric, the whole `train` loss, or the training
    loss's `suboptimality` (f - f*) / (f0 - f*). The last two need a task with a known optimum.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    value: float
    on: Literal["validation", "train", "suboptimality"] = "validation"
    source: str = ""

    def __str__(self) -> str:
        return f"{self.name} ({self.on} {self.value:g}" + (f": {self.source})" if self.source else ")")


class Task(BaseModel):
    """What is trained, for how long, and how it is judged (AlgoPerf: workload; DeepOBS: test problem).

    Everything here is the same for every optimizer. `evaluations` points are equally spaced over the run,
    the first before the first step and the last after the last one; they look at `eval_examples` validation
    examples, the measurements at the end at `final_examples` of each split. `loss` is one of the engine's
    losses or an import string. `optimum` is the import string of a function
    `(splits, model) -> float` that returns the least training loss possible, where that is known. `landscape` lets the
    report draw the paths of runs that record them (the diagnostic `path`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=NAME_PATTERN)
    model: str
    dataset: str
    model_options: dict[str, Any] = {}
    dataset_options: dict[str, Any] = {}
    loss: str = "cross_entropy"
    metric: Literal["loss", "accuracy"] = "loss"
    steps: PositiveInt
    batch_size: PositiveInt | Literal["full"] = 64
    sampling: Literal["shuffle", "replacement"] = "shuffle"
    schedule: Schedule = "constant"
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the steps with a linear warm-up")
    evaluations: int = Field(default=11, ge=2)
    eval_examples: PositiveInt | Literal["all"] = 1000
    final_examples: PositiveInt | Literal["all"] = "all"
    primary: Literal["final", "best"] = "final"
    targets: tuple[Target, ...] = ()
    optimum: str | None = None
    landscape: Landscape | None = None
    precision: Precision = "float32"
    clip_norm: PositiveFloat | None = None
    threads: PositiveInt = 1
    revision: PositiveInt = 1
    reference: str = ""
    description: str = ""

    @property
    def higher_is_better(self) -> bool:
        """Whether larger values of the metric are better."""
        return METRICS[self.metric].higher_is_better

    def evaluation_steps(self) -> tuple[int, ...]:
        """The steps after which the run is evaluated: 0, …, `steps`, as equally spaced as integers are."""
        last = self.evaluations - 1
        return tuple(sorted({round(self.steps * i / last) for i in range(self.evaluations)}))

    @field_validator("loss")
    @classmethod
    def _loss_is_known(cls, loss: str) -> str:
        if loss not in LOSSES and not IMPORT_STRING.match(loss):
            raise ValueError(f"unknown loss {loss!r}{closest(loss, LOSSES)} (or an import string, module:function)")
        return loss

    @field_validator("optimum")
    @classmethod
    def _optimum_is_an_import_string(cls, optimum: str | None) -> str | None:
        if optimum is not None and not IMPORT_STRING.match(optimum):
            raise ValueError(f"{optimum!r} is no import string (module:function)")
        return optimum

    @model_validator(mode="after")
    def _targets_can_be_measured(self) -> Task:
        for target in self.targets:
            if target.on != "validation" and self.optimum is None:
                raise ValueError(f"target {target.name!r} is on {target.on!r}, which needs the task's optimum")
        return self
