"""`Schedule`: the course of the learning rate over a run, as a factor of its peak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

from optbench.components.table import named_in, table


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """A schedule that tasks and entries can name.

    `build` is the import string of a function `(steps, warmup_steps) -> factor`, where `factor(step)` is what the peak
    rate is multiplied with in the update of step 0, 1, …, `steps - 1`.
    """

    name: str
    build: str
    description: str


SCHEDULES = table(
    (
        Schedule(name="constant", build="optbench.training.schedules:constant", description="The peak throughout."),
        Schedule(
            name="warmup-cosine",
            build="optbench.training.schedules:warmup_cosine",
            description="A linear warm-up to the peak rate, then half a cosine down to 0.",
        ),
    )
)

ScheduleName = Annotated[
    str,
    AfterValidator(named_in("schedule", SCHEDULES)),
    WithJsonSchema({"type": "string", "enum": list(SCHEDULES)}),
]
