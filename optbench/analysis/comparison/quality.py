"""Test metric before and after, of the cells whose runs completed on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, exact
from optbench.analysis.comparison.pairs import Key, Pair
from optbench.analysis.comparison.values import samples, value_changes


def quality_changes(
    pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame], overlap: Mapping[str, float], margin: float
) -> list[Change]:
    """Judge the test metric of the report runs; `overlap` is that of the folds of each source, see `mean_interval`.

    Where other seeds completed before than after there is no verdict: what is left would be a choice of the lucky ones.
    """
    found, compared = [], []
    for pair in pairs:
        if pair.before not in runs or pair.after not in runs:
            continue
        before, after = (side[side["is_report"]] for side in (runs[pair.before], runs[pair.after]))
        overlaps = max(overlap[pair.before[0]], overlap[pair.after[0]])
        values = samples(pair, before, after, "final_test_metric", "fold", overlaps)
        if _survivors_differ(before, after):
            row = change(pair, Measure.QUALITY, values.means, exact(values.difference, values.n), _OTHERS, _OPEN)
            found.append(row)
        elif values.n:
            compared.append((pair, values))
    return found + value_changes(Measure.QUALITY, compared, margin)


_OTHERS, _OPEN = "different seeds failed", Judged(Verdict.UNDECIDED)


def _survivors_differ(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Whether runs failed, and not those of the same seeds on both sides."""
    failed = [set(side.loc[~side["completed"], "seed"]) for side in (before, after)]
    return failed[0] != failed[1]
