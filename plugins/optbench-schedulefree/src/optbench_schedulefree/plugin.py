"""The hook through which optbench finds the schedule-free optimizers; it imports neither torch nor schedulefree."""

from __future__ import annotations

from collections.abc import Iterable

from optbench import Optimizer, hookimpl

from optbench_schedulefree.table import OPTIMIZERS


@hookimpl
def optbench_optimizers() -> Iterable[Optimizer]:
    """The optimizers of schedulefree, as `sf.<name>`."""
    return OPTIMIZERS
