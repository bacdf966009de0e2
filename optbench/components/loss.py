"""`Loss`: what a batch costs, a mean over its examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from optbench.components.table import named_in, table


@dataclass(frozen=True, kw_only=True)
class Loss:
    """A loss that tasks can name.

    `build` is the import string of a function `(outputs, targets) -> scalar`, the mean over the batch. `targets` says
    what it takes: `classes` (integers below the number of outputs, -100 where there is none; or probabilities of each
    class), `values` (as many numbers as the model gives, `within` bounds where there are any), `transcripts` (padded
    classes of frames), or `none`, which it ignores. With `smooths` it takes the argument `label_smoothing`.
    """

    name: str
    build: str
    targets: Literal["classes", "values", "transcripts", "none"]
    within: tuple[float, float] | None = None
    smooths: bool = False


LOSSES = table(
    (
        Loss(
            name="cross_entropy",
            build="optbench.training.losses:cross_entropy",
            targets="classes",
            smooths=True,
        ),
        Loss(
            name="binary_cross_entropy",
            build="optbench.training.losses:binary_cross_entropy",
            targets="values",
            within=(0.0, 1.0),
        ),
        Loss(name="mse", build="optbench.training.losses:mse", targets="values"),
        Loss(name="half_mse", build="optbench.training.losses:half_mse", targets="values"),
        Loss(name="mean_output", build="optbench.training.losses:mean_output", targets="none"),
        Loss(name="ctc", build="optbench.training.losses:ctc", targets="transcripts"),
    )
)

LossName = Annotated[str, AfterValidator(named_in("loss", LOSSES, or_import_string=True))]
