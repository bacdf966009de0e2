"""`Metric`: what runs are judged by, besides their loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema

from optbench.components.table import named_in, table


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that tasks can name.

    `build` is the import string of a function of (outputs, targets) that returns counts `[2, K]`: what is counted, and
    out of how many, in each of K classes (or one); it is empty for the loss itself. `targets` says what it takes, as
    that of a `Loss` does. A `share` is shown in per cent.
    """

    name: str
    build: str
    higher_is_better: bool
    share: bool
    targets: Literal["classes", "transcripts", "none"] = "none"


METRICS = table(
    (
        Metric(name="loss", build="", higher_is_better=False, share=False),
        Metric(
            name="accuracy",
            build="optbench.training.metrics:accuracy",
            higher_is_better=True,
            share=True,
            targets="classes",
        ),
        Metric(
            name="character_error_rate",
            build="optbench.training.metrics:character_error_rate",
            higher_is_better=False,
            share=True,
            targets="transcripts",
        ),
    )
)

MetricName = Annotated[
    str,
    AfterValidator(named_in("metric", METRICS)),
    WithJsonSchema({"type": "string", "enum": list(METRICS)}),
]
