"""Records to one tidy table: one row per evaluation point, with the run's own facts repeated on each."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from optbench.store.curves import Curves

if TYPE_CHECKING:
    import pandas as pd

# Facts of a run, the same on each of its rows.
RUN_COLUMNS = {
    "source": "label of the results folder",
    "task": "task name",
    "optimizer": "entry name",
    "device": "cpu, cuda or mps",
    "machine": "fingerprint of the machine; seconds compare only within one",
    "run_id": "the record's name",
    "started": "when the run began, ISO 8601, UTC",
    "torch": "version of torch that made it; means over runs of several are marked",
    "phase": "tune or report",
    "lr": "peak learning rate",
    "setting": "the hyper-parameters that the protocol tries, as JSON; lr is one of them",
    "seed": "run seed",
    "fold": "which of the folds, where the protocol is kfold",
    "status": "how the run ended",
    "reason": "one sentence, where it did not complete",
    "error": "traceback or the end of the output of a run that broke",
    "run_notes": "what went wrong beside the run itself: diagnostics that failed, checkpoints that were not used",
    "hyperparameters": "all that the optimizer was given, as JSON",
    "schedule": "of the learning rate",
    "environment": "which of the environments of its results folder, from 0; -1 where none was recorded",
    "chosen": "whether this run's setting is one that the protocol selected for its cell",
    "edge": "whether a setting that was selected for the cell is still at the edge of what was searched",
    "optimum": "least training loss possible, where known",
    "final_step": "step of the weights that count",
    "final_train_loss": "mean of the last 2 % of per-step losses",
    "final_train_eval_loss": "training loss in evaluation mode, on as many examples as validation; on all where "
    "the optimum is known",
    "final_train_eval_metric": "training metric in evaluation mode, on the same examples",
    "final_validation_loss": "at the end, on all of the validation split (smoke profile: a part)",
    "final_validation_metric": "at the end, on all of the validation split (smoke profile: a part)",
    "final_test_loss": "report runs only",
    "final_test_metric": "report runs only",
    "final_test_worst_class": "test metric of the class that fares worst, where it is one of classes",
    "final_test_class_spread": "test metric of the class that fares best, less that of the worst",
    "total_train_seconds": "train clock at the end",
    "total_data_seconds": "data clock at the end",
    "total_eval_seconds": "evaluation clock at the end",
    "first_step_seconds": "part of the train clock: the first step",
    "total_schedule_seconds": "part of the train clock: setting learning rates, after the first step",
    "total_gradient_seconds": "part of the train clock: forward and backward, after the first step",
    "total_update_seconds": "part of the train clock: `optimizer.step` alone, after the first step",
    "total_gradient_evaluations": "forward and backward passes",
    "parameters": "numbers of parameters",
    "parameter_bytes": "bytes of parameters",
    "optimizer_state_bytes": "bytes of tensors in the optimizer's state",
    "peak_device_bytes": "most bytes of tensors at once, on CUDA",
    "peak_resident_bytes": "most physical memory of the worker at an evaluation point",
    "side_by_side": "runs that trained in one program; such runs have no seconds of their own",
    "resumed": "steps at which it went on from a checkpoint, because its process had ended; its memory is not known",
    "alone": "why it did not train side by side with others, where that was tried",
    "resident_growth_bytes": "how far that lies above what it was when the training began",
}

# Facts of an evaluation point; a run without any has one row with these missing.
POINT_COLUMNS = {
    "step": "updates made",
    "samples": "examples seen",
    "gradient_evaluations": "forward and backward passes so far",
    "train_seconds": "train clock so far",
    "data_seconds": "data clock so far",
    "train_loss": "mean of the per-step losses since the previous point",
    "validation_loss": "on the task's evaluation examples",
    "validation_metric": "on the task's evaluation examples",
    "train_eval_loss": "training loss in evaluation mode: report runs, on as many examples as validation; where the "
    "optimum is known every run, on all",
    "suboptimality": "(f - f*) / (f0 - f*) of train_eval_loss, where the optimum is known",
}

DIAGNOSTIC = "diagnostic:"
"""Prefix of the columns with diagnostics, where there are any."""
SPLITS = ("train", "validation", "test")
"""What a task's further metrics are measured on at the end."""


def further_column(split: str, metric: str) -> str:
    """Name of the column with one of the metrics that a task reports beside the one that selects."""
    return f"final_{split}_metric:{metric}"


COLUMNS = RUN_COLUMNS | POINT_COLUMNS

_WORDS = {"source", "task", "optimizer", "device", "machine", "run_id", "started", "torch", "phase", "setting"}
_WORDS |= {"status", "reason", "error", "run_notes", "hyperparameters", "schedule", "alone", "resumed"}
_FLAGS = {"chosen", "edge"}


def described(columns: Mapping[str, str]) -> str:
    """What columns hold, as a list for docstrings."""
    return "\n".join(f"- `{name}`: {words}" for name, words in columns.items())


def tidy_frame(runs: Sequence[Mapping[str, Any]], curves: Curves) -> pd.DataFrame:
    """Make the frame of runs, given by their facts, and of their points, which `curves` has by `run_key`.

    It has `COLUMNS` in their order: words, flags, and otherwise floats, also where all are missing. Behind them come
    further metrics that any run reports, as `final_<split>_metric:<name>`, and the diagnostics that any recorded, as
    `diagnostic:<name>`, in an order that is each run's own (a diagnostic of layers names them from the first to the
    last), unless it contradicts that of runs with more.
    """
    import pandas as pd

    keys = [run_key(facts) for facts in runs]
    further = list(dict.fromkeys(name for facts in runs for name in facts if name not in RUN_COLUMNS))
    names = [*RUN_COLUMNS, *further]
    numbers = [name for name in names if name not in _WORDS | _FLAGS | {"seed", "environment"}]
    table = pd.DataFrame(runs, columns=names).astype(dict.fromkeys(numbers, float) | dict.fromkeys(_FLAGS, bool))
    table = table.loc[table.index.repeat(curves.rows(keys))].reset_index(drop=True)
    points = curves.columns(keys)
    orders = {tuple(name for name in order if name.startswith(DIAGNOSTIC)) for order in curves.orders(keys)}
    diagnostics = _merged(orders)
    of_points = pd.DataFrame({name: points.get(name, math.nan) for name in (*POINT_COLUMNS, *diagnostics)}, table.index)
    return pd.concat([table, of_points], axis=1)[[*COLUMNS, *further, *diagnostics]]


def run_key(facts: Mapping[str, Any]) -> tuple[Any, Any]:
    """What names a run among those of several results folders."""
    return facts.get("source"), facts.get("run_id")


def _merged(orders: Collection[tuple[str, ...]]) -> list[str]:
    """All names, those of each order in that order, but for orders that contradict longer ones."""
    before: dict[str, set[str]] = {}
    for names in sorted(orders, key=lambda names: (-len(names), names)):
        more = {name: set(others) for name, others in before.items()} | {n: set() for n in names if n not in before}
        for first, second in pairwise(names):
            more[second].add(first)
        try:
            TopologicalSorter(more).prepare()
        except CycleError:
            more = before | {name: set() for name in names if name not in before}
        before = more
    return list(TopologicalSorter(before).static_order())
