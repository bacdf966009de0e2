"""What changed, in sentences: how many changes there are, which are worse, which rates moved, what is left out."""

from __future__ import annotations

import json

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.comparison.change import Verdict
from optbench.reporting.numbers import short
from optbench.reporting.words.finding import Finding, listed
from optbench.wording import plural


def changes(analysis: Analysis) -> tuple[Finding, ...]:
    """The count first; nothing where there is nothing to compare."""
    comparison = analysis.comparison
    if not comparison.pairs:
        return ()
    counts = [f"{count} {verdict}" for verdict in Verdict if (count := comparison.count(verdict))]
    of = plural(len(comparison.changes), "comparison")
    found = [Finding("changes", f"{', '.join(counts) or 'none'}, of {of} of {plural(len(comparison.pairs), 'cell')}.")]
    found += [
        Finding(str(verdict), f"{listed(cells, most=8)}.")
        for verdict in (Verdict.WORSE, Verdict.BETTER)
        if (cells := _by_cell(comparison.changes[comparison.changes["verdict"] == verdict]))
    ]
    if comparison.moved:
        cells = [
            f"{m.pair.optimizer} on {m.pair.task.name} ({_setting(m.before)} before, {_setting(m.after)} after)"
            for m in comparison.moved
        ]
        found.append(Finding("selected settings that moved", f"{listed(cells, most=8)}."))
    if comparison.unpaired:
        reasons = [f"{left.name} ({left.reason})" for left in comparison.unpaired]
        found.append(Finding("not compared", f"{listed(dict.fromkeys(reasons), most=8)}."))
    if comparison.elsewhere:
        cells = [f"{pair.optimizer} on {pair.task.name}" for pair in comparison.elsewhere]
        found.append(Finding("times and peak memory", f"not compared, as the machines differ: {listed(cells)}."))
    return tuple(found)


def _by_cell(changes: pd.DataFrame) -> list[str]:
    """ "adam on digits (test accuracy, step time)"."""
    return [
        f"{optimizer} on {task} ({', '.join(dict.fromkeys(group['measure']))})"
        for (optimizer, task), group in changes.groupby(["optimizer", "task"], sort=False)
    ]


def _setting(settings: tuple[str, ...]) -> str:
    """ "lr = 0.01", of several studies each."""
    each = (json.loads(setting).items() for setting in settings)
    return "; ".join(", ".join(f"{name} = {short(v) if isinstance(v, float) else v}" for name, v in s) for s in each)
