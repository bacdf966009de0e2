"""`Metric`: what runs are judged by, besides their loss; and what readers of results know of one."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from optbench.components.component import Build, check_name, is_build
from optbench.components.loss import Targets, check_targets
from optbench.errors import PluginError

SHARE = "optbench.training.metrics:share"
"""The value of a metric whose statistics are counts `[2, K]`: all that is counted, out of all there is."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric that tasks can name: statistics that add up over batches, and a function of their sum.

    `build` is a function `(outputs, targets) -> statistics`, a tensor of any one shape whose sum over the batches of a
    split is all that the metric depends on, so that its value is exact whatever the batches are. `value` is a function
    of that sum, in float64 on the CPU, which returns a number; by default statistics are counts `[2, K]`, what is
    counted and out of how many, in each of K classes (or one), and the value is the share of all. `by_class` is a
    function of the same sum that returns the metric of each class `[K]`. Without a `build` the metric is a function of
    the mean loss, which `value` gets.

    `targets` says what it takes, as that of a `Loss` does. A `share` is shown in per cent.
    """

    name: str
    build: Build | None
    higher_is_better: bool
    value: Build = SHARE
    by_class: Build | None = None
    share: bool = False
    targets: Targets = "any"
    reference: str = ""
    description: str = ""
    revision: int = 1

    def __post_init__(self) -> None:
        check_name(self)
        check_targets(f"metric {self.name!r}", self.targets)
        for part in ("build", "value", "by_class"):
            function = getattr(self, part)
            if not (is_build(function) or (function is None and part != "value")):
                raise PluginError(f"metric {self.name!r}: {part}={function!r} is neither callable nor 'module:name'")
        if self.build is None and self.value == SHARE:
            raise PluginError(f"metric {self.name!r}: without a build it needs a value, a function of the mean loss")


class Measure(BaseModel):
    """What readers of results have to know of a metric, without the plugin that provides it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    higher_is_better: bool
    share: bool = False


EARLIER = {
    measure.name: measure
    for measure in (
        Measure(name="loss", higher_is_better=False),
        Measure(name="accuracy", higher_is_better=True, share=True),
        Measure(name="character_error_rate", higher_is_better=False, share=True),
    )
}
"""The metrics that there were when results did not hold yet what their metrics declare."""
