"""What a step costs: time apart from the runs, relative to a reference optimizer; seconds and memory in the runs."""

from __future__ import annotations

import pandas as pd

from optbench.analysis import timings
from optbench.analysis.condition import CELL, CONDITION

REFERENCE = "sgd"
KEYS = [*CELL, "machine"]

_OF_RUNS = {
    "seconds_per_step": "seconds_per_step",
    "gradient_evaluations_per_step": "gradient_evaluations_per_step",
    "train_seconds": "total_train_seconds",
    "first_step_seconds": "first_step_seconds",
    "schedule_seconds": "total_schedule_seconds",
    "gradient_seconds": "total_gradient_seconds",
    "update_seconds": "total_update_seconds",
    "data_seconds": "total_data_seconds",
    "eval_seconds": "total_eval_seconds",
    "state_per_parameter": "state_per_parameter",
    "peak_device_bytes": "peak_device_bytes",
    "peak_resident_bytes": "peak_resident_bytes",
    "resident_growth_bytes": "resident_growth_bytes",
}
"""Medians over report runs, by the runs' columns."""
CLOCKS = [column for column in _OF_RUNS if "seconds" in column]

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "machine": "fingerprint; seconds compare only within one",
    "n": "completed report runs on this machine; 0 where steps were only timed here",
    "seconds_per_step": "median train clock per step, without what came before the first evaluation point",
    "run_ratio": "of that to the reference's on the same task and machine",
    "run_reference": "the optimizer that `run_ratio` is relative to: sgd, or the fastest where sgd did not complete",
    "gradient_evaluations_per_step": "median number of forward and backward passes",
    "train_seconds": "median train clock of a run",
    "first_step_seconds": "of that: the first step",
    "schedule_seconds": "of that: setting learning rates, after the first step",
    "gradient_seconds": "of that: forward and backward, after the first step",
    "update_seconds": "of that: `optimizer.step` alone, after the first step",
    "data_seconds": "median data clock of a run",
    "eval_seconds": "median evaluation clock of a run",
    "state_per_parameter": "bytes of optimizer state per parameter",
    "peak_device_bytes": "median over runs of the most bytes that tensors took at once; CUDA only",
    "peak_resident_bytes": "median over runs of the most physical memory of the worker",
    "resident_growth_bytes": "median over runs of how far that lies above where the training began",
    **{f"{clock}_spread": f"interquartile range of {clock} over runs; NaN for a single one" for clock in CLOCKS},
    **{f"timed_{name}": words for name, words in timings.COLUMNS.items() if name not in KEYS},
    "timed_step_spread": "interquartile range of timed_step_seconds over rounds",
    "timed_update_spread": "interquartile range of timed_update_seconds over rounds",
}


def costs(runs: pd.DataFrame, timed: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` per cell and machine: from the completed report runs, and from `timings`, wherever there is either."""
    done = runs[runs["is_report"] & runs["completed"]].copy()
    done["state_per_parameter"] = done["optimizer_state_bytes"] / done["parameters"]
    numbers = list(_OF_RUNS.values())
    done[numbers] = done[numbers].astype(float)
    cells = done.groupby(KEYS, sort=False, dropna=False)
    table = cells[numbers].median().rename(columns={run: name for name, run in _OF_RUNS.items()})
    for clock in CLOCKS:
        column = cells[_OF_RUNS[clock]]
        table[f"{clock}_spread"] = (column.quantile(0.75) - column.quantile(0.25)).where(cells.size() > 1)
    table["n"] = cells.size()
    table = table.reset_index().merge(timed.rename(columns=_timed), how="outer", on=KEYS, sort=False)
    table["n"] = table["n"].fillna(0)
    table["timed_noisy"] = table["timed_noisy"].eq(True)
    table["timed_step_spread"] = table["timed_step_high"] - table["timed_step_low"]
    table["timed_update_spread"] = table["timed_update_high"] - table["timed_update_low"]
    return _with_ratios(table)[list(COLUMNS)]


def _timed(column: str) -> str:
    return column if column in KEYS else f"timed_{column}"


def _with_ratios(table: pd.DataFrame) -> pd.DataFrame:
    table["run_reference"] = ""
    table["run_ratio"] = float("nan")
    for _, group in table.groupby([*CONDITION, "task", "machine"], sort=False, dropna=False):
        seconds = group.set_index("optimizer")["seconds_per_step"].dropna()
        if seconds.empty:
            continue
        reference = REFERENCE if REFERENCE in seconds.index else str(seconds.idxmin())
        table.loc[group.index, "run_reference"] = reference
        table.loc[group.index, "run_ratio"] = group["seconds_per_step"] / seconds[reference]
    return table
