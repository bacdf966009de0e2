"""One row per planned cell: what was to be run, what was, and how it ended."""

from __future__ import annotations

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
    keys = [
        (source.label, device, task, optimizer, source.suite.protocol.report_runs())
        for source in results.sources
        for task, optimizer, device in dict.fromkeys(cell.key for cell in source.suite.cells())
    ]
    counts = _counts(runs)
    cells = pd.DataFrame(keys, columns=[*CELL, "planned"]).merge(counts.reset_index(), on=CELL, how="left")
    whole = [str(name) for name in counts if name not in ("lr", "edge")]
    cells[whole] = cells[whole].fillna(0).astype(int)
    cells = cells.assign(
        edge=cells["edge"].eq(True),
        missing=(cells["planned"] - cells[[str(status) for status in RunStatus]].sum(axis=1)).clip(lower=0),
        control=is_control(cells, results),
        task_failed=on_failed_task(cells, failed),
    )
    return cells[list(COLUMNS)]


def totals(cells: pd.DataFrame) -> pd.DataFrame:
    """source, device, optimizer and the counts of `COLUMNS` summed over tasks that did not fail, in `cells`' order."""
    counts = [column for column in COLUMNS if column not in (*CELL, "lr", "edge", "n_trials", "control", "task_failed")]
    counted = cells[counts].mask(cells["task_failed"], 0)
    return cells[CELL].join(counted).groupby([*CONDITION, "optimizer"], sort=False)[counts].sum().reset_index()


def _counts(runs: pd.DataFrame) -> pd.DataFrame:
    """Those of `COLUMNS` that runs alone tell, for each cell that has any."""
    tune, report = runs["phase"].eq("tune"), runs["is_report"]
    counted = {
        "tune_runs": tune,
        "tune_diverged": tune & runs["status"].eq("diverged"),
        "tune_broken": tune & runs["status"].isin(BROKEN),
        **{str(status): report & runs["status"].eq(str(status)) for status in RunStatus},
        "no_progress": report & runs["no_progress"],
    }
    counts = runs[CELL].assign(**counted).groupby(CELL, sort=False).sum()
    chosen = runs[runs["chosen"]].groupby(CELL, sort=False)
    trials = runs[tune].groupby(CELL, sort=False)["setting"].nunique()
    return counts.assign(lr=chosen["lr"].median(), edge=chosen["edge"].any(), n_trials=trials)
