"""Where the targets of the tasks come from: `python -m scripts.measure_targets` prints them."""

from __future__ import annotations

from optbench import Target

ADAMW = "median of adamw's report runs on the evaluation examples, optbench run suites/standard, 2026-11-23"
ADAM = "median of adam's report runs on the evaluation examples, optbench run suites/thorough, 2026-11-24"


def measured(easy: float, target: float, source: str = ADAM) -> tuple[Target, ...]:
    """Return targets that were measured at half of the steps and at the end."""
    return (
        Target(name="easy", value=easy, source=f"{source}, at half of the steps"),
        Target(name="target", value=target, source=source),
    )
