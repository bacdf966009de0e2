"""Report runs that failed or diverged, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, exact
from optbench.analysis.comparison.pairs import Key, Pair


def failed_run_changes(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame]) -> list[Change]:
    """Judge how many of each pair's report runs failed: a row for each pair of which any did.

    One that always completed and does not now is worse, and so is one that never completes now; the other way round it
    is better. Where some failed before and some fail now, another number of them is undecided.
    """
    return [
        row for pair in pairs if (row := _change(pair, _report(runs.get(pair.before)), _report(runs.get(pair.after))))
    ]


def _change(pair: Pair, before: pd.DataFrame | None, after: pd.DataFrame | None) -> Change | None:
    if before is None or after is None or (before["completed"].all() and after["completed"].all()):
        return None
    failed = (int((~before["completed"]).sum()), int((~after["completed"]).sum()))
    of = (len(before), len(after))
    basis = f"{failed[0]} of {of[0]}, then {failed[1]} of {of[1]}"
    if reasons := sorted(set(after.loc[~after["completed"], "status"]) - {"skipped"}):
        basis += f": {', '.join(reasons)}"
    return change(pair, Measure.RUNS, failed, exact(failed[1] - failed[0], min(of)), basis, _judged(failed, of))


def _judged(failed: tuple[int, int], of: tuple[int, int]) -> Judged:
    before, after = (_extent(*side) for side in zip(failed, of, strict=True))
    if before != after:
        return Judged(Verdict.WORSE if after > before else Verdict.BETTER)
    return Judged(Verdict.SAME, 0.0) if after == 2 or failed[0] == failed[1] else Judged(Verdict.UNDECIDED)


def _extent(failed: int, of: int) -> int:
    """0 for none, 1 for some, 2 for all."""
    return 2 if failed == of else int(failed > 0)


def _report(runs: pd.DataFrame | None) -> pd.DataFrame | None:
    report = None if runs is None else runs[runs["is_report"]]
    return report if report is not None and len(report) else None
