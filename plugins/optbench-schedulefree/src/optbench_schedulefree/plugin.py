"""The hook through which optbench finds the schedule-free optimizers; it imports neither torch nor schedulefree."""

from __future__ import annotations

from collections.abc import Iterable

import optbench

from optbench_schedulefree.table import OPTIMIZERS


@optbench.hookimpl
def optbench_optimizers() -> Iterable[optbench.Optimizer]:
    """The optimizers of schedulefree, as `sf.<name>`."""
    return OPTIMIZERS
