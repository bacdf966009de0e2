"""What went wrong, as plain data: by optimizer, or over all optimizers by reason."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from optbench.analysis.runs import BROKEN
from optbench.analysis.setting import SETTING, Setting
from optbench.runs.record import RunStatus

_NUMBERS = r"0x[0-9a-f]+|\d[\d.]*(?:e[+-]?\d+)?|\b(?:nan|inf)\b"


@dataclass(frozen=True)
class Trouble:
    """Runs of one entry that ended in the same way."""

    setting: Setting
    optimizer: str
    status: str
    count: int
    reasons: tuple[str, ...]
    """Distinct, the most frequent first."""
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class SharedTrouble:
    """Runs of any entries that ended in the same way, for reasons that differ in their numbers at most."""

    setting: Setting
    status: str
    count: int
    reasons: tuple[str, ...]
    """Distinct, the most frequent first."""
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]


def troubles(runs: pd.DataFrame, settings: tuple[Setting, ...]) -> tuple[Trouble, ...]:
    """Everything that broke, in any phase, and report runs that diverged or were skipped; most frequent first.

    Diverged tuning runs are results of the search, not troubles; skipped runs are one only where nothing else explains
    them.
    """
    bad = _bad(runs)
    found = [
        Trouble(setting, str(optimizer), str(status), len(group), _reasons(group), tuple(group["task"].unique()))
        for setting in settings
        for (optimizer, status), group in setting.of(bad).groupby(["optimizer", "status"], sort=False)
    ]
    return tuple(sorted(found, key=lambda trouble: (trouble.status == RunStatus.SKIPPED, -trouble.count)))


def shared_troubles(runs: pd.DataFrame, settings: tuple[Setting, ...]) -> tuple[SharedTrouble, ...]:
    """The same runs by status and reason; within a status what befell most optimizers first."""
    bad = _bad(runs)
    bad["like"] = bad["reason"].str.replace(_NUMBERS, "#", regex=True)
    found = [
        SharedTrouble(
            setting=setting,
            status=str(status),
            count=len(group),
            reasons=_reasons(group),
            optimizers=tuple(group["optimizer"].unique()),
            tasks=tuple(group["task"].unique()),
        )
        for setting in settings
        for (status, _), group in setting.of(bad).groupby(["status", "like"], sort=False)
    ]
    order = [str(status) for status in RunStatus]
    return tuple(sorted(found, key=lambda t: (order.index(t.status), -len(t.optimizers), -t.count)))


def _bad(runs: pd.DataFrame) -> pd.DataFrame:
    bad = runs[runs["status"].isin(BROKEN) | (runs["counts"] & runs["status"].isin(["diverged", "skipped"]))]
    bad = bad.assign(reason=bad["reason"].fillna("").astype(str), explains=bad["status"].ne("skipped"))
    explained = bad.groupby([*SETTING, "optimizer"])["explains"].transform("any")
    return bad[bad["explains"] | ~explained.astype(bool)].copy()


def _reasons(runs: pd.DataFrame) -> tuple[str, ...]:
    return tuple(str(reason) for reason in runs["reason"].value_counts().index if reason)
