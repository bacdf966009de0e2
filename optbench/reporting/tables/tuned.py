"""What was selected, from what range, with how many trials; without tuning, what every entry ran with."""

from __future__ import annotations

import json
from collections.abc import Callable

from optbench.analysis.analysis import Analysis
from optbench.analysis.marks import EDGE
from optbench.reporting.numbers import count, short
from optbench.reporting.settings import in_words
from optbench.reporting.tables.per_cell import Row, cell_table
from optbench.reporting.tables.table import Table

_SEARCH: dict[str, Callable[[Row], str]] = {
    "range tried": lambda row: f"{short(row['lr_low'])} – {short(row['lr_high'])}" if row["n_trials"] else "",
    "trials": lambda row: count(row["n_trials"]),
    "tuning runs": lambda row: count(row["tune_runs"]),
    "diverged": lambda row: count(row["tune_diverged"]),
    "broken": lambda row: count(row["tune_broken"]),
}
_TUNED = (
    "Every entry has the same number of trials, unless the suite changed that, and more where the best rate was at the "
    f"end of its grid, which was then extended. {EDGE.sign} {EDGE.meaning}. Broken runs failed, crashed, or ran out of "
    "time or memory."
)
_NOT_TUNED = "Nothing is tuned: every entry runs at its declared learning rate."


def tuned_table(analysis: Analysis) -> Table:
    """Learning rate, what else is tuned, search, weight decay, schedule and changes of every planned cell."""
    return cell_table(
        analysis,
        "tuned",
        "Selected hyper-parameters" if analysis.tunes else "Hyper-parameters",
        _TUNED if analysis.tunes else _NOT_TUNED,
        analysis.tuned,
        {
            "learning rate": lambda row: short(row["lr"]) + (EDGE.sign if row["edge"] else ""),
            "also tuned": _also_tuned,
            **(_SEARCH if analysis.tunes else {}),
            "weight decay": _decay,
            "lr × decay": lambda row: short(row["lr_times_weight_decay"]) if row["weight_decay"] > 0 else "",
            "schedule": lambda row: str(row["schedule"]),
            "changed by the suite": lambda row: str(row["changed"]),
        },
        text=("also tuned", "weight decay", "schedule", "changed by the suite"),
    )


def _also_tuned(row: Row) -> str:
    """The other tuned hyper-parameters; the learning rates too, where several studies or folds each have a setting."""
    settings = json.loads(row["selected"])
    if all(setting.keys() == {"lr"} for setting in settings):
        return ""
    return " | ".join(in_words(s if len(settings) > 1 else {k: v for k, v in s.items() if k != "lr"}) for s in settings)


def _decay(row: Row) -> str:
    decay = row["weight_decay"]
    if decay != decay:
        return ""
    return f"{short(decay)} ({row['weight_decay_mode']})" if decay else "0"
