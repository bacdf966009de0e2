"""What all tasks together say, in one sentence for each condition."""

from __future__ import annotations

from optbench.analysis.analysis import Analysis
from optbench.reporting.words.finding import Finding, listed, subject

MOST = 4


def overall(analysis: Analysis) -> tuple[Finding, ...]:
    """On how many tasks each entry may be the best, most first; nothing where a single task is judged."""
    found = []
    for condition in analysis.conditions:
        judged = [verdict for verdict in analysis.verdicts if verdict.condition == condition and verdict.best]
        if len(judged) < 2:
            continue
        counts: dict[str, int] = {}
        for entry in (score.optimizer for verdict in judged for score in verdict.best):
            counts[entry] = counts.get(entry, 0) + 1
        ordered = sorted(counts.items(), key=lambda item: -item[1])
        most = ordered[0][1]
        planned = sum(verdict.condition == condition for verdict in analysis.verdicts)
        rest = " that were judged" if len(judged) < planned else ""
        over = f"{most} of {len(judged)} tasks{rest}" if most < len(judged) else f"{_all(most)}{rest}"
        names = listed([name for name, n in ordered if n == most], MOST)
        said = f"{names} may be the best on {over}"
        fewer: dict[int, list[str]] = {}
        for name, n in ordered:
            if n < most:
                fewer.setdefault(n, []).append(name)
        parts = [said, *(f"{listed(names, MOST)} on {n}" for n, names in fewer.items())]
        found.append(Finding(subject("Over tasks", condition), f"{'; '.join(parts)}."))
    return tuple(found)


def _all(n: int) -> str:
    return "both tasks" if n == 2 else f"all {n} tasks"
