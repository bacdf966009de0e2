"""What went wrong, as plain data: by optimizer, or over all optimizers by reason."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from optbench.analysis.condition import CONDITION, Condition
from optbench.analysis.runs import BROKEN
from optbench.runs.record import RunStatus

_NUMBERS = r"0x[0-9a-f]+|\d[\d.]*(?:e[+-]?\d+)?|\b(?:nan|inf)\b"


@dataclass(frozen=True)
class Failure:
    """Runs of one entry that ended in the same way."""

    condition: Condition
    optimizer: str
    status: str
    count: int
    reasons: tuple[str, ...]
    """Distinct, the most frequent first."""
    tasks: tuple[str, ...]


@dataclass(frozen=True)
class SharedFailure:
    """Runs of any entries that ended in the same way, for reasons that differ in their numbers at most."""

    condition: Condition
    status: str
    count: int
    reasons: tuple[str, ...]
    """Distinct, the most frequent first."""
    optimizers: tuple[str, ...]
    tasks: tuple[str, ...]


def failures(runs: pd.DataFrame, conditions: tuple[Condition, ...]) -> tuple[Failure, ...]:
    """Everything that broke, in any phase, and report runs that diverged or were skipped; most frequent first.

    Diverged tuning runs are results of the search, not failures; skipped runs are one only where nothing else explains
    them.
    """
    bad = _bad(runs)
    found = [
        Failure(
            condition=condition,
            optimizer=str(optimizer),
            status=str(status),
            count=len(group),
            reasons=distinct_reasons(group),
            tasks=tuple(group["task"].unique()),
        )
        for condition in conditions
        for (optimizer, status), group in condition.of(bad).groupby(["optimizer", "status"], sort=False)
    ]
    return tuple(sorted(found, key=lambda failure: (failure.status == RunStatus.SKIPPED, -failure.count)))


def shared_failures(runs: pd.DataFrame, conditions: tuple[Condition, ...]) -> tuple[SharedFailure, ...]:
    """The same runs by status and reason; within a status what befell most optimizers first."""
    bad = _bad(runs)
    bad["like"] = like(bad["reason"])
    found = [
        SharedFailure(
            condition=condition,
            status=str(status),
            count=len(group),
            reasons=distinct_reasons(group),
            optimizers=tuple(group["optimizer"].unique()),
            tasks=tuple(group["task"].unique()),
        )
        for condition in conditions
        for (status, _), group in condition.of(bad).groupby(["status", "like"], sort=False)
    ]
    order = [str(status) for status in RunStatus]
    return tuple(sorted(found, key=lambda t: (order.index(t.status), -len(t.optimizers), -t.count)))


def like(reasons: pd.Series[str]) -> pd.Series[str]:
    """The reasons without their numbers: the same for what failed in the same way."""
    return reasons.fillna("").astype(str).str.replace(_NUMBERS, "#", regex=True)


def distinct_reasons(runs: pd.DataFrame) -> tuple[str, ...]:
    """The reasons that there are, the most frequent first."""
    return tuple(str(reason) for reason in runs["reason"].value_counts().index if reason)


def _bad(runs: pd.DataFrame) -> pd.DataFrame:
    bad = runs[runs["status"].isin(BROKEN) | (runs["is_report"] & runs["status"].isin(["diverged", "skipped"]))]
    bad = bad.assign(reason=bad["reason"].fillna("").astype(str), explains=bad["status"].ne("skipped"))
    explained = bad.groupby([*CONDITION, "optimizer"])["explains"].transform("any")
    return bad[bad["explains"] | ~explained.astype(bool)].copy()
