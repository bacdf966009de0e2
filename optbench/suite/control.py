"""The control: the reference entry a second time with other seeds, which shows how much the seeds alone change."""

from __future__ import annotations

from optbench.errors import UsageError
from optbench.suite.suite import Suite


def with_control(suite: Suite) -> Suite:
    """Return the suite with `<reference>-control`: the same entry, all of whose runs have seeds of their own.

    Raises `UsageError` where an entry has that name already. A suite without entries stays as it is.
    """
    if not suite.optimizers:
        return suite
    reference = next(entry for entry in suite.optimizers if entry.name == suite.reference_entry)
    name = f"{reference.name}-control"
    if name.lower() in {entry.name.lower() for entry in suite.optimizers}:
        raise UsageError(f"--control: {name!r} is the name of an optimizer of this suite already; rename that one")
    changed = (*reference.changed, f"is {reference.name} again, with other seeds")
    control = reference.model_copy(update={"name": name, "control_of": reference.name, "changed": changed})
    return suite.model_copy(update={"optimizers": (*suite.optimizers, control)})
