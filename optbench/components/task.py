"""A task: a model, a data set, and how a run on them is trained and judged."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationInfo,
    field_validator,
    model_validator,
)

from optbench.components.component import IMPORT_STRING, NAME_PATTERN
from optbench.components.function import TestFunction
from optbench.components.metric import EARLIER, Measure
from optbench.errors import UsageError

Precision = Literal["float32", "float64", "bfloat16"]


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
    examples, the measurements at the end at `final_examples` of each split. `loss`, `metric` and `schedule` name
    components, or functions as these have them by import strings. A task that reports several metrics has `metrics` in
    place of `metric`: the first selects, the others are measured at the end only. A metric declares whether more of it
    is better; of one that is an import string the task says so by its `goal`. `lr_factors` is the import string of a
    function of the model that returns factors of the learning rate by the names of parameters, 1 for those that it
    leaves out. `optimum` is the import string of a function
    `(splits, model) -> float` that returns the least training loss possible, where that is known. `test_function` lets
    the report draw the paths of runs that record them (the diagnostic `path`).

    What training minimises is the loss, of inputs that went through `augmentation` (the import string of a function of
    a batch of inputs) and with classes smoothed by `label_smoothing`, plus `l1 * sum |w| + l2 / 2 * sum w^2` over the
    weights that weight decay would act on. Evaluations are of the loss alone. `output` names the logits of a model that
    returns more: the key of a dict, an attribute, or the index of a tuple. `precision` is that of the weights, whatever
    type the model was built in; bfloat16 is autocast: weights and optimizer stay in float32. `batch_size` "full" is
    gradient descent. With `processes` each batch is spread over so many processes, or GPUs, which average their
    gradients. A task that is `small` may be cross-validated, which trains it a hundred times for each optimizer.
    `train_target` is the metric of the training set without which a run has underfitted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = Field(pattern=NAME_PATTERN)
    model: str
    dataset: str
    model_options: dict[str, Any] = {}
    dataset_options: dict[str, Any] = {}
    loss: str = "cross_entropy"
    metric: str = "loss"
    metrics: tuple[str, ...] = Field(default=(), description="several metrics in place of one; the first selects")
    goal: Literal["minimise", "maximise"] | None = Field(
        default=None, description="what is done with a metric that is an import string"
    )
    steps: PositiveInt
    batch_size: PositiveInt | Literal["full"] = 64
    sampling: Literal["shuffle", "replacement"] = "shuffle"
    schedule: str = "constant"
    lr_factors: str | None = Field(
        default=None, description="import string of a function of the model: factors of the rate by parameter"
    )
    warmup: float = Field(default=0.05, ge=0, lt=1, description="share of the steps with a linear warm-up")
    evaluations: int = Field(default=11, ge=2)
    eval_examples: PositiveInt | Literal["all"] = 1000
    final_examples: PositiveInt | Literal["all"] = "all"
    primary: Literal["final", "best"] = "final"
    optimum: str | None = None
    targets: tuple[Target, ...] = ()
    train_target: float | None = None
    test_function: TestFunction | None = Field(
        default=None,
        validation_alias=AliasChoices("test_function", "landscape"),  # as records made before call it
    )
    precision: Precision = "float32"
    clip_norm: PositiveFloat | None = None
    l1: NonNegativeFloat = 0.0
    l2: NonNegativeFloat = 0.0
    label_smoothing: float = Field(default=0.0, ge=0, lt=1)
    augmentation: str | None = None
    output: str | int | None = Field(
        default=None, description="which of a model's outputs are the logits: a key of a dict, or the index of a tuple"
    )
    small: bool = False
    threads: PositiveInt = 1
    processes: PositiveInt = 1
    revision: PositiveInt = 1
    reference: str = ""
    description: str = ""
    measures: tuple[Measure, ...] = ()
    """What its metrics declare, in their order: known once a suite is resolved, and kept for readers of its results."""

    @property
    def all_metrics(self) -> tuple[str, ...]:
        """The names of its metrics; the first selects."""
        return self.metrics or (self.metric,)

    @property
    def is_judged(self) -> bool:
        """Whether it is known what each of its metrics declares."""
        named = tuple(measure.name for measure in self.measures)
        return named == self.all_metrics or (not named and not self.metrics and self.metric in EARLIER)

    @property
    def measure(self) -> Measure:
        """What the metric that selects declares; raises `UsageError` where that was never looked up."""
        if not self.measures and self.metric not in EARLIER:
            raise UsageError(f"task {self.name!r}: which values of {self.metric!r} are good, only a suite's task knows")
        return self.measures[0] if self.measures else EARLIER[self.metric]

    @property
    def higher_is_better(self) -> bool:
        """Whether larger values of the metric that selects are better."""
        return self.measure.higher_is_better

    def evaluation_steps(self) -> tuple[int, ...]:
        """The steps after which the run is evaluated: 0, …, `steps`, as equally spaced as integers are."""
        last = self.evaluations - 1
        return tuple(sorted({round(self.steps * i / last) for i in range(self.evaluations)}))

    @model_validator(mode="before")
    @classmethod
    def _first_metric_selects(cls, given: Any) -> Any:
        """The first of several metrics is the metric; a list of one is that one."""
        metrics = given.get("metrics") if isinstance(given, dict) else None
        if isinstance(metrics, list | tuple) and metrics and given.get("metric", metrics[0]) == metrics[0]:
            return given | {"metric": metrics[0], "metrics": metrics if len(metrics) > 1 else ()}
        return given

    @field_validator("metrics")
    @classmethod
    def _metrics_are_several_and_the_first_is_the_metric(
        cls, metrics: tuple[str, ...], given: ValidationInfo
    ) -> tuple[str, ...]:
        if metrics and given.data.get("metric", metrics[0]) != metrics[0]:
            raise ValueError(f"give metric or metrics, whose first one selects, not both: {list(metrics)}")
        if twice := [name for i, name in enumerate(metrics) if name in metrics[:i]]:
            raise ValueError(f"{twice[0]!r} is there twice; name each metric once")
        return metrics

    @field_validator("optimum", "augmentation", "lr_factors")
    @classmethod
    def _function_is_an_import_string(cls, function: str | None) -> str | None:
        if function is not None and not IMPORT_STRING.match(function):
            raise ValueError(f"{function!r} is no import string (module:function)")
        return function

    @field_validator("processes")
    @classmethod
    def _batches_can_be_shared(cls, processes: int, given: ValidationInfo) -> int:
        size = given.data.get("batch_size", processes)
        if processes > 1 and (size == "full" or size % processes):
            raise ValueError(f"batch_size={size!r} cannot be shared by {processes} processes: use a multiple of it")
        return processes

    @field_validator("targets")
    @classmethod
    def _targets_can_be_measured(cls, targets: tuple[Target, ...], given: ValidationInfo) -> tuple[Target, ...]:
        for target in targets:
            if target.on != "validation" and given.data.get("optimum", "") is None:
                raise ValueError(f"target {target.name!r} is on {target.on!r}, which needs the task's optimum")
        return targets
