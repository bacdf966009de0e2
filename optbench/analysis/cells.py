"""One row per planned cell: what was to be run, what was, and how it ended."""

from __future__ import annotations

import math

import pandas as pd

from optbench.analysis.condition import CELL, CONDITION
from optbench.analysis.control import is_control
from optbench.analysis.failed_tasks import FailedTask, on_failed_task
from optbench.analysis.runs import BROKEN
from optbench.runs.record import RunStatus
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "lr": "the selected learning rate, the median of those of folds or studies; NaN where none succeeded",
    "edge": "whether what was selected is still at the edge of what was searched",
    "n_trials": "settings tried",
    "tune_runs": "tuning runs made",
    "tune_diverged": "tuning runs that diverged, which is a result",
    "tune_broken": "tuning runs that failed, crashed, timed out or ran out of memory",
    "planned": "report runs planned",
    **{str(status): f"report runs with the status {str(status)!r}" for status in RunStatus},
    "missing": "report runs that have not been made",
    "no_progress": "completed report runs that did not improve on the initial loss",
    "control": "whether the entry is a control, see `control`",
    "task_failed": "whether every entry failed alike on the task, see `failed_tasks`",
}


def one_row_per_cell(results: Results, runs: pd.DataFrame, failed: tuple[FailedTask, ...]) -> pd.DataFrame:
    """`COLUMNS` for every cell of every suite, whether or not anything of it has run, in the suites' order."""
    needed = runs[[*CELL, "phase", "is_report", "chosen", "lr", "setting", "edge", "status", "no_progress"]]
    of_cell = dict(iter(needed.groupby(CELL, sort=False)))
    nothing = needed.iloc[:0]
    rows = []
    for source in results.sources:
        planned = source.suite.protocol.report_runs()
        for task, optimizer, device in dict.fromkeys(cell.key for cell in source.suite.cells()):
            key = (source.label, device, task, optimizer)
            rows.append(dict(zip(CELL, key, strict=True)) | _counts(of_cell.get(key, nothing), planned))
    cells = pd.DataFrame(rows, columns=list(COLUMNS))
    return cells.assign(control=is_control(cells, results), task_failed=on_failed_task(cells, failed))


def totals(cells: pd.DataFrame) -> pd.DataFrame:
    """source, device, optimizer and the counts of `COLUMNS` summed over tasks that did not fail, in `cells`' order."""
    counts = [column for column in COLUMNS if column not in (*CELL, "lr", "edge", "n_trials", "control", "task_failed")]
    counted = cells[counts].mask(cells["task_failed"], 0)
    return cells[CELL].join(counted).groupby([*CONDITION, "optimizer"], sort=False)[counts].sum().reset_index()


def _counts(runs: pd.DataFrame, planned: int) -> dict[str, object]:
    tune, report = runs[runs["phase"] == "tune"], runs[runs["is_report"]]
    chosen = runs[runs["chosen"]]
    return {
        "lr": float(chosen["lr"].median()) if len(chosen) else math.nan,
        "edge": bool(chosen["edge"].any()),
        "n_trials": tune["setting"].nunique(),
        "tune_runs": len(tune),
        "tune_diverged": int(tune["status"].eq("diverged").sum()),
        "tune_broken": int(tune["status"].isin(BROKEN).sum()),
        "planned": planned,
        **{str(status): int(report["status"].eq(str(status)).sum()) for status in RunStatus},
        "missing": max(planned - len(report), 0),
        "no_progress": int(report["no_progress"].sum()),
    }
