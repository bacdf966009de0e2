"""`RunRecord`: everything that is known about one run, as it stands in its JSON file."""

from __future__ import annotations

import hashlib
import json
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from optbench.runs.environment import Environment
from optbench.runs.numbers import Count, Difference, Seconds
from optbench.runs.spec import RunSpec

SCHEMA_VERSION = 1


class RunStatus(StrEnum):
    """How a planned run ended. Each is a result; none is dropped."""

    COMPLETED = "completed"
    DIVERGED = "diverged"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    SKIPPED = "skipped"

    @property
    def unexpected(self) -> bool:
        """Whether something broke; a diverged learning rate is a result, a skipped run a consequence."""
        return self in (RunStatus.FAILED, RunStatus.CRASHED, RunStatus.TIMEOUT, RunStatus.OUT_OF_MEMORY)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


class Evaluation(_Value):
    """One evaluation point. Clocks (seconds) and counts run from the start of the training."""

    step: Count
    samples: Count
    gradient_evaluations: Count
    train_seconds: Seconds
    data_seconds: Seconds
    train_loss: float | None
    """Mean of the per-step losses since the previous point; none at step 0."""
    validation_loss: float
    validation_metric: float
    train_eval_loss: float | None = None
    """On as many training examples as validation ones, in report runs; on all where the task's optimum is known."""
    diagnostics: dict[str, float] = {}
    """What the campaign's diagnostics said."""


class FurtherMetric(_Value):
    """One of the metrics that a task reports beside the one that selects, measured at the end."""

    train_eval: float | None = None
    validation: float
    test: float | None = None


class Final(_Value):
    """Measured once, at the weights that count (the last ones, or the best where the task says so)."""

    step: Count
    smoothed_train_loss: float
    """Mean of the last 2 % of the per-step losses."""
    train_eval_loss: float | None = None
    train_eval_metric: float | None = None
    """Of report runs only: nothing is selected by it."""
    validation_loss: float
    validation_metric: float
    test_loss: float | None = None
    test_metric: float | None = None
    """The test set is looked at by report runs only."""
    test_class_metric: tuple[float, ...] = ()
    """The test metric of each class, where it is one of classes and each occurs."""
    further_metrics: dict[str, FurtherMetric] = {}
    """The task's other metrics, by name."""


class Costs(_Value):
    """The cost ledger of a run. Seconds are wall-clock; bytes are exact sums over tensors, unless they are resident.

    `train_seconds` are those of the first step, of `schedule`, `gradient`, `update` and `prepare`, and what little lies
    between them. Fields that came later are `None` in older records.
    """

    train_seconds: Seconds = 0.0
    data_seconds: Seconds = 0.0
    eval_seconds: Seconds = 0.0
    first_step_seconds: Seconds = 0.0
    """Part of `train_seconds`: the first step, which may compile or allocate."""
    prepare_seconds: Seconds = 0.0
    """Part of `train_seconds`: BatchNorm statistics anew, before evaluations of weights that are not those trained."""
    schedule_seconds: Seconds | None = None
    """Part of `train_seconds`, without the first step: setting the learning rates."""
    gradient_seconds: Seconds | None = None
    """Likewise: zeroing, forward, backward and clipping, those that a closure is called for included."""
    update_seconds: Seconds | None = None
    """Likewise: `optimizer.step` alone, without the closure that it calls. On CUDA this and `gradient_seconds` are the
    GPU's own time, elsewhere the host's."""
    setup_seconds: Seconds = 0.0
    steps: Count = 0
    samples: Count = 0
    gradient_evaluations: Count = 0
    """Forward passes that were followed by a backward pass; Hessian-vector products are not counted."""
    parameters: Count = 0
    parameter_bytes: Count = 0
    optimizer_state_bytes: Count = 0
    """Without step counters, tensors that have no axis: AdamW in float32 holds 8 bytes per parameter."""
    peak_device_bytes: Count | None = None
    """CUDA only: the most that tensors took at once."""
    peak_resident_bytes: Count | None = None
    """The most physical memory that the worker held at an evaluation point."""
    resumed: tuple[Count, ...] = ()
    """Steps at which it went on from a checkpoint, because its process had ended. Clocks are those of the steps that
    count: what was done after a checkpoint and done again is in them once. `setup_seconds` are those of the last
    process, and how much memory the run took is not known."""
    side_by_side: Count = 1
    """Runs that trained in one program: seconds are equal shares of theirs, and no single run's memory is known."""
    resident_growth_bytes: Difference | None = None
    """How far that lies above what it held when the training began."""


class RunRecord(_Value):
    """A run's specification, how it ended, its curve, its costs and where it ran."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    spec: RunSpec
    status: RunStatus
    reason: str = ""
    """One sentence, for any status but `completed`."""
    error: str = ""
    """Traceback or the last output of a run that broke."""
    notes: tuple[str, ...] = ()
    """What went wrong beside the run itself: diagnostics that failed, checkpoints that it could not go on from."""
    evaluations: tuple[Evaluation, ...] = ()
    final: Final | None = None
    optimum: float | None = None
    """The least training loss possible, where the task knows it."""
    costs: Costs = Costs()
    started: str = ""
    """ISO 8601, UTC."""
    alone: str = ""
    """Why it did not train side by side with others, where that was tried; `costs.side_by_side` says with how many."""
    environment: Environment = {}
    checksum: str = ""
    """Of all the rest, filled in when it is stored: `optbench verify` finds what was edited since."""

    @property
    def outcome(self) -> RunRecord:
        """The record without what only its readers look at: what a campaign remembers of each of its runs."""
        return RunRecord(run_id=self.run_id, spec=self.spec, status=self.status, final=self.final)

    def sealed(self) -> RunRecord:
        """Return the record with its checksum."""
        return self.model_copy(update={"checksum": content_checksum(self.model_dump_json())})


def content_checksum(document: str | bytes) -> str:
    """Return 16 hex digits of the SHA-256 of a record's JSON in canonical form, without its checksum."""
    content = json.loads(document)
    content.pop("checksum", None)
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]
