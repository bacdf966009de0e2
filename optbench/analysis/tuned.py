"""What each entry was run with, and how it was found."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.condition import CELL
from optbench.store.results import Results

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "lr": "the selected learning rate, the median of those of folds",
    "edge": "whether it is still at the end of the extended grid",
    "lr_low": "lowest learning rate tried",
    "lr_high": "highest learning rate tried",
    "n_trials": "learning rates tried",
    "tune_runs": "tuning runs made",
    "tune_diverged": "tuning runs that diverged",
    "tune_broken": "tuning runs that failed, crashed, timed out or ran out of memory",
    "weight_decay": "the hyper-parameter, NaN where the entry has none",
    "weight_decay_mode": "what it means",
    "lr_times_weight_decay": "the shrinkage per step of decoupled_lr",
    "schedule": "of the learning rate",
    "changed": "what the suite changed about the optimizer's own declaration",
}


def tuned(results: Results, runs: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every planned cell."""
    by_cell = runs[runs["phase"] == "tune"].groupby(CELL)["lr"]
    grid = by_cell.agg(lr_low="min", lr_high="max").reset_index()
    declared = []
    for source in results.sources:
        for cell in {cell.key: cell for cell in source.suite.cells()}.values():
            task, optimizer, device = cell.key
            decay = cell.entry.hyperparameters.get("weight_decay")
            schedule = cell.entry.schedule or cell.task.schedule
            declared.append(
                (
                    source.label,
                    device,
                    task,
                    optimizer,
                    decay,
                    cell.entry.weight_decay_mode,
                    schedule,
                    "; ".join(cell.entry.changed),
                )
            )
    entries = pd.DataFrame(declared, columns=[*CELL, "weight_decay", "weight_decay_mode", "schedule", "changed"])
    table = cells.merge(grid, on=CELL, how="left").merge(entries, on=CELL, how="left")
    table["weight_decay"] = pd.to_numeric(table["weight_decay"], errors="coerce")
    table["lr_times_weight_decay"] = table["lr"] * table["weight_decay"]
    return table[list(COLUMNS)]
