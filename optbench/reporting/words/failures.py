"""What failed, and what has not been run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import shorten
from typing import Any

import pandas as pd

from optbench.analysis.analysis import Analysis
from optbench.analysis.condition import Condition
from optbench.analysis.failed_tasks import FailedTask
from optbench.analysis.failures import Failure, SharedFailure
from optbench.reporting.many import MANY, many
from optbench.reporting.words.finding import SHOWN, Finding, listed, subject
from optbench.runs.record import RunStatus
from optbench.wording import plural

_LONGEST = 200
"""Characters of a reason that many optimizers share; their lists of runs have the whole."""

_STATUS = {
    "diverged": "report {runs} diverged",
    "failed": "{runs} failed",
    "crashed": "{runs} crashed",
    "timeout": "{runs} ran out of time",
    "out_of_memory": "{runs} ran out of memory",
    "skipped": "report {runs} skipped",
}


def failures(analysis: Analysis, brief: bool = False) -> tuple[Finding, ...]:
    """What failed, with counts and reasons, and what has not been run; tasks that failed for every entry first.

    Of many optimizers by reason, with all their names unless it has to be `brief`.
    """
    tasks = tuple(_failed_task(task) for task in analysis.failed_tasks if task.at_fault)
    if many(analysis):
        return (*tasks, *_by_reason(analysis, brief))
    return (*tasks, *(_failure(failure) for failure in analysis.failures), *_missing(analysis))


def ending(cell: Mapping[Any, Any]) -> str:
    """How the report runs of a row of `analysis.quality` ended, where none has a result: "crashed, timeout"."""
    ended = [str(status).replace("_", " ") for status in RunStatus if cell[str(status)]]
    if ended == [str(RunStatus.SKIPPED)]:
        return "failed in tuning" if cell["tune_broken"] else "no usable setting"
    return ", ".join(ended) or "not run"


def _failed_task(failed: FailedTask) -> Finding:
    what = _STATUS[failed.status].removeprefix("report ").format(runs=f"runs of {len(failed.optimizers)} entries")
    return Finding(subject(failed.task, failed.condition), f"{failed.count} {what}{_reason(failed)}.")


def _failure(failure: Failure) -> Finding:
    more = f" and {plural(len(failure.reasons) - 1, 'other reason')}" if len(failure.reasons) > 1 else ""
    reason = f" ({failure.reasons[0].rstrip('.')}{more})" if failure.reasons else ""
    sentence = f"{_runs(failure.count, failure.status)}{reason} on {listed(failure.tasks)}."
    return Finding(subject(failure.optimizer, failure.condition), sentence)


def _missing(analysis: Analysis) -> Iterator[Finding]:
    for condition in analysis.conditions:
        table = condition.of(analysis.totals)
        for row in table[table["missing"] > 0].to_dict("records"):
            verb = "is" if row["missing"] == 1 else "are"
            sentence = f"{row['missing']} of {plural(row['planned'], 'report run')} {verb} still missing."
            yield Finding(subject(row["optimizer"], condition), sentence)


def _by_reason(analysis: Analysis, brief: bool) -> tuple[Finding, ...]:
    kinds = [_shared_failure(failure, brief) for failure in analysis.shared_failures]
    left = len(kinds) - MANY // 2
    if brief and left > 1:
        kinds = [*kinds[: MANY // 2], Finding("more", f"{left} other kinds of failure: see the page.")]
    counted = [_overall(condition, condition.of(analysis.totals)) for condition in analysis.conditions] if kinds else []
    return (*counted, *kinds, *_all_missing(analysis, brief))


def _overall(condition: Condition, totals: pd.DataFrame) -> Finding:
    every = int((totals["completed"] >= totals["planned"]).sum())
    none = int((totals["completed"] == 0).sum())
    parts = [f"{every} of {plural(len(totals), 'optimizer')} completed every report run"]
    parts += [f"{n} completed {what}" for n, what in ((len(totals) - every - none, "some"), (none, "none")) if n]
    return Finding(subject("overall", condition), f"{listed(parts)}.")


def _shared_failure(failure: SharedFailure, brief: bool) -> Finding:
    names = listed(failure.optimizers, SHOWN if brief else None)
    return Finding(
        subject(_runs(failure.count, failure.status), failure.condition),
        f"{plural(len(failure.optimizers), 'optimizer')} on {listed(failure.tasks)}{_reason(failure)}: {names}.",
    )


def _reason(failure: SharedFailure | FailedTask) -> str:
    like = ", or the like" if len(failure.reasons) > 1 else ""
    return f" ({shorten(failure.reasons[0].rstrip('.'), _LONGEST)}{like})" if failure.reasons else ""


def _all_missing(analysis: Analysis, brief: bool) -> Iterator[Finding]:
    for condition in analysis.conditions:
        table = condition.of(analysis.totals)
        owing = table[table["missing"] > 0]
        if len(owing):
            yield Finding(
                subject(f"{plural(int(owing['missing'].sum()), 'report run')} still missing", condition),
                f"{plural(len(owing), 'optimizer')}: {listed(owing['optimizer'], SHOWN if brief else None)}.",
            )


def _runs(count: int, status: str) -> str:
    """ "1 run failed", "3 report runs diverged"."""
    number, noun = plural(count, "run").split()
    return f"{number} {_STATUS[status].format(runs=noun)}"
