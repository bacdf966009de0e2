"""What a reader is told before any result: how much it is worth, and what the suite changed."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.verdict import ENOUGH_SEEDS
from optbench.reporting.many import MANY
from optbench.suite.suite import Suite


def banner(analysis: Analysis) -> str:
    """What stands above everything where results are not meant as evidence; empty otherwise."""
    if any(source.suite.profile == "smoke" for source in analysis.results.sources):
        return "Smoke profile: exploratory. It shows that everything runs, not which optimizer is better."
    if any(verdict.exploratory for verdict in analysis.verdicts):
        return f"Exploratory: fewer than {ENOUGH_SEEDS} report seeds."
    return ""


def changes(suite: Suite) -> str:
    """What the suite changed about its optimizers, or how many it changed; empty where it changed nothing."""
    changed = [f"{entry.name}: {', '.join(entry.changed)}" for entry in suite.optimizers if entry.changed]
    if len(suite.optimizers) > MANY and changed:
        return f"The suite changed {len(changed)} of {len(suite.optimizers)} entries; see tables/tuned.csv."
    return f"Changed by the suite: {'; '.join(changed)}." if changed else ""
