"""Quality at the setting (the learning rate, or what else is tuned) that was selected before.

An optimizer that applies its rate wrongly is as good as before once it is tuned anew. So the tuning runs after, at the
setting that was selected before, are compared with those before, which have the same tuning seeds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from optbench.analysis.comparison.change import Change, Judged, Measure, Verdict, change, exact
from optbench.analysis.comparison.pairs import Key, Pair
from optbench.analysis.comparison.values import samples, value_changes

_CONFIDENCE = 0.975
"""The setting was selected for its values before, which are lucky ones: at 95 % too many of the same would be worse."""


@dataclass(frozen=True)
class Moved:
    """A cell whose selected settings, in JSON, are others after."""

    pair: Pair
    before: tuple[str, ...]
    after: tuple[str, ...]


def old_setting_changes(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame], margin: float) -> list[Change]:
    """Judge every pair that was tuned before; a run that completed there before and does not after is worse."""
    found, compared = [], []
    for pair in pairs:
        old = _selected(runs.get(pair.before))
        before, after = (_tuning(runs.get(cell), old) for cell in (pair.before, pair.after))
        if lost := _runs(before, True) & _runs(after, False):
            n = len(_runs(before, True) & (_runs(after, True) | _runs(after, False)))
            how = ", ".join(sorted(set(after.loc[~after["completed"], "status"])))
            basis = f"{len(lost)} of {n} runs do not complete any more: {how}"
            row = change(pair, Measure.OLD_SETTING, (0, len(lost)), exact(len(lost), n), basis, Judged(Verdict.WORSE))
            found.append(row)
        elif len(before) and len(after):
            compared.append((pair, samples(pair, before, after, "final_validation_metric", "setting")))
    return found + value_changes(Measure.OLD_SETTING, compared, margin, _CONFIDENCE)


def moved(pairs: Iterable[Pair], runs: Mapping[Key, pd.DataFrame]) -> tuple[Moved, ...]:
    """Return the cells for which other settings were selected after."""
    found = [Moved(pair, _selected(runs.get(pair.before)), _selected(runs.get(pair.after))) for pair in pairs]
    return tuple(cell for cell in found if cell.before and cell.after and set(cell.before) != set(cell.after))


def _tuning(runs: pd.DataFrame | None, settings: tuple[str, ...]) -> pd.DataFrame:
    """Return the tuning runs at these settings; none of folds, each of which has its own."""
    if runs is None:
        return pd.DataFrame(columns=["seed", "setting", "completed", "status"])
    return runs[runs["phase"].eq("tune") & runs["fold"].isna() & runs["setting"].isin(settings)]


def _selected(runs: pd.DataFrame | None) -> tuple[str, ...]:
    return () if runs is None else tuple(runs.loc[runs["chosen"], "setting"].unique())


def _runs(runs: pd.DataFrame, completed: bool) -> set[tuple[str, int]]:
    rows = runs[runs["completed"] == completed]
    return set(zip(rows["setting"], rows["seed"], strict=True))
