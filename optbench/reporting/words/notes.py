"""What a reader is told before any result: how much it is worth, and what the suite changed."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.analysis.verdict import ENOUGH_SEEDS
from optbench.reporting.many import MANY
from optbench.reporting.words.finding import listed
from optbench.suite.suite import Suite


def banner(analysis: Analysis) -> str:
    """What stands above everything where results are not meant as evidence, or are a part; empty otherwise."""
    parts = (without(source.suite) for source in analysis.results.sources)
    return " ".join(dict.fromkeys(filter(None, (_exploratory(analysis), *parts))))


def watermark(analysis: Analysis) -> str:
    """The banner in one word, which lies across the page; empty where there is none."""
    if _exploratory(analysis):
        return "exploratory"
    return "partial" if banner(analysis) else ""


def without(suite: Suite) -> str:
    """What of a suite was not run, where only a part of it was asked for; empty otherwise."""
    return f"Partial: suite {suite.name} without {listed(suite.left_out)}." if suite.left_out else ""


def _exploratory(analysis: Analysis) -> str:
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
