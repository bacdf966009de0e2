"""What a step costs: time relative to a reference optimizer, memory relative to the parameters."""

from __future__ import annotations

import pandas as pd

from optbench.analysis.condition import CELL, CONDITION

REFERENCE = "sgd"

COLUMNS = {
    **dict.fromkeys(CELL, "the cell"),
    "machine": "fingerprint; seconds compare only within one",
    "n": "completed report runs on this machine",
    "seconds_per_step": "median train clock per step, without what came before the first evaluation point",
    "ratio": "to the reference on the same task and machine",
    "reference": "the optimizer that `ratio` is relative to: sgd, or the fastest where sgd did not complete",
    "gradient_evaluations_per_step": "median number of forward and backward passes",
    "train_seconds": "median train clock of a run",
    "eval_seconds": "median evaluation clock of a run",
    "state_per_parameter": "bytes of optimizer state / bytes of parameters",
}


def costs(runs: pd.DataFrame) -> pd.DataFrame:
    """`COLUMNS` per cell and machine, from the completed report runs."""
    done = runs[runs["is_report"] & runs["completed"]].copy()
    done["state_per_parameter"] = done["optimizer_state_bytes"] / done["parameter_bytes"]
    table = (
        done.groupby([*CELL, "machine"], sort=False, dropna=False)
        .agg(
            n=("run_id", "size"),
            seconds_per_step=("seconds_per_step", "median"),
            gradient_evaluations_per_step=("gradient_evaluations_per_step", "median"),
            train_seconds=("total_train_seconds", "median"),
            eval_seconds=("total_eval_seconds", "median"),
            state_per_parameter=("state_per_parameter", "median"),
        )
        .reset_index()
    )
    table["reference"] = ""
    table["ratio"] = float("nan")
    for _, group in table.groupby([*CONDITION, "task", "machine"], sort=False, dropna=False):
        seconds = group.set_index("optimizer")["seconds_per_step"].dropna()
        if seconds.empty:
            continue
        reference = REFERENCE if REFERENCE in seconds.index else str(seconds.idxmin())
        table.loc[group.index, "reference"] = reference
        table.loc[group.index, "ratio"] = group["seconds_per_step"] / seconds[reference]
    return table[list(COLUMNS)]
