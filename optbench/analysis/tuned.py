"""What each entry was run with, and how it was found."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from optbench.analysis.condition import CELL
from optbench.store.results import Results
from optbench.suite.cell import Entry, Setting

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "lr": "the selected learning rate, the median of those of folds or studies",
    "selected": "the selected settings, those of folds and studies, as JSON",
    "edge": "whether one is still at the edge of what was searched",
    "lr_low": "lowest learning rate tried",
    "lr_high": "highest learning rate tried",
    "n_trials": "settings tried",
    "tune_runs": "tuning runs made",
    "tune_diverged": "tuning runs that diverged",
    "tune_broken": "tuning runs that failed, crashed, timed out or ran out of memory",
    "weight_decay": "the hyper-parameter, NaN where the entry has none; where it is tuned, the median selected one",
    "weight_decay_mode": "what it means",
    "lr_times_weight_decay": "the shrinkage per step of decoupled_lr",
    "schedule": "of the learning rate",
    "changed": "what the suite changed about the optimizer's own declaration",
}


def tuned(results: Results, runs: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` for every planned cell."""
    by_cell = runs[runs["phase"] == "tune"].groupby(CELL)["lr"]
    grid = by_cell.agg(lr_low="min", lr_high="max").reset_index()
    chosen = runs[runs["chosen"] & runs["is_report"]].groupby(CELL)["setting"].unique()
    declared = []
    for source in results.sources:
        for cell in {cell.key: cell for cell in source.suite.cells()}.values():
            task, optimizer, device = cell.key
            key = (source.label, device, task, optimizer)
            settings = [json.loads(setting) for setting in chosen.get(key, ())]
            declared.append(
                dict(zip(CELL, key, strict=True))
                | {
                    "selected": json.dumps(settings),
                    "weight_decay": _weight_decay(cell.entry, settings),
                    "weight_decay_mode": cell.entry.weight_decay_mode,
                    "schedule": cell.entry.schedule or cell.task.schedule,
                    "changed": "; ".join(cell.entry.changed),
                }
            )
    table = cells.merge(grid, on=CELL, how="left").merge(pd.DataFrame(declared), on=CELL, how="left")
    table["weight_decay"] = pd.to_numeric(table["weight_decay"], errors="coerce")
    table["lr_times_weight_decay"] = table["lr"] * table["weight_decay"]
    return table[list(COLUMNS)]


def _weight_decay(entry: Entry, settings: Sequence[Setting]) -> object:
    tuned = [setting["weight_decay"] for setting in settings if "weight_decay" in setting]
    return float(np.median(tuned)) if tuned else entry.hyperparameters.get("weight_decay")
